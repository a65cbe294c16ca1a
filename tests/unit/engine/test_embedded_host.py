"""Invocations in the embedded host: real isolates, a played client, every way to end."""

from __future__ import annotations

import json

import msgspec
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.engine import host as host_module
from edge.errors import BodyTooLargeError, CpuLimitError, HostCallError, MemoryLimitError, TimeoutLimitError
from edge.function import Limits
from edge.invocation import Outcome
from edge.services.api import Answer
from edge.units import MIB
from edge.wire.messages import Request
from tests.support.embedded_rig import FakeExchange, get, open_rig
from tests.support.zygote_rig import open_builder

QUICK = Limits(memory=32 * MIB, timeout=10, cpu=5)


@pytest.fixture
async def rig(tmp_path):
    async with open_rig(tmp_path) as rig:
        yield rig


@pytest.fixture
def call(rig):
    """Deploys a function and invokes it once."""

    async def call(source, request=None, exchange=None, **fields):
        exchange = exchange or FakeExchange()
        async with rig.deployed(source, **fields) as function:
            return await rig.invoke(function, exchange, request), exchange

    return call


async def until_idle(rig):
    """Until no isolate is in use; fails when one never comes back."""
    with trio.fail_after(20):
        while rig.pool.statistics().active:  # noqa: ASYNC110 - the pool has no event for it
            await trio.sleep(0.001)


# -- answers


async def test_an_answer_and_its_receipt(call):
    """One head with the whole body; the receipt says what it took."""
    receipt, exchange = await call("module.exports = (req, res) => res.status(201).send('hi ' + req.path)", get("/x"))
    assert (exchange.status, exchange.body, exchange.ended, exchange.heads) == (201, b"hi /x", True, 1)
    assert (receipt.outcome, receipt.error, receipt.calls, receipt.level) == (Outcome.OK, None, 0, "source")
    assert 0 < receipt.wall < 10
    assert 0 < receipt.cpu < 5
    assert 0 <= receipt.queued < 10


async def test_a_streamed_answer_arrives_in_order(call):
    """Parts that are written one by one leave one by one, and the end comes last."""
    source = """module.exports = async (req, res) => {
      for (let i = 0; i < 5; i++) { res.write(`${i},`); await new Promise((go) => setTimeout(go, 1)); }
      res.end('end');
    }"""
    receipt, exchange = await call(source)
    assert (receipt.outcome, exchange.body, exchange.ended) == (Outcome.OK, b"0,1,2,3,4,end", True)


async def test_the_request_body_is_read_part_by_part(call):
    """What had not arrived with the request is asked for."""
    request = Request("POST", "http://a/", "/", headers=[("host", "a")], more=True)
    source = "export default { async fetch(request) { return new Response((await request.text()).toUpperCase()) } }"
    files = {"index.js": source, "package.json": '{"type":"module"}'}
    receipt, exchange = await call(files, request, FakeExchange([b"one ", b"two ", b"three"]))
    assert (receipt.outcome, exchange.body) == (Outcome.OK, b"ONE TWO THREE")
    assert receipt.calls >= 3


async def test_the_function_gets_its_environment_and_its_secrets(call):
    """Both are in process.env, under their names."""
    source = "module.exports = (req, res) => res.json([process.env.A, process.env.TOKEN])"
    _, exchange = await call(source, env={"A": "1"}, secrets={"TOKEN": "s3cret"})
    assert json.loads(exchange.body) == ["1", "s3cret"]


async def test_log_lines_carry_the_request(rig, call):
    """What a function prints goes to the log, with the id of its request."""
    await call("module.exports = (req, res) => { console.log('a', 1); console.error('b'); res.end() }")
    assert rig.logs == [("rid", "info", "a 1"), ("rid", "error", "b")]


async def test_every_level_answers_alike(tmp_path):
    """A package with its top level run in the snapshot, and one that is compiled only."""
    async with open_builder() as builder, open_rig(tmp_path, builder) as rig:
        for top, level in (("", "initialised"), ("const t = Date.now();", "compiled")):
            exchange = FakeExchange()
            async with rig.deployed(f"{top} module.exports = (req, res) => res.send(req.path)") as function:
                receipt = await rig.invoke(function, exchange, get("/same"))
            assert (exchange.body, receipt.level) == (b"/same", level)


