"""The run: gateways for the protocols that there are cases of, and the cases on them."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import msgspec
import trio

from edge.corpus.gateway_process import HOST, GatewayProcess
from edge.corpus.http.case import Case
from edge.corpus.http.client import Client, Place
from edge.corpus.http.deployment import PROTOCOLS, deploy
from edge.corpus.http.guard import TOOK, Guard
from edge.corpus.http.ops import Op, Parallel, Send, Sleep
from edge.corpus.http.verdict import problems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

TOGETHER = 12
"""Cases that wait most of the time, at once."""
_WARM_UP = 40
_PATIENT = 4.0
_SHOWN = 3


class Result(msgspec.Struct, frozen=True):
    """What became of a case, and why that is wrong if it is."""

    case: Case
    words: list[str]
    problems: list[str]
    seconds: float = 0.0


class Watch(Protocol):
    """Is told of each result."""

    def ends(self, result: Result) -> None: ...


async def run(cases: Sequence[Case], folder: Path, engine: str, watch: Watch) -> list[Result]:
    """Run the cases in `folder`, which is empty.  Raises GatewayError when a gateway does not start."""
    try:
        async with AsyncExitStack() as stack:
            guards = {
                name: await stack.enter_async_context(_gateway(folder / name, engine, tls=name == "tls"))
                for name, protocols in PROTOCOLS.items()
                if any(case.proto in protocols for case in cases)
            }
            ports = [guards[name].gateway.port if name in guards else 0 for name in ("plain", "tls")]
            return await _Runner(guards, Place(HOST, *ports), watch).run(cases)
    except BaseExceptionGroup as group:
        raise _innermost(group) from group


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@asynccontextmanager
async def _gateway(folder: Path, engine: str, *, tls: bool) -> AsyncIterator[Guard]:
    config = deploy(folder, tls=tls)
    async with GatewayProcess.open(folder, "--config", str(config), "--engine", engine) as gateway:
        guard = Guard(gateway, HOST, tls=tls)
        async with trio.open_nursery() as nursery:  # until cells, threads and caches are what they stay
            for _ in range(_WARM_UP):
                nursery.start_soon(guard.fresh)
        yield guard


class _Runner:
    """Cases that wait go side by side, all others one after the other."""

    def __init__(self, guards: dict[str, Guard], place: Place, watch: Watch) -> None:
        self._guards = guards
        self._place = place
        self._watch = watch
        self._results: dict[str, Result] = {}

    async def run(self, cases: Sequence[Case]) -> list[Result]:
        for name, guard in self._guards.items():
            mine = [case for case in cases if case.proto in PROTOCOLS[name]]
            begin = await guard.count()
            patient = [case for case in mine if _is_patient(case)]
            await self._side_by_side(guard, patient)
            for case in mine:
                if case not in patient:
                    self._note(await self._guarded(guard, case))
            self._note_rest(await guard.problems(begin, never_outbound=False), name)
        return list(self._results.values())

    def _note(self, result: Result) -> None:
        self._results[result.case.name] = result
        self._watch.ends(result)

    def _note_rest(self, found: list[str], name: str) -> None:
        """What the whole run has left, if each case left too little to see."""
        if found:
            self._note(Result(Case(f"the whole run ({name})", "h1", [], ["ok"]), [], found))

    async def _side_by_side(self, guard: Guard, cases: Sequence[Case]) -> None:
        if not cases:
            return
        before = await guard.count()
        found: set[str] = set()
        limit = trio.CapacityLimiter(TOGETHER)
        results: list[Result] = []

        async def one(case: Case) -> None:
            async with limit:
                results.append(await self._case(guard, case))

        async with trio.open_nursery() as watching:
            watching.start_soon(guard.watch, found)
            async with trio.open_nursery() as nursery:
                for case in cases:
                    nursery.start_soon(one, case)
            watching.cancel_scope.cancel()
        found |= set(await guard.problems(before, never_outbound=False))
        for result in results:  # what went wrong beside others is tried alone
            self._note(await self._guarded(guard, result.case) if found or result.problems else result)

    async def _guarded(self, guard: Guard, case: Case) -> Result:
        """A case alone, with the invariant.  What was only slow is tried again: the machine may have been."""
        result = await self._alone(guard, case)
        if result.problems and all(problem.startswith(TOOK) for problem in result.problems):
            return await self._alone(guard, case)
        return result

    async def _alone(self, guard: Guard, case: Case) -> Result:
        before = await guard.count()
        found: set[str] = set()
        async with trio.open_nursery() as watching:
            watching.start_soon(guard.watch, found)
            result = await self._case(guard, case)
            watching.cancel_scope.cancel()
        found |= set(await guard.problems(before, never_outbound="outbound-connect" in case.never))
        return msgspec.structs.replace(result, problems=[*result.problems, *sorted(found)])

    async def _case(self, guard: Guard, case: Case) -> Result:
        began = trio.current_time()
        mark = guard.gateway.mark()
        try:
            ops = case.ops()
        except ValueError as error:
            return Result(case, [], [str(error)])
        clients = [Client(case, script, self._place) for script in _scripts(ops)]
        outcomes = []

        async def one(client: Client) -> None:
            outcomes.append((client, await client.run()))

        async with trio.open_nursery() as nursery:
            for client in clients:
                nursery.start_soon(one, client)
        seconds = trio.current_time() - began
        served = [str(entry.get("path")) for entry in guard.gateway.entries(mark) if entry.get("event") == "request"]
        wrong: list[str] = []
        words: set[str] = set()
        for client, observed in outcomes:
            words |= observed.words
            wrong += problems(case, observed, bytes(client.sent), served)
        if case.max_s and seconds > case.max_s + 1:
            wrong.append(f"it took {seconds:.1f} s (at most {case.max_s:g} s)")
        return Result(case, sorted(words), _counted(wrong), round(seconds, 2))


def _scripts(ops: list[Op]) -> list[list[Op]]:
    """What each of the connections does: one, or as many as run in parallel."""
    for at, op in enumerate(ops):
        if isinstance(op, Parallel):
            return [[*ops[:at], *inner, *ops[at + 1 :]] for inner in _scripts(list(op.ops)) for _ in range(op.count)]
    return [ops]


def _is_patient(case: Case) -> bool:
    """Whether it sleeps for most of its time; those with many connections are work."""
    try:
        ops = case.ops()
    except ValueError:
        return False
    if any(isinstance(op, Parallel) for op in ops):
        return False
    waits = sum(op.seconds for op in ops if isinstance(op, Sleep))
    drips = sum(op.every * len(op.parts) * op.repeat for op in ops if isinstance(op, Send))
    return waits + drips >= _PATIENT


def _counted(wrong: list[str]) -> list[str]:
    """The same problem of many connections once."""
    kinds = list(dict.fromkeys(wrong))
    named = [f"{problem} ({wrong.count(problem)} times)" if wrong.count(problem) > 1 else problem for problem in kinds]
    return named[:_SHOWN]
