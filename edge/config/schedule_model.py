"""Config struct of a schedule that needs more than a line of text, and what is checked of schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from msgspec import Meta, Struct

from edge.config.problems import Problem
from edge.config.types import Pause, about
from edge.schedule.expression import check_expression, check_zone
from edge.schedule.schedule import Missed, Overlap, Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.config.keypath import KeyPath

Retries: TypeAlias = Annotated[int, Meta(ge=0, le=100)]


class ScheduleConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """When a function runs by itself, and what becomes of a run that cannot be as it should."""

    cron: Annotated[str, about("Five cron fields, a name such as `@daily`, or an interval such as `@every 30s`.")]
    timezone: Annotated[str, about("Whose clock counts: a name such as `Europe/Berlin`.")] = "UTC"
    overlap: Annotated[
        Overlap,
        about("A tick while an earlier run goes on: `skip` it, `queue` it until that has ended, or run in `parallel`."),
    ] = "skip"
    retries: Annotated[Retries, about("How many more attempts a run that fails gets.")] = 0
    backoff: Annotated[Pause, about("Before the second attempt; twice as long before each next, at most an hour.")] = (
        10.0
    )
    missed: Annotated[
        Missed,
        about(
            "Ticks that came while nothing ran: `skip` them, make up for them `once`, or run `all` (the latest 100)."
        ),
    ] = "skip"


def schedule_of(entry: str | ScheduleConfig) -> Schedule:
    """What an entry says."""
    if isinstance(entry, str):
        return Schedule(entry)
    return Schedule(entry.cron, entry.timezone, entry.overlap, entry.retries, entry.backoff, entry.missed)


def check_schedules(entries: Sequence[str | ScheduleConfig], path: KeyPath) -> Iterator[Problem]:
    """Everything that is wrong with the schedules of a function, apart from types."""
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        schedule = schedule_of(entry)
        inner = ("cron",) if isinstance(entry, ScheduleConfig) else ()
        if what := check_expression(schedule.expression):
            yield Problem((*path, number, *inner), what)
        if what := check_zone(schedule.zone):
            yield Problem((*path, number, "timezone"), what)
        if schedule.key in seen:
            yield Problem((*path, number), f"{schedule.expression!r} is there twice (each schedule once)")
        seen.add(schedule.key)
