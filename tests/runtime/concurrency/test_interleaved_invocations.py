"""Several invocations at once in one isolate: each gets its own answers and has its own context."""

from __future__ import annotations

import msgspec
import pytest

from edge.wire.messages import Failure
from tests.support.interleaved_isolate import InterleavedIsolate, Running

SHARED = """
let shared;
module.exports = async (req, res) => {
  shared ??= kv.get('shared');
  const value = await shared;
  console.log(`${req.id} goes on`);
  await kv.set(req.id, value);
  res.send(`${req.id}: ${value}`);
};
"""
TEXT = {"kind": "text", "text": "v"}


def _keys(running: Running) -> list[str]:
    """The keys of its KV calls."""
    return [msgspec.json.decode(call.args)["key"] for call in running.calls]


def test_a_fast_invocation_overtakes_a_slow_one() -> None:
    """What the first waits for does not keep the second from answering."""
    with InterleavedIsolate("module.exports = async (req, res) => res.send(await kv.get(req.path))") as isolate:
        slow, fast = isolate.start("/slow"), isolate.start("/fast")
        isolate.reply(fast.calls[0], {"kind": "text", "text": "second"})
        assert (fast.over, fast.text, slow.over) == (True, "second", False)
        isolate.reply(slow.calls[0], {"kind": "text", "text": "first"})
        assert (slow.over, slow.text) == (True, "first")


@pytest.mark.parametrize("initialised", [False, True])
def test_each_goes_on_in_its_own_name_after_a_shared_promise(*, initialised: bool) -> None:
    """Both wait for one host call: what each does afterwards is its own, not that of the task that settled it."""
    with InterleavedIsolate(SHARED, initialised=initialised) as isolate:
        first, second = isolate.start(), isolate.start()
        assert (_keys(first), _keys(second)) == (["shared"], [])
        isolate.reply(first.calls[0], TEXT)
        assert _keys(first) == ["shared", "request-1"]
        assert _keys(second) == ["request-2"]
        assert first.logs == ["request-1 goes on"]
        assert second.logs == ["request-2 goes on"]


def test_answers_of_kv_may_come_in_any_order() -> None:
    """Each value reaches the call that asked for it."""
    source = """module.exports = async (req, res) => {
      const [a, b] = await Promise.all([kv.get(req.id + 'a', 'json'), kv.get(req.id + 'b', 'json')]);
      res.json([a, b]);
    }"""
    with InterleavedIsolate(source) as isolate:
        everybody = [isolate.start() for _ in range(3)]
        for call in sorted((call for running in everybody for call in running.calls), key=lambda call: -call.call):
            key = msgspec.json.decode(call.args)["key"]
            isolate.reply(call, {"kind": "json", "text": f'"{key}"'})
        for running in everybody:
            assert msgspec.json.decode(running.body) == [f"request-{running.id}a", f"request-{running.id}b"]


def test_two_streams_are_put_at_once() -> None:
    """The chunks that kv.put reads from two request bodies do not mix."""
    source = """exports.__esModule = true; exports.default = { async fetch(request, env) {
      await env.KV.put(request.url, request.body);
      return new Response('done');
    } }"""
    with InterleavedIsolate(source, "web") as isolate:
        a, b = (isolate.start(path, method="PUT", body=path.encode(), more=True) for path in ("/a", "/b"))
        for _ in range(2):
            for running in (a, b):
                isolate.reply(running.calls[-1], False, data=b"+" + str(running.id).encode())
        isolate.reply(b.calls[-1], True)
        isolate.reply(a.calls[-1], True)
        assert [(call.op, call.data) for call in (a.calls[-1], b.calls[-1])] == [
            ("kv.set", b"/a+1+1"),
            ("kv.set", b"/b+2+2"),
        ]


def test_two_responses_are_streamed_at_once() -> None:
    """Each goes on when its own client has taken the last chunk."""
    source = """exports.__esModule = true; exports.default = { fetch(request) {
      const { pathname } = new URL(request.url);
      let n = 0;
      return new Response(new ReadableStream({ pull(controller) {
        n += 1;
        controller.enqueue(new TextEncoder().encode(pathname + n));
        if (n === 3) controller.close();
      } }));
    } }"""
    with InterleavedIsolate(source, "web") as isolate:
        a, b = isolate.start("/a"), isolate.start("/b")
        assert (a.text, b.text) == ("/a1", "/b1")
        isolate.taken(b)
        isolate.taken(b)
        isolate.taken(b)
        assert (a.text, b.text) == ("/a1", "/b1/b2/b3")
        assert (a.over, b.over) == (False, True)
        for _ in range(3):
            isolate.taken(a)
        assert (a.text, a.over) == ("/a1/a2/a3", True)


def test_each_has_its_own_context() -> None:
    """Deadline, variables and request are those of the invocation, while module state is shared."""
    source = """let n = 0;
    exports.handler = async (event, context) => {
      n += 1;
      const before = [context.awsRequestId, process.env.A];
      await kv.get('x');
      return [...before, context.awsRequestId, event.rawPath, n, process.env.A];
    }"""
    with InterleavedIsolate(source, "event") as isolate:
        a, b = isolate.start("/a"), isolate.start("/b")
        isolate.reply(b.calls[0])
        isolate.reply(a.calls[0])
        assert msgspec.json.decode(a.body) == ["request-1", "b", "request-1", "/a", 2, "b"]
        assert msgspec.json.decode(b.body) == ["request-2", "b", "request-2", "/b", 2, "b"]


@pytest.mark.parametrize("initialised", [False, True])
def test_modules_belong_to_no_invocation(*, initialised: bool) -> None:
    """What a module's top level began goes on in the name of whoever makes it go on, whenever it was evaluated."""
    source = """let wake;
    const ready = new Promise((resolve) => { wake = resolve; }).then(() => kv.get('ready'));
    module.exports = async (req, res) => {
      if (req.path === '/wake') wake();
      res.send(req.path === '/first' ? 'ok' : await ready);
    }"""
    with InterleavedIsolate(source, initialised=initialised) as isolate:
        assert isolate.start("/first").over
        waiting, waking = isolate.start("/wait"), isolate.start("/wake")
        assert (waiting.calls, [call.op for call in waking.calls]) == ([], ["kv.get"])
        isolate.reply(waking.calls[0], TEXT)
        assert (waiting.text, waking.text) == ("v", "v")


def test_a_failed_call_rejects_in_its_own_invocation() -> None:
    """The host's error reaches the one who asked."""
    source = "module.exports = async (req, res) => res.send(await kv.get('x').catch((error) => error.message))"
    with InterleavedIsolate(source) as isolate:
        a, b = isolate.start(), isolate.start()
        isolate.reply(b.calls[0], error=Failure("TypeError", "no such key"))
        isolate.reply(a.calls[0], TEXT)
        assert (a.text, b.text) == ("v", "no such key")
