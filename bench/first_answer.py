"""The first answer ever of a function, in programs that run already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from bench.client import Client
from bench.compare import EDGE, HELLO_SOURCE
from bench.gateway import serving, write_config
from bench.peers.catalog import HELLO, peers
from bench.peers.install import install
from bench.peers.server import running
from bench.samples import write_function
from edge.errors import InternalError

if TYPE_CHECKING:
    from pathlib import Path

LABELS = {
    "workerd-new": "workerd's loader with a worker that it has never seen",
    "deno-worker": "Deno with a new Worker of the same source",
}
_REST_SECONDS = 0.05  # for what goes on after an answer: disposal, blank cells


async def measure(count: int, folder: Path) -> dict[str, list[float]]:
    """Seconds of each first answer, by program, in turns of ten.  Raises InternalError."""
    install()
    known = peers()
    found: dict[str, list[float]] = {name: [] for name in (EDGE.name, *LABELS)}
    names = [f"f{number}" for number in range(count + 1)]
    for name in names:
        write_function(folder / "functions", name, f"// {name}\n{HELLO_SOURCE}")
    async with serving(write_config(folder, names, pool=(5, count + 8))) as gateway:
        await _ask(found[EDGE.name], gateway.port, [f"/{name}" for name in names])
    for name in LABELS:
        with running(known[name], folder / f"{name}.log") as server:
            await _ask(found[name], server.port, [known[name].paths[HELLO]] * (count + 1))
    return found


async def _ask(found: list[float], port: int, paths: list[str]) -> None:
    """Each once, when the program is at rest; the first one warms it up."""
    with Client(port) as client:
        for number, path in enumerate(paths):
            await trio.sleep(_REST_SECONDS)
            answer = client.ask(path)
            if not answer.good:
                raise InternalError(f"the first request of {path} failed")
            if number:
                found.append(answer.seconds)
