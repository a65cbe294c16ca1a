"""Deferred invocations of a real gateway: accepted at once, run later, tried again, and never lost."""

from __future__ import annotations

import threading

import httpx
import pytest

from tests.support.deferred import CONFIG, FILES, GONE, Queue
from tests.support.gateway_process import gateway, until
from tests.support.local_origin import local_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with an admin token."""
    folder = tmp_path_factory.mktemp("deferred")
    with gateway(folder, files={**FILES, "edge.toml": CONFIG + GONE}, env={"EDGE_ADMIN_TOKEN": "t0ken"}) as running:
        running.client.headers["authorization"] = "Bearer t0ken"
        yield running


@pytest.fixture(scope="module")
def queue(edge):
    """Its queue."""
    return Queue(edge)


def test_an_invocation_is_accepted_at_once_and_its_result_can_be_asked(edge, queue):
    """The function sees a request as if it had been invoked now, and who invoked it."""
    answer = edge.operate("POST", "/invoke-async/echo/a%20b?x=1", content=b"hello", headers={"idempotency-key": "k1"})
    accepted = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/invocations/{accepted['id']}")
    assert (accepted["status"], accepted["invocation_id"]) == ("queued", accepted["id"])
    assert "edge-outcome" not in answer.headers
    found = queue.end(accepted["id"])
    assert (found["status"], found["function"], found["result"]["status"]) == ("succeeded", "echo", 200)
    assert [(one["number"], one["outcome"], one["ok"]) for one in found["attempts"]] == [(1, "ok", True)]
    body = httpx.Response(200, content=found["result"]["body"]).json()
    assert body == {
        "method": "POST",
        "path": "/a%20b",
        "body": "hello" if body["body"] == "hello" else "aGVsbG8=",
        "attempt": "1",
        "type": "Event",
        "same": True,
        "key": None,
        "token": None,
    }
    [entry] = edge.logged(event="deferred_attempt", request_id=accepted["id"])
    assert (entry["function"], entry["outcome"], entry["state"]) == ("echo", "ok", "succeeded")


def test_lambdas_own_way_to_say_later(edge, queue):
    """X-Amz-Invocation-Type on the admin listener; on the way to a function now, the operator's token is left out."""
    answer = edge.operate("POST", "/invoke/echo/x", headers={"x-amz-invocation-type": "Event"})
    assert answer.status_code == 202
    found = queue.end(answer.json()["id"])
    assert found["status"] == "succeeded"
    assert '"type":"Event"' in found["result"]["body"]
    assert edge.operate("POST", "/invoke/echo/x").json()["token"] is None


@pytest.mark.parametrize(("path", "outcome"), [("/throw", "exception"), ("/five", "ok"), ("/busy?status=429", "ok")])
def test_failures_are_tried_again(edge, queue, path, outcome):
    """What throws, and what answers that it failed or is busy."""
    found = queue.end(queue.put(f"flaky{path}"))
    assert (found["status"], found["result"]["body"], len(found["attempts"])) == ("succeeded", "3", 3)
    assert found["attempts"][0]["outcome"] == outcome


def test_what_the_function_refuses_is_not_tried_again(queue):
    """An answer of 4xx is final."""
    found = queue.end(queue.put("flaky/refused?status=422"))
    assert (found["status"], len(found["attempts"]), found["result"]["status"]) == ("failed", 1, 422)


def test_what_fails_for_good_is_a_dead_letter(edge, queue):
    """It stays in the list of those, and a function gets it with all that is needed to try again."""
    name = queue.put("poison/p?q=1", content=b"payload", headers={"content-type": "text/plain"})
    found = queue.end(name)
    assert (found["status"], len(found["attempts"])) == ("failed", 2)
    assert found["reason"] == "Error: poison in attempt 2 of 2"
    assert name in [one["id"] for one in queue.listing(status="failed", function="poison")["invocations"]]
    letter = until(lambda: edge.operate("GET", f"/kv/letters/{name}").json().get("request"), 5, "the letter")
    assert (letter["path"], letter["query"], letter["body"]) == ("/p", "q=1", "payload")
    [of] = [one for one in queue.listing(function="letters")["invocations"] if one["dead_letter_of"] == name]
    assert queue.end(of["id"])["status"] == "failed"
    again = edge.operate("POST", f"/invocations/{name}/retry")
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    assert len(queue.end(name)["attempts"]) == 4


def test_one_idempotency_key_is_one_invocation(edge, queue):
    """The same request gets the same id; another one is refused."""
    headers = {"idempotency-key": "order-7"}
    names = {queue.put("echo/o", content=b"7", headers=headers) for _ in range(5)}
    assert len(names) == 1
    refused = edge.operate("POST", "/invoke-async/echo/o", content=b"8", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "already_exists")


def test_canceling(edge, queue):
    """What runs is stopped, what waits never runs, what is over cannot be canceled."""
    running = queue.put("slow/cancel")
    until(lambda: queue.get(running)["status"] == "running", 5, "the attempt")
    canceled = edge.operate("DELETE", f"/invocations/{running}")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    late = edge.operate("DELETE", f"/invocations/{running}")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")
    assert edge.operate("DELETE", "/invocations/nothing").status_code == 404
    until(lambda: 'edge_deferred{state="running"} 0.0' in edge.operate("GET", "/metrics").text, 5, "the end")


