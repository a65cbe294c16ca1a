"""What is recorded because somebody asked for it: functions, for some time and so many invocations."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

LOOK = 1.0
"""Seconds between two looks at the file, by which the processes of a gateway tell one another."""


class Asked(msgspec.Struct, frozen=True):
    """Until when (Unix time), and how many invocations of each process."""

    until: float
    count: int


class Demands:
    """Read from one file.  `asks` costs a look at the file once a second, and next to nothing otherwise."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._asked: dict[str, Asked] = {}
        self._left: dict[tuple[str, float], int] = {}
        self._mark: object = None
        self._next = 0.0

    def asks(self, function: str) -> bool:
        """Whether this invocation of a function is to be recorded; counts it."""
        now = time.time()
        if now >= self._next:
            self._next = now + LOOK
            self._look()
        asked = self._asked.get(function) if self._asked else None
        if asked is None or now > asked.until:
            return False
        key = (function, asked.until)
        left = self._left.get(key, asked.count)
        self._left[key] = left - 1
        return left > 0

    def put(self, function: str, asked: Asked) -> None:
        """Ask.  Blocks.  Raises OSError."""
        self._look()
        now = time.time()
        kept = {name: one for name, one in self._asked.items() if one.until > now}
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._file.with_suffix(".new")
        temporary.write_bytes(msgspec.json.encode({**kept, function: asked}))
        temporary.replace(self._file)
        self._look()

    def _look(self) -> None:
        try:
            found = self._file.stat()
            mark = (found.st_mtime_ns, found.st_ino, found.st_size)
            if mark != self._mark:
                self._asked = msgspec.json.decode(self._file.read_bytes(), type=dict[str, Asked])
                self._left = {}
                self._mark = mark
        except (OSError, msgspec.DecodeError):
            self._asked, self._mark = {}, None
