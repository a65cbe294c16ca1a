"""What isolates of a cell ask of the gateway in the middle of a turn, at whose cost."""

from __future__ import annotations

import threading

import msgspec
import pytest
import trio

from edge.engine.asks import CALL_NOW
from edge.services.api import Answer
from edge.supervisor.asks import THREADED, Asks
from edge.supervisor.lockstep import Lockstep
from edge.wire.cell import Ask, Assigned, Ready


class Desk:
    """Asks of one running isolate: what was asked and on which thread, and the values that were answered."""

    def __init__(self, nursery):
        self.asked = []
        self.answers = []
        self.answered = trio.Event()
        self._lockstep = Lockstep()
        self._lockstep.take(Ready([]))
        self._lockstep.assign()
        self._lockstep.take(Assigned())
        self._lockstep.run(1)
        ops = {"package.read": self._read}
        self._asks = Asks(ops, self._lockstep, self._send, nursery, lambda _: self._call)

    def ask(self, op, args, data=b""):
        """As a cell does."""
        ask = Ask(1, b'{"op":"%b","args":%b}' % (op.encode(), msgspec.json.encode(args)), data)
        self._lockstep.take(ask)
        self._asks.take(ask)

    def values(self):
        return [msgspec.json.decode(answer.head)["value"] for answer in self.answers]

    def _send(self, answer):
        self.answers.append(answer)
        self.answered.set()

    def _call(self, args, data):
        self.asked.append((len(args), threading.current_thread()))
        return Answer([1])

    def _read(self, args, data):
        self.asked.append((len(args), threading.current_thread()))
        return Answer("read")


@pytest.fixture
async def desk():
    async with trio.open_nursery() as nursery:
        yield Desk(nursery)
        nursery.cancel_scope.cancel()


async def test_a_host_call_is_answered_by_its_invocation(desk):
    desk.ask(CALL_NOW, {"id": 1, "op": "kv.get", "args": {"key": "k"}})
    assert desk.values() == [[1]]


async def test_a_host_call_of_many_bytes_is_none_for_the_middle_of_a_turn(desk):
    """Only a cell that was taken over says so much in one; to read it would take the thread of all requests."""
    desk.ask(CALL_NOW, {"id": 1, "op": "kv.get", "args": {"key": "k" * THREADED}})
    desk.ask(CALL_NOW, {"id": 1, "op": "kv.get", "args": {}}, b"x" * THREADED)
    assert (desk.values(), desk.asked) == ([False, False], [])


@pytest.mark.parametrize(("args", "data"), [("x" * THREADED, b""), ("", b"x" * (THREADED + 1))])
async def test_what_is_large_is_read_in_a_thread(desk, args, data):
    """Arguments as well as bytes."""
    desk.ask("package.read", args, data)
    with trio.fail_after(10):
        await desk.answered.wait()
    assert desk.values() == ["read"]
    assert desk.asked[0][1] is not threading.current_thread()
