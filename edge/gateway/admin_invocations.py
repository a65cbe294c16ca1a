"""Deferred invocations over the admin listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.errors import CallerError
from edge.gateway.deferred_view import summary
from edge.services.queue.records import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.gateway.control import Deferral
    from edge.services.queue.records import Page

_MOST = 1000
_USUAL = "50"
_LARGEST = 2**63 - 1


async def listing(deferred: Deferral, args: Mapping[str, str]) -> dict[str, Any]:
    """A page, newest first.  Raises CallerError."""
    status = args.get("status", "")
    if status and status not in {*State}:
        raise CallerError(f"status is {status[:60]!r}; it may be {', '.join(State)}")
    page = await deferred.listing(args.get("function", ""), status, limit_of(args), place(args.get("cursor", "")))
    return {
        "invocations": [one for one, _ in summaries(page)],
        "cursor": None if page.cursor is None else str(page.cursor),
        "complete": page.cursor is None,
    }


def summaries(page: Page) -> list[tuple[dict[str, Any], int]]:
    """Each, with its place in the queue."""
    return [(summary(record), record.seq) for record in page.found]


def place(cursor: str) -> int | None:
    """Before which a page begins.  Raises CallerError."""
    return _number("cursor", cursor) if cursor else None


def limit_of(args: Mapping[str, str]) -> int:
    """How many of a listing are wanted.  Raises CallerError."""
    limit = _number("limit", args.get("limit") or _USUAL)
    if not 1 <= limit <= _MOST:
        raise CallerError(f"limit is {limit}; it may be 1 to {_MOST}")
    return limit


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > _LARGEST:
        raise CallerError(f"{name} is {text[:60]!r}, not a number")
    return int(text)
