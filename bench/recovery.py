"""kill -9 of what a gateway consists of, under load: who fails, and how long it takes until all is well."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import trio

from bench import procfs, tree
from bench.client import Asked, Client
from bench.gateway import Gateway, serving, write_config
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.scale import Scale
    from bench.tree import Process

COLUMNS = [
    Column("killed"),
    Column("kills"),
    Column("requests"),
    Column("failed"),
    Column("next answer", "ms", 1),
    Column("longest gap", "ms", 1),
    Column("worst", "ms", 1),
    Column("goal", "ms"),
    Column("processes before"),
    Column("1 s later"),
]
GOAL = 1000
CONNECTIONS = 4
NOTES = [
    f"Mode cells, one function with fresh isolates, {CONNECTIONS} connections. Failed: answers other than 200, in all.",
    "Times are medians from the kill on. Next answer: of a request begun after it. Longest gap: without any answer.",
    "Worst: the largest of both. Processes: medians of live children; a cell that is not needed is not replaced.",
]
_RAMP_SECONDS = 1.0
_WATCH_SECONDS = 1.0
_MOST_ZYGOTES = 3
"""A zygote that dies over and over is replaced more and more slowly, on purpose."""


class _Kill(NamedTuple):
    """What came of one: times in seconds, live children before and a second later."""

    requests: int
    failed: int
    answer: float
    gap: float
    before: int
    after: int


async def recovery(scale: Scale, folder: Path) -> Table:
    """One cell of several, all cells, the zygote."""
    table = Table("recovery", "kill -9 under load", COLUMNS, notes=NOTES)
    write_function(folder / "functions", "hello", HELLO_EXPRESS)
    few = min(scale.kills, _MOST_ZYGOTES)
    victims: list[tuple[str, int, Callable[[int], list[Process]]]] = [
        ("nothing", scale.kills, lambda _: []),
        ("a cell", scale.kills, _busiest),
        ("all cells", scale.kills, tree.cells),
        ("the zygote", few, lambda pid: [tree.zygote(pid)]),
        ("the zygote and all cells", few, tree.alive),
    ]
    for label, count, choose in victims:
        async with serving(write_config(folder, ["hello"], pool=(1, 4))) as gateway:
            with _load(gateway.port) as asked:
                await trio.sleep(_RAMP_SECONDS)
                kills = [await _kill(gateway, choose, asked) for _ in range(count)]
        _add(table, label, kills)
    return table


def _busiest(pid: int) -> list[Process]:
    """The cell that has worked most: one that has something to do."""
    return sorted(tree.cells(pid), key=lambda cell: procfs.cpu_seconds(cell.pid))[-1:]


def _add(table: Table, label: str, kills: Sequence[_Kill]) -> None:
    times = [
        median(kill.answer for kill in kills),
        median(kill.gap for kill in kills),
        max(max(kill.answer, kill.gap) for kill in kills),
    ]
    before, after = median(kill.before for kill in kills), median(kill.after for kill in kills)
    requests, failed = sum(kill.requests for kill in kills), sum(kill.failed for kill in kills)
    table.add(label, len(kills), requests, failed, *(seconds * 1e3 for seconds in times), GOAL, before, after)


async def _kill(gateway: Gateway, choose: Callable[[int], list[Process]], asked: list[Asked]) -> _Kill:
    before = len(tree.alive(gateway.pid))
    victims = {process.pid for process in choose(gateway.pid)}
    at = time.perf_counter()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    await trio.sleep(_WATCH_SECONDS)
    return outcome(list(asked), at, before, len(tree.alive(gateway.pid)))


def outcome(asked: Sequence[Asked], at: float, before: int = 0, after: int = 0) -> _Kill:
    """What requests show of a kill at a time.  Raises InternalError when nothing was answered after it."""
    concerned = [one for one in asked if at <= one.ended < at + _WATCH_SECONDS]
    good = sorted(one.ended for one in concerned if one.good)
    answers = [one.ended - at for one in concerned if one.good and one.began >= at]
    if not answers:
        raise InternalError(f"no request was answered in the {_WATCH_SECONDS:g} s after a kill")
    gap = max(later - earlier for earlier, later in zip([at, *good], good, strict=False))
    return _Kill(len(concerned), sum(not one.good for one in concerned), min(answers), gap, before, after)


@contextmanager
def _load(port: int) -> Iterator[list[Asked]]:
    """Connections that ask as fast as they can, on threads; the list grows by what was asked."""
    asked: list[Asked] = []
    failures: list[Exception] = []
    enough = threading.Event()

    def work() -> None:
        try:
            with Client(port) as client:
                while not enough.is_set():
                    asked.append(client.ask("/hello"))
        except Exception as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
