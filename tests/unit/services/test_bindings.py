"""Calls from function to function as the host sees them: what may be named, how much may be on its way, how it ends."""

from __future__ import annotations

import msgspec
import pytest
import trio

from edge.errors import BadResponseError, FunctionError, HostCallError, NotFoundError, OverloadedError
from edge.function import Function
from edge.invocation import Outcome, Receipt
from edge.services.bindings.exchange import HIGH_WATER, MemoryExchange
from edge.services.bindings.service import MAX_OPEN, PIECE, BindingService

CALLEE = Function("2", "callee", "sha256:00")


class FakeCaller:
    """An invocation that calls; `callee` is what the other function does with its exchange."""

    def __init__(self, nursery, callee):
        self.function = Function("1", "caller", "sha256:00", services={"API": "callee", "GONE": "gone"})
        self.request_id = "rid"
        self.ip = "1.2.3.4"
        self.trace = None
        self.requests = []
        self.calls = 0
        self._nursery = nursery
        self._callee = callee

    def count(self):
        self.calls += 1
        if self.calls > 500:
            raise OverloadedError("too many")

    def spawn(self, task):
        self._nursery.start_soon(task)

    async def invoke(self, function, request, exchange):
        self.requests.append((function.name, request))
        try:
            await self._callee(request, exchange)
        except FunctionError as error:
            return Receipt(Outcome.EXCEPTION, error)
        except trio.BrokenResourceError:
            return Receipt(Outcome.CANCELED)
        return Receipt(Outcome.OK)


def find(name):
    if name != "callee":
        raise NotFoundError(f"there is no function {name!r}")
    return CALLEE


class Calls:
    """The host calls of one invocation."""

    def __init__(self, nursery, callee, ended=None):
        self.caller = FakeCaller(nursery, callee)
        self.ended = []
        self.service = BindingService(self.caller, find, self.ended.append)

    async def __call__(self, op, data=None, **args):
        raw = msgspec.Raw(msgspec.json.encode({"call": 1, **args}))
        with trio.fail_after(5):
            return await self.service.operations[f"service.{op}"](raw, data)

    async def start(self, data=None, **args):
        return await self("start", data, **{"binding": "API", "url": "https://api.test/path?q=1", **args})


@pytest.fixture
def calls(nursery):
    """Makes them; the callee is given."""
    return lambda callee: Calls(nursery, callee)


async def echo(request, exchange):
    await exchange.head(200, [("x-method", request.method)])
    while data := await exchange.read():
        await exchange.write(data)
    await exchange.end()


async def hello(_request, exchange):
    await exchange.head(200, [("content-type", "text/plain")], b"hello", end=True)


async def test_a_small_answer_comes_with_its_head(calls):
    """And is over: nothing is left to read."""
    api = calls(hello)
    answer = await api.start()
    assert answer.value == {
        "status": 200,
        "headers": [("content-type", "text/plain"), ("content-length", "5")],
        "stream": False,
    }
    assert answer.data == b"hello"
    with pytest.raises(HostCallError, match="not open"):
        await api("read")


async def test_the_callee_sees_a_request_of_its_own(calls):
    """What concerns connections is not handed on, and the length is what the body has."""
    api = calls(hello)
    headers = [
        ("Host", "evil"),
        ("content-length", "99"),
        ("transfer-encoding", "chunked"),
        ("X-Mine", "1"),
        ("te", "x"),
    ]
    await api.start(b"abc", method="POST", headers=headers)
    [(name, request)] = api.caller.requests
    assert (name, request.method, request.path, request.query) == ("callee", "POST", "/path", "q=1")
    assert request.headers == [("host", "api.test"), ("x-mine", "1"), ("content-length", "3")]
    assert (request.body, request.more, request.ip) == (b"abc", False, "1.2.3.4")


@pytest.mark.parametrize(
    ("args", "data"),
    [
        ({"binding": "callee"}, None),
        ({"binding": "KV"}, None),
        ({"binding": ""}, None),
        ({"url": "/relative"}, None),
        ({"url": "ws://host/"}, None),
        ({"url": "data:,x"}, None),
        ({"url": 5}, None),
        ({"call": "1"}, None),
        ({"extra": 1}, None),
        ({}, bytes(PIECE + 1)),
    ],
)
async def test_what_cannot_be_called_is_a_type_error(calls, args, data):
    """Other functions cannot even be named."""
    api = calls(hello)
    with pytest.raises(HostCallError) as caught:
        await api.start(data, **args)
    assert caught.value.js_class == "TypeError"
    assert api.caller.requests == []