# -- endings

THROWS = {
    "throws": ("module.exports = () => { throw new TypeError('no') }", "TypeError: no"),
    "rejects": ("module.exports = async () => { throw new Error('later') }", "later"),
    "throws while it is loaded": ("throw new Error('top')", "top"),
    "misses a module": ("require('./none')", "Cannot find module './none'"),
    "does not compile": ("let a = ;", "SyntaxError: Unexpected token ';'"),
    "throws in a timer": ("module.exports = () => { setTimeout(() => { throw new Error('tick') }, 1) }", "tick"),
    "breaks JSON": ("module.exports = (q, s) => { JSON.stringify = JSON.parse = null; throw new Error('x') }", "x"),
}


@pytest.mark.parametrize(("source", "message"), THROWS.values(), ids=THROWS.keys())
async def test_a_function_that_throws_has_failed(call, source, message):
    """No byte has left, so that the gateway can answer; the error has the stack of the function."""
    receipt, exchange = await call(source)
    assert receipt.outcome is Outcome.EXCEPTION
    assert message in receipt.error.message
    assert exchange.heads == 0


BAD = {
    "exports nothing": "module.exports = null",
    "exports a number": "module.exports = 5",
}


@pytest.mark.parametrize("source", BAD.values(), ids=BAD.keys())
async def test_a_package_without_a_handler_is_a_bad_function(call, source):
    """The client gets 502."""
    receipt, _ = await call(source)
    assert (receipt.outcome, receipt.error.status) == (Outcome.BAD_RESPONSE, 502)


async def test_an_answer_that_is_none_is_a_bad_response(call):
    """The contract of web functions asks for a Response."""
    files = {"index.js": "export default { fetch() { return 5 } }", "package.json": '{"type":"module"}'}
    receipt, _ = await call(files)
    assert (receipt.outcome, receipt.error.code) == (Outcome.BAD_RESPONSE, "bad_response")


ENDLESS = {
    "a loop": "for (;;);",
    "microtasks": "(function again() { Promise.resolve().then(again) })();",
    "timers": "(function again() { setTimeout(again, 0) })();",
    "immediates": "(function again() { setImmediate(again) })();",
    "a pending host call": "await new Promise((go) => setTimeout(go, 1e6));",
}


@pytest.mark.slow
@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS.keys())
async def test_an_invocation_ends_at_its_timeout(rig, call, code):
    """However it spends its time, and the isolate is given up."""
    limits = msgspec.structs.replace(QUICK, timeout=0.3)
    receipt, exchange = await call(f"module.exports = async (req, res) => {{ {code} }}", limits=limits)
    assert receipt.outcome is Outcome.TIMEOUT
    assert isinstance(receipt.error, TimeoutLimitError)
    assert "300ms" in receipt.error.message
    assert 0.3 <= receipt.wall < 3
    assert exchange.heads == 0
    await until_idle(rig)


async def test_a_promise_that_nothing_can_keep_ends_the_invocation_at_once(call):
    """Nothing is pending, so waiting for the timeout would help nobody."""
    receipt, _ = await call("module.exports = () => new Promise(() => {})")
    assert receipt.outcome is Outcome.TIMEOUT
    assert "never answered" in receipt.error.message
    assert receipt.wall < 5


@pytest.mark.slow
@pytest.mark.parametrize("code", ["for (;;);", ENDLESS["immediates"]])
async def test_cpu_time_has_a_limit_of_its_own(call, code):
    """Work is stopped before the timeout; waiting would not have been."""
    limits = msgspec.structs.replace(QUICK, cpu=0.2)
    receipt, _ = await call(f"module.exports = async (req, res) => {{ {code} }}", limits=limits)
    assert receipt.outcome is Outcome.CPU
    assert isinstance(receipt.error, CpuLimitError)
    assert 0.2 <= receipt.cpu < 3


