"""What a receipt becomes: spans of waiting, of the run, and of host calls."""

from __future__ import annotations

from edge.errors import OverloadedError, TimeoutLimitError
from edge.function import Limits
from edge.invocation import CallSum, HostCall, Outcome, Receipt
from edge.tracing.context import SpanContext
from edge.tracing.destinations import Destinations
from edge.tracing.invocation import MAX_CALLS, InvocationTrace
from edge.tracing.sampler import Sampler
from edge.tracing.span import Kind
from edge.tracing.tracer import Tracer

PARENT = SpanContext("a" * 32, "b" * 16, 1, "foo=1")
AT = 1_800_000_000
LIMITS = Limits()


def traced(parent=PARENT):
    spans = []
    tracer = Tracer(Sampler.named("parentbased_always_on", 1), spans.append, Destinations(["*"]))
    return InvocationTrace(tracer, parent), spans


def by_name(spans):
    return {span.name: span for span in spans}


def test_an_invocation_is_waiting_and_running():
    """One after the other, all below the request's span, the function's own context being that of the run."""
    trace, spans = traced()
    receipt = Receipt(
        *(Outcome.OK, None),
        queued=0.25,
        start=0.5,
        wall=2.0,
        at=AT,
        limits=LIMITS,
        function="f",
        host_calls=(HostCall("kv.get", 0.5, 0.125, "the key"), HostCall("fetch.start", 1.0, 0.5)),
        more_calls=(CallSum("kv.set", 7, 1.0),),
    )
    trace.ended(receipt, {"faas.name": "f"})
    found = by_name(spans)
    assert list(found) == ["queue", "isolate", "run f", "kv.get"]
    times = {name: ((span.start - AT * 10**9) / 10**9, (span.end - AT * 10**9) / 10**9) for name, span in found.items()}
    assert times == {"queue": (0, 0.25), "isolate": (0.25, 0.75), "run f": (0.75, 2.75), "kv.get": (1.25, 1.375)}
    assert {found[name].parent for name in ("queue", "isolate", "run f")} == {PARENT.span_id}
    assert found["kv.get"].parent == found["run f"].context.span_id == trace.context.span_id
    assert {span.context.trace_id for span in spans} == {PARENT.trace_id}
    assert {span.context.state for span in spans} == {"foo=1"}
    assert found["run f"].attributes["edge.more_calls.kv.set"] == 7
    assert found["kv.get"].attributes["db.operation.name"] == "get"
    assert (found["kv.get"].kind, found["run f"].kind) == (Kind.CLIENT, Kind.INTERNAL)


def test_a_run_that_failed_says_so():
    """With its outcome and the code of its error."""
    trace, spans = traced()
    error = TimeoutLimitError("it took too long")
    trace.ended(Receipt(Outcome.TIMEOUT, error, at=AT, limits=LIMITS, function="f"), {})
    run = by_name(spans)["run f"]
    assert run.error == "it took too long"
    assert (run.attributes["edge.outcome"], run.attributes["error.type"]) == ("timeout", "timeout")


def test_what_never_ran_failed_where_it_waited():
    """In the queue, or for an isolate."""
    for start, last in ((0.0, "queue"), (5.0, "isolate")):
        trace, spans = traced()
        error = OverloadedError("no room")
        trace.ended(Receipt(Outcome.OVERLOADED, error, queued=1.0, start=start, at=AT), {})
        assert [span.name for span in spans][-1] == last
        assert [span.error for span in spans if span.error is not None] == ["no room"]


def test_nothing_is_recorded_of_an_unsampled_trace():
    """But the function still learns which trace it is part of."""
    trace, spans = traced(SpanContext("a" * 32, "b" * 16, 0))
    assert trace.call("GET", {}) is None
    trace.ended(Receipt(Outcome.OK, at=AT, limits=LIMITS), {})
    assert spans == []
    assert trace.carrier.added([], "h") == [("traceparent", f"00-{'a' * 32}-{'b' * 16}-00")]


def test_a_function_that_makes_requests_without_end_has_so_many_spans():
    """The others are in the sums of its run."""
    trace, spans = traced()
    for _ in range(MAX_CALLS + 100):
        if (span := trace.call("GET", {})) is not None:
            span.end()
    assert len(spans) == MAX_CALLS
    assert {span.parent for span in spans} == {trace.context.span_id}
