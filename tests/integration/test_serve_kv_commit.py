"""`kv_commit = "response"` in a real gateway: what an invocation writes, others see with its response or never."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import httpx
import pytest

from tests.support.gateway_process import serving, until

ENGINE_MODES = ("cells",)  # what settles writes is the gateway's part of an invocation, which both modes share
WEB = """
const gate = async (kv) => {
  console.log('waits');
  while (!(await kv.has('go'))) await new Promise((r) => setTimeout(r, 5));
};
const steps = {
  async ok(kv) { await kv.set('a', 1); await kv.set('b', 2); return new Response('done'); },
  async sees(kv) {
    await kv.set('a', 5); await kv.delete('b');
    return Response.json([await kv.get('a'), await kv.get('b'), (await kv.list()).keys.map((k) => k.name)]);
  },
  unawaited(kv) { kv.set('a', 'x'); kv.incr('n', 2); kv.incr('n', 3); return new Response('done'); },
  async throws(kv) { await kv.set('a', 'lost'); throw new Error('no'); },
  async status(kv, status) { await kv.set('a', 'x'); return new Response('', { status }); },
  async hangs(kv) { await kv.set('a', 'lost'); await new Promise((r) => setTimeout(r, 60000)); },
  async memory(kv) { await kv.set('a', 'lost'); const all = []; for (;;) all.push(new Array(1e6).fill(1)); },
  async slow(kv) { await kv.set('a', 'slow'); await gate(kv); await kv.set('b', 'slow'); return new Response('done'); },
  async claim(kv) {
    const n = await kv.incr('n');
    await gate(kv);
    await kv.set('claimed' + n, 1);
    return new Response(`${n}`);
  },
  async blind(kv) { await kv.atomic().incr('n').commit(); await gate(kv); return new Response(); },
  async check(kv) {
    const { versionstamp } = await kv.getWithMetadata('a');
    const { ok } = await kv.atomic().check({ key: 'a', versionstamp }).set('b', 'checked').commit();
    await gate(kv);
    return Response.json(ok);
  },
  async streams(kv) {
    await kv.set('a', 'head');
    return new Response(new ReadableStream({
      async pull(c) { c.enqueue(new TextEncoder().encode('x')); await gate(kv); await kv.set('b', 'body'); c.close(); },
    }));
  },
  async later(kv, status, ctx) {
    await kv.set('a', 'before');
    ctx.waitUntil((async () => { await gate(kv); await kv.set('b', 'after'); })());
    if (status === 0) throw new Error('no');
    return new Response('done', { status });
  },
  async wipe(kv) { await kv.clear(); await kv.set('only', 1); return new Response('done'); },
  async many(kv) {
    for (const half of ['a', 'b']) {
      const all = kv.atomic();
      for (let i = 0; i < 501; i++) all.set(`${half}${i}`, i);
      await all.commit();
    }
    return new Response('done');
  },
};
export default { async fetch(request, env, ctx) {
  const url = new URL(request.url);
  return await steps[url.pathname.split('/').pop()](env.KV, Number(url.searchParams.get('s')), ctx);
} };
"""
EXPRESS = """
module.exports = async (req, res) => {
  await kv.set('a', 'express');
  if (req.query.fail) return res.status(500).json({ failed: true });
  res.write('one'); await kv.set('b', 'late'); res.end('two');
};
"""
FUNCTIONS = {
    "web": {"index.mjs": WEB, "function.toml": 'kv_commit = "response"\ntimeout = "1s"\nmemory = "64MiB"'},
    "express": {"index.js": EXPRESS, "function.toml": 'kv_commit = "response"'},
    "plain": "module.exports = async (req, res) => { await kv.set('a', 1); throw new Error('no'); }",
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with serving(tmp_path_factory.mktemp("commit"), FUNCTIONS) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(edge):
    for name in FUNCTIONS:
        for key in list(held(edge, name)):
            assert edge.operate("DELETE", f"/kv/{name}/{key}").status_code == 204


def held(edge, name="web"):
    keys = [each["key"] for each in edge.operate("GET", f"/kv/{name}").json()["keys"]]
    answers = {key: edge.operate("GET", f"/kv/{name}/{key}") for key in keys}
    return {key: answer.json() for key, answer in answers.items() if answer.status_code == 200}


def put(edge, key, value, name="web"):
    assert edge.operate("PUT", f"/kv/{name}/{key}", json=value).status_code == 200


@contextmanager
def waiting(edge, path, count=1):
    """So many requests that have come to the gate; on leaving it opens, and the answers are in what this yields."""
    answers, before = [], len(edge.log(event="function_log", text="waits"))
    threads = [threading.Thread(target=lambda: answers.append(edge.get(path))) for _ in range(count)]
    for thread in threads:
        thread.start()
    until(lambda: len(edge.log(event="function_log", text="waits")) >= before + count)
    yield answers
    put(edge, "go", 1)
    for thread in threads:
        thread.join(30)
    edge.operate("DELETE", "/kv/web/go")


def test_writes_come_with_the_response(edge):
    """Those that it did not wait for as well; it reads what it has written."""
    assert edge.get("/web/ok").text == "done"
    assert held(edge) == {"a": 1, "b": 2}
    assert edge.get("/web/sees").json() == [5, None, ["a"]]
    assert held(edge) == {"a": 5}
    assert edge.get("/web/unawaited").text == "done"
    assert held(edge) == {"a": "x", "n": 5}
    assert edge.get("/web/wipe").text == "done"
    assert held(edge) == {"only": 1}


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("throws", (500, "function_error", "exception")),
        ("hangs", (504, "timeout", "timeout")),
        ("memory", (500, "memory_limit", "memory")),
        ("status?s=500", (500, "", "ok")),
        ("status?s=503", (503, "", "ok")),
    ],
)
def test_nothing_is_left_of_an_invocation_that_fails(edge, path, outcome):
    """Frameworks make 500 of what handlers throw, so that counts as a failure as well."""
    put(edge, "a", "before")
    assert edge.code(f"/web/{path}") == outcome
    assert held(edge) == {"a": "before"}


def test_an_answer_that_says_no_is_an_answer(edge):
    """404 is no failure."""
    assert edge.code("/web/status?s=404")[0] == 404
    assert held(edge) == {"a": "x"}


def test_what_was_dropped_is_in_the_log_of_the_function(edge):
    """With the status that did it."""
    answer = edge.get("/web/status?s=502")
    rid = answer.headers["edge-request-id"]
    until(lambda: edge.console(rid), 5, "the line")
    assert edge.console(rid) == [
        ("warning", "kv: writes to 1 keys were dropped: the function answered with 502 (kv_commit)")
    ]


def test_others_see_all_of_it_or_nothing(edge):
    """While the invocation runs it has written nothing."""
    with waiting(edge, "/web/slow") as answers:
        assert held(edge) == {}
    assert answers[0].text == "done"
    assert held(edge) == {"a": "slow", "b": "slow"}


def test_numbers_are_given_out_once_and_whom_that_fails_is_told(edge):
    """409 for all but the one whose number is still its own."""
    with waiting(edge, "/web/claim", 5) as answers:
        pass
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {"kv_conflict"}
    assert held(edge) == {"n": 1, "claimed1": 1}
    assert edge.logged(event="kv_conflict")[-1]["keys"] == ["n"]


def test_sums_that_nobody_is_told_never_conflict(edge):
    """All of them count."""
    with waiting(edge, "/web/blind", 5) as answers:
        pass
    assert {answer.status_code for answer in answers} == {200}
    assert held(edge) == {"n": 5}


def test_a_check_that_does_not_hold_any_more_is_a_conflict(edge):
    """The client is told to send the request again, and nothing was written."""
    put(edge, "a", 1)
    with waiting(edge, "/web/check") as answers:
        pass
    assert answers[0].json() is True
    assert held(edge) == {"a": 1, "b": "checked"}
    with waiting(edge, "/web/check") as answers:
        put(edge, "a", 2)
        put(edge, "b", 0)
    assert (answers[0].status_code, answers[0].headers["edge-outcome"]) == (409, "exception")
    assert "send the request again" in answers[0].json()["error"]["message"]
    assert held(edge) == {"a": 2, "b": 0}


def test_what_is_written_while_the_body_streams_does_not_wait(edge):
    """What was written before the head has come with it."""
    with edge.client.stream("GET", edge.url + "/web/streams") as answer:
        chunks = answer.iter_raw()
        assert next(chunks) == b"x"
        assert held(edge) == {"a": "head"}
        put(edge, "go", 1)
        assert list(chunks) == []
    until(lambda: held(edge) == {"a": "head", "b": "body", "go": 1})
    assert edge.get("/express").text == "onetwo"
    assert held(edge, "express") == {"a": "express", "b": "late"}
    assert edge.get("/express?fail=1").status_code == 500


@pytest.mark.parametrize(("status", "left"), [(200, {"a": "before"}), (500, {}), (0, {})])
def test_work_after_the_response_writes_by_itself(edge, status, left):
    """Also after a failure, of which nothing else is left."""
    assert edge.get(f"/web/later?s={status}").status_code == (status or 500)
    assert held(edge) == left
    put(edge, "go", 1)
    until(lambda: held(edge) == left | {"b": "after", "go": 1})


def test_what_a_client_left_before_it_was_answered_is_not_kept(edge):
    """Unless the function still comes to its answer in the half second that it has."""
    for opens, left in ((False, {}), (True, {"a": "slow", "b": "slow", "go": 1})):
        with pytest.raises(httpx.ReadTimeout):
            edge.client.get(edge.url + "/web/slow", timeout=0.2)
        if opens:
            put(edge, "go", 1)
        until(lambda: edge.log(event="request", status=499, path="/web/slow"))
        until(lambda left=left: held(edge) == left)


def test_more_than_may_wait_is_refused_at_once(edge):
    """An error in the function, with the limit."""
    assert edge.get("/web/many").status_code == 500
    assert held(edge) == {}
    assert "may name 1000 keys" in edge.logged(event="request", path="/web/many")[-1]["error"]


def test_without_the_option_each_write_is_there_at_once(edge):
    """As ever."""
    assert edge.code("/plain")[0] == 500
    assert held(edge, "plain") == {"a": 1}
