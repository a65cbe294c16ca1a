"""How calls of other code find their answers, and how two runs are compared."""

from __future__ import annotations

import msgspec
import pytest

from edge.recording.answers import Answers, refusal, reply_to
from edge.recording.compare import differences
from edge.recording.recording import Run
from edge.recording.story import Called, Story, tell, turn_of
from edge.wire.messages import Call


def call(number, op, args, data=None):
    return Call(1, number, op, msgspec.Raw(msgspec.json.encode(args)), data)


def turn(*effects):
    return msgspec.json.encode({"effects": list(effects)})


def reply(number, value):
    return msgspec.json.encode({"t": "reply", "call": number, "value": value})


def fetch(number, stream, url):
    return call(number, "fetch.start", {"stream": stream, "method": "GET", "url": url, "headers": []})


def recorded(*calls):
    """Each call with an answer that names it, a second later."""
    runs = [Run(0.0, [b"{}"], [turn(*calls)], returned=True)]
    values = [{"stream": 1, "n": one.call} if one.op == "fetch.start" else one.call for one in calls]
    runs += [Run(1.0, [reply(one.call, value) for one, value in zip(calls, values, strict=True)], [], returned=True)]
    return Answers(runs, 1)


def value_of(answers, asked):
    known, how = answers.take(asked)
    return (None if known is None else msgspec.json.decode(reply_to(asked, known)), how)


def test_the_same_call_gets_its_answer_whatever_its_place():
    answers = recorded(call(1, "kv.get", {"key": "a"}), call(2, "kv.get", {"key": "b"}))
    assert value_of(answers, call(7, "kv.get", {"key": "b"})) == ({"t": "reply", "call": 7, "value": 2}, "same")
    assert value_of(answers, call(8, "kv.get", {"key": "a"}))[0]["value"] == 1
    assert value_of(answers, call(9, "kv.get", {"key": "a"})) == (None, "missing")


def test_a_call_that_is_repeated_gets_its_answers_in_order():
    answers = recorded(call(1, "kv.incr", {"key": "a"}), call(2, "kv.incr", {"key": "a"}))
    assert [value_of(answers, call(n, "kv.incr", {"key": "a"}))[0]["value"] for n in (5, 6)] == [1, 2]


def test_another_value_for_the_same_key_is_answered_as_changed_and_another_key_is_not():
    answers = recorded(call(1, "kv.set", {"key": "a", "text": "1"}))
    assert value_of(answers, call(1, "kv.set", {"key": "b", "text": "1"}))[1] == "missing"
    assert value_of(answers, call(1, "kv.set", {"key": "a", "text": "2"}))[1] == "changed"


def test_streams_are_told_apart_by_what_opened_them():
    answers = recorded(
        fetch(1, 1, "http://x/a"),
        fetch(2, 2, "http://x/b"),
        call(3, "fetch.read", {"stream": 1}),
        call(4, "fetch.read", {"stream": 2}),
    )
    assert value_of(answers, fetch(11, 1, "http://x/b"))[0]["value"] == {"stream": 1, "n": 2}
    assert value_of(answers, fetch(12, 2, "http://x/a"))[0]["value"] == {"stream": 2, "n": 1}
    assert value_of(answers, call(13, "fetch.read", {"stream": 1}))[0]["value"] == 4
    assert value_of(answers, call(14, "fetch.read", {"stream": 2}))[0]["value"] == 3
    assert value_of(answers, fetch(15, 3, "http://x/c"))[1] == "missing"


def test_an_answer_takes_as_long_as_it_took():
    known, _ = recorded(call(1, "kv.get", {"key": "a"})).take(call(1, "kv.get", {"key": "a"}))
    assert known.took == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("op", "value", "error"), [("kv.set", None, None), ("kv.delete", True, None), ("kv.get", None, "ERR_NOT_RECORDED")]
)
def test_new_writes_go_nowhere_and_all_else_fails(op, value, error):
    answer = msgspec.json.decode(refusal(call(3, op, {"key": "new"})))
    assert (answer.get("value"), answer.get("error", {}).get("code")) == (value, error)


