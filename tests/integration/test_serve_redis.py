"""Gateways that share a Redis server: one state, whichever of them answers."""

from __future__ import annotations

import pytest

from tests.support.gateway_process import serving, until
from tests.support.kv_history import FUNCTION, problems_of
from tests.support.redis_server import programs, redis_server

ENGINE_MODES = ("cells",)
FUNCTIONS = {
    "counter": "module.exports = async (req, res) => res.send(String(await kv.incr('n')))",
    "calls": FUNCTION,
    "limited": {
        "index.js": "module.exports = (req, res) => res.send('ok')",
        "function.toml": '[trigger]\npath = "/limited"\nrate_limit = { rate = "3/h", key = "all" }',
    },
    "plain": "module.exports = (req, res) => res.send('ok')",
    "clock": {
        "index.mjs": "export default { async scheduled(c, env) { await env.KV.incr(String(c.scheduledTime)) } }",
        "function.toml": 'schedule = [{ cron = "@every 1s", overlap = "parallel" }]',
    },
}


@pytest.fixture
def server(tmp_path):
    if not programs():
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    with redis_server(tmp_path, "--appendonly", "yes", program=programs()[0]) as server:
        yield server


def ticks(edge):
    keys = [each["key"] for each in edge.operate("GET", "/kv/clock").json()["keys"]]
    return {int(key): edge.operate("GET", f"/kv/clock/{key}").json() for key in keys}


def test_gateways_on_one_server_are_one(tmp_path_factory, server, engine_mode):
    """They count together and divide the ticks; the server may go and come, and one of them may be killed."""
    store = ("--set", f"storage.kv={server.url}")
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    with serving(one, FUNCTIONS, *store) as first, serving(two, FUNCTIONS, *store) as second:
        assert [edge.get("/counter").text for edge in (first, second, first, second)] == ["1", "2", "3", "4"]
        limited = [edge.get("/limited").status_code for edge in (first, second, first, second, first)]
        assert limited == [200, 200, 200, 429, 429]
        assert problems_of([first, second], "/calls", 5) == []
        until(lambda: len(ticks(first)) > 2, 20, "three ticks")
        server.kill()
        answer = first.get("/counter")
        assert answer.status_code == 500
        assert first.get("/plain").text == "ok"
        server.start()
        until(lambda: second.get("/counter").text == "5", 10, "the store again")
        first.process.kill()
        assert second.get("/counter").text == "6"
        before = max(ticks(second))
        until(lambda: len([tick for tick in ticks(second) if tick > before]) > 1, 20, "more ticks")
        assert set(ticks(second).values()) == {1}


def test_a_gateway_starts_without_its_server_and_says_so(tmp_path_factory, server, engine_mode):
    """At once, with the address, not at the first request; then it is used as soon as it is there."""
    server.kill()
    with serving(tmp_path_factory.mktemp("one"), FUNCTIONS, "--set", f"storage.kv={server.url}") as edge:
        until(lambda: edge.log(event="kv_unavailable"), 10, "a warning")
        assert edge.log(event="kv_unavailable")[0]["server"] in server.url
        server.start()
        until(lambda: edge.get("/counter").text == "1", 10, "the store")
