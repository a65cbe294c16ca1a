"""What a receipt says of an invocation: its waits, its host calls, its isolate, what it used of each limit."""

from __future__ import annotations

import msgspec
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.engine import call_ledger
from edge.engine.call_about import about
from edge.engine.call_ledger import CallLedger
from edge.errors import HostCallError
from edge.function import Limits
from edge.invocation import HostCall, Outcome
from edge.services.api import Answer
from edge.units import MIB
from edge.wire.messages import Call
from tests.support.embedded_rig import FakeExchange, get, open_rig


class Store:
    """Grants `kv.get`, which is answered after a while or never, and `kv.set`, which is refused."""

    operations = property(lambda self: {"kv.get": self._get, "kv.set": self._set})

    async def aclose(self):
        pass

    async def _get(self, args, _):
        key = msgspec.json.decode(args)["key"]
        if key == "never":
            await trio.sleep_forever()
        await trio.sleep(0.02)
        return Answer({"entries": [{"value": None, "version": None}]})

    async def _set(self, args, data):
        raise HostCallError("too much", js_class="RangeError", js_code="E_MUCH")


@pytest.fixture
async def rig(tmp_path):
    async with open_rig(tmp_path) as rig:
        rig.services = (Store(),)
        yield rig


async def test_a_receipt_lists_host_calls_with_what_they_took_and_how_they_ended(rig):
    """In the order in which they ended; a call that was under way at the end is there, too."""
    source = """module.exports = async (req, res) => {
        kv.get('never');
        await kv.get('a');
        await kv.set('b', 1).catch(() => {});
        res.send('done');
    }"""
    async with rig.deployed(source, limits=Limits(memory=64 * MIB, timeout=1, cpu=1, wait_until=0.05)) as function:
        receipt = await rig.invoke(function, FakeExchange())
    calls = [(call.op, call.about, call.error) for call in receipt.host_calls]
    assert calls == [("kv.get", "", ""), ("kv.set", "", "E_MUCH"), ("kv.get", "", "unfinished")]
    first, second, last = receipt.host_calls
    assert 0.02 <= first.took < 1
    assert 0 <= last.at <= first.at < second.at
    assert last.took > first.took
    assert receipt.more_calls == ()


async def test_a_receipt_says_what_was_used_of_what_was_there(rig):
    """Bytes both ways, lines, memory with buffers outside the heap, and the limits that held."""
    source = """let held; module.exports = (req, res) => {
        held = Buffer.alloc(9 << 20, 1);
        for (let i = 0; i < 3; i++) console.log(i);
        res.write('abc'); res.end('de');
    }"""
    limits = Limits(memory=64 * MIB, timeout=10, cpu=5)
    async with rig.deployed(source, limits=limits) as function:
        request = msgspec.structs.replace(get(), method="POST", body=b"four")
        receipt = await rig.invoke(function, FakeExchange(), request)
    assert (receipt.bytes_in, receipt.bytes_out, receipt.log_lines, receipt.log_dropped) == (4, 5, 3, 0)
    assert 9 * MIB < receipt.memory < 64 * MIB
    assert (receipt.limits, receipt.function, receipt.version) == (limits, "f", "v1")
    assert (receipt.id, receipt.caller, receipt.isolate_uses) == ("rid", "", 1)
    assert receipt.isolate_age >= 0
    assert receipt.at > 1e9


async def test_an_isolate_that_serves_again_says_how_often(rig):
    """With `reuse` the third invocation finds an isolate that has served two."""
    async with rig.deployed("module.exports = (req, res) => res.end()", reuse=True) as function:
        receipts = [await rig.invoke(function, FakeExchange()) for _ in range(3)]
    assert [receipt.isolate_uses for receipt in receipts] == [1, 2, 3]
    ages = [receipt.isolate_age for receipt in receipts]
    assert ages == sorted(ages)


async def test_waiting_for_a_place_is_told_apart_from_waiting_for_an_isolate(rig):
    """The second of two that may not run at once has queued as long as the first one ran."""
    source = "module.exports = (req, res) => setTimeout(() => res.end(), 100)"
    limits = Limits(memory=64 * MIB, timeout=10, cpu=5, concurrency=1)
    async with rig.deployed(source, limits=limits) as function:
        receipts = []

        async def one():
            receipts.append(await rig.invoke(function, FakeExchange()))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(one)
            nursery.start_soon(one)
    first, second = receipts
    assert first.queued < second.queued
    assert second.queued >= 0.09
    assert second.start < 10