async def test_waiting_costs_no_cpu_time(call):
    """A function that sleeps longer than its CPU limit answers."""
    limits = msgspec.structs.replace(QUICK, cpu=0.05)
    source = "module.exports = async (req, res) => { await new Promise((go) => setTimeout(go, 120)); res.end('slept') }"
    receipt, exchange = await call(source, limits=limits)
    assert (receipt.outcome, exchange.body) == (Outcome.OK, b"slept")


async def test_memory_over_the_limit_ends_the_invocation(rig, call):
    """The error names the limit; the next invocation has an isolate of its own."""
    source = "module.exports = (q, res) => { const a = []; for (;;) a.push(new Array(1000).fill(a.length)) }"
    receipt, exchange = await call(source, limits=QUICK)
    assert receipt.outcome is Outcome.MEMORY
    assert isinstance(receipt.error, MemoryLimitError)
    assert "32" in receipt.error.message
    assert exchange.heads == 0
    receipt, _ = await call("module.exports = (req, res) => res.end()", limits=QUICK)
    assert receipt.outcome is Outcome.OK


async def test_a_full_function_refuses(rig):
    """Beyond concurrency and queue the invocation ends before it begins."""
    limits = msgspec.structs.replace(QUICK, concurrency=1, max_queue=0)
    async with rig.deployed("module.exports = (req, res) => res.end('x')", limits=limits) as function:
        slow = FakeExchange()
        slow.pause()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(rig.invoke, function, slow)
            await slow.begun.wait()
            receipt = await rig.invoke(function, FakeExchange())
            assert (receipt.outcome, receipt.error.status) == (Outcome.OVERLOADED, 503)
            slow.ready.set()
        assert (await rig.invoke(function, FakeExchange())).outcome is Outcome.OK


async def test_a_client_that_leaves_cancels_the_invocation(rig, call):
    """There is nobody to blame: no error, and the isolate is free again."""
    exchange = FakeExchange()
    exchange.left = True
    receipt, _ = await call("module.exports = (req, res) => res.end('x')", exchange=exchange)
    assert (receipt.outcome, receipt.error) == (Outcome.CANCELED, None)
    await until_idle(rig)


async def test_cancelling_stops_the_code(rig):
    """The gateway cancels the call when it learns that the client has gone."""
    async with rig.deployed("module.exports = () => { for (;;); }", limits=QUICK) as function:
        with trio.move_on_after(0.1) as scope:
            await rig.invoke(function, FakeExchange())
        assert scope.cancelled_caught
        await until_idle(rig)
        with trio.fail_after(20):
            while not rig.pool.statistics().destroyed:  # noqa: ASYNC110 - the pool has no event for it
                await trio.sleep(0.001)
        assert rig.pool.statistics().corrupted == 0


@pytest.mark.slow
async def test_a_client_that_takes_nothing_is_given_up_at_the_timeout(call):
    """The function had answered, and its isolate is not kept for a client that does not read."""
    exchange = FakeExchange()
    exchange.pause()
    limits = msgspec.structs.replace(QUICK, timeout=0.3)
    receipt, _ = await call("module.exports = (req, res) => res.end('x')", exchange=exchange, limits=limits)
    assert receipt.outcome is Outcome.TIMEOUT
    assert "did not take" in receipt.error.message


async def test_a_stream_that_fails_is_left_without_an_end(call):
    """The client can tell that something is missing."""
    source = """module.exports = async (req, res) => {
      res.write('part'); await new Promise((go) => setTimeout(go, 1)); throw new Error('midway');
    }"""
    receipt, exchange = await call(source)
    assert (receipt.outcome, exchange.status, exchange.ended) == (Outcome.EXCEPTION, 200, False)


async def test_a_slow_client_holds_a_fast_function_back(rig):
    """Beyond the high-water mark the isolate gets no more turns."""
    source = """module.exports = async (req, res) => {
      const part = 'x'.repeat(65536);
      for (let i = 0; i < 64; i++) { res.write(part); console.log(i); await new Promise((go) => setTimeout(go)); }
      res.end();
    }"""
    exchange = FakeExchange()
    async with rig.deployed(source) as function, trio.open_nursery() as nursery:
        exchange.pause()
        nursery.start_soon(rig.invoke, function, exchange)
        await exchange.begun.wait()
        exchange.ready.set()
        exchange.pause()
        seen = -1
        while seen != len(rig.logs):
            seen = len(rig.logs)
            await trio.sleep(0.05)
        assert seen < 64
        exchange.ready.set()
    assert len(exchange.body) == 64 * 65536
    assert exchange.ended


