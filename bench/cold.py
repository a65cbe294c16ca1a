"""Cold starts over HTTP: the first request ever of a function that is deployed, beside later ones."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import trio

from bench.client import Client
from bench.cost import quantile
from bench.gateway import LOG, Gateway, serving, write_config
from bench.samples import HELLO_EXPRESS, write_function
from bench.table import Column, Table
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.scale import Scale

COLUMNS = [
    Column("pool"),
    Column("request"),
    Column("requests"),
    Column("p50", "ms", 2),
    Column("p90", "ms", 2),
    Column("least", "ms", 2),
    Column("p50 waiting for an isolate", "ms", 2),
    Column("p50 in it", "ms", 2),
    Column("goal p50", "ms"),
]
NOTES = [
    "Mode cells. Cold: the function has never run, its snapshot is built. Fresh: its cell has an isolate ready.",
    "Reused: of a function with `reuse = true`. Full: an idle cell of another function has to go first.",
    "Requests come in turns, each when the gateway is at rest; the two parts are from the gateway's log.",
]
COLD, FRESH, REUSED = "cold", "fresh", "reused"
WARM_REPEATS = 3
_REST_SECONDS = 0.03  # for what goes on after an answer: disposal, spare isolates
_WAIT_SECONDS = 20.0
_POLL_SECONDS = 0.01


class Setting(NamedTuple):
    """How the pool is configured: blank cells, and room for cells (None: for all functions)."""

    label: str
    blank: int
    maximum: int | None
    goal: float | None


SETTINGS = (
    Setting("blank cell ready", 5, None, 15),
    Setting("pool_size = 0", 0, None, 40),
    Setting("pool_size = 0, full", 0, 2, None),
)


class _Logged(msgspec.Struct):
    """A line of the gateway's log, as far as it matters."""

    event: str
    queued_ms: float = 0.0
    wall_ms: float = 0.0


class _Request(NamedTuple):
    kind: str
    seconds: float


async def cold(scale: Scale, folder: Path) -> Table:
    """With a blank cell, without one, and where another function has to go first."""
    table = Table("cold", "Cold starts over HTTP", COLUMNS, notes=NOTES)
    names = [f"f{number}" for number in range(scale.cold + 1)]
    for name in [*names, REUSED]:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_EXPRESS}")
    for setting in SETTINGS:
        maximum = setting.maximum or len(names) + 1 + setting.blank
        config = write_config(folder, [*names, REUSED], reused=[REUSED], pool=(setting.blank, maximum))
        async with serving(config) as gateway:
            asked = await _ask_all(gateway, names, setting)
        _add(table, setting, asked, _logged(folder / LOG, len(asked)))
    return table


async def _ask_all(gateway: Gateway, names: Sequence[str], setting: Setting) -> list[_Request]:
    """All requests in their order; those of the first function only warm the gateway up."""
    asked: list[_Request] = []
    with Client(gateway.port) as client:
        for number, name in enumerate(names):
            await _until_rested(gateway, number + 1 if number else 0, setting)
            kinds = [COLD, *[FRESH] * WARM_REPEATS, *[REUSED] * WARM_REPEATS]
            for kind in kinds:
                await trio.sleep(_REST_SECONDS)
                answer = client.ask("/reused" if kind == REUSED else f"/{name}")
                if not answer.good:
                    raise InternalError(f"a {kind} request of {name} failed")
                asked.append(_Request(kind, answer.seconds))
    return asked


async def _until_rested(gateway: Gateway, used: int, setting: Setting) -> None:
    """Until there are the cells that there should be: those that were `used`, and the blank ones."""
    wanted = used + setting.blank if setting.maximum is None else min(used, setting.maximum)
    with trio.move_on_after(_WAIT_SECONDS):
        while True:
            if (await gateway.pool())["available"] == wanted:
                return
            await trio.sleep(_POLL_SECONDS)
    raise InternalError(f"the pool did not have {wanted} cells within {_WAIT_SECONDS:g} s: {await gateway.pool()}")


def _logged(path: Path, count: int) -> list[_Logged]:
    """The lines of the requests, in their order: there was one connection."""
    lines = [line for line in path.read_bytes().splitlines() if line.startswith(b"{")]
    found = [logged for line in lines if (logged := msgspec.json.decode(line, type=_Logged)).event == "request"]
    if len(found) != count:
        raise InternalError(f"the gateway logged {len(found)} requests, {count} were answered")
    return found


def _add(table: Table, setting: Setting, asked: list[_Request], logged: list[_Logged]) -> None:
    first = 1 + 2 * WARM_REPEATS
    pairs = list(zip(asked, logged, strict=True))[first:]
    for kind in (COLD, FRESH, REUSED):
        own = [pair for pair in pairs if pair[0].kind == kind]
        waits = sorted(request.seconds * 1e3 for request, _ in own)
        queued, inside = median(line.queued_ms for _, line in own), median(line.wall_ms for _, line in own)
        goal = setting.goal if kind == COLD else None
        table.add(setting.label, kind, len(own), median(waits), quantile(waits, 0.9), waits[0], queued, inside, goal)
