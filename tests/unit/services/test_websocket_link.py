"""A WebSocket on a stream in memory, by the clock: heartbeat, idleness, age, closing handshakes, back-pressure."""

from __future__ import annotations

import struct
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from edge.services.websocket.budget import Budget
from edge.services.websocket.endpoint import Binary, Closed, Endpoint, Pinged, Ponged, Text
from edge.services.websocket.limits import SocketLimits
from edge.services.websocket.link import Link
from tests.support.socket_peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame


class Wire:
    """The stream, and its other end: `give` is what the peer sends, `sent` what it was sent."""

    def __init__(self):
        self.send_channel, self.receive_channel = trio.open_memory_channel(float("inf"))
        self.sent = b""
        self.closed = False
        self.stuck = trio.Event()
        self.stuck.set()
        self.taken = 0

    def give(self, data):
        self.send_channel.send_nowait(data)

    def end(self):
        self.send_channel.close()

    async def receive(self):
        try:
            data = await self.receive_channel.receive()
        except trio.EndOfChannel:
            return b""
        self.taken += len(data)
        return data

    async def send(self, data):
        await self.stuck.wait()
        if self.closed:
            raise trio.BrokenResourceError
        self.sent += data

    async def aclose(self):
        self.closed = True


@asynccontextmanager
async def linked(budget=None, **limits):
    """A link of a server, and the wire that its client has."""
    wire = Wire()
    settings = SocketLimits(**{"heartbeat": 30.0, "idle": 100.0, "life": 1000.0, "message": 1000, **limits})
    async with trio.open_nursery() as nursery:
        link = Link(wire, Endpoint(client=False, limit=settings.message), settings, client=False, budget=budget)
        nursery.start_soon(link.run)
        yield link, wire
        nursery.cancel_scope.cancel()


def closing(code):
    return frame(CLOSE, struct.pack("!H", code), masked=False)


async def test_silence_is_broken_by_a_ping_and_ends_without_an_answer(autojump_clock):
    """Half a minute of silence, and as long for an answer; any byte of the peer is one."""
    async with linked() as (link, wire):
        began = trio.current_time()
        with trio.move_on_after(31):
            await link.wait_closed()
        assert wire.sent == frame(PING, masked=False)
        wire.give(frame(PONG))
        assert await link.read() == [Ponged(b"")]
        await link.wait_closed()
        assert await link.read() == [link.ended]
        assert (link.ended.code, link.ended.clean, wire.closed) == (1006, False, True)
        assert trio.current_time() - began == pytest.approx(31 + 60, abs=1)
        assert await link.read() == []


async def test_pings_of_the_peer_are_answered_and_do_not_count_as_messages(autojump_clock):
    """An idle socket ends with 1001, however lively its heartbeat is."""
    async with linked(idle=50.0, closing=30.0) as (link, wire):
        for _ in range(6):
            wire.give(frame(PING, b"x"))
            with trio.move_on_after(10):
                await link.wait_closed()
        assert wire.sent.count(frame(PONG, b"x", masked=False)) == 5
        assert closing(1001)[2:] in wire.sent
        wire.give(frame(CLOSE, struct.pack("!H", 1001)))
        await link.wait_closed()
        assert link.said == 1001
        assert link.ended == Closed(1001, "", clean=True)


async def test_an_old_socket_ends_while_it_is_in_use(autojump_clock):
    """In any case, after `life`; a peer that says nothing to that has a few seconds."""
    async with linked(life=95.0, closing=5.0) as (link, wire):
        for _ in range(10):
            with trio.move_on_after(10):
                wire.give(frame(TEXT, b"still here"))
                await link.read()
                await trio.sleep_forever()
        await link.wait_closed()
        assert trio.current_time() <= 101
        assert (link.said, link.ended.clean) == (1001, False)


async def test_a_peer_that_never_pauses_ends_in_time_too(autojump_clock):
    """Also when a read never has to wait."""
    async with linked(life=10.0, closing=5.0, queue=10**9, queued=10**9) as (link, wire):

        async def receive():
            autojump_clock.jump(0.1)
            return frame(PING)

        wire.receive = receive
        await link.wait_closed()
        assert trio.current_time() <= 16
        assert link.said == 1001


