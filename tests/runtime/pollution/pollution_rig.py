"""A function that poisons builtins and then does a day's work: body, KV, log line, timer, streamed answer."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import msgspec

from edge.engine.build import Record
from edge.wire.messages import Request
from tests.support.isolate_driver import IsolateDriver
from tests.support.snapshot_files import snapshot_folder

if TYPE_CHECKING:
    from edge.wire.messages import Call
    from tests.support.isolate_driver import Answer

CONTRACTS = ("web", "express", "event")
BODY = "the same text, whatever became of the builtins: \u00e9\u20ac\U0001f600"
LINE = "log a line"
PIECES = ("first,", "second:")

# What the work needs is taken from the builtins before they are poisoned.  A poison is made by `poison(kind, value)`:
# `throw` throws, `swallow` does nothing, and `leak` does what the builtin does and looks at what it was given: a
# function that is none of this script's, or an object of the runtime, is told to the log.
PRELUDE = """
const { Promise, Response, ReadableStream, setTimeout, Uint8Array, Request } = globalThis;
const { apply, getOwnPropertyDescriptor, ownKeys, getPrototypeOf, defineProperty } = Reflect;
const { hasOwn } = Object;
const { log } = console;
const readText = Request.prototype.text;
const functionText = Function.prototype.toString;
const { includes } = String.prototype;
const codeAt = String.prototype.charCodeAt;
const encode = (text) => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = apply(codeAt, text, [i]);
  return bytes;
};
const enqueue = ReadableStreamDefaultController.prototype.enqueue;
const close = ReadableStreamDefaultController.prototype.close;
const pause = () => new Promise((resolve) => { setTimeout(resolve, 1); });
let quiet = true;
let busy = false;

function isForeign(value) {
  if (typeof value === 'function') return !apply(includes, SOURCE, [apply(functionText, value, [])]);
  if (typeof value !== 'object' || value === null || getPrototypeOf(value) !== null) return false;
  return hasOwn(value, 'ack') || hasOwn(value, 'owner') || (hasOwn(value, 't') && hasOwn(value, 'id'));
}
function look(value) {
  if (quiet || busy) return;
  busy = true;
  try { if (isForeign(value)) log('LEAK', typeof value); } finally { busy = false; }
}
function poison(kind, original) {
  if (kind === 'throw') return function () { throw new Error('poisoned'); };
  if (kind === 'swallow') return function () {};
  return function () {
    look(this);
    for (let i = 0; i < arguments.length; i++) look(arguments[i]);
    return apply(original, this, arguments);
  };
}
function poisonOne(object, name, kind) {
  const descriptor = getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined || typeof descriptor.value !== 'function' || !descriptor.configurable) return;
  defineProperty(object, name, { __proto__: null, ...descriptor, value: poison(kind, descriptor.value) });
}
function poisonAll(object, kind) {
  const names = ownKeys(object);
  for (let i = 0; i < names.length; i++) if (names[i] !== 'constructor') poisonOne(object, names[i], kind);
}
"""

WEB = """
export default {
  async fetch(request, env) {
    apply(spoil, undefined, []);
    const text = await apply(readText, request, []);
    await env.KV.put('key', text);
    log('log a line');
    await pause();
    const back = await env.KV.get('key');
    let step = 0;
    const body = new ReadableStream({
      pull(controller) {
        step += 1;
        if (step === 3) { apply(enqueue, controller, [encodeText(back)]); apply(close, controller, []); }
        else apply(enqueue, controller, [encode(step === 1 ? 'first,' : 'second:')]);
      },
    });
    return new Response(body, { __proto__: null, headers: { __proto__: null, 'content-type': 'text/plain' } });
  },
};
const encoder = new TextEncoder();
const encodeIt = TextEncoder.prototype.encode;
const encodeText = (text) => apply(encodeIt, encoder, [text]);
"""

EXPRESS = """
module.exports = (req, res) => {
  const { kv } = globalThis;
  const { put, get } = kv;
  const { write, end, setHeader, body } = { write: res.write, end: res.end, setHeader: res.setHeader, body: req.body };
  const work = async () => {
    apply(spoil, undefined, []);
    await put('key', body);
    log('log a line');
    await pause();
    const back = await get('key');
    apply(setHeader, res, ['content-type', 'text/plain']);
    apply(write, res, ['first,']);
    apply(write, res, ['second:']);
    apply(end, res, [back]);
  };
  return work();
};
"""

EVENT = """
exports.handler = async (event) => {
  const { put, get } = kv;
  const { body } = event;
  apply(spoil, undefined, []);
  await put('key', body);
  log('log a line');
  await pause();
  const back = await get('key');
  const headers = { __proto__: null, 'content-type': 'text/plain' };
  return { __proto__: null, statusCode: 200, headers, body: 'first,second:' + back };
};
"""
_HANDLERS = {"web": WEB, "express": EXPRESS, "event": EVENT}


class _Store:
    """A KV of one key."""

    def __init__(self) -> None:
        self.entry: dict[str, Any] | None = None

    def perform(self, call: Call) -> object:
        """Answer `kv.set` and `kv.get`."""
        args = msgspec.json.decode(call.args)
        if call.op == "kv.set":
            self.entry = {"kind": args["kind"], "text": args["text"], "versionstamp": "1"}
            return None
        return self.entry


@functools.cache
def _driver() -> tuple[IsolateDriver, _Store]:
    store = _Store()
    return IsolateDriver(snapshot_folder(), store.perform), store


def source(contract: str, spoil: str) -> str:
    """The module: `spoil` is a statement that runs when the handler has begun."""
    script = f"{PRELUDE}\nfunction spoil() {{ {spoil}\n quiet = false; }}\n"
    text = script + _HANDLERS[contract]
    if contract == "web":  # what esbuild makes of it
        text = text.replace("export default", "exports.__esModule = true; exports.default =")
    return f"const SOURCE = {json.dumps(text)};\n{text}"


def work(contract: str, spoil: str) -> Answer:
    """One invocation.  Raises what it fails with."""
    driver, store = _driver()
    store.entry = None
    body = BODY.encode()
    request = Request(
        "POST",
        "http://host.example/path?name=value",
        "/path",
        "name=value",
        headers=[("host", "host.example"), ("content-type", "text/plain; charset=utf-8")],
        ip="203.0.113.7",
        body=body,
    )
    return driver.run([Record("/app/index.js", "cjs", source(contract, spoil), {})], request, contract=contract)
