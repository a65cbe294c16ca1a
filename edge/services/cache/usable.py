"""Whether what is kept answers a request now: RFC 9111 section 4, RFC 5861.  Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from edge.services.cache.control import Control, seconds

if TYPE_CHECKING:
    from edge.services.cache.records import Head


class Use(StrEnum):
    """What to do with an answer that is kept."""

    FRESH = "fresh"
    """Give it."""
    STALE = "stale"
    """Give it, and ask for it anew meanwhile."""
    CHECK = "check"
    """Ask first."""


def use(head: Head, now: float, wish: Control | None = None) -> Use:
    """`wish` are the directives of the request, where they count."""
    times, age = head.times, head.age_at(now)
    if times.checked:
        return Use.CHECK
    if wish and _is_refused(wish, age, times.fresh):
        return Use.CHECK
    if age < times.fresh:
        return Use.FRESH
    return Use.STALE if age < times.fresh + times.revalidating else Use.CHECK


def _is_refused(wish: Control, age: float, fresh: float) -> bool:
    """By a client that wants it newer (section 5.2.1); `max-stale` is an offer that is not taken."""
    most, margin = seconds(wish, "max-age"), seconds(wish, "min-fresh")
    return "no-cache" in wish or (most is not None and age > most) or (margin is not None and fresh - age < margin)


def may_cover_failure(head: Head, now: float) -> bool:
    """Whether it may be given because it could not be made anew (RFC 5861 section 4)."""
    return not head.times.checked and head.age_at(now) < head.times.fresh + head.times.failing
