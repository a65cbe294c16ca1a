"""The window of the last minutes."""

from __future__ import annotations

import pytest

from edge.gateway import activity
from edge.gateway.activity import FUNCTION_INTERVAL, INTERVAL, LAST_BUCKET, LENGTH, Activity, bucket_of, merged


class Clock:
    def __init__(self, now=10_000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def window(clock):
    return Activity(clock)


def test_requests_of_one_interval_are_counted_together(window, clock):
    window.request("ok", 200, 0.001)
    clock.now += INTERVAL - 0.5
    window.request("exception", 500, 0.004)
    window.request("", 404, None)
    [sample] = window.overall(0)["samples"]
    assert sample["requests"] == 3
    assert sample["outcomes"] == {"ok": 1, "exception": 1, "4xx": 1}
    assert sum(sample["latency"].values()) == 2


def test_what_is_older_than_the_window_falls_off(window, clock):
    """Also when nothing came after it."""
    window.request("ok", 200, 0.001)
    clock.now += INTERVAL * LENGTH + INTERVAL
    assert window.overall(0)["samples"] == []


def test_memory_is_bounded_by_the_length_of_the_window(window, clock):
    for _ in range(3 * LENGTH):
        window.request("ok", 200, 0.001)
        clock.now += INTERVAL
    assert len(window._all._slots) == LENGTH


def test_a_page_that_has_seen_a_sample_gets_it_again_and_what_came_after(window, clock):
    """An interval that was not over has grown since."""
    for _ in range(5):
        window.request("ok", 200, 0.001)
        clock.now += INTERVAL
    times = [sample["time"] for sample in window.overall(0)["samples"]]
    assert [sample["time"] for sample in window.overall(times[2])["samples"]] == times[2:]


def test_a_clock_that_was_set_back_loses_nothing(window, clock):
    window.request("ok", 200, 0.001)
    clock.now -= 3600
    window.request("ok", 200, 0.001)
    assert window._all._slots[-1].requests == 2


def test_functions_are_counted_apart(window, clock):
    window.invoked("a", "ok", 0.01)
    window.invoked("a", "timeout", 30.0)
    window.invoked("a", "canceled", 0.01)
    window.invoked("b", "ok", 0.01)
    found = window.functions()["functions"]
    assert (found["a"]["requests"], found["a"]["failures"]) == (3, 1)
    assert (found["b"]["requests"], found["b"]["failures"]) == (1, 0)
    assert window.of_function("a", 0)["samples"][0]["outcomes"] == {"ok": 1, "timeout": 1, "canceled": 1}
    assert window.of_function("nobody", 0)["samples"] == []
    assert window.of_function("a", 0)["interval"] == FUNCTION_INTERVAL


def test_functions_that_come_and_go_take_a_bounded_place(window, clock, monkeypatch):
    """Those of which nothing is left make room; without any of these, further ones are not counted."""
    monkeypatch.setattr(activity, "MOST_FUNCTIONS", 2)
    window.invoked("a", "ok", 0.01)
    window.invoked("b", "ok", 0.01)
    window.invoked("c", "ok", 0.01)
    assert set(window.functions()["functions"]) == {"a", "b"}
    clock.now += 3600
    window.invoked("c", "ok", 0.01)
    assert set(window.functions()["functions"]) == {"c"}


def test_gauges_say_what_stands_now(window):
    window.in_flight = 3
    window.gauge({"isolates": 5})
    assert window.overall(0)["samples"][0]["gauges"] == {"in_flight": 3, "isolates": 5}


@pytest.mark.parametrize("seconds", [0.00011, 0.001, 0.0373, 1.0, 29.9, 1500.0])
def test_a_bucket_ends_within_a_quarter_of_an_octave_above_its_durations(seconds):
    """So percentiles are known to 19 %."""
    end = activity.SMALLEST * 2 ** (bucket_of(seconds) / activity.PER_OCTAVE)
    assert end / 2 ** (1 / activity.PER_OCTAVE) < seconds <= end * 1.000001


@pytest.mark.parametrize(("seconds", "bucket"), [(-1.0, 0), (0.0, 0), (1e-4, 0), (1e9, LAST_BUCKET)])
def test_any_duration_has_a_bucket(seconds, bucket):
    """Clocks may say strange things."""
    assert bucket_of(seconds) == bucket


def test_workers_add_up_by_interval():
    one, other = Activity(Clock(10_000)), Activity(Clock(10_000))
    for window in (one, other):
        window.request("ok", 200, 0.001)
        window.gauge({"isolates": 5})
    other.request("timeout", 504, 30.0)
    later = Activity(Clock(10_000 + INTERVAL))
    later.request("ok", 200, 0.001)
    first, second = merged([each.overall(0) for each in (one, other, later)])["samples"]
    assert first["requests"] == 3
    assert first["outcomes"] == {"ok": 2, "timeout": 1}
    assert first["gauges"]["isolates"] == 10
    assert (first["time"], second["time"], second["requests"]) == (10_000, 10_000 + INTERVAL, 1)


def test_sums_of_functions_add_up_too():
    one, other = Activity(Clock()), Activity(Clock())
    one.invoked("a", "ok", 0.001)
    other.invoked("a", "timeout", 0.001)
    other.invoked("b", "ok", 0.001)
    found = activity.merged_functions([one.functions(), other.functions()])["functions"]
    assert found["a"]["requests"] == 2
    assert found["a"]["failures"] == 1
    assert list(found["a"]["latency"].values()) == [2]
    assert found["b"]["requests"] == 1
