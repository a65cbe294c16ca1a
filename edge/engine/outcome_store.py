"""Builds on disk: the whole of each, and beside it a summary for those who do not run it now.

What of a package a gateway needs to have it deployed are a few hundred bytes; snapshot and modules, which may take
megabytes, are read when a cell is made ready for it.  Both entries are of the key that names all that a build depends
on; a summary is also of the version of edge that wrote it, which says what there is to be known.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from edge import __version__
from edge.engine.build import Built
from edge.engine.builder_client import Outcome
from edge.packages.report import PackageReport

if TYPE_CHECKING:
    from edge.packages.blob_cache import BlobCache

_FORMAT = 2  # of summaries: to be counted up when one would say something else of the same package

T = TypeVar("T")


class Summary(msgspec.Struct, frozen=True):
    """A compiled package in short: `built` without its snapshot; for the others see edge.engine.template.

    `program` is the event with its modules, if their top level may run in cells (edge.engine.evaluation).
    """

    main: str
    built: Built
    problems: list[str]
    report: PackageReport
    late: list[str]
    program: bytes = b""


# Made here, not when they are first needed: what msgspec finds out of a type, one thread sees half made by another, and
# the process dies (SIGSEGV).  So it is wherever threads decode.
_outcomes = msgspec.msgpack.Decoder(Outcome)
_summaries = msgspec.msgpack.Decoder(Summary)


class OutcomeStore:
    """Outcomes of builds by their key.  Calls do disk input and output: use a thread."""

    def __init__(self, disk: BlobCache) -> None:
        self._disk = disk
        self._suffix = hashlib.sha256(f"{_FORMAT} {__version__}".encode()).hexdigest()[:8]

    def get(self, key: str) -> Outcome | None:
        """The build of a key; None when it is not there, damaged, or of another format."""
        return self._decoded(key, _outcomes)

    def put(self, key: str, outcome: Outcome) -> bool:
        """Keep a build; answers False when it is not kept: the disk fails, or it is larger than all may be."""
        return self._disk.put(key, msgspec.msgpack.encode(outcome))

    def summary(self, key: str) -> Summary | None:
        """In short, if the build itself is there too."""
        return self._decoded(key + self._suffix, _summaries) if self._disk.touch(key) else None

    def put_summary(self, key: str, summary: Summary) -> None:
        """Keep it, if the disk can."""
        self._disk.put(key + self._suffix, msgspec.msgpack.encode(summary))

    def _decoded(self, key: str, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
        stored = self._disk.get(key)
        if stored is None:
            return None
        try:
            return decoder.decode(stored)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._disk.delete(key)
            return None
