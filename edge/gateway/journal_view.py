"""The journal of a gateway as its operators see it, whichever of its processes they ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import trio

from edge.errors import NotFoundError, OverloadedError, UnsupportedError
from edge.gateway.invocation_record import EVENTS, record_of, summary_of
from edge.services.journal.entry import receipt_of, without_receipt
from edge.services.journal.filters import Filter
from edge.services.journal.reader import Reader, read_cursor
from edge.services.journal.receipt_view import receipt_view
from edge.services.journal.tail import Tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from edge.services.journal.journal import Journal
    from edge.services.journal.reader import Line, Page, Place

T = TypeVar("T")

LOOK: Final = 0.25
"""Seconds between two looks at what has been added."""
HEARTBEAT: Final = 15.0
"""Seconds of silence after which whoever follows gets a sign of life."""
MAX_FOLLOWERS: Final = 32
BACKLOG: Final = 1000
"""Lines that somebody gets at most who was away, or who asks for one invocation."""
_PATIENCE: Final = 0.5
"""Seconds in which other gateways write down what they have."""


class JournalView:
    """Its methods raise UnsupportedError when no journal is kept.  `serving`: whoever follows may go on."""

    def __init__(self, journal: Journal, serving: Callable[[], bool]) -> None:
        self._journal = journal
        self._serving = serving
        self._followers = 0

    async def page(self, wanted: Filter, limit: int, cursor: str) -> Page:
        """The newest lines that fit.  Raises CallerError for a cursor that is none."""
        before = read_cursor(cursor)
        return await self._read(lambda: Reader(self._journal.folder).newest(wanted, limit, before))

    @property
    def is_kept(self) -> bool:
        """Whether there is a journal."""
        return self._journal.is_kept

    async def recent(self, wanted: Filter, limit: int, cursor: str) -> list[tuple[dict[str, Any], str]]:
        """Summaries of the newest invocations, but of deferred ones, and for each the cursor of what comes after."""
        wanted = msgspec.structs.replace(wanted, events=EVENTS, invocations=True)
        page = await self.page(wanted, limit, cursor)
        return [(summary_of(_decoded(line)), line.place.cursor) for line in page.lines]

    async def invocation(self, name: str) -> dict[str, Any]:
        """All that is known of an invocation.  Raises NotFoundError."""
        found, cut = await self.lines_of(name)
        record = record_of(name, [_decoded(line) for line in found])
        if record is None and found:  # what it has written is there before it ends
            await trio.sleep(_PATIENCE)
            found, cut = await self.lines_of(name)
            record = record_of(name, [_decoded(line) for line in found])
        if record is not None and cut:
            record["logs_cut"] = True
        if record is None:
            raise NotFoundError(
                f"there is no invocation {name!r}",
                hint="it may run still, or be older than log.retention; deferred ones are kept for queue.retention",
            )
        return record

    async def attempt(self, name: str) -> dict[str, Any]:
        """Receipt and lines of the last attempt of a deferred invocation, as far as they are known."""
        page = await self.page(Filter(request=name), BACKLOG, "")
        record = record_of(name, [_decoded(line) for line in page.lines[::-1]])
        return {} if record is None else {key: record[key] for key in ("receipt", "logs")}

    async def lines_of(self, name: str) -> tuple[list[Line], bool]:
        """The latest of a request or an invocation, in order, and whether there are more; none when it is not known."""
        family = name.rpartition(".")[0] if "." in name else ""
        wanted = [Filter(request=one) for one in (name, family) if one]
        for patience in (0.0, _PATIENCE):
            await trio.sleep(patience)
            for each in wanted:
                page = await self.page(each, BACKLOG, "")
                if page.lines:
                    return page.lines[::-1], page.cursor != ""
        return [], False

    async def follow(self, wanted: Filter, limit: int, last: str) -> AsyncIterator[bytes]:
        """Server-sent events: `limit` lines that are there, or what came after `last`, and then each that is added.

        `last` is the id of the last one that somebody has seen.  Raises CallerError, and OverloadedError when too many
        follow.
        """
        self._check()
        if self._followers >= MAX_FOLLOWERS:
            raise OverloadedError(f"{MAX_FOLLOWERS} follow the log already", hint="use GET /logs without follow")
        events = self._events(wanted, limit, read_cursor(last))
        await anext(events)  # it counts from here on, whether somebody reads it or not
        return events

    async def _events(self, wanted: Filter, limit: int, after: Place | None) -> AsyncIterator[bytes]:
        """Begins with nothing, when all has been read that is there."""
        self._followers += 1
        try:
            tail, lines = await self._read(lambda: self._begin(wanted, limit, after))
            yield b""
            yield b": the journal of a gateway\n\n"
            told = time.monotonic()
            while self._serving():
                if lines:
                    yield b"".join(map(_event, lines))
                    told = time.monotonic()
                elif time.monotonic() - told > HEARTBEAT:
                    yield b": nothing new\n\n"
                    told = time.monotonic()
                await trio.sleep(LOOK)
                lines = await trio.to_thread.run_sync(tail.more, wanted)
        finally:
            self._followers -= 1

    def _begin(self, wanted: Filter, limit: int, after: Place | None) -> tuple[Tail, list[Line]]:
        """Where what is added begins, and what comes before it."""
        folder = self._journal.folder
        tail = Tail(folder)
        reader = Reader(folder, tail.sizes)
        if after is not None:
            return tail, reader.since(wanted, after, BACKLOG)
        return tail, reader.newest(wanted, limit).lines[::-1] if limit else []

    def _check(self) -> None:
        if not self._journal.is_kept:
            raise UnsupportedError("no journal is kept here", hint="log.journal = true in the config")

    async def _read(self, read: Callable[[], T]) -> T:
        self._check()

        def flushed() -> T:
            self._journal.flush()
            return read()

        return await trio.to_thread.run_sync(flushed)


def _decoded(line: Line) -> dict[str, Any]:
    """With its receipt as operators see it."""
    fields: dict[str, Any] = msgspec.json.decode(line.text)
    receipt = receipt_of(line.text)
    return fields | {"receipt": None if receipt is None else receipt_view(receipt)}


def _event(line: Line) -> bytes:
    """One server-sent event; the JSON text has no line feed in it."""
    return b"id: %s\ndata: %s\n\n" % (line.place.cursor.encode("ascii", "replace"), without_receipt(line.text))
