"""fetch() beside code that has replaced the builtins: what it does does not pass through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import brotli
import pytest

from tests.runtime.fetch.network_rig import network

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

# What the code itself needs is kept before; then whatever can be replaced throws, and says so.
POISON = """
  const { Response: Answer, String: Text, Uint8Array: Bytes, JSON: { stringify } } = globalThis;
  const large = 'x'.repeat(1500000);
  const stream = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Bytes(300000)); c.close(); } });
  const generator = (async function* () { yield 'abc'; yield new Bytes(5); })();
  const integrity = 'sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
  const hits = [];
  const found = [];
  const trap = (where) => function () { hits[hits.length] = where; throw new Error(`poisoned ${where}`); };
  const define = Object.defineProperty;
  const owners = [
    Array, Promise, Uint8Array.__proto__, String, Map, Set, WeakMap, RegExp, Function, ArrayBuffer, EventTarget,
    AbortSignal, Headers, ReadableStreamDefaultReader, ReadableByteStreamController,
    { prototype: [][Symbol.iterator]().__proto__ },
  ];
  const changes = [];
  for (const { prototype } of owners) {
    for (const key of Reflect.ownKeys(prototype)) {
      const { value, get, configurable } = Reflect.getOwnPropertyDescriptor(prototype, key);
      if (key === 'constructor' || !configurable || (!get && typeof value !== 'function')) continue;
      const change = { __proto__: null, configurable: true };
      change[get ? 'get' : 'value'] = trap(`${prototype[Symbol.toStringTag]}.${Text(key)}`);
      changes.push([prototype, key, change]);
    }
  }
  for (const key of [
    'ahead', 'body', 'cancel', 'chunk', 'content', 'data', 'declared', 'done', 'failure', 'get', 'length', 'owned',
    'pull', 'set', 'signal', 'source', 'stream', 'upload', 'value',
  ]) {
    const change = { __proto__: null, get: trap(`get ${key}`), set: trap(`set ${key}`), configurable: true };
    changes.push([Object.prototype, key, change]);
  }
  for (let i = 0; i < changes.length; i++) define(changes[i][0], changes[i][1], changes[i][2]);
  const note = async (run) => {
    try { found[found.length] = Text(await run()); } catch (error) { found[found.length] = error.message; }
  };
  const post = (path, body) => fetch(origin + path, { __proto__: null, method: 'POST', body, duplex: 'half' });
"""
CALLS = """
  await note(async () => (await (await post('/collect', stream)).text()).length);
  await note(async () => (await (await post('/collect', large)).text()).length);
  await note(async () => (await (await post('/collect', generator)).text()).length);
  await note(async () => (await (await post('/moved', 'again')).text()).length);
  await note(async () => (await (await fetch(origin + '/coded')).text()).length);
  await note(async () => (await (await fetch('data:text/plain,hello', { __proto__: null, integrity })).text()));
  await note(async () => (await (await fetch(origin + '/truncated')).text()));
  await note(async () => (await (await fetch(origin + '/hello')).clone().text()));
  let answer = '';
  for (let i = 0; i < found.length; i++) answer += `${found[i]}|`;
  for (let i = 0; i < hits.length; i++) answer += `HIT ${hits[i]}|`;
  return new Answer(answer);
"""


async def test_replaced_builtins_are_never_called(tmp_path: Path) -> None:
    """Uploads, streams, codings, redirects, digests and failures, with traps in every prototype."""
    async with network(tmp_path, POISON + CALLS) as net:
        net.origin.coded = ("br", brotli.compress(b"q" * 100_000))
        receipt = await net.invoke()
        assert receipt.error is None
        found = net.exchange.body.decode().rstrip("|").split("|")
    assert found[:6] == ["71", "72", "66", "66", "100000", "hello"]
    assert found[6].startswith("fetch failed: ")
    assert found[7:] == ["hello"]