async def test_a_function_that_is_gone_says_so(calls):
    """With the code that a client would get."""
    with pytest.raises(HostCallError, match="function gone failed: there is no function 'gone'") as caught:
        await calls(hello).start(binding="GONE")
    assert caught.value.js_code == "not_found"


async def test_bodies_go_both_ways_at_once(calls):
    """Each part is answered before the next is given."""
    api = calls(echo)
    assert (await api.start(method="POST", more=True)).value is None
    assert (await api("head")).value["stream"]
    for part in (b"a", b"b"):
        assert (await api("write", part)).value is False
        assert (await api("read")).data == part
    await api("end")
    assert (await api("read")).value is True


async def test_what_is_on_its_way_is_bounded(calls, autojump_clock):
    """In both directions: who is ahead waits, one write at a time, each no larger than a piece."""

    async def deaf(_request, exchange):
        await exchange.head(200, [])
        await trio.sleep(1)
        sent = 0
        with trio.move_on_after(1):
            for _ in range(100):
                await exchange.write(bytes(65536))
                sent += 65536
        assert sent == HIGH_WATER

    api = calls(deaf)
    await api.start(method="POST", more=True)
    await api("head")
    await api("write", bytes(PIECE))
    with trio.move_on_after(0.5) as scope:
        await api("write", b"x")
    assert scope.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(api, "write", b"x")
        await trio.testing.wait_all_tasks_blocked(0.01)
        with pytest.raises(HostCallError, match="one write at a time"):
            await api("write", b"y")
        await trio.sleep(3)
        await api.service.aclose()


async def test_open_calls_are_bounded(calls):
    """Until their responses are read or given up."""
    over = trio.Event()

    async def streams(_request, exchange):
        await exchange.head(200, [])
        await over.wait()

    api = calls(streams)
    async with trio.open_nursery() as nursery:
        for number in range(MAX_OPEN):
            nursery.start_soon(lambda number=number: api.start(call=number))
    with pytest.raises(HostCallError, match="are open"):
        await api.start(call=MAX_OPEN)
    await api("cancel", call=0)
    await api.start(call=MAX_OPEN)
    with pytest.raises(HostCallError):
        await api.start(call=MAX_OPEN)  # a number is for one call
    over.set()


async def test_a_caller_that_ends_is_a_client_that_leaves(calls):
    """Once for each callee, and their writes fail."""
    left = []

    async def endless(_request, exchange):
        exchange.watch(lambda: left.append(1))
        await exchange.head(200, [])
        while True:
            await exchange.write(bytes(65536))

    api = calls(endless)
    await api.start()
    await api.service.aclose()
    await api.service.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert left == [1]
    assert [entry.receipt.outcome for entry in api.ended] == [Outcome.CANCELED]
    with pytest.raises(HostCallError):
        await api.start(call=2)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (199, [], b""),
        (200, [("bad name", "x")], b""),
        (200, [("x", "a\r\nb: c")], b""),
        (200, [("x", "\u20ac")], b""),
        (200, [("content-length", "3")], None),
        (200, [("content-length", "9")], None),
        (200, [("content-length", "x")], b""),
    ],
)
async def test_a_malformed_answer_fails_the_call_or_the_read(calls, status, headers, body):
    """A callee that was taken over gets nothing through that a client would not get."""

    async def malformed(_request, exchange):
        await exchange.head(status, headers, body or b"", end=body is not None)
        await exchange.write(b"12345")
        await exchange.end()

    api = calls(malformed)

    async def read_all():
        await api.start()
        while not (await api("read")).value:
            pass

    with pytest.raises(HostCallError) as caught:
        await read_all()
    assert caught.value.js_code == "bad_response"
    assert caught.value.message.startswith("function callee failed: ")


async def test_head_and_statuses_without_a_body_have_none():
    """As from the network: the length stays with HEAD."""
    for method, status, length in (("HEAD", 200, "5"), ("GET", 304, "5"), ("GET", 204, None)):
        exchange = MemoryExchange("callee", method)
        await exchange.head(status, [("content-length", "5")])
        await exchange.write(b"12345")
        await exchange.end()
        assert await exchange.body.take() == (b"", True)
        assert dict(exchange.headers).get("content-length") == length


async def test_a_callee_that_fails_while_its_work_goes_on_is_answered_at_once():
    """Before its head by an error, after it by a body that breaks off."""
    early, late = MemoryExchange("callee", "GET"), MemoryExchange("callee", "GET")
    await early.fail(FunctionError("broke"))
    with pytest.raises(FunctionError):
        await early.response()
    await late.head(200, [])
    await late.fail(BadResponseError("broke"))
    await late.response()
    with pytest.raises(BadResponseError):
        await late.body.take()