# -- host calls


class Counter:
    """A service that counts, and says when it was closed."""

    def __init__(self):
        self.value = 0
        self.closed = 0

    @property
    def operations(self):
        return {"kv.get": self.get, "kv.set": self.refuse}

    async def get(self, args, data):
        self.value += 1
        await trio.lowlevel.checkpoint()
        return Answer({"entries": [{"value": None, "version": None}]})

    async def refuse(self, args, data):
        raise HostCallError("too much", js_class="RangeError", js_code="E_MUCH")

    async def aclose(self):
        self.closed += 1


async def test_what_is_not_granted_is_refused_inside_the_function(call):
    """The function gets a TypeError and may go on."""
    source = """module.exports = async (req, res) => {
      try { await fetch('http://example.com/') } catch (e) { res.json([e.name, e.message]) }
    }"""
    receipt, exchange = await call(source)
    assert (receipt.outcome, receipt.calls) == (Outcome.OK, 1)
    assert json.loads(exchange.body)[0] == "TypeError"


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = (req, res) => res.end()",
        "module.exports = () => { throw new Error('x') }",
        "module.exports = (req, res) => { fetch('http://example.com/').catch(() => {}); res.end() }",
    ],
)
async def test_the_services_of_an_invocation_are_closed_once(rig, call, source):
    """However it ends."""
    service = Counter()
    rig.services = (service,)
    await call(source)
    assert service.closed == 1


async def test_the_grants_know_where_the_request_has_been(rig, call):
    """The CDN-Loop header, all its values joined, is what outgoing requests go on with."""
    headers = [("cdn-loop", "a"), ("x", "y"), ("cdn-loop", "b; v=1")]
    await call("module.exports = (req, res) => res.end()", get(headers=headers))
    assert rig.granted == [("f", "a, b; v=1")]


async def test_a_request_body_over_the_limit_is_the_clients_error(call):
    """The function does not see it: the client gets 413."""

    class TooMuch(FakeExchange):
        async def read(self):
            raise BodyTooLargeError("the body is over 1 byte")

    request = Request("POST", "http://a/", "/", headers=[("host", "a")], more=True)
    files = {"index.js": "export default { async fetch(r) { return new Response(await r.text()) } }"}
    receipt, _ = await call({**files, "package.json": '{"type":"module"}'}, request, TooMuch())
    assert receipt.error.status == 413


# -- isolation and reuse

COUNT = """
let count = 0;
module.exports = (req, res) => {
  count += 1; globalThis.seen = [...(globalThis.seen ?? []), req.path];
  if (req.path === '/fail') throw new Error('no');
  if (req.path === '/loop') for (;;);
  res.json([count, globalThis.seen, process.env.TOKEN ?? null]);
};
"""


async def count(rig, function, path="/"):
    exchange = FakeExchange()
    receipt = await rig.invoke(function, exchange, get(path))
    return json.loads(exchange.body)[0] if receipt.outcome is Outcome.OK else receipt.outcome


async def test_state_does_not_outlive_an_invocation(rig):
    """Each has an isolate of its own, which nothing has touched."""
    async with rig.deployed(COUNT) as function:
        assert [await count(rig, function) for _ in range(3)] == [1, 1, 1]


async def test_reuse_keeps_the_state(rig):
    """One isolate serves one invocation after the other."""
    async with rig.deployed(COUNT, reuse=True) as function:
        assert [await count(rig, function) for _ in range(3)] == [1, 2, 3]


async def test_a_reused_isolate_outlives_an_exception(rig):
    """As in any server that handles one request after the other."""
    async with rig.deployed(COUNT, reuse=True) as function:
        assert await count(rig, function) == 1
        assert await count(rig, function, "/fail") is Outcome.EXCEPTION
        assert await count(rig, function) == 3


