"""The `kv` object of functions, run in V8 against the real service: both ends of the host calls driven together."""

from __future__ import annotations

import json
import time

import msgspec
import pytest
import trio

from edge.engine import base_snapshots
from edge.engine.build import Built, Level, Record
from edge.engine.machine import Machine, Perform, Respond
from edge.engine.runner import payload
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.engine.snapshot import Blob
from edge.engine.template import Template
from edge.errors import HostCallError
from edge.services.api import Grants
from edge.services.kv.limits import Limits
from edge.services.kv.memory import MemoryStore
from edge.services.kv.service import KVService
from edge.units import MIB
from edge.wire.messages import Failure, Reply, Request, Start

NOW = 1_700_000_000_000
MAIN = "/app/index.js"
EVALUATOR = """
const AsyncFunction = (async () => {}).constructor;
module.exports = async (req, res) => {
  try {
    const run = new AsyncFunction('kv', 'ReadableStream', 'TextEncoder', req.body);
    const value = await run(kv, ReadableStream, TextEncoder);
    res.json({ value: value === undefined ? null : value });
  } catch (error) {
    res.json({ error: { name: error.name, message: error.message, code: error.code ?? '' } });
  }
};
"""


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    """The runtime's snapshot."""
    return Blob(base_snapshots.read(base_snapshots.ensure(tmp_path_factory.mktemp("kv"), "runtime")))


class ThrownError(Exception):
    """What the code threw: name, message, code."""

    def __init__(self, name, message, code):
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.code = name, message, code


class Function:
    """Evaluates source in fresh isolates, and answers their host calls from a store."""

    def __init__(self, runtime, store):
        self.store = store
        self.calls = 0
        self._grants = Grants((KVService(store, "ns"),))
        self._token = trio.lowlevel.current_trio_token()
        record = Record(MAIN, "cjs", EVALUATOR)
        built = Built(Level.SOURCE, b"")
        self._template = Template("kv", MAIN, built, runtime, [record], RUNTIME_OPS, memory=512 * MIB)

    async def run(self, source):
        """The value that `source`, the body of an async function, returns; raises ThrownError."""
        send, results = trio.open_memory_channel(1000)
        isolate = self._template.make(lambda result: self._token.run_sync_soon(send.send_nowait, result))
        try:
            with trio.fail_after(20):
                said = json.loads(await self._answer(isolate, results, source))
        finally:
            isolate.dispose()
        if "error" in said:
            raise ThrownError(said["error"]["name"], said["error"]["message"], said["error"]["code"])
        return said["value"]

    async def _answer(self, isolate, results, source):
        """The body of the response."""
        machine = Machine(1)
        headers = [("content-type", "text/plain; charset=utf-8")]
        request = Request("POST", "http://test/", "/", headers=headers, body=source.encode())
        start = Start(1, request, "kv", "", "rid", "express", "", (time.time() + 20) * 1000, 512 * MIB, {})
        text = self._template.batch([msgspec.json.encode(start)])
        while True:
            isolate.turn(text)
            result = await results.receive()
            assert not result.failed
            events = []
            for action in machine.turn(result.text):
                if isinstance(action, Respond):
                    return action.body
                if isinstance(action, Perform):
                    reply = await self._reply(action.call)
                    assert machine.reply(reply)
                    events.append(msgspec.json.encode(reply))
            if machine.error is not None:
                raise machine.error
            text = payload(events) if events else b""

    async def _reply(self, call):
        self.calls += 1
        try:
            answer = await self._grants.call(call.op, call.args, call.data)
        except HostCallError as error:
            return Reply(call.call, error=Failure(error.js_class, str(error), error.js_code))
        return Reply(call.call, msgspec.Raw(msgspec.json.encode(answer.value)), answer.data)


@pytest.fixture
async def function(runtime):
    async with MemoryStore(clock=lambda: NOW, limits=Limits(quota=40_000_000)) as store:
        yield Function(runtime, store)


ROUND_TRIPS = [
    "null", "true", "0", "-1.5", "''", "'text'", "'\"quoted\"'", "[1,[2,{}]]", "{a: {b: null}}",
    "'\\u0000\\u2028😀'", "'\\ud800'",
    "JSON.parse('{\"__proto__\": {\"x\": 1}}')", "'x'.repeat(100000)",
]  # fmt: skip


@pytest.mark.parametrize("value", ROUND_TRIPS)
async def test_set_gives_back_any_json_value(function, value):
    """What set stored, get returns equal."""
    source = f"const v = {value}; await kv.set('k', v); return JSON.stringify(await kv.get('k')) === JSON.stringify(v)"
    assert await function.run(source) is True


