"""What isolates of one package are made from: the compiled package."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import msgspec

from edge.engine import bundles
from edge.engine.build import Level
from edge.engine.isolate import Isolate

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.build import Built, Record
    from edge.engine.isolate import Result
    from edge.engine.mailbox import SyncOps
    from edge.engine.snapshot import Blob


class Template:
    """A compiled package at some level.  Isolates of it share this object and nothing else.

    `problems` say what cannot work: modules that do not compile, exports that cannot be called.
    """

    def __init__(
        self, key: str, main: str, built: Built, blob: Blob | None, records: list[Record], ops: SyncOps, *, memory: int
    ) -> None:
        """`blob` is the snapshot to start from: that of `built`, or else the runtime's own, if there is one."""
        self.key = key
        self.level = built.level
        self.main = main
        self.reason = built.reason
        broken = [record.source for record in records if record.kind == "broken"]
        self.problems = [*broken, built.problem] if built.problem else broken
        self.ops = ops
        self.memory = memory
        self.size = (blob.size if blob else 0) + sum(len(record.source) for record in records)
        self._blob = blob
        self._preamble = b"" if built.level is not Level.SOURCE else _modules_event(main, records)

    def of(self, owner: str) -> Template:
        """The same package, with isolates that only `owner` may use: what one has used, no other may get."""
        own = copy.copy(self)
        own.key = f"{self.key}-{owner}"
        return own

    def make(self, on_result: Callable[[Result], None]) -> Isolate:
        """A fresh isolate (blocks for 1 to 3 ms; longer without snapshots)."""
        return Isolate(
            self._blob, self.ops, on_result, source="" if self._blob else bundles.script("runtime"), memory=self.memory
        )

    def batch(self, events: list[bytes]) -> bytes:
        """The payload of an isolate's first turn: at level *source* the modules come along."""
        return payload([self._preamble, *events] if self._preamble else events)


def payload(events: list[bytes]) -> bytes:
    """What a turn gets: `{"events": [...]}` of events that are JSON already."""
    return b'{"events":[' + b",".join(events) + b"]}"


def _modules_event(main: str, records: list[Record]) -> bytes:
    return msgspec.json.encode({"t": "modules", "main": main, "records": records})
