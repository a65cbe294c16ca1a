"""The state machine of an invocation, as a table of what comes in and what it does."""

from __future__ import annotations

import base64
import json

import pytest

from edge.engine.machine import MAX_PENDING, MAX_PENDING_DATA, Close, GiveUp, Machine, Note, Perform, Respond, Write
from edge.errors import BadFunctionError, BadResponseError, FunctionError, MemoryLimitError, TimeoutLimitError
from edge.wire.messages import Reply


def turn(*effects: dict[str, object], busy: bool = False, timer: float | None = None) -> bytes:
    """The text of one turn."""
    out: dict[str, object] = {"effects": [{"id": 1, **effect} for effect in effects], "busy": busy}
    if timer is not None:
        out["timer"] = timer
    return json.dumps(out).encode()


HEAD = {"t": "head", "status": 200, "headers": [["a", "b"]], "text": "hi"}
WHOLE = {**HEAD, "end": True}


def test_a_complete_answer_is_one_action_and_done_ends_the_invocation() -> None:
    """The everyday case takes one head and one done."""
    machine = Machine(1)
    assert machine.turn(turn(WHOLE, busy=True)) == [Respond(200, [("a", "b")], b"hi", end=True)]
    assert machine.ready
    assert machine.turn(turn({"t": "done"})) == []
    assert machine.over
    assert machine.error is None


def test_a_streamed_answer_keeps_its_order_and_its_acks() -> None:
    """Head, chunks and end come out as they went in; an ack waits for its reply."""
    machine = Machine(1)
    actions = machine.turn(
        turn(
            {"t": "head", "status": 201, "headers": []},
            {"t": "chunk", "data": "AAE=", "ack": 3},
            {"t": "chunk", "text": "é"},
            {"t": "end"},
        )
    )
    assert actions == [Respond(201, [], b"", end=False), Write(b"\x00\x01", 3), Write("é".encode(), None), Close()]
    assert machine.reply(Reply(3))
    assert not machine.reply(Reply(3))


@pytest.mark.parametrize(
    ("effects", "reason"),
    [
        ([WHOLE, WHOLE], "answered twice"),
        ([{**WHOLE, "status": 101}], "status 101"),
        ([{**WHOLE, "status": 600}], "status 600"),
        ([{"t": "chunk", "text": "x"}], "before its head"),
        ([WHOLE, {"t": "chunk", "text": "x"}], "after its end"),
        ([{"t": "end"}], "had not begun"),
        ([{"t": "done"}], "without an answer"),
        ([HEAD, {"t": "done"}], "without an answer"),
    ],
)
def test_an_answer_out_of_order_is_a_bad_response(effects: list[dict[str, object]], reason: str) -> None:
    """Whatever holds the runtime's side can say anything; it gets one answer, in order."""
    machine = Machine(1)
    machine.turn(turn(*effects))
    assert isinstance(machine.error, BadResponseError)
    assert reason in machine.error.message


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense",
        b"{}",
        b'{"effects":[{"t":"head"}]}',
        b'{"effects":[],"more":1}',
        b'{"effects":[{"t":"log","id":1,"level":"loud","text":""}]}',
        b"\xff",
    ],
)
def test_text_that_is_no_turn_is_the_functions_fault(text: bytes) -> None:
    """Undecodable output ends the invocation and nothing else."""
    machine = Machine(1)
    assert machine.turn(text) == []
    assert isinstance(machine.error, FunctionError)


def test_effects_of_another_invocation_are_dropped() -> None:
    """A reused isolate may still speak for an invocation that is over."""
    machine = Machine(2)
    assert machine.turn(turn(WHOLE, {"t": "fail", "kind": "exception", "message": "old"}, busy=True)) == []
    assert machine.error is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [("exception", FunctionError), ("bad_function", BadFunctionError), ("bad_response", BadResponseError)],
)
def test_a_failure_becomes_the_error_of_its_kind(kind: str, error: type[FunctionError]) -> None:
    """The stack travels along, for the log."""
    machine = Machine(1)
    machine.turn(turn({"t": "fail", "kind": kind, "name": "TypeError", "message": "x", "stack": "at /app/index.js:1"}))
    assert type(machine.error) is error
    assert isinstance(machine.error, FunctionError)
    assert machine.error.stack == "at /app/index.js:1"


def test_logs_are_kept_even_after_a_failure() -> None:
    """What a function wrote before it failed is not lost."""
    machine = Machine(1)
    actions = machine.turn(
        turn({"t": "fail", "kind": "exception", "message": "x"}, {"t": "log", "level": "info", "text": "a"}, WHOLE)
    )
    assert len(actions) == 1
    assert isinstance(actions[0], Note)


def test_nothing_pending_and_no_answer_fails_at_once() -> None:
    """A promise that never settles need not wait for its deadline."""
    machine = Machine(1)
    machine.turn(turn())
    machine.settle()
    assert isinstance(machine.error, TimeoutLimitError)