CONVERSIONS = [
    ("kv.set('k', 'a')", "text", "a"),
    ("kv.put('k', 'a')", "text", "a"),
    ("kv.set('k', {a: 1})", "text", '{"a":1}'),
    ("kv.put('k', '{\"a\":1}')", "json", {"a": 1}),
    ("kv.set('k', 'a')", "json", "a"),
    ("kv.put('k', new Uint8Array([195, 164]))", "text", "ä"),
    ("kv.put('k', new TextEncoder().encode('[1]'))", "json", [1]),
    ("kv.put('k', new Uint8Array([0, 255]).buffer)", "arrayBuffer", [0, 255]),
    ("kv.put('k', new Uint8Array([1, 2, 3]).subarray(1))", "arrayBuffer", [2, 3]),
    ("kv.put('k', new DataView(new Uint8Array([7]).buffer))", "arrayBuffer", [7]),
    ("kv.put('k', 'ä')", "arrayBuffer", [195, 164]),
    ("kv.set('k', 'ä')", "arrayBuffer", [195, 164]),
    ("kv.put('k', '')", "text", ""),
    ("kv.put('k', new Uint8Array())", "arrayBuffer", []),
    ("kv.put('k', 'ab')", "stream", [97, 98]),
    ("kv.put('k', '')", "stream", []),
]


@pytest.mark.parametrize(("write", "kind", "expected"), CONVERSIONS)
async def test_a_type_converts_what_is_stored(function, write, kind, expected):
    """Every kind can be read as every type; both ways of naming the type are the same."""
    source = f"""
        const plain = async (v) => {{
            if (v instanceof ReadableStream) {{
                const all = [];
                for await (const chunk of v) all.push(...chunk);
                return all;
            }}
            return v instanceof ArrayBuffer ? [...new Uint8Array(v)] : v;
        }};
        await {write};
        const many = await kv.getMany(['k'], '{kind}');
        const seen = [await kv.get('k', '{kind}'), await kv.get('k', {{type: '{kind}'}}), many.get('k')];
        return Promise.all(seen.map(plain))"""
    assert await function.run(source) == [expected] * 3


async def test_without_a_type_binary_is_an_array_buffer_and_put_text_a_string(function):
    """As it was stored."""
    source = """
        await kv.put('b', new Uint8Array([1])); await kv.put('t', '{"a":1}');
        return [(await kv.get('b')) instanceof ArrayBuffer, await kv.get('t')]"""
    assert await function.run(source) == [True, '{"a":1}']


async def test_a_missing_key_is_null_everywhere(function):
    """Never undefined, in none of the reads."""
    source = """
        const many = await kv.getMany(['nope']);
        return [await kv.get('nope'), await kv.get('nope', 'stream'), many.get('nope'), many.has('nope'),
            await kv.getWithMetadata('nope'), await kv.has('nope'), await kv.delete('nope')]"""
    missing = {"value": None, "metadata": None, "versionstamp": None}
    assert await function.run(source) == [None, None, None, True, missing, False, False]


async def test_a_value_is_taken_when_the_method_is_called(function):
    """Changing an object or a buffer afterwards changes nothing."""
    source = """
        const o = {a: 1}, b = new Uint8Array([1]);
        const writes = [kv.set('o', o), kv.put('b', b), kv.atomic().set('p', o).put('c', b)];
        o.a = 2; b[0] = 2;
        await Promise.all(writes.slice(0, 2)); await writes[2].commit();
        const bytes = async (key) => new Uint8Array(await kv.get(key))[0];
        return [await kv.get('o'), await bytes('b'), await kv.get('p'), await bytes('c')]"""
    assert await function.run(source) == [{"a": 1}, 1, {"a": 1}, 1]


async def test_a_stream_is_stored_whole(function):
    """Chunks of any view, read to the end."""
    source = """
        const chunks = [new Uint8Array([1, 2]), new Uint8Array([3]).buffer];
        const pull = (c) => chunks.length ? c.enqueue(chunks.shift()) : c.close();
        await kv.put('s', new ReadableStream({pull}), {metadata: 5});
        const {value, metadata} = await kv.getWithMetadata('s');
        return [[...new Uint8Array(value)], metadata]"""
    assert await function.run(source) == [[1, 2, 3], 5]


async def test_a_stream_that_never_ends_is_cancelled_at_the_limit(function):
    """The limit holds while reading; nothing is stored."""
    source = """
        let reason = null;
        const chunk = new Uint8Array(5_000_000);
        const stream = new ReadableStream({pull(c) { c.enqueue(chunk); }, cancel(r) { reason = r; }});
        const error = await kv.put('s', stream).catch((e) => e);
        return [error.name, reason === error, await kv.has('s')]"""
    assert await function.run(source) == ["RangeError", True, False]
    assert function.calls == 1


