"""The run: one gateway, a neighbour under load, and the cases one after the other."""

from __future__ import annotations

import time
from bisect import bisect
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.corpus.faults import origin
from edge.corpus.faults.deployment import MEMORY, NEIGHBOUR, deploy, function_name
from edge.corpus.faults.memory import MemorySampler, private_bytes
from edge.corpus.faults.neighbour import Neighbour
from edge.corpus.faults.package import ECHO
from edge.corpus.faults.processors import ProcessorMeter
from edge.corpus.faults.report import Result, Summary
from edge.corpus.faults.verdict import HARD, Figures, needs_log, observe, problems
from edge.corpus.gateway_process import HOST, GatewayProcess
from edge.corpus.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Protocol

    from edge.corpus.faults.case import Case
    from edge.corpus.http_client import Answer

    class Watch(Protocol):
        """Is told of each case before it runs, and of each result."""

        def begins(self, case: Case) -> None: ...
        def ends(self, result: Result) -> None: ...


WARM_UP = 2.0
"""Seconds of load before the neighbour's quiet phase: connections and isolates are there then."""
PATIENCE = HARD + 8
"""Seconds after which an answer is not waited for any more; what takes so long has failed already."""
LOG_SECONDS = 2.0
"""How long the log entry of an answer that broke off may take."""


class Settings(msgspec.Struct, frozen=True):
    """`quiet` is the length of the neighbour's quiet phase in seconds."""

    engine: str
    quiet: float


async def run(cases: Sequence[Case], settings: Settings, folder: Path, watch: Watch) -> tuple[list[Result], Summary]:
    """Run the cases in `folder`, which is empty.  Raises GatewayError when the gateway does not start."""
    try:
        return await _run(cases, settings, folder, watch)
    except BaseExceptionGroup as group:
        raise _innermost(group) from group


async def _run(cases: Sequence[Case], settings: Settings, folder: Path, watch: Watch) -> tuple[list[Result], Summary]:
    async with AsyncExitStack() as stack:
        nursery = await stack.enter_async_context(trio.open_nursery())
        stack.callback(nursery.cancel_scope.cancel)
        config = deploy(folder, cases, await nursery.start(origin.serve))
        options = ["--config", str(config), "--engine", settings.engine]
        gateway = await stack.enter_async_context(GatewayProcess.open(folder, *options))
        sampler = stack.enter_context(MemorySampler())
        runner = _Runner(gateway, sampler, embedded=settings.engine == "embedded")
        async with Neighbour.open(HOST, gateway.port, f"/{NEIGHBOUR}") as neighbour:
            await trio.sleep(WARM_UP)
            neighbour.mark()
            await trio.sleep(settings.quiet)
            runner.measure_idle()
            neighbour.mark()
            meter = ProcessorMeter(gateway.pid)
            results = [await runner.run(number, case, watch) for number, case in enumerate(cases)]
            others = meter.others()
        return results, runner.summary(neighbour, results, others)


def _innermost(error: BaseException) -> BaseException:
    """Each task of a run has one thing to do, so the first error is the one to tell."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _Runner:
    """Cases through one gateway, which is started again when it dies."""

    def __init__(self, gateway: GatewayProcess, sampler: MemorySampler, *, embedded: bool) -> None:
        self._gateway = gateway
        self._sampler = sampler
        self._embedded = embedded
        self._base = 0
        self._gateway_before = 0
        self._follow()

    def measure_idle(self) -> None:
        """Take what processes hold now as what they hold without work."""
        self._base = self._sampler.idle()
        self._gateway_before = private_bytes(self._gateway.pid)

    async def run(self, number: int, case: Case, watch: Watch) -> Result:
        """One case, and whether the gateway is well after it.  Raises GatewayError when it cannot be replaced."""
        watch.begins(case)
        began = time.monotonic()
        mark = self._gateway.mark()
        self._sampler.begin()
        answer = await self._ask(number, case)
        fate = await self._fate()
        logged = await self._logged(answer, mark) if needs_log(answer) else {}
        self._take_in_deaths(mark)
        observed = observe(case, answer, logged)
        figures = Figures(answer.seconds, self._sampler.peak(), self._base, MEMORY, fate)
        result = Result(case, observed, figures, problems(case, observed, figures, embedded=self._embedded), began)
        watch.ends(result)
        if fate:
            await self._gateway.restart()
            self._follow()
        return result

    async def _ask(self, number: int, case: Case) -> Answer:
        path = f"/{function_name(number)}"
        with HttpClient(HOST, self._gateway.port) as client:
            if case.kind == "script":
                return await client.ask("POST", path, {"content-type": "text/plain"}, ECHO, within=PATIENCE)
            return await client.ask("GET", path, {"authorization": "Bearer of-a-client"}, within=PATIENCE)

    async def _fate(self) -> str:
        """What has become of the gateway; "" when it is well."""
        if await self._gateway.alive():
            return ""
        return await self._gateway.fate()

    async def _logged(self, answer: Answer, mark: int) -> dict[str, object]:
        """The log entry of the request."""
        wanted = answer.headers.get("edge-request-id")
        with trio.move_on_after(LOG_SECONDS):
            while wanted and self._gateway.running():
                for entry in self._gateway.entries(mark):
                    if entry.get("event") == "request" and entry.get("request_id") == wanted:
                        return entry
                await trio.sleep(0.05)
        return {}

    def _take_in_deaths(self, mark: int) -> None:
        """Cells that died can have grown after the last sample; the gateway logs what the kernel says of them."""
        for entry in self._gateway.entries(mark):
            match entry:
                case {"event": "cell_gone", "pid": int(pid), "peak": int(resident)}:
                    self._sampler.died(pid, resident)
                case _:
                    pass

    def _follow(self) -> None:
        self._sampler.follow(self._gateway.pid, children=not self._embedded)

    def summary(self, neighbour: Neighbour, results: Sequence[Result], others: float) -> Summary:
        """Figures of the whole run; once the neighbour has all its answers."""
        began = [result.began for result in results]
        names = ["none", *(result.case.name for result in results)]
        return Summary(
            embedded=self._embedded,
            starts=self._gateway.starts,
            base=self._base,
            cap=MEMORY,
            gateway_before=self._gateway_before,
            gateway_after=private_bytes(self._gateway.pid),
            quiet=neighbour.phase(1),
            loaded=neighbour.phase(2),
            lost=[f"{lost.wrong} (beside {names[bisect(began, lost.due)]})" for lost in neighbour.lost()],
            beside=neighbour.worst(began),
            others=others,
        )
