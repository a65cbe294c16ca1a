"""Functions that go over a limit, or fail, in every way: a prompt, clear answer, and the next request is served."""

from __future__ import annotations

import time

import pytest

from tests.support.gateway_process import gateway, until

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.hostile]

TIMEOUT = 0.5
SLACK = 0.5
CODE = {
    "loop": "while (true) {}",
    "top": None,
    "microtasks": "for (;;) await null",
    "chain": (
        "await new Promise(() => { let last = Promise.resolve(); const again = () => { last = last.then(again); "
        "}; again(); })"
    ),
    "storm": "const again = () => { queueMicrotask(again); queueMicrotask(() => {}); }; again(); await sleep(1)",
    "never": "await new Promise(() => {})",
    "sleep": "await sleep(60000)",
    "timers": "await new Promise(() => setInterval(() => {}, 0))",
    "immediates": "await new Promise(() => { const again = () => setImmediate(again); again(); })",
    "ticks": "await new Promise(() => { const again = () => process.nextTick(again); again(); })",
    "calls": "for (;;) await kv.get('x')",
    "pattern": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "caught": "for (;;) { try { for (;;) {} } catch {} finally { for (;;) {} } }",
    "then": "return { then() { for (;;) {} } }",
    "getter": "res.json({ get x() { for (;;) {} } })",
    "thrown": "throw { get message() { for (;;) {} }, get stack() { for (;;) {} } }",
    "background": "for (;;) await sleep(5)",
    "heap": "const all = []; for (;;) all.push(new Array(1000).fill({ x: 1 }))",
    "strings": (
        "let all = 'x'; const keep = []; for (;;) { all += all.length; keep.push(all + keep.length, "
        "[...all.slice(-2000)]); }"
    ),
    "spread": "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })",
    "timer": "setTimeout(() => { throw new RangeError('in a timer') }, 5); await sleep(200); res.send('late')",
    "task": "setImmediate(() => { throw new RangeError('in a task') }); await sleep(200); res.send('late')",
    "late": "await sleep(5); throw new RangeError('after a wait')",
    "rejected": "Promise.reject(new RangeError('nobody waits for it')); await sleep(20); res.send('late')",
    "throws": "throw new RangeError('on purpose')",
}
EXPRESS = "module.exports = async (req, res) => { %s; };"
TOP = "for (;;) {}\nmodule.exports = (req, res) => res.send('never');"


def config():
    head = f'[packages]\nroot = "."\n[engine]\ntimeout = {TIMEOUT}\ncpu = 5\nmemory = "32MiB"\npool_size = 2\n'
    slow = [name for name in CODE if name in {"heap", "strings", "spread"}]
    parts = [f"[functions.{name}]\n{'timeout = 10' if name in slow else ''}\n" for name in CODE]
    limited = '[functions.cpu]\npackage = "loop"\ntimeout = 10\ncpu = 0.3\n[functions.neighbour]\n'
    names = [*CODE, "cpu", "neighbour"]
    routes = [f'[[routes]]\npath = "/{name}"\nfunction = "{name}"\n' for name in names]
    return "".join([head, *parts, limited, *routes])


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """One gateway for all of them: what one leaves behind, the next would meet."""
    files = {f"{name}/index.js": TOP if code is None else EXPRESS % code for name, code in CODE.items()}
    files |= {"neighbour/index.js": "module.exports = (req, res) => res.send('fine');", "edge.toml": config()}
    with gateway(tmp_path_factory.mktemp("limits"), "--config", "edge.toml", files=files) as running:
        yield running
        assert running.alive()


def is_served(edge):
    """The next request is answered at once."""
    began = time.monotonic()
    answer = edge.get("/neighbour")
    assert (answer.status_code, answer.text) == (200, "fine")
    assert time.monotonic() - began < SLACK


OVER_TIME = [
    "loop", "top", "microtasks", "chain", "storm", "sleep", "timers", "immediates", "ticks", "calls", "pattern",
    "caught",
    "then", "getter", "thrown", "background",
]  # fmt: skip


@pytest.mark.parametrize("name", OVER_TIME)
def test_a_function_that_runs_too_long_is_stopped_in_time(edge, name):
    """504 within half a second of the deadline, and not before it."""
    began = time.monotonic()
    assert edge.code(f"/{name}") == (504, "timeout", "timeout")
    assert TIMEOUT <= time.monotonic() - began < TIMEOUT + SLACK
    is_served(edge)


def test_an_answer_that_can_never_come_is_not_waited_for(edge):
    """Nothing is pending: the gateway knows that before the deadline."""
    began = time.monotonic()
    assert edge.code("/never") == (504, "timeout", "timeout")
    assert time.monotonic() - began < TIMEOUT + SLACK
    assert "never answered" in edge.get("/never").json()["error"]["message"]
    is_served(edge)


def test_a_cpu_budget_is_apart_from_the_deadline(edge):
    """0.3 s of CPU with ten seconds to wait."""
    began = time.monotonic()
    assert edge.code("/cpu") == (504, "cpu_limit", "cpu")
    assert time.monotonic() - began < 0.3 + 1.5
    is_served(edge)


@pytest.mark.parametrize("name", ["heap", "strings", "spread"])
def test_memory_over_the_cap_ends_the_invocation_alone(edge, name):
    """The error names limit and key; the gateway gives the memory back."""
    before = edge.rss()
    answer = edge.get(f"/{name}")
    assert (answer.status_code, answer.headers["edge-outcome"]) == (500, "memory")
    error = answer.json()["error"]
    assert error["code"] == "memory_limit"
    assert "32MiB" in error["message"]
    assert "memory" in error["message"]
    is_served(edge)
    until(lambda: edge.rss() < before + 96 * 1024 * 1024, 5, "memory to come back")


@pytest.mark.parametrize(
    ("name", "message"),
    [("timer", "in a timer"), ("task", "in a task"), ("throws", "on purpose"), ("late", "after a wait")],
)
def test_what_a_function_throws_is_for_the_log_and_not_for_the_client(edge, name, message):
    """500 with the request id; the log has message and place, once."""
    answer = edge.get(f"/{name}")
    assert (answer.status_code, answer.headers["edge-outcome"]) == (500, "exception")
    error = answer.json()["error"]
    assert error["code"] == "function_error"
    assert error["request_id"] == answer.headers["edge-request-id"]
    assert message not in answer.text
    assert "/app" not in answer.text
    [entry] = edge.logged(request_id=error["request_id"])
    assert (entry["event"], entry["error"], entry["code"]) == ("request", f"RangeError: {message}", "function_error")
    assert "/app/index.js:1:" in entry["stack"]
    is_served(edge)


def test_a_rejection_that_nobody_waits_for_fails_its_request(edge):
    """With what was rejected in the log; nothing of it reaches the next request."""
    answer = edge.get("/rejected")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], answer.headers["edge-outcome"]) == (500, "function_error", "exception")
    [entry] = edge.logged(request_id=error["request_id"])
    assert "nobody waits for it" in entry["error"]
    is_served(edge)


def test_no_isolate_is_lost_on_the_way(edge):
    """After all of the above the pool is whole."""
    until(lambda: edge.operate("GET", "/health/detailed").json()["isolatePool"]["active"] == 0, 5, "an idle pool")
    pool = edge.operate("GET", "/health/detailed").json()["isolatePool"]
    assert pool["corrupted"] == 0
    is_served(edge)
