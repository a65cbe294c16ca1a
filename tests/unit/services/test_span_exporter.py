"""Spans on their way to a collector: batches, retries, a queue with an end, and a quick farewell."""

from __future__ import annotations

import ssl
from collections import Counter
from contextlib import asynccontextmanager

import pytest
import trio
import trustme

from edge.services.telemetry.collector import Answer, Collector
from edge.services.telemetry.delivery import LONGEST, Fate, delay, judge
from edge.services.telemetry.exporter import FAREWELL, ExportSettings, SpanExporter
from edge.services.telemetry.otlp import Batch, rejected
from edge.tracing.context import SpanContext
from edge.tracing.span import Kind, Span
from tests.support.otlp_receiver import decoded, otlp_receiver

CONTEXT = SpanContext("a" * 32, "b" * 16, 1, "foo=1")


def span(name="s", **more):
    return Span(CONTEXT, name, Kind.INTERNAL, 10, 20, **more)


class FakeCollector:
    """Answers with `answers` one after the other, then with 200; waits for ever when told so."""

    def __init__(self, *answers, silent=False):
        self.answers = list(answers)
        self.silent = silent
        self.bodies = []
        self.times = []
        self.closed = trio.Event()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.closed.set()

    async def post(self, body, *, compressed):
        self.bodies.append(body)
        self.times.append(trio.current_time())
        if self.silent:
            await trio.sleep_forever()
        await trio.sleep(0.001)
        answer = self.answers.pop(0) if self.answers else 200
        return answer if isinstance(answer, Answer) else Answer(answer)

    @property
    def names(self):
        return [[one.name for one in decoded(body)] for body in self.bodies]


@asynccontextmanager
async def exporting(collector, **settings):
    counts = Counter()
    exporter = SpanExporter(ExportSettings(**settings), collector, lambda result, n: counts.update({result: n}))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(exporter.run)
        yield exporter, counts
        nursery.cancel_scope.cancel()


async def ended(exporter, collector):
    """How long a farewell takes."""
    began = trio.current_time()
    exporter.stop()
    await collector.closed.wait()
    return trio.current_time() - began


async def test_spans_go_together_after_the_interval(autojump_clock):
    """In the order in which they ended."""
    collector = FakeCollector()
    async with exporting(collector, interval=5.0) as (exporter, counts):
        await trio.sleep(1)
        exporter.put(span("one"))
        exporter.put(span("two"))
        await trio.sleep(3)
        assert collector.names == []
        await trio.sleep(2)
        assert collector.names == [["one", "two"]]
        assert counts == {"exported": 2}


async def test_a_full_batch_goes_at_once(autojump_clock):
    """And the rest in batches of that size."""
    collector = FakeCollector()
    async with exporting(collector, interval=3600.0, max_batch=3) as (exporter, _):
        await trio.sleep(1)
        for number in range(7):
            exporter.put(span(str(number)))
        await trio.sleep(1)
        assert collector.names == [["0", "1", "2"], ["3", "4", "5"]]


async def test_what_the_queue_has_no_room_for_is_dropped_and_counted(autojump_clock):
    """Whoever ends a span never waits."""
    collector = FakeCollector()
    async with exporting(collector, interval=60.0, max_queue=10, max_batch=10) as (exporter, counts):
        for _ in range(25):
            exporter.put(span())
        assert counts == {"dropped": 15}
        await trio.sleep(1)
        assert counts == {"dropped": 15, "exported": 10}


async def test_a_busy_collector_is_asked_again(autojump_clock):
    """Later each time, or when it says so; a batch is never in two places."""
    collector = FakeCollector(503, Answer(0, error="refused"), Answer(429, [("retry-after", "7")]))
    async with exporting(collector, interval=1.0) as (exporter, counts):
        exporter.put(span("late"))
        await trio.sleep(60)
        assert collector.names == [["late"]] * 4
        gaps = [later - earlier for earlier, later in zip(collector.times, collector.times[1:], strict=False)]
        assert 0.5 <= gaps[0] <= 1.01
        assert 1.0 <= gaps[1] <= 2.01
        assert 7.0 <= gaps[2] <= 7.01
        assert counts == {"exported": 1}


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500, 302])
async def test_a_batch_that_is_refused_is_not_sent_again(autojump_clock, status):
    """It would be refused again."""
    collector = FakeCollector(status)
    async with exporting(collector, interval=1.0) as (exporter, counts):
        exporter.put(span("refused"))
        await trio.sleep(2)
        exporter.put(span("next"))
        await trio.sleep(2)
        assert collector.names == [["refused"], ["next"]]
        assert counts == {"failed": 1, "exported": 1}


async def test_a_collector_that_never_answers_loses_a_batch_after_a_while(autojump_clock):
    """The next one gets its turn."""
    collector = FakeCollector(*[503] * 6)
    async with exporting(collector, interval=1.0) as (exporter, counts):
        exporter.put(span("lost"))
        await trio.sleep(120)
        assert len(collector.bodies) == 6
        assert counts == {"failed": 1}
        exporter.put(span("found"))
        await trio.sleep(2)
        assert counts == {"failed": 1, "exported": 1}


