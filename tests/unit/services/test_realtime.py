"""RealtimeNamespaces without a network: packets of Socket.IO, rooms, and what host calls do."""

from __future__ import annotations

import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import HostCallError
from edge.services.realtime.hub import Hub
from edge.services.realtime.packet import MAX_NAMESPACE, Kind, Packet, PacketError, decode, split_event
from edge.services.realtime.rooms import MAX_ROOMS, Rooms
from edge.services.realtime.service import MAX_DATA, RealtimeService

NAMES = st.sampled_from(["a", "b", "c", "d"])


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", Packet(Kind.CONNECT)),
        ('0/admin,{"token":"123"}', Packet(Kind.CONNECT, "/admin", '{"token":"123"}')),
        ("0/admin", Packet(Kind.CONNECT, "/admin")),
        ("0/admin?x=1,", Packet(Kind.CONNECT, "/admin")),
        ("1/admin,", Packet(Kind.DISCONNECT, "/admin")),
        ('2["foo"]', Packet(Kind.EVENT, "/", '["foo"]')),
        ('2/admin,12["bar",{"a":"/,"}]', Packet(Kind.EVENT, "/admin", '["bar",{"a":"/,"}]', 12)),
        ('3/admin,13["ok"]', Packet(Kind.ACK, "/admin", '["ok"]', 13)),
        (
            '51-["baz",{"_placeholder":true,"num":0}]',
            Packet(Kind.BINARY_EVENT, "/", '["baz",{"_placeholder":true,"num":0}]', None, 1),
        ),
        ("61-15[1]", Packet(Kind.BINARY_ACK, "/", "[1]", 15, 1)),
    ],
)
def test_packets_of_clients(text, packet):
    """The examples of the protocol, and the ways in which clients shorten them."""
    assert decode(text) == packet
    if "?" not in text and text != "0/admin":
        assert packet.encode() == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "7", "2", "2{}", "2[]", "2[{}]", "2[", "5[]", "3[]", "4{}", "0[]"),
        *('50-["x"]', '5101-["x"]', '21-["x"]', '1{"a":1}', "1{}", "0null", '2["x",]', '2["x"] 1', "2[1.5]", "2[true]"),
        *('2["$connect"]', '2["$disconnect","transport close"]', '2[ "\\u0024connect"]', '51-["$connect"]'),
        *(f"2[{'1' * 5000}]", f"0/{'n' * MAX_NAMESPACE},", f'2["x",{"[" * 100_000}{"]" * 100_000}]'),
    ],
)
def test_text_that_is_no_packet(text):
    """It is refused, whatever it is."""
    with pytest.raises(PacketError):
        decode(text)


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ('["a"]', ("a", "[]")),
        (' [ "a" , 1 , [2,"b"] ] ', ("a", '[ 1 , [2,"b"] ] ')),
        ("[-7,{}]", ("-7", "[{}]")),
        (r'["\"],\"[\u00e9"]', ('"],"[é', "[]")),
    ],
)
def test_the_name_of_an_event_is_split_from_its_arguments(payload, event):
    """Whatever they hold, and without making values of them."""
    assert split_event(payload) == event


def test_a_large_event_costs_the_gateway_little_memory():
    """Values would take some thirty times the text."""
    text = '2["x",[' + ",".join(["[]"] * 200_000) + "]]"
    tracemalloc.start()
    try:
        split_event(decode(text).payload)
        assert tracemalloc.get_traced_memory()[1] < 8 * len(text)
    finally:
        tracemalloc.stop()


@given(st.text(max_size=60))
def test_no_text_does_more_than_to_be_refused(text):
    """Packets of strangers raise one error only."""
    try:
        packet = decode(text)
    except PacketError:
        return
    assert decode(packet.encode()) == packet


