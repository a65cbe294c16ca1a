"""Lines and invocations over the admin listener: `/logs`, `/invocations`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from edge.errors import CallerError, NotFoundError
from edge.gateway import admin_invocations
from edge.gateway.deferred_view import detail
from edge.services.journal.entry import without_receipt
from edge.services.journal.filters import read_filter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from edge.gateway.control import Control
    from edge.gateway.journal_view import JournalView

_ASYNC = "async"
_FILTERS = ("function", "outcome", "since", "until")


async def page(logs: JournalView, args: Mapping[str, str]) -> dict[str, Any]:
    """Lines, the newest first.  Raises CallerError, UnsupportedError."""
    wanted = read_filter(dict(args), time.time())
    found = await logs.page(wanted, admin_invocations.limit_of(args), args.get("cursor", ""))
    return {
        "entries": [msgspec.Raw(without_receipt(line.text)) for line in found.lines],
        "cursor": found.cursor or None,
    }


async def follow(logs: JournalView, args: Mapping[str, str], last: str) -> AsyncIterator[bytes]:
    """Server-sent events; see JournalView.follow."""
    limit = admin_invocations.limit_of(args) if args.get("limit") not in (None, "", "0") else 0
    return await logs.follow(read_filter(dict(args), time.time()), limit, last or args.get("cursor", ""))


def wants_follow(args: Mapping[str, str]) -> bool:
    """Raises CallerError."""
    text = args.get("follow", "")
    if text not in {"", "0", "1", "true", "false"}:
        raise CallerError(f"follow is {text[:60]!r}; it may be 1 or 0")
    return text in {"1", "true"}


async def invocations(control: Control, args: Mapping[str, str]) -> dict[str, Any]:
    """Deferred invocations and those that have ended lately, the newest first.

    With `status`, or without a journal, only deferred ones; with `outcome` none of them.  A cursor has the places in
    both, with `|` between.  Raises CallerError.
    """
    kind = args.get("type", "")
    if kind not in {"", _ASYNC, "recent"}:
        raise CallerError(f"type is {kind[:60]!r}; it may be async or recent")
    if kind == _ASYNC or args.get("status") or not control.logs.is_kept:
        return await admin_invocations.listing(control.deferred, args)
    limit = admin_invocations.limit_of(args)
    before, _, cursor = args.get("cursor", "").partition("|")
    found = list[_Found]()
    wanted = read_filter({name: args.get(name, "") for name in _FILTERS}, time.time())
    if not kind and not wanted.outcomes:
        queued = await control.deferred.listing(
            args.get("function", ""), "", limit + 1, admin_invocations.place(before)
        )
        found = [_Found(one["created"], one, f"{seq}|") for one, seq in admin_invocations.summaries(queued)]
    recent = await control.logs.recent(wanted, limit + 1, cursor)
    found += [_Found(one["timestamp"], one, f"|{place}") for one, place in recent]
    return _merged(found, limit, before, cursor)


class _Found(NamedTuple):
    """An invocation, when it came or ended, and its place: `SEQ|` in the queue or `|CURSOR` in the journal."""

    at: str
    summary: dict[str, Any]
    place: str


def _merged(found: list[_Found], limit: int, before: str, cursor: str) -> dict[str, Any]:
    found.sort(key=lambda one: one.at, reverse=True)
    for one in found[:limit]:
        queued, _, kept = one.place.partition("|")
        before, cursor = queued or before, kept or cursor
    complete = len(found) <= limit
    return {
        "invocations": [one.summary for one in found[:limit]],
        "cursor": None if complete else f"{before}|{cursor}",
        "complete": complete,
    }


async def invocation(control: Control, name: str) -> dict[str, Any]:
    """A deferred one with its attempts, or one that has ended lately.  Raises NotFoundError."""
    try:
        record = detail(await control.deferred.get(name))
    except NotFoundError:
        if not control.logs.is_kept:
            raise
        return await control.logs.invocation(name)
    return record | (await control.logs.attempt(name) if control.logs.is_kept else {})
