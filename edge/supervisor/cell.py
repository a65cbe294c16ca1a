"""A cell: a sandboxed process that runs isolates of one function, and nobody else's.

What happens in the process is its own business; what the gateway sees of it is here.  It is held to the protocol
(edge.supervisor.lockstep), to its memory (edge.supervisor.allowance) and to stopping when it is told to; otherwise
it is killed, and everything in it is lost.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from typing import TYPE_CHECKING, Literal, Protocol

import trio

from edge.engine.runner import refuse_call
from edge.errors import EngineCrashError
from edge.supervisor.allowance import base_with_blob, data_limit, heap_limit, may_be_resident, may_retain
from edge.supervisor.asks import Asks
from edge.supervisor.fate import Fate, Known, judge
from edge.supervisor.link import Link
from edge.supervisor.lockstep import Lockstep
from edge.supervisor.process import ChildProcess
from edge.supervisor.remote_isolate import RemoteIsolate
from edge.supervisor.rewinding import COST, REASONS, UNABLE, Rewinding
from edge.units import MIB
from edge.wire.cell import Ask, Assign, Assigned, Broken, Command, Measured, Ready, Report, Result

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import structlog

    from edge.engine.mailbox import SyncOps
    from edge.engine.runner import OnCall
    from edge.supervisor.process import Exit

    Log = structlog.typing.FilteringBoundLogger

READY_DEADLINE = 5.0
ASSIGN_DEADLINE = 10.0
"""Seconds for what runs no code of the function: sealing itself, and making the first isolate."""

GRACE = 0.25
"""Seconds in which running code has to stop once it was told to."""

STARVED = 8
"""Such times at most, when the machine is so busy that the cell, which wants to run, has not half of one of CPU."""

FAREWELL = 1.0
"""Seconds between the end of a cell's socket and the end of its process."""

SETTLE = 0.1
"""Seconds in which a cell gives the memory of an isolate back."""

AUDIT = 2.0
"""Seconds that a cell in which nothing runs is watched for; it may use a tenth of them."""

MAX_REASON = 300  # characters

FRAME_SLACK = 4 * MIB
"""By how much a report may exceed its function's memory: no function can have left more than it could hold."""


class Material(Protocol):
    """What a cell needs to know of its function (edge.engine.template): see wire.cell.Assign."""

    @property
    def key(self) -> str: ...

    @property
    def memory(self) -> int: ...

    @property
    def preamble(self) -> bytes: ...

    @property
    def evaluated(self) -> bool: ...

    @property
    def package_ops(self) -> SyncOps: ...

    def blob_bytes(self) -> bytes:
        """A copy of the snapshot."""


class Answerer(Protocol):
    """Who answers what isolates ask; the commonest is edge.supervisor.asks.Asks."""

    def take(self, ask: Ask) -> None:
        """Answer, now or later: with an Answer, when the cell's lockstep still wants one."""


class Spawner(Protocol):
    """Where processes come from (edge.supervisor.zygote)."""

    async def spawn(self, kind: Literal["cell", "build"]) -> tuple[int, socket.socket]:
        """The pid of a new child of ours, and our end of its socket.  Raises EngineCrashError."""


