"""Code goes on in the name of the invocation that began it, whatever wakes it."""

from __future__ import annotations

import random

import msgspec
import pytest

from tests.support.interleaved_isolate import InterleavedIsolate, Running

TEXT = {"kind": "text", "text": "v"}


def _keys(running: Running) -> list[str]:
    """The keys of its KV calls."""
    return [msgspec.json.decode(call.args)["key"] for call in running.calls]


WAYS = {
    "await": "await gate",
    "then": "await new Promise((resolve) => gate.then(resolve))",
    "finally": "await gate.finally(say)",
    "catch": "await Promise.reject(new Error()).catch(() => gate)",
    "thenable": "await { then(resolve) { say(); gate.then(resolve); } }",
    "all": "await Promise.all([gate, null])",
    "race": "await Promise.race([gate, new Promise(() => {})])",
    "generator": "for await (const _ of (async function* () { await gate; say(); yield 1; })()) say()",
    "microtask": "await new Promise((resolve) => gate.then(() => queueMicrotask(resolve)))",
    "tick": "await new Promise((resolve) => gate.then(() => process.nextTick(resolve)))",
    "immediate": "await gate; await new Promise((resolve) => setImmediate(resolve))",
    "promises": "await gate; await require('timers/promises').setImmediate()",
    "stream": "await new ReadableStream({ async start(c) { await gate; say(); c.close(); } }).getReader().read()",
    "transform": "gate.then(() => transform.writable.getWriter().close()); await transform.readable.getReader().read()",
    "callback": "await require('util').promisify((done) => gate.then(() => done(null)))()",
    "once": "await require('events').once(emitter, 'open', {})",
}


@pytest.mark.parametrize("way", list(WAYS))
def test_the_invocation_is_kept_across(way: str) -> None:
    """Every way to wait for something that another invocation brings about."""
    source = f"""let open; const gate = new Promise((resolve) => {{ open = resolve; }});
    const emitter = new (require('events'))();
    module.exports = async (req, res) => {{
      const transform = new TransformStream();
      const say = () => console.log(req.id);
      if (req.path === '/open') {{ open(); emitter.emit('open'); }}
      else {{ {WAYS[way]}; }}
      say();
      await kv.get(req.id);
      res.send('ok');
    }}"""
    with InterleavedIsolate(source) as isolate:
        waiting, opening = isolate.start("/wait"), isolate.start("/open")
        for running in (waiting, opening):
            assert _keys(running) == [f"request-{running.id}"]
            assert set(running.logs) == {f"request-{running.id}"}


CROWD = """
let lock = Promise.resolve();
let shared = null;
const target = new EventTarget();
const ended = (error) => { if (error.code !== 'ERR_INVOCATION_ENDED') throw error; };

async function locked(run) {
  const before = lock;
  let release;
  lock = new Promise((resolve) => { release = resolve; });
  await before;
  try { return await run(); } finally { release(); }
}

module.exports = async (req, res) => {
  const work = async () => {
    console.log(req.id);
    await kv.get(req.id).catch(ended);
    console.log(req.id);
  };
  await work();
  target.dispatchEvent(new Event('go'));
  if (req.path === '/a') await locked(work);
  if (req.path === '/b') {
    shared ??= kv.get('shared').catch(ended).finally(() => { shared = null; });
    await shared;
    await work();
  }
  if (req.path === '/c') {
    await Promise.race([sleep(2), new Promise((resolve) => target.addEventListener('go', resolve, { once: true }))]);
    await locked(async () => Promise.all([work(), work()]));
  }
  res.send(req.id);
};
"""


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_mixed_up_in_any_order_of_events(seed: int) -> None:
    """Dozens of invocations that share a lock, a cache and events, answered, cancelled and dropped at random."""
    chance = random.Random(seed)
    with InterleavedIsolate(CROWD) as isolate:
        everybody: list[Running] = []
        for _ in range(600):
            _something(isolate, everybody, chance)
        for running in everybody:
            name = f"request-{running.id}"
            assert running.stray == []
            assert set(running.logs) <= {name}
            assert set(_keys(running)) <= {name, "shared"}
            assert running.failure == ""
            assert running.text == (name if running.over and not running.left else "")
        assert sum(running.over for running in everybody) > 40


def _something(isolate: InterleavedIsolate, everybody: list[Running], chance: random.Random) -> None:
    """One thing that a host may do."""
    alive = [running for running in everybody if not running.over and not running.dropped]
    calls = [call for running in alive for call in running.open_calls]
    step = chance.random()
    if not alive or (step < 0.25 and len(alive) < 20):
        everybody.append(isolate.start(chance.choice(["/a", "/b", "/c"])))
    elif step < 0.28:
        isolate.drop(chance.choice(alive))
    elif step < 0.32:
        isolate.cancel(chance.choice(alive))
    elif calls:
        isolate.reply(chance.choice(calls), TEXT)
    elif isolate.timer is not None:
        isolate.wait_for_timer()


def test_stores_of_invocations_that_wake_each_other_do_not_mix() -> None:
    """AsyncLocalStorage and the invocation travel together, also through a promise that another invocation settles."""
    source = """const { AsyncLocalStorage } = require('async_hooks');
    const storage = new AsyncLocalStorage();
    let open; const gate = new Promise((resolve) => { open = resolve; });
    module.exports = (req, res) => storage.run(req.id, async () => {
      if (req.path === '/open') open();
      else await gate;
      await new Promise((resolve) => setImmediate(resolve));
      console.log(storage.getStore());
      await kv.get(storage.getStore());
      res.send('ok');
    });"""
    with InterleavedIsolate(source) as isolate:
        for running in (isolate.start("/wait"), isolate.start("/open")):
            assert _keys(running) == [f"request-{running.id}"]
            assert running.logs == [f"request-{running.id}"]