async def test_metadata_and_expiration_come_back_in_reads_and_listings(function):
    """Expiration in seconds, as it was given."""
    source = """
        await kv.put('a', 'x', {expiration: 1700000100, metadata: {n: [1]}});
        await kv.set('b', 1, 60000); await kv.put('c', 'x', {expirationTtl: 60}); await kv.set('d', 1, {metadata: 0});
        return [(await kv.getWithMetadata('a', 'text')).metadata, (await kv.list()).keys]"""
    keys = [
        {"name": "a", "expiration": 1700000100, "metadata": {"n": [1]}},
        {"name": "b", "expiration": 1700000060},
        {"name": "c", "expiration": 1700000060},
        {"name": "d", "metadata": 0},
    ]
    assert await function.run(source) == [{"n": [1]}, keys]


async def test_a_listing_goes_on_from_its_cursor(function):
    """list_complete is false exactly while there is a cursor."""
    source = """
        for (const k of ['p:1', 'p:2', 'p:3', 'q']) await kv.set(k, 1);
        const first = await kv.list({prefix: 'p:', limit: 2});
        const second = await kv.list({prefix: 'p:', limit: Infinity, cursor: first.cursor});
        return [first.keys.map((k) => k.name), first.list_complete, second]"""
    assert await function.run(source) == [["p:1", "p:2"], False, {"keys": [{"name": "p:3"}], "list_complete": True}]


async def test_keys_of_objects_are_plain_keys(function):
    """No key has a meaning of its own."""
    source = """
        const names = ['__proto__', 'constructor', 'toString', '😀', ' '];
        for (const name of names) await kv.set(name, name);
        const many = await kv.get(names);
        return names.every((name) => many.get(name) === name) && (await kv.list()).keys.length === 5"""
    assert await function.run(source) is True


async def test_incr_counts(function):
    """From 0, by 1, by anything finite."""
    source = "return [await kv.incr('n'), await kv.incr('n', 10), await kv.incr('n', -0.5), await kv.get('n')]"
    assert await function.run(source) == [1, 11, 10.5, 10.5]


async def test_atomic_commits_everything_or_nothing(function):
    """A check against a versionstamp that has passed fails the whole."""
    source = """
        await kv.set('a', 1);
        const {versionstamp} = await kv.getWithMetadata('a');
        const builder = () => kv.atomic().check({key: 'a', versionstamp}, {key: 'new', versionstamp: null})
            .set('a', 2).put('b', new Uint8Array([1, 2])).put('c', new Uint8Array([3])).delete('d').incr('n', 5);
        const [first, second] = [await builder().commit(), await builder().commit()];
        const {versionstamp: after} = await kv.getWithMetadata('a');
        const numbers = [await kv.get('a'), await kv.get('n')];
        const bytes = [new Uint8Array(await kv.get('b')).join(), new Uint8Array(await kv.get('c')).join()];
        return [first.ok, first.versionstamp === after, after > versionstamp, second, numbers, bytes]"""
    assert await function.run(source) == [True, True, True, {"ok": False}, [2, 5], ["1,2", "3"]]


async def test_clear_empties_the_namespace(function):
    """And answers nothing."""
    source = "await kv.set('a', 1); return [await kv.clear() === undefined, (await kv.list()).keys]"
    assert await function.run(source) == [True, []]


