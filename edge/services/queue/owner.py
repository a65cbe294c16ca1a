"""Which gateway process runs what: a lock that the kernel lets go when the process ends, however it ends.

No clock is involved: an owner that is stopped or slow stays the owner, so nothing runs twice at once.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Owner:
    """This process, as the owner of what it runs.  `folder` None: nobody else can see the queue."""

    def __init__(self, folder: Path | None) -> None:
        self.name = secrets.token_hex(8)
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> Self:
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path(self.name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            self._path(self.name).unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def is_alive(self, name: str) -> bool:
        """Whether the process of this name still runs."""
        if name == self.name:
            return True
        if self._folder is None:
            return False
        try:
            descriptor = os.open(self._path(name), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        with suppress(OSError):
            self._path(name).unlink()
        return False

    def _path(self, name: str) -> Path:
        assert self._folder is not None  # the callers look
        return self._folder / f"{name}.lock"
