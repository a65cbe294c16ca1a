"""When schedules come: cron's rules, daylight saving in both directions, leap days, intervals."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from edge.schedule.expression import check_expression, check_zone, next_tick, ticks, written

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"


def ms(text: str, zone: str = "UTC") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def shown(expression: str, zone: str, after: str, count: int) -> list[str]:
    return [written(tick, zone) for tick in islice(ticks(expression, zone, ms(after, zone)), count)]


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("*/15 9 * * *", "2026-01-01T09:20", ["2026-01-01T09:30:00", "2026-01-01T09:45:00", "2026-01-02T09:00:00"]),
        ("0 9 * * MON-FRI", "2026-01-02T09:00", ["2026-01-05T09:00:00", "2026-01-06T09:00:00"]),
        ("0 0 * * 0", "2026-01-01T00:00", ["2026-01-04T00:00:00"]),
        ("0 0 * * 7", "2026-01-01T00:00", ["2026-01-04T00:00:00"]),
        ("0 0 * * sun", "2026-01-01T00:00", ["2026-01-04T00:00:00"]),
        ("0 0 29 2 *", "2026-01-01T00:00", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
        ("0 0 29 2 *", "2096-03-01T00:00", ["2104-02-29T00:00:00"]),
        ("0 12 L 2 *", "2027-03-01T00:00", ["2028-02-29T12:00:00", "2029-02-28T12:00:00"]),
        ("59 23 29 2 *", "2028-02-29T23:58", ["2028-02-29T23:59:00", "2032-02-29T23:59:00"]),
        ("0 0 * * *", "2028-02-28T00:00", ["2028-02-29T00:00:00", "2028-03-01T00:00:00"]),
        ("0 0 L * *", "2026-01-31T00:00", ["2026-02-28T00:00:00", "2026-03-31T00:00:00"]),
        ("0 0 LW * *", "2026-01-01T00:00", ["2026-01-30T00:00:00"]),
        ("0 0 * * 5L", "2026-01-01T00:00", ["2026-01-30T00:00:00", "2026-02-27T00:00:00"]),
        ("0 0 * * MON#2", "2026-01-01T00:00", ["2026-01-12T00:00:00"]),
        ("0 0 13 * 5", "2026-01-01T00:00", ["2026-01-02T00:00:00", "2026-01-09T00:00:00", "2026-01-13T00:00:00"]),
        ("0 0 1 jan,jul *", "2026-02-01T00:00", ["2026-07-01T00:00:00", "2027-01-01T00:00:00"]),
        ("@daily", "2026-01-01T00:00", ["2026-01-02T00:00:00"]),
        ("@weekly", "2026-01-01T00:00", ["2026-01-04T00:00:00"]),
        ("@every 90s", "2026-01-01T00:00:00", ["2026-01-01T00:01:30", "2026-01-01T00:03:00"]),
    ],
)
def test_ticks_come_as_cron_says(expression: str, after: str, expected: list[str]) -> None:
    """In UTC; the moment that is given does not count."""
    assert shown(expression, "UTC", after, len(expected)) == [f"{each}+00:00" for each in expected]


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 02:00 to 03:00 on 29 March does not exist, and comes twice on 25 October
        ("30 2 * * *", "2026-03-28T12:00", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ("30 2 * * *", "2026-10-24T12:00", ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
        ("30 * * * *", "2026-10-25T01:40", ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]),
        ("30 * * * *", "2026-03-29T01:00", ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"]),
        ("@every 1h", "2026-10-25T01:10", ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]),
    ],
)
def test_daylight_saving_neither_loses_nor_doubles_a_run(expression: str, after: str, expected: list[str]) -> None:
    """As Debian's cron does."""
    assert shown(expression, BERLIN, after, len(expected)) == expected


@pytest.mark.parametrize(
    ("zone", "expression", "after", "expected"),
    [
        # midnight does not exist on 4 November 2018 in São Paulo
        (
            "America/Sao_Paulo",
            "0 0 * * *",
            "2018-11-03T12:00",
            ["2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"],
        ),
        # Lord Howe changes by half an hour
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03T12:00",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-04T12:00",
            ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
        ),
        # Samoa left out 30 December 2011
        ("Pacific/Apia", "0 9 * * *", "2011-12-29T08:00", ["2011-12-29T09:00:00-10:00", "2011-12-31T00:00:00+14:00"]),
        ("Pacific/Apia", "0 9 * * *", "2011-12-31T08:00", ["2011-12-31T09:00:00+14:00"]),
    ],
)
def test_strange_changes_of_the_clock(zone: str, expression: str, after: str, expected: list[str]) -> None:
    """A time that is left out comes right after the gap, one that comes twice is due once."""
    assert shown(expression, zone, after, len(expected)) == expected


def test_a_time_that_comes_twice_is_not_due_again_between_the_two() -> None:
    """Asked after the first 01:30 of the night on which it comes twice."""
    first = next_tick("30 1 * * *", NEW_YORK, ms("2026-11-01T00:00", NEW_YORK))
    assert first is not None
    second = next_tick("30 1 * * *", NEW_YORK, first + 40 * 60_000)
    assert second is not None
    assert written(second, NEW_YORK) == "2026-11-02T01:30:00-05:00"


def test_each_tick_is_the_first_one_after_the_tick_before() -> None:
    """So that it does not matter where one asks from."""
    for expression in ("*/7 * * * *", "30 2 * * *", "0 */5 * * *", "15 0 L * *", "@every 45s"):
        found = list(islice(ticks(expression, BERLIN, ms("2026-10-20T00:00")), 300))
        assert found == sorted(set(found))
        assert [next_tick(expression, BERLIN, tick) for tick in found[:-1]] == found[1:]


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("", "five cron fields"),
        ("* * * *", "five cron fields"),
        ("* * * * * *", "five cron fields"),
        ("60 * * * *", "bad minute"),
        ("0 24 * * *", "bad hour"),
        ("0 0 0 * *", "bad day-of-month"),
        ("0 0 * 13 *", "bad month"),
        ("0 0 * * 8", "bad day-of-week"),
        ("5-1 * * * *", "bad minute"),
        ("*/0 * * * *", "bad minute"),
        ("0 0 32 2 *", "bad day-of-month"),
        ("0 0 31 13 *", "bad month"),
        ("0 0 31 2 *", "never comes"),
        ("0 0 31 apr,jun *", "never comes"),
        ("@never", "@hourly"),
        ("@every 0.5s", "too often"),
        ("1," * 100 + "1 * * * *", "too long"),
    ],
)
def test_what_is_no_schedule_is_said(expression: str, part: str) -> None:
    """With what is allowed instead."""
    assert part in (check_expression(expression) or "")


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "Europe", "/etc/localtime", "UTC\0"])
def test_what_is_no_time_zone_is_said(zone: str) -> None:
    """Names are looked up, and never lead out of the database."""
    assert "is not a time zone" in (check_zone(zone) or "")


def test_time_zones_are_known_by_name() -> None:
    """UTC needs no database."""
    assert [check_zone(zone) for zone in ("UTC", BERLIN, "America/Argentina/Buenos_Aires", "Etc/GMT+5")] == [None] * 4
