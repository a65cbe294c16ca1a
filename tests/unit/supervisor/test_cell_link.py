"""The gateway's end of a cell's socket, against a socket that is played."""

from __future__ import annotations

import socket

import msgspec
import pytest
import trio

from edge.supervisor.link import MAX_BLANK_FRAME, MAX_UNSENT, Link
from edge.supervisor.lockstep import ViolationError
from edge.units import KIB, MIB
from edge.wire.cell import Answer, Assigned, Command, Ready, Result, Run
from edge.wire.frames import LENGTH, FrameReader, frame

DEADLINE = 10.0
JUNK = {
    "no msgpack": b"\xc1",
    "empty": b"",
    "no array": msgspec.msgpack.encode("ready"),
    "an unknown tag": msgspec.msgpack.encode(["grant", 1]),
    "a command": msgspec.msgpack.encode(Run(1, [])),
    "too few items": msgspec.msgpack.encode(["result", 1]),
    "too many items": msgspec.msgpack.encode(["ready", [], 1]),
    "trailing bytes": msgspec.msgpack.encode(Assigned()) + b"\x00",
    "text for bytes": msgspec.msgpack.encode(["result", 1, ["x"]]),
    "a float for a number": msgspec.msgpack.encode(["result", 1.5, []]),
    "an unknown fault": msgspec.msgpack.encode(["result", 1, [], "gone"]),
    "bad UTF-8": b"\x92\xa5ready\x91\xa2\xff\xfe",
    "deep nesting": b"\x91" * 60_000,
}


class Ends:
    """A link, what it passes on, and the other end of its socket."""

    def __init__(self):
        ours, self.other = socket.socketpair()
        self.taken = []
        self.failures = []
        self.link = Link(ours, self.taken.append, self.failures.append)

    def say(self, *reports):
        self.other.sendall(b"".join(frame(msgspec.msgpack.encode(report)) for report in reports))

    async def hear(self, count):
        """The next commands that the link sends."""
        reader, decoder, commands = FrameReader(1 << 30), msgspec.msgpack.Decoder(Command), []
        self.other.setblocking(False)
        with trio.fail_after(DEADLINE):
            while len(commands) < count:
                await trio.lowlevel.wait_readable(self.other)
                commands += [decoder.decode(part) for part in reader.feed(self.other.recv(1 << 20))]
        return commands


@pytest.fixture
def ends():
    ends = Ends()
    yield ends
    ends.link.close()
    ends.other.close()


async def test_reports_arrive_in_order_until_the_end(ends):
    """However the bytes are cut."""
    data = b"".join(frame(msgspec.msgpack.encode(Result(number, [b"x" * 50]))) for number in range(20))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ends.link.read)
        for start in range(0, len(data), 7):
            ends.other.sendall(data[start : start + 7])
            await trio.lowlevel.checkpoint()
        ends.other.close()
    assert [report.isolate for report in ends.taken] == list(range(20))
    assert ends.failures == []


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
async def test_what_is_no_report_ends_all_listening(ends, junk):
    """What comes after it is not looked at, what came before counts."""
    ends.say(Ready([]))
    ends.other.sendall(frame(junk))
    ends.say(Assigned())
    with trio.fail_after(DEADLINE):
        await ends.link.read()
    assert ends.taken == [Ready([])]
    (failure,) = ends.failures
    assert failure.startswith("said what is no report")


async def test_a_frame_over_size_is_refused_by_its_length_alone(ends):
    """Nothing of it has to arrive."""
    ends.other.sendall(LENGTH.pack(MAX_BLANK_FRAME + 1))
    with trio.fail_after(DEADLINE):
        await ends.link.read()
    (failure,) = ends.failures
    assert failure.endswith(f"{MAX_BLANK_FRAME + 1} bytes was announced, at most {MAX_BLANK_FRAME} are allowed")


async def test_the_size_allowed_can_be_raised(ends):
    """A function may leave more than a blank cell."""
    ends.link.allow(MIB)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ends.link.read)
        await trio.to_thread.run_sync(ends.say, Result(1, [bytes(MIB - 100)]))
        ends.other.close()
    assert len(ends.taken[0].texts[0]) == MIB - 100


async def test_a_long_list_is_refused_before_it_is_built(ends):
    """Of two bytes on the wire each item would take forty in memory."""
    ends.link.allow(MIB)
    ends.say(Result(1, [b"x"] * 66))
    ends.say(Result(1, [b"x"] * 67))
    with trio.fail_after(DEADLINE):
        await ends.link.read()
    assert len(ends.taken) == 1
    assert "length <= 66" in ends.failures[0]


async def test_a_violation_ends_all_listening(ends):
    """Whoever takes the reports decides what one is."""

    def refuse(report):
        raise ViolationError("said too much")

    ends.link._take = refuse
    ends.say(Ready([]), Ready([]))
    with trio.fail_after(DEADLINE):
        await ends.link.read()
    assert ends.failures == ["said too much"]


async def test_commands_leave_at_once(ends):
    """No task has to run for it."""
    ends.link.send(Run(1, [b"{}"]))
    (part,) = FrameReader(KIB).feed(ends.other.recv(KIB, socket.MSG_DONTWAIT))
    assert msgspec.msgpack.decode(part, type=Command) == Run(1, [b"{}"])


async def test_what_the_socket_does_not_take_is_sent_later_and_in_order(ends):
    """Large ones, and small ones behind them."""
    commands = [Answer(number, b"{}", bytes(size)) for number, size in enumerate([10, 3 * MIB, 5, 0, 400 * KIB, 1])]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ends.link.write)
        for command in commands:
            ends.link.send(command)
        assert await ends.hear(6) == commands
        ends.link.send(commands[1])
        ends.link.send(commands[0])
        assert await ends.hear(2) == [commands[1], commands[0]]
        nursery.cancel_scope.cancel()


async def test_a_peer_that_does_not_read_is_given_up(ends):
    """One command may be as large as it likes, but not many may wait."""
    ends.link.send(Answer(1, b"{}", bytes(MAX_UNSENT + 8 * MIB)))
    assert ends.failures == []
    ends.link.send(Answer(1, b"{}", b""))
    assert ends.failures == [f"left more than {MAX_UNSENT} bytes unread"]
    ends.link.send(Answer(1, b"{}", b""))
    assert len(ends.failures) == 1


async def test_a_peer_that_has_gone_is_met_in_silence(ends):
    """The end of its process tells more."""
    ends.link.send(Answer(1, b"{}", bytes(3 * MIB)))
    ends.other.close()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ends.link.write)
        for _ in range(3):
            ends.link.send(Run(1, []))
        with trio.fail_after(DEADLINE):
            await ends.link.read()
        nursery.cancel_scope.cancel()
    assert ends.failures == []


async def test_last_words_are_heard(ends):
    """All of them, however many buffers they fill, but no waiting."""
    ends.link.allow(MIB)
    ends.other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MIB)
    ends.say(*[Result(number, [bytes(1000)]) for number in range(100)])
    ends.other.sendall(b"\x10")  # and half a length
    ends.link.drain()
    assert len(ends.taken) == 100
    assert ends.failures == []
