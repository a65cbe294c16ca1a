"""Many functions, few of which run: those that rest take next to no memory, and are there when somebody asks."""

from __future__ import annotations

import httpx
import pytest
import trio

from edge.units import MIB
from tests.support.gateway_process import gateway, status_bytes, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENGINE_MODES = ("cells",)
COUNT = 12
SOURCE = "module.exports = (req, res) => res.send('%s')"
MEMORY = "64MiB"  # for which they need their snapshots


def files_of(names):
    return {f"functions/{name}/index.js": SOURCE % name for name in names}


def config_of(names, more=""):
    parts = [
        f"[functions.{name}]\nmemory = '{MEMORY}'\n[[routes]]\npath = '/{name}'\nfunction = '{name}'\n"
        for name in names
    ]
    return '[engine]\npool_size = 1\nmax_pool_size = 3\n[packages]\nroot = "functions"\n' + more + "".join(parts)


async def answers(edge, names):
    """What each function answers, all asked at once."""
    found = {}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client, trio.open_nursery() as nursery:

        async def ask(name):
            answer = await client.get(f"{edge.url}/{name}")
            found[name] = (answer.status_code, answer.text)

        for name in names:
            nursery.start_soon(ask, name)
    return found


def serving_all(names):
    return {name: (200, name) for name in names}


def builds(folder):
    """Files of builds, the largest last: summaries are small."""
    found = (path for path in (folder / ".edge" / "compiled").glob("*.blob") if path.stat().st_size > MIB // 8)
    return sorted(found, key=lambda path: path.stat().st_size)


def lose(path, number):
    """Removed, cut short, changed in the middle, or a folder in its place."""
    data = bytearray(path.read_bytes())
    path.unlink()
    if number % 4 == 1:
        path.write_bytes(data[: len(data) // 2])
    elif number % 4 == 2:
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif number % 4 == 3:
        path.mkdir()


async def test_functions_at_rest_take_no_memory_and_come_back_from_a_damaged_disk(tmp_path):
    """The gateway grows by a fraction of the snapshots that it deploys; every lost one is built again on demand."""
    names = [f"f{number}" for number in range(COUNT + 1)]
    files = {**files_of(names), "edge.toml": config_of(names[:1])}
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        assert await answers(edge, names[:1]) == serving_all(names[:1])
        before = status_bytes(edge.process.pid, "RssAnon")
        write_files(tmp_path, {"edge.toml": config_of(names)})
        assert edge.operate("POST", "/config/reload", timeout=60).status_code == 200
        grown = status_bytes(edge.process.pid, "RssAnon") - before
        found = builds(tmp_path)
        assert len(found) == COUNT + 1
        assert grown < sum(path.stat().st_size for path in found) / 2, f"{grown / MIB:.1f} MiB"
        for number, path in enumerate(found):
            lose(path, number)
        assert await answers(edge, names[1:]) == serving_all(names[1:])
        lost = edge.log(event="snapshot_lost")
        assert len(lost) == len({line["key"] for line in lost}) == COUNT
        assert len([path for path in builds(tmp_path) if path.is_file()]) >= COUNT // 2
        assert await answers(edge, names[1:]) == serving_all(names[1:])


async def test_a_cache_that_is_too_small_costs_builds_and_no_request(tmp_path):
    """Room for two on disk, four functions that take turns."""
    names = [f"f{number}" for number in range(4)]
    files = {**files_of(names), "edge.toml": config_of(names, 'cache_size = "2.5MiB"\n')}
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        for _ in range(2):
            assert await answers(edge, names) == serving_all(names)
        assert sum(path.stat().st_size for path in builds(tmp_path)) < 2.5 * MIB
        assert edge.log(event="snapshot_lost")
