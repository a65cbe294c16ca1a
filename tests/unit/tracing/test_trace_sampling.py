"""Which traces are recorded, and to whom they are told."""

from __future__ import annotations

import pytest

from edge.tracing.context import SpanContext
from edge.tracing.destinations import Destinations
from edge.tracing.propagation import Carrier
from edge.tracing.sampler import Sampler
from edge.tracing.tracer import Tracer

EVERYBODY = Destinations(["*"])
YES, NO = SpanContext("a" * 32, "b" * 16, 1), SpanContext("a" * 32, "b" * 16, 0)


@pytest.mark.parametrize(
    ("name", "without", "yes", "no"),
    [
        ("always_on", True, True, True),
        ("always_off", False, False, False),
        ("parentbased_always_on", True, True, False),
        ("parentbased_always_off", False, True, False),
        ("parentbased_traceidratio", False, True, False),
        ("traceidratio", False, False, False),
    ],
)
def test_samplers_decide_as_their_names_say(name, without, yes, no):
    """By the parent, or in spite of it; the ratio is 0.25 here, and the id in the upper half."""
    sampler = Sampler.named(name, 0.25)
    assert [sampler.takes("f" * 32, parent) for parent in (None, YES, NO)] == [without, yes, no]


def test_a_ratio_takes_its_share_by_the_id_alone():
    """So that all who know the id decide alike."""
    tracer = Tracer(Sampler.named("traceidratio", 0.1), lambda _: None, EVERYBODY)
    taken = [tracer.begin() for _ in range(20_000)]
    assert 1_700 < sum(context.sampled for context in taken) < 2_300
    again = Sampler.named("parentbased_traceidratio", 0.1)
    assert all(again.takes(context.trace_id) == context.sampled for context in taken)
    assert len({context.trace_id for context in taken}) == len({context.span_id for context in taken}) == 20_000


@pytest.mark.parametrize(("ratio", "all_of"), [(0.0, False), (1.0, True)])
def test_the_ends_of_the_range_are_all_and_none(ratio, all_of):
    """The largest and the smallest id are no exceptions."""
    sampler = Sampler.named("traceidratio", ratio)
    assert {sampler.takes("0" * 31 + "1"), sampler.takes("f" * 32)} == {all_of}


def test_a_span_below_another_keeps_its_trace():
    """With its state and what it says about randomness."""
    tracer = Tracer(Sampler.named("parentbased_always_off", 1), lambda _: None, EVERYBODY)
    parent = SpanContext("a" * 32, "b" * 16, 3, "foo=1")
    found = tracer.begin(parent)
    assert (found.trace_id, found.flags, found.state) == (parent.trace_id, 3, "foo=1")
    assert found.span_id != parent.span_id
    assert tracer.child(found).span_id not in {found.span_id, parent.span_id}


def test_what_a_trace_brings_about_is_recorded_as_it_was():
    """In a trace of its own."""
    tracer = Tracer(Sampler.named("parentbased_always_off", 1), lambda _: None, EVERYBODY)
    assert (tracer.begin_for(YES).sampled, tracer.begin_for(NO).sampled, tracer.begin_for(None).sampled) == (
        *(True, False, False),
    )
    assert tracer.begin_for(YES).trace_id != YES.trace_id


@pytest.mark.parametrize(
    ("entries", "told", "others"),
    [
        (["*"], ["a.example", "10.0.0.1", "::1"], []),
        ([], [], ["a.example", "127.0.0.1"]),
        (["Api.example.com"], ["api.example.com", "API.EXAMPLE.COM."], ["example.com", "x.api.example.com"]),
        (["*.example.com"], ["a.example.com", "b.a.example.com"], ["example.com", "badexample.com", "example.com.ev"]),
        (["10.0.0.0/8", "::1", "192.168.1.1"], ["10.9.8.7", "::1", "192.168.1.1"], ["11.0.0.1", "::2", "ten.example"]),
        (["fd00::/8"], ["fd12::1"], ["fe80::1", "253.0.0.1"]),
    ],
)  # fmt: skip
def test_hosts_are_told_by_name_or_network(entries, told, others):
    """And nobody else."""
    destinations = Destinations(entries)
    assert [host for host in [*told, *others] if destinations.include(host)] == told


def test_a_request_carries_its_own_span():
    """Unless the function says something else than it was told."""
    given = SpanContext("a" * 32, "b" * 16, 1, "foo=1")
    carrier = Carrier(given, EVERYBODY).below(SpanContext("a" * 32, "c" * 16, 1, "foo=1"))
    fresh = f"00-{'a' * 32}-{'c' * 16}-01"
    assert carrier.added([("x", "1")], "h") == [("x", "1"), ("traceparent", fresh), ("tracestate", "foo=1")]
    passed_on = [("traceparent", given.traceparent), ("tracestate", "foo=1")]
    assert carrier.added(passed_on, "h") == [("traceparent", fresh), ("tracestate", "foo=1")]
    own = [("traceparent", f"00-{'d' * 32}-{'e' * 16}-00")]
    assert carrier.added(own, "h") == own


def test_a_host_that_is_not_told_gets_what_the_function_sends():
    """No more, and no less."""
    carrier = Carrier(YES, Destinations(["known.example"]))
    assert carrier.added([("x", "1")], "other.example") == [("x", "1")]
    assert carrier.added([], "known.example") == YES.headers
