"""A compiled package that stays on disk until a cell needs it, and is built again when it is not there any more."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, NamedTuple

import structlog
import trio

from edge.engine.build import Level
from edge.engine.late_ops import LateOps
from edge.engine.package_modules import PackageModules
from edge.engine.template import modules_event
from edge.errors import EngineCrashError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import msgspec

    from edge.engine.build import Record
    from edge.engine.builder_client import Outcome
    from edge.engine.mailbox import SyncOps
    from edge.engine.snapshot import Blob
    from edge.services.api import Answer

    SyncOp = Callable[[msgspec.Raw, bytes], Answer]

log = structlog.get_logger()

_ADVICE = "is packages.cache_size large enough?"


class Ops(dict[str, "SyncOp"]):
    """Operations that read a package, and with them its modules, in memory for as long as somebody holds these."""

    __slots__ = ("__weakref__",)


class Material:
    """What a cell needs to know of its function (edge.supervisor.cell): to be held for as long as that takes."""

    def __init__(
        self, key: str, memory: int, blob: bytes, preamble: bytes, package_ops: SyncOps, *, evaluated: bool = False
    ) -> None:
        self.key = key
        self.evaluated = evaluated
        self.memory = memory
        self.preamble = preamble
        self.package_ops = package_ops
        self._blob = blob

    def blob_bytes(self) -> bytes:
        """The snapshot; b"" where there is none."""
        return self._blob


class Program(NamedTuple):
    """The event with a package's modules, for cells in which their top level runs: in memory, or else to be read.

    Reading blocks, and finds nothing when the disk has lost it.
    """

    held: bytes
    read: Callable[[], bytes]


class StoredPackage:
    """One package; `read` takes its build from the disk (it blocks), `build` makes it anew.

    `build` says whether the disk keeps what it made; what it does not is `held` in memory.  `ops` are the operations
    over modules (it blocks); the cells of a function share them.  `program` is there if no snapshot is needed in a
    cell that has an isolate.
    """

    def __init__(  # noqa: PLR0913 - what a package consists of
        self,
        read: Callable[[], Outcome | None],
        build: Callable[[], Awaitable[tuple[Outcome, bool]]],
        ops: Callable[[list[Record]], SyncOps],
        *,
        main: str,
        memory: int,
        may_eval: bool,
        runtime: Blob | None,
        held: Outcome | None = None,
        program: Program | None = None,
    ) -> None:
        self._read = read
        self._build = build
        self._make_ops = ops
        self._main = main
        self._memory = memory
        self._may_eval = may_eval
        self._runtime = runtime
        self._held = held
        self._program = program
        self._ops: weakref.ref[Ops | LateOps] | None = None
        self._lock = trio.Lock()  # of many who miss the same build, one makes it

    async def material(self, key: str, born: bool = False) -> Material:  # noqa: FBT001, FBT002 - is in a signature
        """For a cell of `key`, which is or is not `born` with an isolate.

        Raises what `build` raises, when the disk has lost it and it cannot be made again.
        """
        if born and self._program is not None:
            program = self._program.held or await trio.to_thread.run_sync(self._program.read)
            if program:
                return Material(key, self._memory, b"", program, self._late_ops(), evaluated=True)
        async with self._lock:
            outcome = await self._outcome(key)
            ops = self._ops() if self._ops is not None else None
            if ops is None:
                ops = Ops(await trio.to_thread.run_sync(self._make_ops, outcome.records))
                self._ops = weakref.ref(ops)
        built, preamble = outcome.built, b""
        if built.level is Level.SOURCE:
            preamble = modules_event(self._main, outcome.records, may_eval=self._may_eval)
        has_runtime = built.blob or born
        runtime = self._runtime.data() if self._runtime and not has_runtime else b""
        return Material(key, self._memory, built.blob or runtime, preamble, ops)

    def _late_ops(self) -> Ops | LateOps:
        ops = self._ops() if self._ops is not None else None
        if ops is None:
            ops = LateOps(PackageModules.OPS, self._ops_of_build)
            self._ops = weakref.ref(ops)
        return ops

    def _ops_of_build(self) -> SyncOps:
        """On any thread."""
        outcome = self._held or self._read()
        if outcome is None:
            raise EngineCrashError("the package's build is not on the disk any more", hint=_ADVICE)
        return self._make_ops(outcome.records)

    async def _outcome(self, key: str) -> Outcome:
        if self._held is not None:
            return self._held
        found = await trio.to_thread.run_sync(self._read)
        if found is None:
            log.warning("snapshot_lost", key=key, advice=f"it is built again; {_ADVICE}")
            found, kept = await self._build()
            self._held = None if kept else found
        return found
