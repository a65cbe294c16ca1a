"""Values of Python to text and back, without a VM."""

from __future__ import annotations

import array
import math
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.vm.errors import CrossingError, JavaScriptError
from edge.vm.values.kinds import BigInt, Limits, Map, undefined
from edge.vm.values.reader import MalformedError, read_value
from edge.vm.values.writer import write_value

LIMITS = Limits()


def crossed(value):
    return read_value(write_value(value, LIMITS), LIMITS)


SAME = [
    None,
    True,
    False,
    0,
    -1,
    2**53 - 1,
    1.5,
    1e300,
    "",
    "text",
    "\ud800 alone",
    "\U0001f600",
    b"",
    b"\x00\xff",
    [],
    [1, [2]],
    {},
    {"a": {"b": [None]}},
    {"$": 1},
    {"$": ["undef"]},
    {"__proto__": 1},
    set(),
    {1, "a"},
    datetime(2026, 1, 2, 3, 4, 5, 678000, UTC),
    undefined,
    [undefined],
    Map({1: "a", "b": 2}),
    Map(),
    BigInt(5),
    BigInt(-(2**80)),
    array.array("d", [1.5, math.inf]),
    array.array("q", [-1]),
]


@pytest.mark.parametrize("value", SAME, ids=repr)
def test_a_value_comes_back_as_it_was(value):
    """Of each kind that both sides have."""
    back = crossed(value)
    assert back == value
    assert type(back) is type(value)


CHANGED = [
    ((1, 2), [1, 2]),
    (2**53, BigInt(2**53)),
    (bytearray(b"a"), b"a"),
    (memoryview(b"a"), b"a"),
    (frozenset({1}), {1}),
    ({1: 2}, Map({1: 2})),
    (array.array("B", [1]), b"\x01"),
]


@pytest.mark.parametrize(("value", "becomes"), CHANGED, ids=lambda value: repr(value).split(" at 0x")[0])
def test_a_value_of_a_kind_that_javascript_lacks_becomes_its_nearest(value, becomes):
    """As the reference says."""
    back = crossed(value)
    assert back == becomes
    assert type(back) is type(becomes)


def test_numbers_that_json_lacks_cross():
    """NaN, the infinities, and the zero that is less than zero."""
    assert math.isnan(crossed(math.nan))
    assert crossed([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert math.copysign(1, read_value(b'{"$":["num","-0"]}', LIMITS)) == -1


def test_an_error_crosses_with_name_message_and_properties():
    """Of a Python exception name and message; nothing of its traceback."""
    back = crossed(JavaScriptError("TypeError", "no", "at x", {"code": "E", "cause": ValueError("inner")}))
    assert (back.name, back.message, back.stack, back.properties["code"]) == ("TypeError", "no", "at x", "E")
    assert (back.properties["cause"].name, back.properties["cause"].message) == ("ValueError", "inner")


class Odd:
    """Of a class that nothing is known of."""


REFUSED = [
    (lambda: 1, "it is a function"),
    ([{"a": [Odd()]}], r"at \[0\]\['a'\]\[0\] cannot cross to the VM: it is a Odd"),
    (datetime(2026, 1, 1), "without a time zone"),  # noqa: DTZ001 - that is the point
    (date(2026, 1, 1), "a date without a time"),
    ({"\ud800": 1}, "not well-formed"),
    (1j, "it is a complex"),
]


@pytest.mark.parametrize(("value", "says"), REFUSED)
def test_what_cannot_cross_is_refused_with_its_place(value, says):
    """And with what to do."""
    with pytest.raises(CrossingError, match=says):
        write_value(value, LIMITS)


def test_cycles_are_refused():
    """A list or dict that contains itself, directly or not."""
    loop: list = []
    loop.append({"again": loop})
    with pytest.raises(CrossingError, match="contains itself"):
        write_value(loop, LIMITS)


def test_what_is_referred_to_twice_is_copied_twice():
    """That is no cycle."""
    shared = [1]
    assert crossed([shared, shared]) == [[1], [1]]


@pytest.mark.parametrize(
    ("value", "limits", "says"),
    [
        ([[[1]]], Limits(depth=2), "nested deeper than 2"),
        ([1] * 11, Limits(items=10), "more than 10 items"),
        ("x" * 200, Limits(size=100), "larger than 100 bytes"),
        (b"x" * 200, Limits(size=100), "larger than 100 bytes"),
        ("x" * 2000, Limits(size=100), "larger than 100 bytes"),
        (2**4000, Limits(size=100), "larger than 100 bytes"),
    ],
)
def test_limits_of_depth_items_and_size_hold(value, limits, says):
    """The message has the limit."""
    with pytest.raises(CrossingError, match=says):
        write_value(value, limits)


def test_a_value_that_doubles_at_each_level_meets_the_limit_of_items():
    """Thirty lists that refer to the next one twice are a thousand million items."""
    value: list = []
    for _ in range(30):
        value = [value, value]
    with pytest.raises(CrossingError, match="more than 1000000 items"):
        write_value(value, LIMITS)


HOSTILE = [
    b"",
    b"{",
    b'{"$":1}',
    b'{"$":[]}',
    b'{"$":["undef"],"a":1}',
    b'{"$":["fn",1]}',
    b'{"$":["big","x"]}',
    b'{"$":["big",1]}',
    b'{"$":["num","1"]}',
    b'{"$":["bytes","*"]}',
    b'{"$":["view","Array","AA=="]}',
    b'{"$":["view","Float64Array","AA=="]}',
    b'{"$":["date","x"]}',
    b'{"$":["map",[[1]]]}',
    b'{"$":["map",[1]]}',
    b'{"$":["error",{},{}]}',
    b'{"$":["error",{"name":1,"message":"","stack":""},{}]}',
    b'{"$":["host",1]}',
    b"[" * 100_000,
    b'"\\ud800"',
    b'"\xff"',
    b'{"$":["str","AA=="]}',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_no_runtime_writes_is_malformed(text):
    """A VM's code may have taken its runtime over."""
    with pytest.raises(MalformedError):
        read_value(text, LIMITS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"$":["map",[[1,1],[true,2]]]}', "equal in Python"),
        (b'{"$":["set",[0,false]]}', "equal in Python"),
        (b'{"$":["map",[[[1],1]]]}', "no key of a dict"),
        (b'{"$":["set",[{}]]}', "no set of Python can have"),
        (b'{"$":["date",8640000000000000]}', "years 1 to 9999"),
    ],
)
def test_what_python_has_no_value_for_is_said(text, says):
    """Honest values that cannot be had here."""
    with pytest.raises(CrossingError, match=says):
        read_value(text, LIMITS)


def test_more_values_than_allowed_are_refused_before_they_are_made():
    """Each would take many times the memory of its text; commas in strings are none."""
    with pytest.raises(MalformedError, match="larger"):
        read_value(b"[" + b"1," * 1_000_000 + b"1]", Limits(items=10_000))
    assert len(read_value(b'"' + b"," * 500_000 + b'"', Limits(items=10_000))) == 500_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_json_can_hold_crosses(value):
    """Compared by its own text, as NaN is not equal to itself."""
    back = crossed(value)
    assert write_value(back, LIMITS) == write_value(value, LIMITS)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]"$:,undefmapsetdatebigerror019', max_size=60).map(str.encode))
def test_no_text_does_anything_else_than_be_refused(text):
    """No other exception, whatever the text."""
    try:
        read_value(text, LIMITS)
    except (MalformedError, CrossingError):
        return
    msgspec.json.decode(text)
