"""Metrics of several workers as those of one gateway."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from edge.fleet.tally import counts, merged


def text(requests, *, function="hello", size=2, ok=1, queue=3, seconds=(0.5,)):
    registry = CollectorRegistry()
    Counter("edge_requests", 'Requests, "answered" \\ counted.', ["function"], registry=registry).labels(function).inc(
        requests
    )
    Gauge("edge_isolates", "Isolates.", registry=registry).set(size)
    Gauge("edge_last_reload_successful", "1 when it did.", registry=registry).set(ok)
    Gauge("edge_deferred", "Queue.", registry=registry).set(queue)
    histogram = Histogram("edge_invocation_seconds", "Wall time.", buckets=(1.0, 2.0), registry=registry)
    for one in seconds:
        histogram.observe(one)
    return generate_latest(registry)


def samples(content):
    """`{name{labels}: value}`, by the parser that Prometheus's own client has; without times."""
    families = text_string_to_metric_families(content.decode())
    return {
        f"{sample.name}{dict(sample.labels) or ''}": sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_counters_gauges_and_histograms_add_up():
    found = samples(merged([text(3, seconds=(0.5, 1.5)), text(4, seconds=(9,))]))
    assert found["edge_requests_total{'function': 'hello'}"] == 7
    assert found["edge_isolates"] == 4
    assert found["edge_invocation_seconds_count"] == 3
    assert found["edge_invocation_seconds_sum"] == 11
    assert [found[f"edge_invocation_seconds_bucket{{'le': '{le}'}}"] for le in ("1.0", "2.0", "+Inf")] == [1, 2, 3]


def test_what_all_workers_see_alike_is_not_added():
    """One failed reload is a failed reload; the queue is the same for all."""
    found = samples(merged([text(1, ok=1, queue=5), text(1, ok=0, queue=5)]))
    assert found["edge_last_reload_successful"] == 0
    assert found["edge_deferred"] == 5


def test_labels_that_only_one_worker_has_stay_within_their_family():
    """The format wants all lines of a metric in one group."""
    content = merged([text(1, function="a"), text(2, function='b"\n\\ c')])
    lines = [line for line in content.decode().splitlines() if line.startswith("edge_requests_total{")]
    assert [line.rpartition(" ")[2] for line in lines] == ["1.0", "2.0"]
    start = content.decode().splitlines().index(lines[0])
    assert content.decode().splitlines()[start : start + 2] == lines
    assert content.count(b"# TYPE edge_requests_total counter") == 1


def test_of_a_worker_that_has_gone_only_counts_remain():
    """A counter that went down would be taken for a restart of the gateway, and counted twice."""
    gone = counts(text(5, size=2, ok=0, queue=9))
    found = samples(merged([text(1), gone]))
    assert found["edge_requests_total{'function': 'hello'}"] == 6
    assert found["edge_isolates"] == 2
    assert found["edge_last_reload_successful"] == 1
    assert found["edge_invocation_seconds_count"] == 2


def test_what_is_no_metrics_is_left_out():
    assert merged([b"", b"nonsense\n# HELP\n\xff\xfe 3x\n"]) == b""
    content = text(2)
    assert merged([b'{"isolatePool":{"total":1}}', content]) == merged([content])


def test_one_text_stays_what_it_is():
    assert samples(merged([text(3)])) == samples(text(3))
