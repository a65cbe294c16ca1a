"""edge beside other programs: every round starts each of them anew, one after the other, and loads it for a while."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import asynccontextmanager
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import httpx
import trio

from bench.gateway import ROOT, serving, write_config
from bench.peers.catalog import ECHO, HELLO, Peer, peers
from bench.peers.install import install
from bench.peers.server import running
from bench.samples import write_function
from bench.table import Column, Table
from bench.wrk import wrk_command, wrk_result
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [
    Column("program"),
    Column("request"),
    Column("connections"),
    Column("CPU each", "us"),
    Column("requests", "1/s"),
    Column("p50", "ms", 2),
    Column("p99", "ms", 2),
    Column("errors"),
    Column("CPU / edge", "", 2),
    Column("rate / edge", "", 2),
    Column("what it is"),
]
NOTES = [
    "CPU of all processes of a program for each request: the steadier figure on a machine that does other things too.",
    "Load by wrk, one thread. Medians of rounds in which all programs took turns; the ratios are medians of the ratios",
    "within a round, to edge with a new isolate for each request (rows of programs that have one) or with kept ones.",
]
BODY = json.dumps({"user": "ada", "items": list(range(8)), "note": "x" * 950, "n": 41})
"""1 KB of JSON."""
FRESH = ("workerd-new", "deno-worker", "node-worker", "ivm-context", "ivm-isolate", "ivm-isolate-snap")
KEPT = ("workerd", "workerd-loader", "deno", "bun", "node-http", "express")
HELLO_SOURCE = 'module.exports = (req, res) => res.type("text/plain").send("Hello, World!\\n");\n'
ECHO_SOURCE = """\
module.exports = (req, res) => {
  const body = req.body;
  body.seen = true;
  body.n = (body.n || 0) + 1;
  res.json(body);
};
"""
QUESTIONS = ((HELLO, 1), (HELLO, 16), (ECHO, 16))
EDGE = Peer("edge", "a new isolate for each request", [], 0, {HELLO: "/hello", ECHO: "/echo"}, fresh=True)
EDGE_KEPT = Peer("edge, reuse", "isolates are kept", [], 0, {HELLO: "/hello-kept", ECHO: "/echo-kept"})
_STARTING = 0.5


class Found(NamedTuple):
    """One measurement: requests per second, seconds of CPU for each, seconds of waiting, answers other than 200."""

    rate: float
    cpu: float
    p50: float
    p99: float
    errors: int


class Case(NamedTuple):
    """What is asked of a program."""

    program: str
    request: str
    connections: int


class Target(NamedTuple):
    """A program that runs: CPU seconds that it has used so far, and its addresses by request."""

    peer: Peer
    port: int
    cpu_seconds: Callable[[], float]

    def url(self, request: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.peer.paths[request]}"


Rounds = list[dict[Case, Found]]


async def compare(scale: Scale, folder: Path) -> Table:
    """The table: hello and echo, with as many connections as make a queue and with one."""
    rounds = await measure(folder, (*FRESH, *KEPT), QUESTIONS, scale.peer_rounds, 1.0)
    return table(rounds)


async def measure(
    folder: Path, names: Sequence[str], questions: Sequence[tuple[str, int]], count: int, seconds: float
) -> Rounds:
    """All that the named peers and edge can do of the (request, connections), in `count` rounds.

    Raises InternalError.
    """
    if shutil.which("wrk") is None:
        raise InternalError("the comparison needs wrk (on Debian and Ubuntu: apt install wrk)")
    install()
    known = peers()
    rounds: Rounds = []
    for _ in range(count):
        found: dict[Case, Found] = {}
        async with edge(folder) as targets:
            for target in targets:
                await _measure(found, target, questions, seconds)
        for name in names:
            with running(known[name], folder / f"{name}.log") as server:
                target = Target(known[name], server.port, server.cpu_seconds)
                await _measure(found, target, questions, seconds)
        rounds.append(found)
    return rounds


@asynccontextmanager
async def edge(folder: Path, programs: Sequence[Peer] = (EDGE, EDGE_KEPT)) -> AsyncIterator[list[Target]]:
    """One gateway with default settings that serves the same handlers."""
    functions = folder / "functions"
    for name, source in (("hello", HELLO_SOURCE), ("echo", ECHO_SOURCE)):
        write_function(functions, name, source)
        write_function(functions, f"{name}-kept", source)
    kept = ["hello-kept", "echo-kept"]
    async with serving(write_config(folder, ["hello", "echo", *kept], reused=kept)) as gateway:
        yield [Target(program, gateway.port, gateway.tree_cpu_seconds) for program in programs]


async def _measure(
    found: dict[Case, Found], target: Target, questions: Sequence[tuple[str, int]], seconds: float
) -> None:
    asked = ""
    for request, connections in questions:
        if request not in target.peer.paths:
            continue
        if request != asked:
            _check(target, request)
            await load(target, request, 16, _STARTING)
        asked = request
        found[Case(target.peer.name, request, connections)] = await load(target, request, connections, seconds)


async def load(target: Target, request: str, connections: int, seconds: float) -> Found:
    """Keep connections busy for some seconds.  Raises InternalError when wrk fails."""
    body = BODY if request == ECHO else None
    command = wrk_command(target.url(request), connections, seconds, posts=body is not None)
    if command is None:
        raise InternalError("wrk has gone")
    before = target.cpu_seconds()
    environment = {**os.environ, **({"BODY": body} if body else {})}
    done = await trio.run_process(command, cwd=ROOT, env=environment, capture_stdout=True, check=False)
    result = wrk_result(done.stdout.decode())
    if not result.requests:
        raise InternalError(f"{target.peer.name} answered nothing: {done.stdout.decode()[-300:]}")
    cpu = (target.cpu_seconds() - before) / result.requests
    return Found(result.requests / result.seconds, cpu, result.p50, result.p99, result.errors)


def _check(target: Target, request: str) -> None:
    """Whether it answers what all of them have to answer.  Raises InternalError."""
    if request == ECHO:
        answer = httpx.post(target.url(request), content=BODY, headers={"content-type": "application/json"})
        right = answer.json() == {**json.loads(BODY), "seen": True, "n": 42}
    else:
        answer = httpx.get(target.url(request))
        right = answer.text == "Hello, World!\n"
    if not right or answer.status_code != 200:
        raise InternalError(f"{target.peer.name} answers {request} with {answer.status_code} {answer.text[:100]!r}")


def middle(rounds: Rounds, case: Case) -> Found:
    """The median of each figure, and all errors."""
    values = [found[case] for found in rounds]
    rate, cpu, p50, p99 = (median(figures) for figures in list(zip(*values, strict=True))[:4])
    return Found(rate, cpu, p50, p99, sum(value.errors for value in values))


def ratio(rounds: Rounds, figure: str, case: Case, other: Case) -> float:
    """The median over rounds of a case's figure by that of another one."""
    at = Found._fields.index(figure)
    return median(found[case][at] / found[other][at] for found in rounds)


def table(rounds: Rounds) -> Table:
    """Fresh ones first, each group by CPU."""
    shown = Table("peers", "Beside other programs", COLUMNS, notes=NOTES)
    programs = {EDGE.name: EDGE, EDGE_KEPT.name: EDGE_KEPT, **peers()}
    groups = sorted({(case.request != HELLO, case.connections, not programs[case.program].fresh) for case in rounds[0]})
    for echo, connections, kept in groups:
        request, own = ECHO if echo else HELLO, EDGE_KEPT if kept else EDGE
        cases = [
            case
            for case in rounds[0]
            if case[1:] == (request, connections) and programs[case.program].fresh is not kept
        ]
        reference = Case(own.name, request, connections)
        for case in sorted(cases, key=lambda case: middle(rounds, case).cpu):
            found = middle(rounds, case)
            figures = (found.cpu * 1e6, found.rate, found.p50 * 1e3, found.p99 * 1e3, found.errors)
            beside = [ratio(rounds, figure, case, reference) for figure in ("cpu", "rate")]
            shown.add(case.program, request, connections, *figures, *beside, programs[case.program].note)
    return shown