REFUSED = [
    ("kv.set('k', undefined)", "TypeError", "it is undefined (delete(key) removes a key"),
    ("kv.set('k')", "TypeError", "it is undefined"),
    ("kv.set('k', () => 1)", "TypeError", "it is a function"),
    ("kv.set('k', Symbol('s'))", "TypeError", "it is Symbol(s)"),
    ("kv.set('k', NaN)", "TypeError", "it is NaN"),
    ("kv.set('k', 1n)", "TypeError", "BigInt"),
    ("kv.set('k', {a: [1n]})", "TypeError", "BigInt"),
    ("(() => { const o = {}; o.o = o; return kv.set('k', o) })()", "TypeError", "circular"),
    ("kv.set('k', new Uint8Array(1))", "TypeError", "use put(key, bytes)"),
    ("kv.put('k', {a: 1})", "TypeError", "set(key, value) stores JSON"),
    ("kv.put('k', 5)", "TypeError", "got a number"),
    ("kv.put('k', null)", "TypeError", "got null"),
    ("kv.atomic().put('k', new ReadableStream())", "TypeError", "a string, an ArrayBuffer or a view"),
    ("kv.get(1)", "TypeError", "the key must be a string (got a number)"),
    ("kv.get()", "TypeError", "got undefined"),
    ("kv.get('')", "TypeError", "must not be empty"),
    ("kv.get('..')", "TypeError", '".."'),
    ("kv.get('\\ud800')", "TypeError", "lone surrogate"),
    ("kv.get('ä'.repeat(257))", "RangeError", "512 bytes"),
    ("kv.get('k', 'blob')", "TypeError", '(got "blob")'),
    ("kv.get('k', {type: 5})", "TypeError", "(got 5)"),
    ("kv.getMany('k')", "TypeError", "array"),
    ("kv.getMany(Array(1001).fill('k'))", "RangeError", "1000"),
    ("kv.set('k', 'x'.repeat(26214400))", "RangeError", "26214400"),
    ("kv.put('k', new Uint8Array(26214401))", "RangeError", "26214400"),
    ("kv.set('k', 1, -5)", "TypeError", "positive number of milliseconds"),
    ("kv.set('k', 1, NaN)", "TypeError", "finite"),
    ("kv.set('k', 1, '5')", "TypeError", "options must be an object"),
    ("kv.put('k', 'v', {expirationTtl: '60'})", "TypeError", "expirationTtl must be a finite number"),
    ("kv.put('k', 'v', {expiration: 5})", "TypeError", "must be in the future"),
    ("kv.put('k', 'v', {expiration: 1700000060, expirationTtl: 60})", "TypeError", "exclude each other"),
    ("kv.put('k', 'v', {metadata: 'x'.repeat(1023)})", "RangeError", "1024"),
    ("kv.put('k', 'v', {metadata: () => 1})", "TypeError", "metadata cannot be stored"),
    ("kv.list({limit: 0})", "RangeError", "limit"),
    ("kv.list({limit: 1.5})", "RangeError", "limit"),
    ("kv.list({cursor: 'nonsense!'})", "TypeError", "not a KV cursor"),
    ("kv.list({prefix: 5})", "TypeError", "prefix"),
    ("kv.incr('k', '1')", "TypeError", "finite number"),
    ("kv.put('k', 'x').then(() => kv.incr('k'))", "TypeError", "incr needs a number"),
    ("kv.incr('k', Number.MAX_SAFE_INTEGER).then(() => kv.incr('k'))", "TypeError", "9007199254740991"),
    ("kv.atomic().check({key: 'k'}).commit()", "TypeError", "null for a key that must be absent"),
    ("kv.atomic().check('k').commit()", "TypeError", "{key, versionstamp}"),
    ("(async () => { const a = kv.atomic(); await a.commit(); await a.commit() })()", "Error", "begin another"),
]


@pytest.mark.parametrize(("source", "name", "message"), REFUSED)
async def test_misuse_is_a_clear_error(function, source, name, message):
    """The class of error says whose fault it is, the message what to do."""
    with pytest.raises(ThrownError) as caught:
        await function.run(f"return await {source}")
    assert caught.value.name == name
    assert message in caught.value.message


async def test_the_quota_is_a_quota_exceeded_error_with_both_numbers(function):
    """A DOMException, so its code is the number of the standard."""
    with pytest.raises(ThrownError) as caught:
        await function.run("for (const k of ['a', 'b']) await kv.put(k, new Uint8Array(21_000_000))")
    assert (caught.value.name, caught.value.code) == ("QuotaExceededError", 22)
    assert "40000000 bytes" in caught.value.message
    assert "42000002" in caught.value.message


async def test_methods_need_no_this_and_cannot_be_replaced(function):
    """The object is frozen, and its methods can be taken off it."""
    source = "const {set, get} = kv; await set('k', 1); return [await get('k'), Object.isFrozen(kv)]"
    assert await function.run(source) == [1, True]


async def test_user_code_that_patches_builtins_breaks_no_call(function):
    """The runtime keeps its own builtins."""
    source = """
        const boom = () => { throw new Error('patched') }, bytes = new Uint8Array([1]);
        JSON.stringify = JSON.parse = boom;
        Map.prototype.set = Array.prototype.push = Array.prototype[Symbol.iterator] = boom;
        String.prototype.isWellFormed = Uint8Array.prototype.toBase64 = boom;
        Object.getPrototypeOf(Uint8Array.prototype).set = Object.getPrototypeOf(Uint8Array.prototype).slice = boom;
        await kv.set('k', {a: 1}); await kv.put('b', bytes, {metadata: 1});
        const many = await kv.getMany(['k', 'b']);
        await kv.atomic().set('x', 1).put('y', bytes).commit();
        return [many.get('k'), (await kv.list()).keys.length]"""
    assert await function.run(source) == [{"a": 1}, 4]