@given(
    st.lists(st.tuples(st.sampled_from(["enter", "depart", "join", "leave"]), NAMES, NAMES), max_size=40),
    st.lists(NAMES, max_size=3),
    st.lists(NAMES, max_size=2),
)
def test_rooms_are_what_a_plain_set_of_pairs_is(steps, wanted, without):
    """Whatever was joined and left: a selection is the sockets in one of these rooms and in none of those."""
    rooms, pairs, present = Rooms(), set(), set()
    for step, socket, room in steps:
        if step == "enter" and socket not in present:
            rooms.enter(socket)
            present.add(socket)
            pairs.add((socket, socket))
        elif step == "depart":
            rooms.depart(socket)
            present.discard(socket)
            pairs = {pair for pair in pairs if pair[0] != socket}
        elif step == "join":
            assert rooms.join(socket, room) == (socket in present)
            pairs |= {(socket, room)} if socket in present else set()
        elif step == "leave":
            rooms.leave(socket, room)
            pairs.discard((socket, room))
    assert len(rooms) == len(present)
    chosen = {s for s in present if not wanted or any((s, room) in pairs for room in wanted)}
    assert set(rooms.select(wanted, without)) == {s for s in chosen if not any((s, room) in pairs for room in without)}
    for socket in present:
        assert set(rooms.of(socket)) == {room for s, room in pairs if s == socket}


class _Client:
    """Written down what a socket is told."""

    namespace = "/chat"

    def __init__(self):
        self.got = []

    def deliver(self, text, attachments):
        self.got.append((text, *attachments))

    def dismiss(self):
        self.got.append("dismissed")

    def acknowledge(self, payload, attachments):
        self.got.append(("ack", payload, *attachments))

    def keep(self, data):
        self.got.append(("keep", data))


async def _do(service, *calls, data=None):
    args = msgspec.Raw(msgspec.json.encode({"calls": calls}))
    answer = await service.operations["realtime.do"](args, data)
    return answer.value


def _entered():
    hub, clients = Hub(), {name: _Client() for name in "abc"}
    for name, client in clients.items():
        hub.arrive(name, client)
        hub.enter(("f", ""), name)
    return hub, clients


async def test_calls_are_done_in_order_and_each_has_its_result():
    """One that fails holds up none of those behind it."""
    hub, clients = _entered()
    emit = {"payload": '["x"]', "rooms": ["r"], "without": ["b"]}
    result = await _do(
        RealtimeService(hub, "f", "a"),
        *(("join", {"room": "r"}), ("emit", emit), ("keep", {"data": "x" * (MAX_DATA + 1)})),
        *(("keep", {"data": "[]"}), ("keep", {"data": '{"a":1}'}), ("leave", {"room": "r"}), ("emit", emit)),
        *(("disconnect", {}), ("ack", {"payload": "[1]"})),
    )
    assert [failure is None for failure in result] == [True, True, False, False, True, True, True, True, True]
    assert clients["a"].got == [('2/chat,["x"]',), ("keep", '{"a":1}'), "dismissed", ("ack", "[1]")]
    assert clients["b"].got == clients["c"].got == []


async def test_bytes_beside_the_calls_are_dealt_out_in_order():
    """What does not add up is refused."""
    hub, clients = _entered()
    service = RealtimeService(hub, "f", "a")
    emits = [("emit", {"payload": '["x",{}]', "sizes": sizes, "rooms": ["c"]}) for sizes in ([2], [1, 1])]
    assert await _do(service, *emits, data=b"abcd") == [None, None]
    assert clients["c"].got == [('51-/chat,["x",{}]', b"ab"), ('52-/chat,["x",{}]', b"c", b"d")]
    assert (await _do(service, *emits, data=b"abc"))[1] is not None


async def test_functions_reach_their_own_sockets_only():
    """Others are of another group, and a request without a socket has none."""
    hub, clients = _entered()
    stranger = RealtimeService(hub, "g", "")
    assert await _do(stranger, ("emit", {"payload": '["x"]'})) == [None]
    assert (await _do(stranger, ("join", {"room": "r"})))[0] is not None
    assert all(client.got == [] for client in clients.values())
    with pytest.raises(HostCallError):
        await _do(stranger, ("enter", {}))


async def test_one_socket_is_not_in_rooms_without_number():
    """Each costs the gateway memory."""
    hub, _ = _entered()
    service = RealtimeService(hub, "f", "a")
    result = await _do(service, *(("join", {"room": str(number)}) for number in range(MAX_ROOMS + 10)))
    assert 0 < sum(failure is not None for failure in result) <= 10
