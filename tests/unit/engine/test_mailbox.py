"""The host's side of synchronous host calls, driven by the protocol that `bootstrap/doorbell.js` speaks."""

from __future__ import annotations

import ctypes
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.engine import mailbox
from edge.engine.mailbox import Mailbox, perform
from edge.errors import CallerError, HostCallError
from edge.services.api import Answer

SIZE = 65536
HEADER = 16
ROOM = SIZE - HEADER
WORDS = struct.Struct("<4i")
TEXT = -1


class Doorbell:
    """The function's side: a box in memory, requests in parts, replies in parts."""

    def __init__(self, ops, size=SIZE, **more):
        self.room = size - HEADER
        self.memory = bytearray(size)
        self.buffer = (ctypes.c_ubyte * size).from_buffer(self.memory)
        self.box = Mailbox(ctypes.addressof(self.buffer), size, lambda: ops, **more)
        self.rings = 0

    def ring(self, *words):
        WORDS.pack_into(self.memory, 0, *words)
        self.box.ring()
        self.rings += 1
        return WORDS.unpack_from(self.memory)

    def call(self, op, args=None, data=b""):
        """The reply's JSON head and its bytes."""
        return self.send(json.dumps({"op": op, "args": args}, separators=(",", ":")).encode(), data)

    def send(self, head, data=b""):
        payload, sent = head + data, 0
        while True:
            part = payload[sent : sent + self.room]
            self.memory[HEADER : HEADER + len(part)] = part
            sent += len(part)
            words = self.ring(len(part), int(sent < len(payload)), 0, len(head))
            if sent >= len(payload):
                return self.receive(words)

    def receive(self, words):
        size, _, total, head = words
        reply = bytearray(self.memory[HEADER : HEADER + size])
        while len(reply) < total:
            size, _, _, _ = self.ring(0, 1, total, head)
            reply += self.memory[HEADER : HEADER + size]
        return json.loads(reply[:head]), bytes(reply[head:])


def echo(args, data):
    return Answer(args, data)


def test_a_call_answers_its_value_and_its_bytes():
    """Arguments and bytes go in, value and bytes come out, in one ring."""
    door = Doorbell({"echo": echo})
    assert door.call("echo", {"a": [1, "é"]}, b"\x00\xff") == ({"value": {"a": [1, "é"]}}, b"\x00\xff")
    assert door.rings == 1


@pytest.mark.parametrize("size", [ROOM - 40, ROOM, ROOM + 1, 3 * ROOM, 200_000])
def test_large_data_travels_in_parts(size):
    """What does not fit into the box is given and taken part by part, in order."""
    door = Doorbell({"echo": echo})
    data = bytes(index * 31 % 251 for index in range(size))
    assert door.call("echo", None, data) == ({"value": None}, data)
    assert door.call("echo", 1) == ({"value": 1}, b"")


def test_the_box_says_what_the_reply_holds():
    """The four words of a reply: bytes in this part, whether more follow, bytes in all, bytes of the head."""
    door = Doorbell({"big": lambda args, data: Answer(None, b"x" * ROOM)})
    head = b'{"op":"big","args":null}'
    door.memory[HEADER : HEADER + len(head)] = head
    reply_head = len(b'{"value":null}')
    assert door.ring(len(head), 0, 0, len(head)) == (ROOM, 1, ROOM + reply_head, reply_head)
    assert door.ring(0, 1, 0, 0) == (reply_head, 0, ROOM + reply_head, reply_head)


def test_too_large_a_request_is_refused_and_forgotten(monkeypatch):
    """Over the limit the data is dropped as it comes, the call fails with a RangeError, and the next one works."""
    monkeypatch.setattr(mailbox, "MAX_REQUEST", 2 * ROOM)
    door = Doorbell({"echo": echo})
    head, _ = door.call("echo", None, b"x" * 10 * ROOM)
    assert head["error"]["name"] == "RangeError"
    assert str(2 * ROOM) in head["error"]["message"]
    assert door.call("echo", 7) == ({"value": 7}, b"")


def test_data_over_the_limit_is_not_kept(monkeypatch):
    """A request without end takes no more memory than the limit and one part."""
    monkeypatch.setattr(mailbox, "MAX_REQUEST", ROOM)
    door = Doorbell({"echo": echo})
    for _ in range(20):
        door.ring(ROOM, 1, 0, 0)
    assert len(door.box._request) <= 2 * ROOM


class Places:
    """Where texts lie; it takes those of up to 40 bytes."""

    def __init__(self, question=b""):
        self.question, self.answer = question, None

    def take(self):
        return self.question

    def give(self, text):
        self.answer = text if len(text) <= 40 else None
        return self.answer is not None