def told(**fields):
    return Story(**{"status": 200, "ended": True, "done": True, **fields})


def test_differences_name_what_is_otherwise():
    before = told(
        headers=[("x-a", "1")],
        body=b"one\ntwo\n",
        logs=[("info", "a")],
        calls=[Called(1, "kv.set", b'{"key":"a","text":"1"}'), Called(2, "kv.get", b'{"key":"b"}')],
    )
    after = told(
        status=201,
        body=b"one\n2\n",
        logs=[("info", "a"), ("warn", "b")],
        calls=[Called(1, "kv.set", b'{"key":"a","text":"2"}')],
    )
    found = [(one.what, one.name, one.before, one.after) for one in differences(before, after)]
    assert found == [
        ("status", "", "200", "201"),
        ("header", "x-a", "1", ""),
        ("body", "2", "two", "2"),
        ("log", "2", "", "warn: b"),
        ("call", "1", 'kv.get {"key":"b"}', ""),
        ("kv", "1", 'kv.set {"key":"a","text":"1"}', 'kv.set {"key":"a","text":"2"}'),
    ]
    assert differences(before, before) == []


def test_bodies_that_are_no_text_are_compared_as_a_whole():
    (found,) = differences(told(body=b"\xff\x00"), told(body=b"\xff\x01"))
    assert (found.what, found.before != found.after) == ("body", True)
    assert found.before.startswith("2 bytes")


def logged(lines):
    return Story(logs=[("info", line) for line in lines])


def test_lists_of_any_length_are_compared():
    """Code decides how long they are and how alike; to look for each line at each place would take minutes."""
    before, after = ["a", "b"] * 10_000, ["a", "b"] * 10_000
    before[1], after[-2] = "was", "is"
    found = differences(logged(before), logged(after))
    assert [(one.name, one.before, one.after) for one in found] == [
        ("2", "info: was", "info: b"),
        ("19999", "info: a", "info: is"),
    ]


def test_what_came_in_between_is_all_that_differs():
    lines = [str(number) for number in range(50)]
    found = differences(logged(lines), logged([*lines[:20], "new", *lines[20:30], *lines[31:]]))
    assert [(one.name, one.before, one.after) for one in found] == [("21", "", "info: new"), ("31", "info: 30", "")]


def test_a_story_is_of_one_invocation():
    text = (
        b'{"effects":[{"t":"log","id":1,"level":"info","text":"mine"},{"t":"log","id":2,"level":"info","text":"no"}]}'
    )
    assert tell([turn_of(text)], 1).logs == [("info", "mine")]
    assert turn_of(b"no json").torn


ASKED = b'{"id":1,"op":"kv.get","args":{"key":"a"},"value":[{"text":"1"}]}'
WAITED = b'{"id":1,"op":"kv.get","args":{"key":"b"}}'
REFUSED = b'{"id":1,"op":"kv.get","args":{"key":".."},"error":{"name":"TypeError","message":"no"}}'


def test_what_was_answered_in_the_middle_of_a_turn_answers_the_same_call():
    """At the end of a turn as well; what had to wait then is among the calls of turns."""
    answers = Answers([Run(0.0, [b"{}"], returned=True, asked=[ASKED, WAITED, REFUSED])], 1)
    assert value_of(answers, call(7, "kv.get", {"key": "b"})) == (None, "missing")
    assert value_of(answers, call(8, "kv.get", {"key": "a"}))[0]["value"] == {"text": "1"}
    assert value_of(answers, call(9, "kv.get", {"key": ".."}))[0]["error"]["name"] == "TypeError"
    assert value_of(answers, call(9, "kv.get", {"key": "a"})) == (None, "missing")


def test_what_was_answered_in_the_middle_of_a_turn_is_told():
    """Of this invocation, and what was answered."""
    other = ASKED.replace(b'"id":1', b'"id":2')
    assert tell([], 1, [ASKED, other, WAITED, b"no json"]).calls == [Called(0, "kv.get", b'{"key":"a"}')]
