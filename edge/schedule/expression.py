"""Expressions of schedules: five cron fields, a name such as `@daily`, or an interval such as `@every 30s`.

Fields as in Debian's cron: names of months and weekdays, ranges, steps, lists; Sunday is 0 and 7, Monday 1; `L` is the
last day of a month, `LW` its last weekday, `5L` the last Friday, `MON#2` the second Monday.  When day-of-month and
weekday are both restricted, either is enough.

Daylight saving as in Debian's cron: a run at a fixed time that does not exist comes right after the gap, one whose time
comes twice runs once; with `*` in minute or hour the clock on the wall does not matter, each real hour counts.
Intervals are counted from the Unix epoch, so that every replica has the same ticks.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from edge.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
_EVERY = "@every "
_ZONE = re.compile(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}")
_SHORTEST = 1.0
_LONGEST_TEXT = 120


def check_expression(expression: str) -> str | None:
    """What is wrong with an expression; None when nothing is."""
    shown = repr(expression[:60])
    if len(expression) > _LONGEST_TEXT:
        return f"{shown} is too long (at most {_LONGEST_TEXT} characters)"
    if expression.startswith(_EVERY):
        return _check_interval(expression)
    if expression.startswith("@"):
        return None if expression in NAMES else f"{shown} is not a schedule ({', '.join(NAMES)}, or @every 30s)"
    if len(expression.split()) != 5:
        return f"{shown} is not a schedule (five cron fields such as */5 * * * *, or @every 30s)"
    try:
        found = next(_cron(expression, _EPOCH), None)
    except CronSimError as error:
        if not _is_cron_in_any_month(expression):
            return f"{shown} is not a schedule: {str(error).lower()} (minute hour day-of-month month weekday)"
        found = None
    return None if found else f"{shown} never comes (a day that its months have)"


def _is_cron_in_any_month(expression: str) -> bool:
    """Whether only the month is in the way, which cronsim calls a bad day."""
    minute, hour, day, month, weekday = expression.split()
    try:
        _cron(f"{minute} {hour} 1 {month} {weekday}", _EPOCH)
        _cron(f"{minute} {hour} {day} * {weekday}", _EPOCH)
    except CronSimError:
        return False
    return True


def _check_interval(expression: str) -> str | None:
    try:
        seconds = parse_duration(expression.removeprefix(_EVERY))
    except ValueError as error:
        return str(error)
    return None if seconds >= _SHORTEST else f"{expression!r} is too often (from 1s)"


def check_zone(zone: str) -> str | None:
    """What is wrong with the name of a time zone; None when nothing is."""
    with suppress(OSError, ValueError, KeyError):  # a folder of zones; a name that leaves it; no such zone
        if _ZONE.fullmatch(zone):
            ZoneInfo(zone)
            return None
    return f"{zone[:60]!r} is not a time zone (a name of the IANA database such as Europe/Berlin, or UTC)"


def ticks(expression: str, zone: str, after: int) -> Iterator[int]:
    """All ticks later than `after`, in order; milliseconds since the Unix epoch.

    Raises ValueError for what `check_expression` or `check_zone` complain about.
    """
    if expression.startswith(_EVERY):
        yield from _interval_ticks(round(parse_duration(expression.removeprefix(_EVERY)) * 1000), after)
        return
    start = datetime.fromtimestamp(after // 1000, UTC).astimezone(ZoneInfo(zone) if zone != "UTC" else UTC)
    try:
        last = after
        for moment in _cron(NAMES.get(expression, expression), start):
            tick = round(moment.timestamp() * 1000)
            if tick > last:  # a time that comes twice must not go back
                yield tick
                last = tick
    except CronSimError as error:
        raise ValueError(str(error)) from error


def _interval_ticks(step: int, after: int) -> Iterator[int]:
    tick = after - after % step
    while True:
        tick += step
        yield tick


def _cron(expression: str, start: datetime) -> Iterator[datetime]:
    return iter(CronSim(expression, start))


def next_tick(expression: str, zone: str, after: int) -> int | None:
    """The first tick later than `after`; None when there is none within the years that the calendar has."""
    return next(ticks(expression, zone, after), None)


def written(tick: int, zone: str) -> str:
    """A tick as people read it: ISO 8601, in its time zone."""
    moment = datetime.fromtimestamp(tick / 1000, UTC)
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