@pytest.mark.parametrize("what", ["call", "timer", "busy"])
def test_something_pending_keeps_an_invocation_alive(what: str) -> None:
    """A host call, a timer or a task that is ready can still bring the answer."""
    machine = Machine(1)
    call = [{"t": "call", "call": 1, "op": "kv.get"}] if what == "call" else []
    machine.turn(turn(*call, busy=what == "busy", timer=5 if what == "timer" else None))
    machine.settle()
    assert not machine.over


def test_background_work_that_can_never_settle_does_not_spoil_an_answer() -> None:
    """`waitUntil` of a promise that never settles ends with the invocation."""
    machine = Machine(1)
    machine.turn(turn(WHOLE))
    machine.settle()
    assert machine.done
    assert machine.error is None


def test_a_call_number_used_twice_breaks_a_rule() -> None:
    """Numbers in flight are unique."""
    machine = Machine(1)
    call = {"t": "call", "call": 1, "op": "kv.get"}
    assert [type(action) for action in machine.turn(turn(call))] == [Perform]
    machine.turn(turn(call))
    assert isinstance(machine.error, FunctionError)


def test_calls_without_end_are_stopped() -> None:
    """The table of pending calls is bounded."""
    machine = Machine(1)
    machine.turn(turn(*({"t": "call", "call": n, "op": "kv.get"} for n in range(MAX_PENDING + 1))))
    assert isinstance(machine.error, FunctionError)
    assert str(MAX_PENDING) in machine.error.message


def test_data_of_calls_without_end_is_stopped() -> None:
    """What is sent counts until it is answered; one call alone may have more."""

    def call(number: int, size: int) -> bytes:
        return turn({"t": "call", "call": number, "op": "kv.put", "data": base64.b64encode(bytes(size)).decode()})

    machine = Machine(1)
    machine.turn(call(1, MAX_PENDING_DATA + 1))
    machine.reply(Reply(1))
    machine.turn(call(2, MAX_PENDING_DATA - 10))
    machine.turn(call(3, 10))
    assert machine.error is None
    machine.turn(call(4, 1))
    assert isinstance(machine.error, FunctionError)
    assert str(MAX_PENDING_DATA) in machine.error.message


def test_a_silent_turn_asks_for_another() -> None:
    """The runtime says nothing when it ran a task that left no effects."""
    machine = Machine(1)
    machine.turn(turn())
    assert not machine.ready
    machine.turn(b"")
    assert machine.ready


@pytest.mark.parametrize(
    "message", ["Array buffer allocation failed", "WebAssembly.Memory(): could not allocate memory"]
)
def test_a_refused_buffer_that_nobody_caught_is_memory(message: str) -> None:
    """The function failed of its limit, whatever class V8 throws."""
    machine = Machine(1)
    machine.turn(turn({"t": "fail", "kind": "exception", "name": "RangeError", "message": message}))
    assert isinstance(machine.error, MemoryLimitError)
    assert message in str(machine.error)


FAIL = {"t": "fail", "kind": "exception", "name": "Error", "message": "mine"}
PENDING = {"t": "background", "pending": True}


def test_background_work_keeps_an_answered_invocation_open() -> None:
    """Until the runtime says that it is done; what failed is counted."""
    machine = Machine(1)
    machine.turn(turn(PENDING, WHOLE))
    assert (machine.background, machine.over) == (True, False)
    machine.turn(turn({"t": "background", "pending": False, "rejected": 2}, {"t": "done"}))
    assert (machine.background, machine.rejected, machine.done, machine.error) == (False, 2, True, None)


def test_a_failure_is_answered_while_background_work_goes_on() -> None:
    """Once, and whatever is written after it has no place to go."""
    machine = Machine(1)
    [action] = machine.turn(turn(PENDING, {**FAIL, "pending": True}))
    assert isinstance(action, GiveUp)
    assert action.error.message == "Error: mine"
    assert not machine.over
    machine.turn(turn({"t": "background", "pending": False}, {"t": "done"}))
    assert machine.done
    assert machine.failure is action.error


@pytest.mark.parametrize("effects", [[{**FAIL, "pending": True}], [PENDING, FAIL]])
def test_a_failure_without_work_ends_the_invocation(effects: list[dict[str, object]]) -> None:
    """Also when the runtime claims that there is some, or has given it up."""
    machine = Machine(1)
    machine.turn(turn(*effects))
    assert isinstance(machine.error, FunctionError)


def test_without_a_client_nothing_that_is_answered_has_an_effect() -> None:
    """Host calls are still carried out, and a failure is nobody's concern."""
    machine = Machine(1)
    machine.turn(turn(HEAD, {"t": "chunk", "text": "x", "ack": 3}))
    machine.leave()
    assert machine.idle
    assert not machine.reply(Reply(3))
    actions = machine.turn(
        turn({"t": "chunk", "text": "y", "ack": 4}, {"t": "end"}, {"t": "call", "call": 5, "op": "kv.set"})
    )
    assert [type(action) for action in actions] == [Perform]
    machine.turn(turn(FAIL))
    assert machine.done
    assert machine.error is None
