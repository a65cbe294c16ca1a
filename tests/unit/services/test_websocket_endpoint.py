"""One end of a WebSocket, without a network: framing, limits and the closing handshake (RFC 6455, RFC 7692)."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.services.websocket.deflate import BoundedDeflate, accept_offer, take_answer
from edge.services.websocket.endpoint import Binary, Closed, Endpoint, Incoming, Pinged, Ponged, Text, is_sendable

KEY = b"\x01\x02\x03\x04"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, key: bytes | None = KEY) -> bytes:
    """A frame as a client sends it; without `key` as a server does."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size, mask = len(payload), 0x80 if key else 0
    if size < 126:
        head = bytes([first, mask | size])
    elif size < 65536:
        head = bytes([first, mask | 126]) + struct.pack("!H", size)
    else:
        head = bytes([first, mask | 127]) + struct.pack("!Q", size)
    if key is None:
        return head + payload
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def server(limit: int = 1000, deflate: BoundedDeflate | None = None) -> Endpoint:
    return Endpoint(client=False, limit=limit, deflate=deflate)


def take(endpoint: Endpoint, data: bytes) -> list[Incoming]:
    return list(endpoint.receive(data))


def test_messages_arrive_whole_however_they_are_cut() -> None:
    """Fragments and single bytes make one message; a ping in between is answered at once."""
    endpoint = server()
    wire = frame(1, b"he", fin=False) + frame(9, b"!") + frame(0, "llö".encode())
    found = [item for byte in wire for item in take(endpoint, bytes([byte]))]
    assert found == [Pinged(b"!"), Text("hellö")]
    assert endpoint.outgoing() == frame(10, b"!", key=None)


def test_a_message_in_many_fragments_takes_no_more_than_its_bytes() -> None:
    """Each of them is an object of fifty bytes otherwise."""
    endpoint = server(limit=1 << 20)
    wire = frame(2, b"ab", fin=False) + frame(0, b"ab", fin=False) * 20_000
    tracemalloc.start()
    try:
        assert take(endpoint, wire) == []
        del wire
        assert tracemalloc.get_traced_memory()[0] < 400_000  # with wsproto's buffer of what has arrived
    finally:
        tracemalloc.stop()
    assert take(endpoint, frame(0, b"cd")) == [Binary(b"ab" * 20_001 + b"cd")]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6), st.booleans())
def test_any_fragmentation_gives_the_same_bytes(payload: bytes, cuts: list[int], compressed: bool) -> None:
    """What is sent by one end is what the other gets, with and without compression."""
    places = sorted({0, len(payload), *(min(cut, len(payload)) for cut in cuts)})
    pieces = [payload[a:b] for a, b in pairwise(places)] or [b""]
    wire = b"".join(frame(2 if at == 0 else 0, piece, fin=at == len(pieces) - 1) for at, piece in enumerate(pieces))
    assert take(server(), wire) == [Binary(payload)]
    agreed = accept_offer("permessage-deflate; client_max_window_bits", 1000)
    assert agreed is not None
    mine, theirs = BoundedDeflate(1000), agreed[0]
    assert take_answer(agreed[1], mine)
    client = Endpoint(client=True, limit=1000, deflate=mine if compressed else None)
    other = server(deflate=theirs if compressed else None)
    assert client.send(Binary(payload))
    assert take(other, client.outgoing()) == [Binary(payload)]


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (frame(3), 1002),
        (frame(11), 1002),
        (frame(1, b"x", rsv=4), 1002),
        (frame(1, b"x", key=None), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, fin=False), 1002),
        (frame(0, b"x"), 1002),
        (frame(1, b"x", fin=False) + frame(1, b"x"), 1002),
        (frame(1, b"\xff"), 1007),
        (frame(1, b"\xed\xa0\x80"), 1007),
        (frame(1, b"\xf4\x90", fin=False), 1007),
        (frame(8, b"\x03"), 1002),
        (frame(8, struct.pack("!H", 1005)), 1002),
        (frame(8, struct.pack("!H", 999)), 1002),
        (frame(8, struct.pack("!H", 2999)), 1002),
        (frame(8, struct.pack("!H", 1000) + b"\xff"), 1007),
        (frame(2, b"x" * 1001), 1009),
        (frame(2, b"x" * 600, fin=False) + frame(0, b"x" * 600, fin=False), 1009),
        (bytes([0x82, 0xFF]) + struct.pack("!Q", 1 << 40) + KEY, 1009),
    ],
)
def test_a_peer_that_breaks_the_rules_is_told_why(wire: bytes, code: int) -> None:
    """It gets one closing frame with the code of its mistake, and nothing that it sends counts any more."""
    endpoint = server()
    assert take(endpoint, wire + frame(1, b"more")) == []
    assert endpoint.is_over
    sent = endpoint.outgoing()
    assert sent[0] == 0x88
    assert struct.unpack("!H", sent[2:4])[0] == code
    assert endpoint.end() == Closed(code, endpoint.end().reason, clean=False)