def test_settings_are_shown(edge):
    """Those of each function, with the defaults, and the limits of the queue."""
    said = edge.operate("GET", "/functions/poison").json()["async"]
    assert (said["retries"], said["backoff"], said["max_age"], said["dead_letter"]) == (1, 0.01, 21600, "letters")
    assert "4xx" not in said["retry_on"]
    assert edge.operate("GET", "/limits").json()["queue"]["max_payload"] == 10 * 1024


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "/invoke-async/nothing", {}, 404, "not_found"),
        ("GET", "/invoke-async/echo", {}, 405, "method_not_allowed"),
        ("POST", "/invoke-async/echo", {"content": b"x" * 20_000}, 413, "body_too_large"),
        ("POST", "/invoke-async/echo", {"content": [b"x" * 20_000]}, 413, "body_too_large"),
        ("POST", "/invoke-async/echo", {"headers": {"idempotency-key": "x" * 256}}, 400, "bad_request"),
        ("POST", "/invoke-async/echo", {"headers": {"x-callback-url": "no url"}}, 400, "bad_request"),
        ("POST", "/invoke-async/echo/..%2f", {}, 400, "bad_request"),
        ("GET", "/invocations/nothing", {}, 404, "not_found"),
        ("GET", "/invocations?status=odd", {}, 400, "bad_request"),
        ("GET", "/invocations?limit=0", {}, 400, "bad_request"),
        ("GET", "/invocations?limit=1001", {}, 400, "bad_request"),
        ("GET", "/invocations?cursor=-1", {}, 400, "bad_request"),
        ("GET", "/invocations?cursor=99999999999999999999", {}, 400, "bad_request"),
        ("POST", "/invocations/nothing/retry", {}, 404, "not_found"),
        ("GET", "/invocations", {"headers": {"authorization": ""}}, 401, "unauthorized"),
        ("POST", "/invoke-async/echo", {"headers": {"authorization": "Bearer no"}}, 401, "unauthorized"),
    ],
)
def test_what_cannot_be_used_is_refused(edge, method, path, options, status, code):
    """With the usual errors."""
    answer = edge.operate(method, path, **options)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_listings_come_in_pages(queue):
    """Newest first, by function and status."""
    names = [queue.put("echo/page") for _ in range(5)]
    first = queue.listing(function="echo", limit=3)
    rest = queue.listing(function="echo", limit=3, cursor=first["cursor"])
    assert [one["id"] for one in (*first["invocations"], *rest["invocations"])][:5] == names[::-1]
    assert (first["complete"], queue.listing(function="nothing")["complete"]) == (False, True)


def test_long_answers_are_kept_in_part(queue):
    """As base64 when they are no text."""
    result = queue.end(queue.put("big"))["result"]
    assert (result["truncated"], result["isBase64Encoded"], result["body"][:4]) == (True, True, "////")


def test_callbacks(edge, queue):
    """Who asked for it is told how it ended, within the policy of the function."""
    with local_origin() as origin:
        url = f"http://{origin.address}/told"
        for path in ("echo", "poison"):
            name = queue.put(path, headers={"x-callback-url": url})
            told = until(lambda n=name: c if (c := queue.get(n)["callback"])["state"] == "delivered" else None, 5)
            assert (told["url"], told["tries"]) == (url, 1)
        assert origin.asked == ["/told", "/told"]
    name = queue.put("echo", headers={"x-callback-url": "http://169.254.169.254/"})
    failed = until(lambda: c if (c := queue.get(name)["callback"]).get("error") else None, 5)
    assert failed["state"] == "pending"
    assert "169.254.169.254" in failed["error"]


def test_hundreds_at_once(edge, queue):
    """All run, within the concurrency of the queue and of their function, beside requests and other functions."""

    def put(number):
        with httpx.Client(trust_env=False, timeout=30, headers=edge.client.headers) as client:
            for _ in range(number):
                assert client.post(f"{edge.admin}/invoke-async/count").status_code == 202

    threads = [threading.Thread(target=put, args=(75,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    beside = queue.end(queue.put("echo"), 5)
    assert beside["status"] == "succeeded"
    until(lambda: edge.operate("GET", "/kv/count/all").text == "300", 60, "the last one")
    assert edge.operate("GET", "/kv/count/now:3").status_code == 200
    assert edge.operate("GET", "/kv/count/now:4").status_code == 404


def test_a_function_that_goes_takes_nothing_with_it(edge, queue):
    """What waits for it when a reload removes it fails, and says why."""
    blockers = [queue.put("slow/block?ms=1000") for _ in range(4)]
    until(lambda: [queue.get(one)["status"] for one in blockers] == ["running"] * 4, 5, "the blockers")
    name = queue.put("gone")
    (edge.folder / "edge.toml").write_text(CONFIG)
    assert edge.operate("POST", "/config/reload").status_code == 200
    found = queue.end(name)
    assert (found["status"], found["reason"]) == ("failed", "function gone is not in the config any more")
    assert {queue.end(one)["status"] for one in blockers} == {"succeeded"}


def test_a_full_queue_says_so(edge, queue):
    """503 and when to come back; the limit is of what waits, and takes effect with a reload."""
    names = [queue.put("slow/full") for _ in range(6)]
    until(lambda: sum(queue.get(one)["status"] == "running" for one in names) == 4, 5, "the attempts")
    (edge.folder / "edge.toml").write_text(CONFIG.replace("max_waiting = 1200", "max_waiting = 2"))
    assert edge.operate("POST", "/config/reload").json()["changed"]
    refused = edge.operate("POST", "/invoke-async/slow")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    assert queue.put("echo")
    for name in names:
        edge.operate("DELETE", f"/invocations/{name}")
