"""Nothing of an ended invocation is kept in its isolate; what others still need is."""

from __future__ import annotations

import pytest

from edge.wire.messages import Call, Log
from tests.support.interleaved_isolate import InterleavedIsolate

INVOCATIONS = 3000
BYTES_EACH = 24
"""What an invocation may leave behind on average: V8 learns about types, and weak sets are swept by halves."""

LEAVES = {
    "express": """module.exports = async (req, res) => {
      setTimeout(() => req, 60000); setInterval(() => res, 50000); setImmediate(() => req); kv.incr('unawaited');
      console.group(); console.time(req.id); console.count(req.id); console.log('line'); process.stdout.write('rest');
      res.send('ok');
    }""",
    "web": """const stop = new AbortController();
    exports.__esModule = true; exports.default = { async fetch(request, env, context) {
      request.signal.addEventListener('abort', () => request);
      AbortSignal.any([stop.signal, request.signal, AbortSignal.timeout(60000)]);
      env.KV.get('unawaited').catch(() => {});
      fetch('http://origin/', { signal: stop.signal }).catch(() => {});
      return new Response(await request.text());
    } }""",
}


@pytest.mark.parametrize("contract", list(LEAVES))
def test_nothing_of_an_ended_invocation_is_kept(contract: str) -> None:
    """Timers, host calls, signals, bodies and console state: the heap stays as it is over thousands of invocations."""
    with InterleavedIsolate(LEAVES[contract], contract) as isolate:
        _invoke(isolate, INVOCATIONS)
        before = isolate.collect_garbage()
        _invoke(isolate, INVOCATIONS)
        assert isolate.collect_garbage() - before < INVOCATIONS * BYTES_EACH


def _invoke(isolate: InterleavedIsolate, times: int) -> None:
    for _ in range(times):
        running = isolate.start("/", method="POST", body=b"x" * 1000)
        assert running.over, running.effects
        assert not running.failure
        isolate.forget(running)


def test_a_call_of_an_ended_invocation_is_kept_no_longer_than_until_the_next() -> None:
    """Its promise fails when the next invocation begins, in nobody's name."""
    source = """let error;
    module.exports = (req, res) => {
      if (req.path === '/leave') {
        kv.get('x').catch((thrown) => { error = thrown; console.log('late'); });
        res.send('left');
      } else setImmediate(() => res.send(`${error?.code}`));
    }"""
    with InterleavedIsolate(source) as isolate:
        left = isolate.start("/leave")
        assert (left.over, left.of(Call) != [], left.of(Log)) == (True, True, [])
        assert isolate.start("/look").text == "ERR_INVOCATION_ENDED"
        assert left.stray == []


SIGNALS = """
const stop = new AbortController();
let held;
let heard = 0;
const listen = () => { AbortSignal.any([stop.signal]).addEventListener('abort', () => { heard += 1; }); };
module.exports = async (req, res) => {
  if (req.path === '/hold') {
    held = AbortSignal.any([stop.signal]);
    listen();
  } else if (req.path === '/fetch') {
    await fetch('http://origin/', { signal: stop.signal }).catch((error) => res.send(error.name));
  } else {
    for (let i = 0; i < 100; i++) AbortSignal.any([stop.signal]);
    if (req.path === '/abort') stop.abort();
  }
  if (!res.headersSent) res.send(`${held?.aborted} ${heard}`);
};
"""


def test_a_signal_that_somebody_would_notice_is_kept() -> None:
    """One that is held, one that has only a listener, and one that a fetch waits for hear of an abort much later."""
    with InterleavedIsolate(SIGNALS) as isolate:
        assert isolate.start("/hold").text == "false 0"
        fetching = isolate.start("/fetch")
        for _ in range(3):
            isolate.collect_garbage()
            isolate.start("/more")
        assert isolate.start("/abort").text == "true 1"
        assert fetching.text == "AbortError"