async def test_who_finds_no_place_gets_a_receipt_that_says_so(rig):
    """It has no isolate, no limits that it used, but a name and a time."""
    limits, first = Limits(memory=64 * MIB, timeout=10, cpu=5, concurrency=1, max_queue=0), FakeExchange()
    async with (
        rig.deployed("module.exports = () => new Promise(r => setTimeout(r, 9e3))", limits=limits) as function,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(rig.invoke, function, first)
        await wait_all_tasks_blocked()
        receipt = await rig.invoke(function, FakeExchange(), rid="r-1")
        nursery.cancel_scope.cancel()
    assert (receipt.outcome, receipt.id, receipt.function) == (Outcome.OVERLOADED, "r-1", "f")
    assert (receipt.limits, receipt.isolate_uses, receipt.wall, receipt.start) == (None, 0, 0.0, 0.0)


async def test_memory_that_was_used_up_is_told_as_at_least_the_limit(rig):
    """Whatever was seen last before."""
    source = "module.exports = () => { const a = []; for (;;) a.push({ a: a.length }) }"
    async with rig.deployed(source, limits=Limits(memory=32 * MIB, timeout=10, cpu=5)) as function:
        receipt = await rig.invoke(function, FakeExchange())
    assert receipt.outcome is Outcome.MEMORY
    assert receipt.memory >= 32 * MIB


# -- the ledger


def test_a_ledger_keeps_the_first_calls_and_sums_of_all_others():
    """Ten thousand calls with names of the function's choice are a bounded list and a bounded number of sums."""
    ledger = CallLedger(10.0)
    for number in range(10_000):
        ledger.begin(Call(1, number, f"op{number % 100}", data=b"xy"), 11.0)
        ledger.end(number, 12.5, Answer(data=b"z") if number % 2 else None, "" if number % 2 else "Error")
    listed, sums = ledger.close(20.0)
    assert len(listed) == call_ledger.LISTED
    assert listed[1] == HostCall("op1", 1.0, 1.5)
    assert len(sums) == call_ledger.OPERATIONS
    assert sum(one.count for one in sums) + len(listed) == 10_000
    assert sum(one.failed for one in sums) + sum(call.error != "" for call in listed) == 5000
    assert sums[-1].op == "other"
    assert sums[0].took == pytest.approx(1.5 * sums[0].count)
    assert (ledger.sent, ledger.received) == (20_000, 5000)


def test_names_of_calls_are_cut():
    """They are the function's choice."""
    ledger = CallLedger(0.0)
    ledger.begin(Call(1, 1, "x" * 100_000), 0.0)
    ledger.begin(Call(1, 2, "dns.lookup", msgspec.Raw(b'{"name":"' + b"y" * 100_000 + b'"}')), 0.0)
    long, other = ledger.close(1.0)[0]
    assert (len(long.op), len(other.about)) == (call_ledger.MAX_NAME, call_ledger.MAX_ABOUT)


@pytest.mark.parametrize(
    ("op", "args", "words"),
    [
        (
            "fetch.start",
            {"method": "POST", "url": "https://u:pass@a.test:8443/x/y?token=t#f"},
            "POST https://a.test:8443/x/y",
        ),
        ("fetch.start", {"method": "GET", "url": "data:text/plain,secret"}, "GET data"),
        ("fetch.start", {"method": "GET", "url": "https://[bad"}, ""),
        ("fetch.start", {"url": 5}, ""),
        ("websocket.open", {"url": "wss://a.test/s?key=k"}, "wss://a.test/s"),
        ("socket.connect", {"host": "db.test", "port": 5432}, "db.test:5432"),
        ("service.start", {"binding": "API", "method": "GET", "url": "https://x/p?q"}, "API: GET /p"),
        ("dns.query", {"name": "a.test", "type": "MX"}, "a.test"),
        ("kv.get", {"key": "alice@example.com"}, ""),
        ("fetch.start", None, ""),
    ],
)
def test_a_call_says_whom_it_asks_and_nothing_that_may_be_secret(op, args, words):
    """Neither passwords nor queries, nor keys; whatever the function has sent."""
    assert about(op, msgspec.Raw(msgspec.json.encode(args))) == words


# -- what must not be in it


async def test_an_error_does_not_give_away_what_the_client_has_shown(rig):
    """It goes to logs, journal and collector as lines of the function do, in which credentials are masked."""
    source = """module.exports = async (req) => {
        throw new Error(`no: ${req.headers.authorization} ${req.headers.cookie}`);
    }"""
    shown = [("authorization", "Bearer abc.def.ghi"), ("cookie", "sid=0123456789abc")]
    async with rig.deployed(source) as function:
        receipt = await rig.invoke(function, FakeExchange(), get(headers=shown))
    said = f"{receipt.error} {receipt.error.stack}"
    assert "no: " in said
    assert "abc.def.ghi" not in said
    assert "0123456789abc" not in said


def test_whom_a_call_asks_is_told_without_secrets():
    """Some have them in the path: https://core.telegram.org/bots/api#making-requests ."""
    ledger = CallLedger(0.0, ["123456:telegram-key"])
    url = f"https://api.test/bot123456:telegram-key/{'x' * 300}"
    ledger.begin(Call(1, 1, "fetch.start", msgspec.Raw(msgspec.json.encode({"method": "GET", "url": url}))), 0.0)
    assert ledger.close(1.0)[0][0].about.startswith("GET https://api.test/bot[redacted]/xxx")