class Cell:
    """Made by `start`.  `gone` is set when the process is reaped and all isolates know; `fate` says why, then.

    `running` counts isolates in use, `served` those that ever were.  Once `terminated`, give it no more: code in it
    was stopped, by the gateway or at a limit, and what that code had set up may still be there.
    """

    def __init__(self, pid: int, sock: socket.socket, log: Log, counts: Counter[str]) -> None:
        """Takes charge of both.  Raises EngineCrashError, with the process reaped and the socket closed."""
        self._link = Link(sock, self._handle, self._violated)
        try:
            self.process = ChildProcess(pid)
        except EngineCrashError:
            self._link.close()
            raise
        self.lockstep = Lockstep()
        self.layers: list[str] = []
        self.born = False  # it has an isolate, which a function may get
        self.key = ""
        self.running = 0
        self.served = 0
        self.created = time.monotonic()
        self.terminated = False
        self.crowded = 0.0  # since when it makes isolates where others rewind one, on Trio's clock; 0 for one of those
        self.gone = trio.Event()
        self.fate = ""
        self.rewinding = Rewinding(counts)
        self._log = log.bind(pid=pid)
        self._counts = counts
        self._isolates: dict[int, RemoteIsolate] = {}
        self._numbers = itertools.count(1)
        self._milestone = trio.Event()  # Ready, Assigned, or the end
        self._tasks: trio.Nursery | None = None  # while the process lives
        self._asks: Answerer | None = None
        self._fate: Fate | None = None
        self._killed = ""
        self._rewind = self._settling = False
        self._runs = 0
        self._audited = False
        self._base = self._anonymous = self._resident = self._memory = self._spare = self._limit = 0

    # -- its life

    @classmethod
    async def start(
        cls,
        zygote: Spawner,
        nursery: trio.Nursery,
        *,
        log: Log,
        counts: Counter[str] | None = None,
        rewind: bool = False,
    ) -> Cell:
        """A blank cell, looked after by a task of `nursery`; when that is cancelled, the cell is killed and reaped.

        `counts` counts how cells end: kinds of `Fate`, and "violation"; and what `Rewinding` counts.  With `rewind` it
        will use one isolate again and again, set back in between.  Raises EngineCrashError.
        """
        pid, sock = await zygote.spawn("cell")
        cell = cls(pid, sock, log, Counter() if counts is None else counts)
        cell._rewind = rewind
        try:
            nursery.start_soon(cell._live, name=f"cell {pid}")
        except BaseException:
            with trio.CancelScope() as scope:
                scope.cancel()
                await cell._live()
            raise
        await cell._reach("sealed", READY_DEADLINE)
        if not cell.process.data_size():
            if not cell.process.ended:
                cell.kill("cannot be measured: /proc is hidden from the gateway (mount option hidepid?)")
            await cell.gone.wait()
            raise EngineCrashError(cell.fate)
        return cell

    async def assign(self, template: Material, spare: int, answerer: Callable[[Cell], Answerer] | None = None) -> None:
        """Make it a cell of one function, with so many unused isolates kept ready.  Raises EngineCrashError.

        What isolates ask is answered with the template's own operations, or by the one that `answerer` makes.
        """
        blob = template.blob_bytes()
        self.key, self._memory, self._spare = template.key, template.memory, spare
        self._log = self._log.bind(key=template.key)
        if self._tasks is not None and not self._killed:
            self._milestone = trio.Event()
            asks = Asks(template.package_ops, self.lockstep, self.send, self._tasks, self._answers)
            self._asks = asks if answerer is None else answerer(self)
            self._weigh(len(blob))
            self._link.allow(template.memory + FRAME_SLACK)
            self.lockstep.assign()
            ops = list(template.package_ops)
            memory, rewind = heap_limit(template.memory), self._rewind
            self.send(Assign(blob, template.preamble, memory, ops, spare, rewind, template.evaluated))
        await self._reach("ready for its function", ASSIGN_DEADLINE)
        self._weigh(0)

    def _weigh(self, blob: int) -> None:
        """Take what it holds as what it needs without its function: to be called while no code of that has run."""
        self._base = base_with_blob(self.process.data_size(), blob)
        self._resident, self._anonymous = self.process.resident(), self.process.anonymous()
        self._fit_limit()

    async def _reach(self, state: str, deadline: float) -> None:
        """Wait for the next milestone; whoever gives up waiting gives up the cell."""
        try:
            with trio.move_on_after(deadline):
                await self._milestone.wait()
        except BaseException:
            self.kill("was not waited for")
            raise
        if self._milestone.is_set() and self._fate is None and not self._killed:
            return
        self.kill(f"was not {state} within {deadline:g} s")
        await self.gone.wait()
        raise EngineCrashError(self.fate)

    def kill(self, reason: str) -> None:
        """End it at once; `reason` continues the sentence "the process was ended: it ..."."""
        if self._fate is None and not self._killed:
            self._killed = reason
            self.process.kill()

    def memory(self) -> int:
        """Bytes of private memory."""
        return self.process.anonymous()

    @property
    def rewinds(self) -> int:
        """How often it has set its isolate back."""
        return self.rewinding.times(self.served - self.running)

    @property
    def retains(self) -> int:
        """Bytes that it holds at rest beyond what it may, or 0; takes 10 us."""
        held = self.process.data_size() - self._base
        return held if held > may_retain(self._memory) else 0

    @property
    def hides(self) -> int:
        """Bytes that are resident beyond what its limit allows, or 0: then native code has got around the limit."""
        resident = self.process.anonymous()
        return max(resident - may_be_resident(self._anonymous, self._base, self._limit), 0) if self._limit else 0

    async def _live(self) -> None:
        """Serve the socket until the process has ended; whatever happens, it is reaped, and only it is lost."""
        reason = "was not looked after any more"
        try:
            async with self.process, trio.open_nursery() as tasks:
                self._tasks = tasks
                tasks.start_soon(self._read)
                tasks.start_soon(self._link.write)
                await self.process.wait()
                reason = self._killed
                self._tasks = None  # nothing begins any more
                tasks.cancel_scope.cancel()
        except* Exception:  # noqa: BLE001 - a bug in here must not end all other cells
            self._log.exception("cell_supervision_failed")
        finally:
            self._tasks = None
            self._killed = self._killed or reason
            self._end()

    async def _read(self) -> None:
        await self._link.read()
        await trio.sleep(FAREWELL)
        self.kill("closed its socket")

    def _end(self) -> None:
        end = self.process.exit
        assert end is not None  # it was reaped
        self._hear_last_words()
        self._link.close()
        allowed = self._memory * max(len(self._isolates), 1)
        self._fate = judge(end, Known(self._killed, self._resident, allowed))
        self.fate = self._fate.sentence
        self._report_end(end, self._fate)
        self._milestone.set()
        self.gone.set()
        for isolate in list(self._isolates.values()):
            self._lose(isolate, self._fate)

    def _hear_last_words(self) -> None:
        try:
            if not self._killed:
                self._link.drain()
        except Exception:  # noqa: BLE001 - see _live
            self._log.exception("cell_supervision_failed")

    def _lose(self, isolate: RemoteIsolate, fate: Fate) -> None:
        try:
            isolate.lose(fate.fault if isolate.running else "crash", fate.sentence)
        except Exception:  # noqa: BLE001 - the others must hear of it too
            self._log.exception("cell_loss_failed")

    def _report_end(self, end: Exit, fate: Fate) -> None:
        self._counts[fate.kind] += 1
        self.rewinding.end(self.served - self.running)
        levels = {"stopped": self._log.debug, "memory": self._log.info}
        tell = levels.get(fate.kind, self._log.warning)
        tell(
            "cell_gone",
            kind=fate.kind,
            reason=fate.sentence,
            status=end.status,
            signal=end.signal,
            peak=end.maxrss,
            cpu=round(end.cpu, 3),
            served=self.served,
        )

    # -- isolates

    def open(self) -> RemoteIsolate:
        """An unused isolate.  In a cell that has gone, one that is lost."""
        isolate = RemoteIsolate(self, next(self._numbers))
        self.running += 1
        self.served += 1
        if self._fate is not None:
            isolate.lose("crash", self.fate)
        else:
            self._isolates[isolate.number] = isolate
            self._fit_limit()
        return isolate

    def close(self, isolate: RemoteIsolate) -> None:
        """Dispose of it; what still runs is stopped first."""
        if isolate.closed:
            return
        isolate.close()
        self.running -= 1
        if isolate.running:
            isolate.terminate()
        else:
            self._drop(isolate)

    def _drop(self, isolate: RemoteIsolate) -> None:
        isolate.drop()
        self._isolates.pop(isolate.number, None)
        if self._tasks is not None and not self._settling and self._wanted_limit() < self._limit:
            self._settling = True
            self._tasks.start_soon(self._settle)

    def _wanted_limit(self) -> int:
        return data_limit(self._base, self._memory, len(self._isolates), self._spare)

    def _fit_limit(self) -> None:
        """Move RLIMIT_DATA to where it belongs; for one isolate after the other it stays."""
        limit = self._wanted_limit()
        if limit != self._limit:
            self._limit = limit
            self.process.limit_data(limit)

    async def _settle(self) -> None:
        """Lower the limit once an isolate's memory is back: before that, its neighbours would feel it."""
        await trio.sleep(SETTLE)
        self._settling = False
        self._fit_limit()

    # -- what isolates call

    def send(self, command: Command) -> None:
        """See Home."""
        self._link.send(command)

    def began(self, isolate: RemoteIsolate) -> None:
        """See Home."""
        self.lockstep.run(isolate.number, single=isolate.single)
        self._runs += 1
        isolate.alone = self.lockstep.busy == 1
        if not isolate.alone:
            for other in self._isolates.values():
                other.alone = False

    def stopping(self, isolate: RemoteIsolate) -> None:
        """See Home."""
        self.terminated = True
        if self._tasks is not None:
            self._tasks.start_soon(self._insist, isolate)

    async def _insist(self, isolate: RemoteIsolate) -> None:
        for _ in range(STARVED):
            used = self.process.cpu_time()
            await trio.sleep(GRACE)
            self._link.read_now()  # when it is we who were late
            if not isolate.running:
                return
            if self.process.cpu_time() - used > GRACE / 2 or not self.process.runnable():
                break
        self.kill(f"did not stop within {GRACE:g} s of being told to")

    # -- what the process says

    def _violated(self, reason: str) -> None:
        self._counts["violation"] += 1
        self._log.warning("cell_violation", reason=reason)
        self.kill("broke the protocol")

    def _handle(self, report: Report) -> None:
        self.lockstep.take(report)
        match report:
            case Result():
                self._handle_result(report)
            case Ask():
                if self._asks is not None and self._tasks is not None:
                    self._asks.take(report)
            case Measured():
                if report.isolate in self._isolates:
                    self._isolates[report.isolate].measured(report.cpu)
            case Ready():
                self.layers = report.layers
                self.born = report.born and self._rewind
                self._warn_if_unable(report)
                self._milestone.set()
            case Assigned():
                self.rewinding.begin(report.hindrance)
                self._milestone.set()
            case Broken():
                reason = _printable(report.reason)
                self._log.warning("cell_broken", reason=reason)
                self.kill(f"could not go on: {reason}")

    def _warn_if_unable(self, report: Ready) -> None:
        """Once: it is so for all cells of this machine."""
        known = REASONS.get(report.hindrance)
        if self._rewind and known is not None and not self._counts[UNABLE]:
            self._counts[UNABLE] += 1
            reason, hint = known
            self._log.warning("rewinding_unavailable", reason=reason, effect=COST, hint=hint)

    def _answers(self, number: int) -> OnCall:
        isolate = self._isolates.get(number)
        return isolate.on_call if isolate is not None else refuse_call

    def _handle_result(self, report: Result) -> None:
        isolate = self._isolates[report.isolate]
        self.terminated = self.terminated or report.fault != ""
        if report.crowded:
            self._crowd(isolate)
        isolate.took(report)
        if isolate.closed and not isolate.running:
            self._drop(isolate)
        if not self._audited and self._tasks is not None:
            self._audited = True
            self._tasks.start_soon(self._audit)

    def _crowd(self, isolate: RemoteIsolate) -> None:
        self.rewinding.crowd(self.served - self.running)
        if isolate.single and not self.crowded:  # isolates that are used again want to stay
            self.crowded = trio.current_time()

    async def _audit(self) -> None:
        """Code can run on without a run: what V8 calls by itself, and what does not notice that its isolate goes.

        So a cell that has run something is watched until it has rested for a while.
        """
        rested = False
        while not rested:
            runs, used = self._runs, self.process.cpu_time()
            await trio.sleep(AUDIT)
            rested = self.lockstep.busy == 0 and self._runs == runs
            if rested and self.process.cpu_time() - used > AUDIT / 10:
                self.kill("went on working when nothing was asked of it")
        self._audited = False


def _printable(text: str) -> str:
    """What a cell says of itself, fit for a log and for people."""
    return "".join(character if character.isprintable() else " " for character in text[:MAX_REASON])
