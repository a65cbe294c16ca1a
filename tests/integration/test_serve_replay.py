"""Recordings of a real gateway: invocations of all kinds run again to the same bytes, also without the gateway."""

from __future__ import annotations

import pytest

from tests.support.gateway_process import until
from tests.support.recording_gateway import ask, edge, recording_gateway, recordings, replayed
from tests.support.web_origin import web_origin

CASES = (
    *("now", "hrtime", "busy", "busytimers", "random", "shuffle", "uuid", "bytes", "race", "races", "interval"),
    *("immediate", "abort", "timeout", "fetch", "fetches", "post", "form", "refused", "racefetch", "kv", "kvmany"),
    *("kvatomic", "kvttl", "digest", "ecdsa", "ed25519", "aes", "oaep", "nodesign", "scrypt", "pss", "gzip", "cstream"),
    *("tee", "als", "temporal", "intl", "helper", "dynamic", "url", "env", "logs", "wait", "waitrejects", "wasm"),
    *("map", "cache", "service", "headers", "token", "stream", "binary", "big", "empty", "redirect", "proxy"),
    *("throws", "rejects", "throwsvalue", "unhandled", "breaks", "status", "notresponse", "deep", "never"),
)
SLOW = {"oaep", "pss", "nodesign", "scrypt", "big"}
ONCE = ("slow", "spin", "spinclock", "memory")
ELSEWHERE = (
    *("/express/plain?a=1", "/express/chunks", "/express/throws", "/express/status", "/express/hangs"),
    *("/event/plain", "/event/throws", "/event/binary", "/reused/1"),
)


@pytest.fixture(scope="module")
def origin():
    with web_origin() as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory, origin, engine_mode):
    """A gateway that keeps everything."""
    with recording_gateway(tmp_path_factory.mktemp(f"replay-{engine_mode}"), origin) as running:
        yield running


@pytest.fixture(scope="module")
def everything(served):
    """200 invocations and more, of all kinds."""
    paths = [f"/web/{case}?n={number}" for number in range(3) for case in CASES if not number or case not in SLOW]
    paths += [f"/web/{case}" for case in ONCE] + [path for _ in range(2) for path in ELSEWHERE]
    headers = {"authorization": "Bearer abcdefghijkl", "cookie": "sid=0123456789; theme=dark"}
    for path in paths:
        ask(served, path, headers=headers)
    ask(served, "/web/body", "POST", content=bytes(range(256)) * 2000)
    ask(served, "/web/body", "POST", content=(b"piece %d" % number for number in range(50)))
    wanted = len(paths) + 2 + 3  # three of the function that another one calls
    return until(lambda: found if len(found := recordings(served)) >= wanted else None, 20, f"{wanted} recordings")


def test_everything_runs_again_to_the_same_bytes(served, everything):
    assert len(everything) >= 200
    before = served.operate("GET", "/kv/web").json()
    wrong = []
    for one in everything:
        report = replayed(served, one["id"])
        if not report["identical"] or report["differences"] or report["missing"]:
            wrong.append((one["url"], one["outcome"], report["parted"], report["differences"][:2], report["notes"]))
    assert wrong == []
    outcomes = {one["url"].rpartition("/")[2]: one["outcome"] for one in everything}
    limits = {"timeout", "cpu", "memory"}
    assert {name for name in ONCE if outcomes[name] not in limits} == set()  # which one it is, is the machine's affair
    assert {"ok", "exception", "timeout", "bad-response"} <= {one["outcome"] for one in everything}
    assert served.operate("GET", "/kv/web").json() == before


def test_without_the_gateway_it_is_the_same(served, everything):
    found, reports = edge(served, "--last", "15", "--function", "web", "--output", "json")
    assert (found.returncode, len(reports)) == (0, 15), found.stderr
    wrong = [report for report in reports if not report["identical"]]
    assert [(report["recording"]["url"], report["parted"], report["notes"]) for report in wrong] == []


def test_what_a_replay_tells_is_what_the_client_got(served):
    rid = ask(served, "/web/random")
    body = served.get("/web/uuid")
    one = until(lambda: next((r for r in recordings(served) if r["id"] == body.headers["edge-request-id"]), None))
    report = replayed(served, one["id"])
    for told in (report["before"], report["after"]):
        assert (told["status"], told["body"]) == (200, body.text)
        assert ["content-type", body.headers["content-type"]] in told["headers"]
    assert rid != one["id"]