async def test_the_last_spans_are_sent_at_the_end(autojump_clock):
    """Without waiting for the interval."""
    collector = FakeCollector()
    async with exporting(collector, interval=3600.0) as (exporter, counts):
        exporter.put(span())
        assert await ended(exporter, collector) < 0.1
        assert counts == {"exported": 1}
        exporter.put(span())
        assert counts == {"exported": 1, "dropped": 1}


async def test_a_silent_collector_holds_nobody_up(autojump_clock):
    """For FAREWELL seconds when it has answered before, or was never asked; not at all when it has not."""
    silent = FakeCollector(silent=True)
    async with exporting(silent, interval=1.0) as (exporter, counts):
        exporter.put(span())
        await trio.sleep(5)
        exporter.put(span())
        assert await ended(exporter, silent) <= FAREWELL + 0.1
        assert counts == {"failed": 1, "dropped": 1}
    broken = FakeCollector(*[503] * 100)
    async with exporting(broken, interval=1.0) as (exporter, counts):
        exporter.put(span())
        await trio.sleep(1.5)
        exporter.put(span())
        assert await ended(exporter, broken) < 0.1
        assert sum(counts.values()) == 2


async def test_a_partial_success_counts_what_was_not_taken(autojump_clock):
    """It is not sent again, as the protocol has it."""
    body = b"\n\x0c\x08\x02\x12\x08too many"
    assert rejected(body) == (2, "too many")
    collector = FakeCollector(Answer(200, [], body))
    async with exporting(collector, interval=1.0) as (exporter, counts):
        for _ in range(3):
            exporter.put(span())
        await trio.sleep(2)
        assert counts == {"exported": 1, "failed": 2}


async def test_a_span_that_cannot_be_encoded_costs_its_batch_only(autojump_clock):
    """A bug there must not end the gateway."""
    collector = FakeCollector()
    async with exporting(collector, interval=1.0) as (exporter, counts):
        exporter.put(span(attributes={"huge": 2**80}))
        await trio.sleep(2)
        exporter.put(span("fine"))
        await trio.sleep(2)
        assert collector.names == [["fine"]]
        assert counts == {"failed": 1, "exported": 1}


async def test_a_collector_is_known_by_its_certificate():
    """Over TLS, also to an address of IPv6; what answers no HTTP, or nobody, is an answer with an error."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "::1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    for host in ("127.0.0.1", "[::1]"):
        with otlp_receiver(host, server) as receiver:
            async with Collector(receiver.url, [("x-key", "1")], client, 5) as collector:
                batch = Batch({})
                batch.add(span("safe"))
                answer = await collector.post(batch.encoded(), compressed=False)
                assert (answer.status, answer.error, rejected(answer.body)) == (200, "", (0, ""))
                assert receiver.requests[0][1]["x-key"] == "1"
            async with Collector(receiver.url, [], ssl.create_default_context(), 5) as stranger:
                answer = await stranger.post(b"", compressed=False)
                assert answer.status == 0
                assert "certificate" in answer.error.lower()
    with otlp_receiver() as receiver:
        url = receiver.url
        async with Collector(url.replace("http:", "https:"), [], client, 5) as confused:
            assert (await confused.post(b"", compressed=False)).status == 0
    async with Collector(url, [], None, 5) as nobody:
        answer = await nobody.post(b"", compressed=False)
        assert (answer.status, bool(answer.error)) == (0, True)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff" * 100, b"\n\x0c\x08"])
def test_an_answer_that_is_no_message_rejects_nothing(body):
    """Some proxies answer with HTML."""
    assert rejected(body) == (0, "")


def test_statuses_and_delays_are_those_of_the_protocol():
    """https://opentelemetry.io/docs/specs/otlp/#failures-1."""
    assert [judge(status) for status in (200, 202, 0, 429, 502, 503, 504)] == [Fate.TAKEN] * 2 + [Fate.AGAIN] * 5
    assert {judge(status) for status in (301, 400, 403, 404, 413, 500, 501, 505)} == {Fate.LOST}
    assert delay(1, [("retry-after", "99999")], 0.0, 0.5) == LONGEST
    assert delay(6, [], 0.0, 0.5) is None
    assert [delay(attempt, [], 0.0, 1.0) for attempt in (1, 2, 3, 4, 5)] == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_span_survives_its_encoding():
    """All of it, also what is no UTF-8."""
    batch = Batch({"service.name": "here", "process.pid": 7})
    parts = {"text": "é\ud800", "number": 2**40, "share": 0.5, "flag": True}
    link = SpanContext("c" * 32, "d" * 16, 1)
    batch.add(span("näme", parent="e" * 16, attributes=parts, error="bad", links=(link,)))
    batch.add(Span(CONTEXT, "backwards", Kind.SERVER, 20, 10))
    one, two = decoded(batch.encoded())
    assert (one.name, one.kind, one.trace, one.id, one.parent) == ("näme", "internal", "a" * 32, "b" * 16, "e" * 16)
    assert one.attributes == {"text": "é?", "number": 2**40, "share": 0.5, "flag": True}
    assert (one.error, one.message, one.links, one.state) == (True, "bad", [("c" * 32, "d" * 16)], "foo=1")
    assert one.resource == {"service.name": "here", "process.pid": 7}
    assert (two.kind, two.parent, two.error, two.start, two.end) == ("server", "", False, 20, 20)
