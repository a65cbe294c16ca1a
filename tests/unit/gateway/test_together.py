"""Answers of several workers as one: nothing is lost, and one that is missing is not hidden."""

from __future__ import annotations

import json

import pytest

from edge.fleet.messages import NOBODY, PeerAnswer
from edge.gateway.together import SHARED

JSON = [(b"content-type", b"application/json")]


def told(worker, body, status=200):
    return PeerAnswer(worker, status, JSON, json.dumps(body).encode())


def merged(method, path, answers, count):
    answer = SHARED[method, path].merge(answers, count)
    return answer.status, json.loads(answer.body)


def ready(worker, *, ok=True, status=200, error=""):
    last = {"ok": ok, **({"error": error} if error else {})}
    return told(
        worker, {"ready": status == 200, "detail": {"generation": "g", "pid": worker, "last_reload": last}}, status
    )


def test_ready_are_all_or_none():
    assert merged("GET", "/ready", [ready(1), ready(0)], 2)[0] == 200
    status, body = merged("GET", "/ready", [ready(1), ready(0, status=503)], 2)
    assert (status, body["ready"]) == (503, False)
    status, body = merged("GET", "/ready", [ready(1)], 3)
    assert status == 503
    assert [line.get("status", "") for line in body["detail"]["workers"]] == ["ended", "", "ended"]
    status, body = merged("GET", "/ready", [ready(0), PeerAnswer(1, 0)], 2)
    assert (status, body["detail"]["workers"][1]["status"]) == (503, "does not answer")
    assert merged("GET", "/health", [ready(0), PeerAnswer(1, 0)], 2) == (503, {"status": "not ready"})


def test_a_reload_that_failed_anywhere_is_seen_everywhere():
    _, body = merged("GET", "/ready", [ready(0), ready(1, ok=False, error="no such file")], 2)
    assert body["detail"]["last_reload"] == {"ok": False, "error": "no such file"}


def test_a_reload_that_some_could_not_follow_names_them():
    done = told(0, {"changed": True, "generation": "new"})
    failed = told(1, {"error": {"code": "package", "message": "it is gone"}}, 400)
    status, body = merged("POST", "/config/reload", [done, failed, PeerAnswer(2, 0)], 3)
    assert (status, body["error"]["code"]) == (500, "reload_incomplete")
    assert body["error"]["workers"] == {"1": "it is gone", "2": "no answer"}
    assert merged("POST", "/config/reload", [failed], 2)[0] == 400, "nothing has changed then"
    assert merged("POST", "/config/reload", [done, told(1, {"changed": True})], 2)[1]["workers"] == 2


def test_counts_in_the_words_of_the_seeds_add_up():
    """And the rate of hits is made anew; workers that have gone have no such numbers."""
    one = {"isolatePool": {"total": 2}, "moduleCache": {"size": 1, "hits": 3, "misses": 1, "hitRate": 0.75}}
    two = {"isolatePool": {"total": 3}, "moduleCache": {"size": 1, "hits": 0, "misses": 4, "hitRate": 0.0}}
    answers = [told(0, one), told(1, two), PeerAnswer(NOBODY, 200, body=b"# nothing")]
    assert merged("GET", "/metrics", answers, 2)[1] == {
        "isolatePool": {"total": 5},
        "moduleCache": {"size": 2, "hits": 3, "misses": 5, "hitRate": 0.375},
    }


def test_a_broken_function_or_a_missing_worker_makes_the_gateway_degraded():
    def health(worker, *, broken=None, status="ok"):
        body = {
            "ready": True,
            "status": status,
            "broken": broken or {},
            "cells": [{"pid": worker}],
            "isolates": {"total": 1},
        }
        return told(worker, body)

    _, body = merged("GET", "/health/detailed", [health(0), health(1)], 2)
    assert (body["status"], body["isolates"], len(body["cells"])) == ("ok", {"total": 2}, 2)
    _, body = merged("GET", "/health/detailed", [health(0), health(1, broken={"f": "gone"}, status="degraded")], 2)
    assert (body["status"], body["broken"]) == ("degraded", {"f": "gone"})
    status, body = merged("GET", "/health/detailed", [health(0)], 2)
    assert (status, body["status"]) == (503, "degraded")


def test_what_a_function_needs_is_what_it_did_on_any_worker():
    def suggestion(worker, allow, refused):
        body = {
            "function": "f",
            "learning": True,
            "requests": 2,
            "allow": allow,
            "toml": "",
            "refused": refused,
            "missed": 0,
        }
        return told(worker, body)

    place = {"scheme": "https", "host": "a", "port": 443, "reason": "r"}
    answers = [
        suggestion(0, ["https://a:443"], [{**place, "count": 1}]),
        suggestion(1, ["https://a:443", {"host": "b"}], [{**place, "count": 2}]),
    ]
    _, body = merged("GET", "/egress/suggest", answers, 2)
    assert body["allow"] == ["https://a:443", {"host": "b"}]
    assert body["requests"] == 4
    assert body["refused"] == [{**place, "count": 3}]
    assert body["toml"].count("\n  ") == 2


@pytest.mark.parametrize("key", SHARED)
def test_nonsense_of_a_worker_does_no_harm(key):
    answers = [told(0, {"function": "f"}), PeerAnswer(1, 200, [], b"\xff"), PeerAnswer(2, 0), told(3, [1])]
    assert isinstance(SHARED[key].merge(answers, 4), PeerAnswer)
