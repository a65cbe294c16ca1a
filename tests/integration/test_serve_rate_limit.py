"""Rate limits of routes in a real gateway: by address, header and key, in flight, through reloads and packages."""

from __future__ import annotations

import threading

import pytest

from tests.support.gateway_process import gateway, until

ENGINE_MODES = ("cells",)
CONFIG = """
[server]
trusted_proxies = ["127.0.0.1"]
{server}
[functions.hello]
[functions.slow]
[functions.own]
[[routes]]
path = "/ip"
function = "hello"
rate_limit = {{ rate = "3/10m" }}
[[routes]]
path = "/burst"
function = "hello"
rate_limit = {{ rate = "600/m", burst = 2 }}
[[routes]]
path = "/header"
function = "hello"
rate_limit = {{ rate = "2/10m", key = "header:X-Tenant" }}
[[routes]]
path = "/key"
function = "hello"
rate_limit = [{{ rate = "2/10m", key = "api_key" }}, {{ rate = "5/10m", key = "all" }}]
[[routes]]
path = "/auth"
function = "hello"
rate_limit = {{ rate = "2/10m", key = "api_key" }}
auth = {{ type = "api_key", keys_secret = "KEYS", query = "key" }}
[[routes]]
path = "/slow"
function = "slow"
rate_limit = {{ in_flight = 2 }}
[[routes]]
path = "/free"
function = "hello"
"""
FILES = {
    "functions/hello/index.js": "module.exports = (req, res) => res.send('hello')",
    "functions/slow/index.js": "module.exports = async (req, res) => {"
    " while (!(await kv.has('go'))) await sleep(5); res.send('slow'); }",
    "functions/own/index.js": "module.exports = (req, res) => res.send('own')",
    "functions/own/function.toml": '[trigger]\npath = "/own"\nrate_limit = { rate = "1/h" }\n',
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    files = FILES | {"edge.toml": CONFIG.format(server="")}
    with gateway(tmp_path_factory.mktemp("limits"), files=files, env={"KEYS": "first-key\nsecond-key"}) as running:
        yield running


def statuses(edge, path, count, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [edge.get(path, headers=named).status_code for _ in range(count)]


def test_one_too_many_is_429_and_says_when_to_come_back(edge):
    """With the headers of the IETF's draft on every answer; another address has its own bucket."""
    first = edge.get("/ip", headers={"x-forwarded-for": "203.0.113.1"})
    assert (first.status_code, first.text) == (200, "hello")
    assert first.headers["ratelimit-policy"] == '"ip";q=3;w=600'
    assert first.headers["ratelimit"] == '"ip";r=2;t=200'
    assert [first.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")] == ["3", "2", "200"]
    assert statuses(edge, "/ip", 2, x_forwarded_for="203.0.113.1") == [200, 200]
    answer = edge.get("/ip", headers={"x-forwarded-for": "203.0.113.1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 200
    assert answer.headers["ratelimit-remaining"] == "0"
    assert "3/10m for one address" in answer.json()["error"]["message"]
    assert statuses(edge, "/ip", 1, x_forwarded_for="203.0.113.2") == [200]
    assert "ratelimit" not in edge.get("/free").headers
    metrics = edge.operate("GET", "/metrics").text
    assert 'edge_rate_limited_total{function="hello",reason="rate"}' in metrics


def test_addresses_of_one_ipv6_network_are_one_client(edge):
    """The /64; IPv4 in IPv6's clothes is IPv4."""
    own = [f"2001:db8:0:1::{number:x}" for number in range(1, 5)]
    assert [statuses(edge, "/ip", 1, x_forwarded_for=ip)[0] for ip in own] == [200, 200, 200, 429]
    assert statuses(edge, "/ip", 1, x_forwarded_for="2001:db8:0:2::1") == [200]
    mixed = ["198.51.100.7", "::ffff:198.51.100.7"] * 2
    assert [statuses(edge, "/ip", 1, x_forwarded_for=ip)[0] for ip in mixed] == [200, 200, 200, 429]


def test_a_burst_passes_and_fills_again(edge):
    """Ten in a second, two at once."""
    assert statuses(edge, "/burst", 2) == [200, 200]
    seen = set()
    until(lambda: seen.add(edge.get("/burst").status_code) or seen == {200, 429}, 10, "a token")


def test_values_of_a_header_are_clients_and_who_has_none_is_an_address(edge):
    """Each with a bucket of its own."""
    assert statuses(edge, "/header", 3, x_tenant="a") == [200, 200, 429]
    assert statuses(edge, "/header", 3, x_tenant="b") == [200, 200, 429]
    assert statuses(edge, "/header", 3, x_forwarded_for="192.0.2.9") == [200, 200, 429]
    assert statuses(edge, "/header", 1, x_tenant="192.0.2.10") == [200]


def test_of_several_limits_each_has_to_admit(edge):
    """Two for a key, five for all."""
    assert statuses(edge, "/key", 3, x_api_key="one") == [200, 200, 429]
    assert statuses(edge, "/key", 2, authorization="Bearer two") == [200, 200]
    answer = edge.get("/key", headers={"x-api-key": "three"})
    assert answer.headers["ratelimit"].startswith('"api_key";r=1')
    assert answer.headers["ratelimit-remaining"] == "0"
    assert answer.headers["ratelimit-policy"] == '"api_key";q=2;w=600, "all";q=5;w=600'
    assert edge.get("/key", headers={"x-api-key": "four"}).status_code == 429


def test_a_key_counts_wherever_the_route_looks_for_it(edge):
    """Also one that is not known: guessing costs what knowing costs."""
    assert statuses(edge, "/auth?key=first-key", 3) == [200, 200, 429]
    assert statuses(edge, "/auth", 1, x_api_key="first-key") == [429]
    assert statuses(edge, "/auth?key=second-key", 1) == [200]
    assert statuses(edge, "/auth?key=guessed", 3) == [401, 401, 429]
    assert statuses(edge, "/auth", 3, x_forwarded_for="192.0.2.77") == [401, 401, 429]


def test_a_package_limits_its_own_route(edge):
    """In `trigger` of its file."""
    assert statuses(edge, "/own", 2) == [200, 429]


def test_requests_under_way_are_capped_and_give_their_place_back(edge):
    """Whether they end well or their client leaves."""
    for round_ in range(2):
        answers = []
        threads = [threading.Thread(target=call, args=(edge, answers)) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda answers=answers: answers == [429])
        edge.operate("PUT", "/kv/slow/go", json=round_)
        for thread in threads:
            thread.join(10)
        assert answers == [429, 200, 200]
        edge.operate("DELETE", "/kv/slow/go")


def call(edge, answers):
    answers.append(edge.get("/slow").status_code)


def test_buckets_survive_reloads_and_restarts(edge):
    """Another generation, or another process, has the same ones; another rate begins anew."""
    client = {"x_forwarded_for": "203.0.113.77"}
    assert statuses(edge, "/ip", 3, **client) == [200] * 3
    (edge.folder / "edge.toml").write_text(CONFIG.format(server='health_path = "/other"'))
    assert edge.operate("POST", "/config/reload").status_code == 200
    assert edge.get("/other/live").status_code == 200
    assert statuses(edge, "/ip", 1, **client) == [429]
    edge.process.kill()
    edge.wait()
    edge.start()
    assert statuses(edge, "/ip", 1, **client) == [429]
    (edge.folder / "edge.toml").write_text(CONFIG.format(server="").replace("3/10m", "4/10m"))
    assert edge.operate("POST", "/config/reload").status_code == 200
    assert statuses(edge, "/ip", 1, **client) == [200]
