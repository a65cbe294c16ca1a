"""Headers of W3C Trace Context: what its grammar allows is understood, all else is ignored."""

from __future__ import annotations

import pytest

from edge.tracing.context import SpanContext, read_context, read_traceparent, read_tracestate, with_context

TRACE, SPAN = "12345678901234567890123456789012", "1234567890123456"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_a_traceparent_names_a_span():
    """And says whether it is recorded."""
    assert read_traceparent(GOOD) == SpanContext(TRACE, SPAN, 1)
    assert read_traceparent(GOOD).sampled
    assert not read_traceparent(f"00-{TRACE}-{SPAN}-00").sampled
    assert read_traceparent(GOOD).traceparent == GOOD


@pytest.mark.parametrize(
    ("flags", "kept"), [("00", 0), ("01", 1), ("02", 2), ("03", 3), ("ff", 3), ("04", 0), ("09", 1)]
)
def test_flags_that_nobody_knows_are_not_passed_on(flags, kept):
    """Sampled, and random of level 2, are known."""
    assert read_traceparent(f"00-{TRACE}-{SPAN}-{flags}").flags == kept


@pytest.mark.parametrize("text", [f"cc-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"])
def test_a_later_version_is_read_as_far_as_it_is_known(text):
    """And told on in the version that is."""
    assert read_traceparent(text).traceparent == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        GOOD + ".",
        GOOD + "-",
        GOOD + "-what-the-future-will-be-like",
        GOOD + "\n",
        " " + GOOD,
        GOOD.upper().replace("00-", "00-", 1).replace("1", "A", 3),
        f"cc-{TRACE}-{SPAN}-01.what-the-future-will-be-like",
        f"ff-{TRACE}-{SPAN}-01",
        f".0-{TRACE}-{SPAN}-01",
        f"0.-{TRACE}-{SPAN}-01",
        f"000-{TRACE}-{SPAN}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-.{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}3-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN[:-1]}.-01",
        f"00-{TRACE}-{SPAN}7-01",
        f"00-{TRACE}-{SPAN[:-1]}-01",
        f"00-{TRACE}-{SPAN}-.0",
        f"00-{TRACE}-{SPAN}-0.",
        f"00-{TRACE}-{SPAN}-001",
        f"00-{TRACE}-{SPAN}-1",
        f"00_{TRACE}_{SPAN}_01",
        f"00-{TRACE}-{SPAN}-\u0660\u0661",
    ],
)
def test_a_malformed_traceparent_is_none(text):
    """As the specification's own tests demand."""
    assert read_traceparent(text) is None


MANY = [f"bar{number:02d}={number:02d}" for number in range(1, 33)]
LONG = "x" * 256


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ([], ""),
        ([""], ""),
        (["foo=1"], "foo=1"),
        (["foo=1,bar=2"], "foo=1,bar=2"),
        (["foo=1", "bar=2"], "foo=1,bar=2"),
        (["foo=1", "", "bar=2,"], "foo=1,bar=2"),
        (["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
        (["fw529a3039@dt=1"], "fw529a3039@dt=1"),
        (["0foo=1"], "0foo=1"),
        (["a_-*/@b_-*/=v"], "a_-*/@b_-*/=v"),
        (["foo= leading"], "foo= leading"),
        (["foo=" + "".join(map(chr, range(0x20, 0x7F))).replace(",", "").replace("=", "")], None),
        ([",".join(MANY)], ",".join(MANY)),
        ([f"{LONG}=1"], f"{LONG}=1"),
        ([f"{'t' * 241}@{'v' * 14}=1"], f"{'t' * 241}@{'v' * 14}=1"),
        ([f"foo={LONG}"], f"foo={LONG}"),
        (["foo@=1,foo@@bar=2,foo@bar@baz=3"], "foo@=1,foo@@bar=2,foo@bar@baz=3"),
        ([f"{'t' * 242}@v=1"], f"{'t' * 242}@v=1"),
        ([f"t@{'v' * 15}=1"], f"t@{'v' * 15}=1"),
        (["foo=1,foo=1"], "foo=1"),
        (["foo=1,bar=2", "foo=2"], "foo=1,bar=2"),
    ],
)
def test_a_tracestate_is_put_together(values, state):
    """From several headers, without blanks and empty members, in their order."""
    assert read_tracestate(values) == (values[0] if state is None else state)


@pytest.mark.parametrize(
    "value",
    [
        "foo",
        "foo=",
        "=1",
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "@foo=1,bar=2",
        "foo=bar=baz",
        "foo=,bar=3",
        "foo=\x01",
        "foo=é",
        f"{LONG}z=1",
        f"foo={LONG}x",
        ",".join([*MANY, "bar33=33"]),
        ",".join(f"k{number:02d}={'v' * 256}" for number in range(32)) + "," * 200,
    ],
)
def test_a_malformed_tracestate_is_dropped_whole(value):
    """The traceparent beside it stays."""
    assert read_tracestate([value]) == ""
    found = read_context([("traceparent", GOOD), ("tracestate", value)])
    assert (found.trace_id, found.state) == (TRACE, "")


def test_headers_are_read_only_together():
    """Two parents are none, and a state belongs to a parent."""
    assert read_context([("traceparent", GOOD), ("traceparent", GOOD)]) is None
    assert read_context([("tracestate", "foo=1")]) is None
    assert read_context([("trace-parent", GOOD), ("trace.parent", GOOD)]) is None
    assert read_context([("traceparent", f" {GOOD}\t")]) == SpanContext(TRACE, SPAN, 1)


def test_a_context_replaces_another():
    """Whatever else is said stays as it was."""
    headers = [("a", "1"), ("traceparent", "x"), ("tracestate", "y"), ("tracestate", "z"), ("b", "2")]
    context = SpanContext(TRACE, SPAN, 1, "foo=1")
    assert with_context(headers, context) == [("a", "1"), ("b", "2"), ("traceparent", GOOD), ("tracestate", "foo=1")]
    assert with_context([], SpanContext(TRACE, SPAN)) == [("traceparent", f"00-{TRACE}-{SPAN}-00")]