def test_a_short_question_and_its_answer_are_texts():
    """Nothing goes through the box."""
    places = Places(b'{"op":"echo","args":"\xc3\xa9"}')
    door = Doorbell({"echo": echo}, texts=places)
    assert door.ring(TEXT, 0, 0, 0) == (TEXT, 0, 0, 0)
    assert places.answer == '{"value":"é"}'.encode()
    assert not any(door.memory[HEADER:])


@pytest.mark.parametrize(
    ("value", "data"), [(None, b"x"), ("y" * 50, b""), ("y" * 50, b"x" * ROOM)], ids=["bytes", "long", "both"]
)
def test_an_answer_that_is_no_short_text_comes_in_parts(value, data):
    """To a question that was one."""
    door = Doorbell({"op": lambda *_: Answer(value, data)}, texts=Places(b'{"op":"op","args":null}'))
    assert door.receive(door.ring(TEXT, 0, 0, 0)) == ({"value": value}, data)
    assert door.call("op") == ({"value": value}, data)


def test_a_box_without_places_says_that_it_takes_no_texts():
    """By a reply of nothing: the question comes again as bytes."""
    door = Doorbell({"echo": echo})
    assert door.ring(TEXT, 0, 7, 7) == (0, 0, 0, 0)
    assert door.call("echo", 7) == ({"value": 7}, b"")


def test_what_is_answered_elsewhere_is_passed_on_as_it_is():
    """Before operations are made at all; those are made once."""
    made, passed = [], []

    def pass_on(head, data):
        passed.append((head, data))
        return (b'{"value":1}', b"there") if head.startswith(b'{"op":"far"') else None

    door = Doorbell({}, texts=Places(b'{"op":"far","args":0}'), passing=pass_on)
    door.box._make_ops = lambda: made.append(1) or {"echo": echo}
    assert door.call("far", 1, b"here") == ({"value": 1}, b"there")
    assert door.receive(door.ring(TEXT, 0, 0, 0)) == ({"value": 1}, b"there")
    assert not made
    assert passed == [(b'{"op":"far","args":1}', b"here"), (b'{"op":"far","args":0}', b"")]
    assert [door.call("echo", 2)[0] for _ in range(2)] == [{"value": 2}] * 2
    assert made == [1]


def fail(error):
    def operation(args, data):
        raise error

    return operation


@pytest.mark.parametrize(
    ("operation", "name", "message", "code"),
    [
        (fail(HostCallError("no", js_class="RangeError", js_code="E_NO")), "RangeError", "no", "E_NO"),
        (fail(CallerError("not this")), "Error", "not this", ""),
        (fail(ValueError("odd")), "Error", "odd", ""),
        (fail(KeyError("/home/secret/path")), "Error", "internal error in a host operation", ""),
        (fail(OSError(2, "no such file", "/etc/x")), "Error", "internal error in a host operation", ""),
    ],
)
def test_a_failed_operation_is_an_error_of_the_function(operation, name, message, code):
    """What an operation raises on purpose is told; what it raises by mistake says nothing of the host."""
    head, data = perform({"op": operation}, b'{"op":"op","args":null}', b"")
    assert json.loads(head) == {"error": {"name": name, "message": message, "code": code}}
    assert data == b""


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b'{"op":"other","args":null}', "'other' is not known to this version"),
        (b"", "bad arguments"),
        (b"\xff\xfe", "bad arguments"),
        (b"[1]", "bad arguments"),
        (b'{"op":1,"args":null}', "bad arguments"),
        (b'{"op":"echo"}', "bad arguments"),
        (b'{"op":"echo","args":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "bad arguments"),
        (b'{"op":"echo","args":null,"more":1}', "bad arguments"),
        (b'{"op":"echo","args":null}trailing', "bad arguments"),
    ],
)
def test_a_bad_request_is_a_type_error(head, message):
    """Requests are decoded strictly."""
    error = json.loads(perform({"echo": echo}, head, b"")[0])["error"]
    assert error["name"] == "TypeError"
    assert error["message"].startswith(message)


WORD = st.integers(-(2**31), 2**31 - 1)


@given(st.lists(st.tuples(WORD, WORD, WORD, WORD, st.binary(max_size=64)), max_size=8))
def test_no_content_of_the_box_raises_or_leaves_it(rings):
    """A function that could write into the box could make it lie, and would only cheat itself."""
    door = Doorbell({"echo": echo}, size=128)
    for *words, payload in rings:
        door.memory[HEADER : HEADER + len(payload)] = payload
        size, more, total, head = door.ring(*words)
        if (size, more, total, head) != tuple(words):
            assert 0 <= size <= door.room
            assert more in {0, 1}
            assert 0 <= head <= total