async def test_who_does_not_read_holds_the_peer_back(autojump_clock):
    """What arrives is bounded, in bytes and in messages; the heartbeat waits; then all of it comes, in order."""
    async with linked(queue=2000, queued=10, idle=0.0, life=0.0) as (link, wire):
        for number in range(100):
            wire.give(frame(BINARY, b"%03d" % number))
        await trio.sleep(500)
        assert link.ended is None
        assert wire.taken < 15 * 9
        got = []
        while len(got) < 100:
            got += await link.read()
        assert got == [Binary(b"%03d" % number) for number in range(100)]


async def test_a_close_of_ours_is_answered_in_time_or_not(autojump_clock):
    """With the peer's code when it answers; 1006 when it does not."""
    async with linked() as (link, wire):
        await link.send([Text("a"), Pinged(b"b")])
        await link.close(4000, "bye")
        assert not await link.send([Text("late")])
        assert wire.sent == frame(TEXT, b"a", masked=False) + frame(PING, b"b", masked=False) + frame(
            CLOSE, struct.pack("!H", 4000) + b"bye", masked=False
        )
        wire.give(frame(TEXT, b"on its way") + frame(CLOSE, struct.pack("!H", 4000)))
        assert await link.read() == [Text("on its way")]
        assert await link.read() == [Closed(4000, "", clean=True)]
    async with linked(closing=5.0) as (link, wire):
        began = trio.current_time()
        await link.close()
        await link.wait_closed()
        assert trio.current_time() - began == pytest.approx(5, abs=0.1)
        assert link.ended == Closed(1006, "", clean=False)


async def test_a_peer_that_vanishes(autojump_clock):
    """Its last words are read before its end."""
    async with linked() as (link, wire):
        wire.give(frame(TEXT, b"last words"))
        wire.end()
        await link.wait_closed()
        assert await link.read() == [Text("last words")]
        assert await link.read() == [Closed(1006, "", clean=False)]
        assert not await link.send([Text("x")])


async def test_sending_waits_for_a_slow_peer(autojump_clock):
    """Until the bytes are on their way; nothing is reordered."""
    async with linked() as (link, wire), trio.open_nursery() as nursery:
        wire.stuck = trio.Event()
        sent = []

        async def send(text):
            sent.append(await link.send([Text(text)]))

        nursery.start_soon(send, "one")
        await trio.testing.wait_all_tasks_blocked()
        assert sent == []
        wire.stuck.set()
        await trio.testing.wait_all_tasks_blocked()
        assert sent == [True]
        assert (link.tally.messages_out, link.tally.bytes_out) == (1, 3)


async def test_what_arrives_at_once_is_held_within_the_bound(autojump_clock):
    """Messages that a few compressed bytes unfold to wait unread as well, all but one."""
    async with linked(queue=1500) as (link, wire):
        wire.give(frame(BINARY, b"x" * 1000) * 10)
        sizes = []
        while sum(sizes) < 10_000:
            await trio.testing.wait_all_tasks_blocked()
            sizes.append(sum(len(message.data) for message in await link.read()))
        assert max(sizes) == 2000


async def test_the_socket_that_holds_most_ends_when_all_hold_too_much(autojump_clock):
    """Half a message is held as one that was not read; whoever is read holds nothing."""
    budget = Budget(2000)
    async with linked(budget) as (hog, hogs), linked(budget) as (link, wire):
        hogs.give(frame(BINARY, b"x" * 900, fin=False))
        for _ in range(5):
            wire.give(frame(BINARY, b"x" * 800))
            assert await link.read() == [Binary(b"x" * 800)]
        wire.give(frame(BINARY, b"x" * 500, fin=False))
        async with linked(budget) as (third, wires):
            wires.give(frame(BINARY, b"x" * 700))
            await hog.wait_closed()
            assert hog.ended == Closed(1006, "", clean=False)
            assert await third.read() == [Binary(b"x" * 700)]
        wire.give(frame(CONTINUATION, b"y"))
        assert await link.read() == [Binary(b"x" * 500 + b"y")]


async def test_a_socket_alone_may_hold_what_a_message_may_have(autojump_clock):
    """Whatever the operator has allowed."""
    async with linked(Budget(100)) as (link, wire):
        wire.give(frame(BINARY, b"x" * 1000))
        assert await link.read() == [Binary(b"x" * 1000)]
