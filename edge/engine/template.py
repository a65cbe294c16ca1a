"""What isolates of one package are made from: the compiled package."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import msgspec

from edge.engine import bundles, runner
from edge.engine.build import Level, bare
from edge.engine.isolate import Isolate
from edge.packages.report import NOTHING, PackageReport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from edge.engine.build import Built, Record
    from edge.engine.isolate import Result
    from edge.engine.mailbox import SyncOps
    from edge.engine.snapshot import Blob
    from edge.engine.stored_package import Material
    from edge.packages.bundle import Bundle


class Template:
    """A compiled package at some level.  Isolates of it share this object and nothing else.

    `problems` say what cannot work: modules that do not compile, exports that cannot be called.
    `report` says what the package consists of, `bundle` is it.
    `evaluated`: see wire.cell.Assign.
    `preamble` is the event that every isolate gets first (b"": none): at level *source* its modules.
    `package_ops` are the synchronous operations that read the package, `ops` those and the runtime's.
    `late` are the builtins that a tape has to watch (edge.engine.late_builtins).
    `size` is how much memory it takes, in bytes.
    """

    evaluated = False

    def __init__(  # noqa: PLR0913 - what a compiled package consists of
        self,
        key: str,
        main: str,
        built: Built,
        blob: Blob | None,
        records: list[Record],
        ops: SyncOps,
        *,
        memory: int,
        may_eval: bool = True,
        report: PackageReport = NOTHING,
        bundle: Bundle | None = None,
        package_ops: SyncOps | None = None,
        late: Sequence[str] = (),
        problems: list[str] | None = None,
        load: Callable[[str, bool], Awaitable[Material]] | None = None,
    ) -> None:
        """`blob` is the snapshot to start from: that of `built`, or else the runtime's own, if there is one.

        With `load`, which has them for a key and a cell, snapshot, modules and operations are elsewhere until a cell
        needs them; then nothing but `material` gives isolates.
        """
        self.key = key
        self.report = report
        self.bundle = bundle
        self.level = built.level
        self.main = main
        self.reason = built.reason
        self.problems = problems_of(built, records) if problems is None else problems
        self.package_ops = package_ops or {}
        self.ops = {**ops, **self.package_ops}
        self.memory = memory
        self.size = (blob.size if blob else 0) + sum(len(record.source) for record in records)
        self.size += len(bundle.buffer) if bundle is not None else 0
        self.late = late
        self._blob = blob
        self._load = load
        source = built.level is Level.SOURCE and load is None
        self.preamble = modules_event(main, records, may_eval=may_eval) if source else b""

    def of(self, owner: str) -> Template:
        """The same package, with isolates that only `owner` may use: what one has used, no other may get."""
        own = copy.copy(self)
        own.key = f"{self.key}-{owner}"
        return own

    async def material(self, *, born: bool = False) -> Template | Material:
        """What a cell needs of it, which may be `born` with an isolate of the runtime.

        Raises what a build raises, when it has to be built again and cannot be.
        """
        return self if self._load is None else await self._load(self.key, born)

    def blob_bytes(self) -> bytes:
        """A copy of the snapshot; b"" where there is none."""
        return self._blob.data() if self._blob else b""

    def make(self, on_result: Callable[[Result], None], ops: SyncOps | None = None) -> Isolate:
        """A fresh isolate, with `ops` beside its own (blocks for 1 to 3 ms; longer without snapshots)."""
        source = "" if self._blob else bundles.script("runtime")
        return Isolate(self._blob, {**self.ops, **(ops or {})}, on_result, source=source, memory=self.memory)

    def batch(self, events: list[bytes]) -> bytes:
        """The payload of an isolate's first turn."""
        return runner.payload([self.preamble, *events] if self.preamble else events)


def problems_of(built: Built, records: list[Record]) -> list[str]:
    """What cannot work in a package."""
    broken = [record.source for record in records if record.kind == "broken" and not record.late]
    return [*broken, built.problem] if built.problem else broken


def modules_event(main: str, records: list[Record], *, may_eval: bool, env: Mapping[str, str] | None = None) -> bytes:
    """The event that gives an isolate its modules; with the environment that their top level sees, if any may run."""
    known = [bare(record) for record in records if not record.late]
    return msgspec.json.encode({"t": "modules", "main": main, "records": known, "eval": may_eval, "env": env or {}})