@pytest.mark.slow
async def test_a_reused_isolate_is_given_up_when_it_had_to_be_stopped(rig):
    """What state a stopped invocation left is nobody's guess."""
    limits = msgspec.structs.replace(QUICK, timeout=0.4)
    async with rig.deployed(COUNT, reuse=True, limits=limits) as function:
        assert await count(rig, function) == 1
        assert await count(rig, function, "/loop") is Outcome.TIMEOUT
        assert await count(rig, function) == 1


async def test_a_reused_isolate_is_replaced_in_time(rig, monkeypatch):
    """What leaks does not grow for ever."""
    monkeypatch.setattr(host_module, "MAX_USES", 2)
    async with rig.deployed(COUNT, reuse=True) as function:
        assert [await count(rig, function) for _ in range(5)] == [1, 2, 1, 2, 1]


async def test_a_reused_isolate_is_of_one_function(rig):
    """Functions of one package share what was compiled, and never an isolate that one of them has used."""
    first = rig.deployed(COUNT, name="first", reuse=True, secrets={"TOKEN": "of the first"})
    second = rig.deployed(COUNT, name="second", reuse=True, secrets={"TOKEN": "of the second"})
    third = rig.deployed(COUNT, name="third", reuse=False, secrets={"TOKEN": "of the third"})
    async with first as one, second as two, third as three:
        assert await count(rig, one, "/one") == 1
        assert await count(rig, two, "/two") == 1
        assert await count(rig, three, "/three") == 1
        assert await count(rig, one, "/one") == 2


async def test_invocations_of_a_reused_function_share_an_isolate_at_one_time(rig):
    """One that waits does not keep others from its isolate; without `reuse` each has its own."""
    async with rig.deployed(COUNT, reuse=True) as function:
        slow = FakeExchange()
        slow.pause()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(rig.invoke, function, slow)
            await slow.begun.wait()
            assert await count(rig, function) == 2
            slow.ready.set()
        assert json.loads(slow.body)[0] == 1


async def test_a_retired_function_leaves_no_isolates(rig):
    """Its generation has ended."""
    async with rig.deployed(COUNT, reuse=True) as function:
        await count(rig, function)
    await until_idle(rig)
    await wait_all_tasks_blocked()
    assert rig.pool.statistics().total == 0


class Prompt:
    """Answers `kv.get` at once unless the key is "later"; counts what it could not."""

    def __init__(self):
        self.waited = []

    @property
    def operations(self):
        return {"kv.get": self._get, "kv.set": self._set}

    @property
    def prompt(self):
        return {"kv.get": self._now}

    async def aclose(self):
        pass

    def _now(self, args, _):
        key = json.loads(bytes(args))["key"]
        if key == "bad":
            raise HostCallError("no such key can be", js_class="RangeError", js_code="ERR_BAD")
        return None if key == "later" else Answer({"kind": "text", "text": f"now {key}", "versionstamp": "0"})

    async def _get(self, args, _):
        await trio.sleep(0.01)
        self.waited.append(json.loads(bytes(args))["key"])
        return Answer({"kind": "text", "text": f"waited {self.waited[-1]}", "versionstamp": "0"})

    async def _set(self, args, _):
        self.waited.append(json.loads(bytes(args))["key"])
        await trio.sleep(0.01)
        return Answer()


async def test_what_a_service_has_at_hand_is_answered_at_once(rig, call):
    """Alone; what was asked while something else is under way has its place behind that."""
    service = Prompt()
    rig.services = (service,)
    source = """module.exports = async (req, res) => {
        const seen = [await kv.get('a'), await kv.get('later')];
        try { await kv.get('bad'); } catch (error) { seen.push(error.name + error.code); }
        seen.push(...await Promise.all([kv.set('x', 1), kv.get('b'), kv.get('c')]));
        for (let i = 0; i < 50; i++) seen.push(await kv.get(`k${i}`));
        res.json(seen);
    }"""
    receipt, exchange = await call(source)
    seen = json.loads(exchange.body)
    assert seen[:3] == ["now a", "waited later", "RangeErrorERR_BAD"]
    assert seen[3:6] == [None, "waited b", "waited c"]
    assert seen[6:] == [f"now k{number}" for number in range(50)]
    assert sorted(service.waited) == ["b", "c", "later", "x"]
    assert (receipt.outcome, receipt.calls) == (Outcome.OK, 56)