def test_a_close_is_answered_with_its_code() -> None:
    """Also one without a code, which is 1005 for whoever asks."""
    endpoint = server()
    assert take(endpoint, frame(8, struct.pack("!H", 4001) + "tschüß".encode())) == []
    assert endpoint.outgoing() == frame(8, struct.pack("!H", 4001), key=None)
    assert endpoint.end() == Closed(4001, "tschüß", clean=True)
    empty = server()
    take(empty, frame(8))
    assert empty.outgoing() == frame(8, key=None)
    assert empty.end() == Closed(1005, "", clean=True)


def test_a_close_of_ours_ends_with_the_peers() -> None:
    """Messages that were on their way still arrive; nothing more can be sent."""
    endpoint = server()
    endpoint.close(1000, "bye")
    assert endpoint.outgoing() == frame(8, struct.pack("!H", 1000) + b"bye", key=None)
    assert not endpoint.send(Text("late"))
    assert take(endpoint, frame(1, b"late") + frame(9) + frame(8, struct.pack("!H", 1000))) == [
        Text("late"),
        Pinged(b""),
    ]
    assert endpoint.outgoing() == b""
    assert endpoint.end() == Closed(1000, "", clean=True)


def test_without_a_close_it_ended_abnormally() -> None:
    """Code 1006, which is never on the wire."""
    assert server().end() == Closed(1006, "", clean=False)


def test_a_bomb_is_not_inflated() -> None:
    """A small frame that unfolds to gigabytes is refused after the limit's bytes."""
    agreed = accept_offer("permessage-deflate", 1000)
    assert agreed is not None
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = (deflater.compress(b"\0" * 50_000_000) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
    endpoint = server(10_000_000, agreed[0])
    agreed[0]._limit = 1000
    for at in range(0, len(bomb), 1000):
        last = at + 1000 >= len(bomb)
        take(endpoint, frame(2 if at == 0 else 0, bomb[at : at + 1000], fin=last, rsv=4 if at == 0 else 0))
    assert endpoint.end().code == 1009


def test_empty_fragments_without_end_are_refused() -> None:
    """They cost time and never become a message."""
    endpoint = server()
    take(endpoint, frame(2, fin=False) + frame(0, fin=False) * 10_001)
    assert endpoint.end().code == 1009


def test_short_messages_are_not_compressed() -> None:
    """Each message says for itself whether it is."""
    agreed = accept_offer("permessage-deflate", 1000)
    assert agreed is not None
    endpoint = server(deflate=agreed[0])
    endpoint.send(Text("short"))
    endpoint.send(Text("long " * 40))
    sent = endpoint.outgoing()
    assert sent.startswith(frame(1, b"short", key=None))
    assert sent[7] == 0xC1
    assert len(sent) < 60


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate", "permessage-deflate; client_no_context_takeover; server_no_context_takeover"),
        (
            "foo; bar, permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits=15",
        ),
        (
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover; server_max_window_bits=10",
        ),
        (
            "permessage-deflate; unknown, permessage-deflate",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
        ),
        ("permessage-deflate; server_max_window_bits=8", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=ten", None),
        ("permessage-deflate; client_no_context_takeover=1", None),
        ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", None),
        ("x-webkit-deflate-frame", None),
        ("", None),
    ],
)
def test_offers_of_compression(offer: str, answer: str | None) -> None:
    """The first that can be met, RFC 7692 section 5; no context is kept in either direction."""
    found = accept_offer(offer, 1000)
    assert (found and found[1]) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "permessage-deflate; client_max_window_bits",
        "foo",
        "permessage-deflate; x",
        "permessage-deflate; server_max_window_bits=7",
    ],
)
def test_a_server_that_agrees_to_what_was_not_offered(answer: str) -> None:
    """Such an answer fails the handshake."""
    assert not take_answer(answer, BoundedDeflate(1000))


def test_which_codes_can_be_sent() -> None:
    """Section 7.4: those of the protocol and of applications, not those that stand for no frame."""
    tried = (999, 1000, 1003, 1004, 1005, 1006, 1011, 1014, 1015, 2999, 3000, 4999, 5000)
    assert [code for code in tried if is_sendable(code)] == [1000, 1003, 1011, 1014, 3000, 4999]


def test_pongs_are_told() -> None:
    """Also those that nobody asked for."""
    assert take(server(), frame(10, b"x")) == [Ponged(b"x")]
