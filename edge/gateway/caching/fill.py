"""The client's side of an invocation whose answer may be kept: passes everything on, and keeps a copy.

Of an answer that breaks off nothing is kept.  When a stale answer was asked about, a 304 gives that one, and so does a
failure that it may cover (RFC 5861); what the function says after that is for nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.errors import BadResponseError
from edge.gateway.caching.answer import with_status
from edge.gateway.caching.flights import Flight, Landing, Shared
from edge.services.cache.conditional import confirms, updated
from edge.services.cache.control import parse_control
from edge.services.cache.fields import field
from edge.services.cache.freshness import initial_age
from edge.services.cache.records import Head, New, Times
from edge.services.cache.status import CacheStatus, Forward
from edge.services.cache.storable import Rules, Verdict, judge
from edge.services.cache.tags import tags_of
from edge.services.cache.vary import select, vary_names
from edge.wire.messages import Request
from edge.wire.response_head import response_head

if TYPE_CHECKING:
    from edge.errors import EdgeError
    from edge.gateway.caching.budget import Budget
    from edge.invocation import Exchange, Upgraded
    from edge.wire.messages import Header


STORE_SECONDS = 1.0
"""How long an answer waits for being kept; a disk that is slower keeps it later, or not at all."""


class Ask(msgspec.Struct, frozen=True):
    """What is asked of a function, and why: `purges` is what the store said when it was asked for."""

    space: str
    key: bytes
    function: str
    request: Request
    rules: Rules
    credentials: bool
    forward: Forward
    requested: float
    purges: int


class Kept(msgspec.Struct, frozen=True):
    """A stale answer that there is; with `asked` the function is asked whether it is still right.

    `confirmed` is called with its new head when it is, and answers the client; `cover` is called when the function
    has failed, and says whether it has answered.
    """

    head: Head
    asked: bool
    confirmed: Callable[[Head], Awaitable[None]]
    cover: Callable[[], Awaitable[bool]]


class Fill:
    """Implements edge.invocation.Exchange.  `store` keeps an answer; `max_entry` in bytes."""

    def __init__(
        self,
        inner: Exchange,
        ask: Ask,
        *,
        store: Callable[[New], Awaitable[bool]],
        clock: Callable[[], float],
        max_entry: int,
        budget: Budget,
        kept: Kept | None = None,
        flight: Flight | None = None,
    ) -> None:
        self._inner = inner
        self._ask = ask
        self._store = store
        self._clock = clock
        self._max_entry = max_entry
        self._budget = budget
        self._kept = kept
        self._flight = flight
        self._gone = False  # the client, while others wait for the answer
        self._settled = False  # with what was kept: the rest is for nobody
        self._held: tuple[int, list[Header]] | None = None  # a head that waits for the whole answer
        self._head: Head | None = None
        self._parts: list[bytes] | None = None
        self._size = 0
        self._length: int | None = None  # as the function announced it
        self.spoilt = False  # something has changed meanwhile: nothing is kept
        self.stored = False

    # -- edge.invocation.Exchange

    def watch(self, left: Callable[[], None]) -> None:
        """The invocation goes on without its client while others wait for it."""

        def gone() -> None:
            if self._flight is not None and self._flight.landing is None and self._flight.followers:
                self._gone = True
            else:
                left()

        self._inner.watch(gone)

    async def read(self) -> bytes:
        """See Exchange."""
        return await self._inner.read()

    async def upgrade(self, headers: list[Header], protocol: str) -> Upgraded:
        """See Exchange."""
        self._land(Landing.ALONE)
        return await self._inner.upgrade(headers, protocol)

    async def fail(self, error: EdgeError) -> None:
        """See Exchange."""
        self.drop()
        if self._settled or self._gone or await self._cover():
            return
        await self._inner.fail(error)

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """See Exchange."""
        try:
            checked = response_head(status, headers)
        except BadResponseError:
            self._land(Landing.LOST)
            await self._inner.head(status, headers, body, end=end)
            raise
        plain = [(name.decode("ascii"), value.decode("latin-1")) for name, value in checked.headers]
        if await self._settle(status, plain):
            return
        verdict = self._judge(status, plain)
        self._begin(status, plain, verdict)
        if self._flight is not None and not verdict.shareable:
            self._land(Landing.ALONE)
        said = self._said(status, headers, verdict)
        if self._flight is not None and self._flight.landing is None and not end:
            self._held = (status, said)
            await self._hold(body)
            return
        self._add(body)
        if end:
            await self._keep(len(body))
        await self._forward_head(status, said, body, end=end)
        self._length = checked.length

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
        """See Exchange."""
        return self.head(status, headers, body, end=True)

    async def write(self, data: bytes) -> None:
        """See Exchange."""
        if self._settled:
            return
        if self._held is not None:
            await self._hold(data)
            return
        self._add(data)
        if not self._gone:
            await self._inner.write(data)

    async def end(self) -> None:
        """See Exchange."""
        if self._settled:
            return
        if self._held is not None:
            parts = self._parts or []
            status, headers = self._held
            body = b"".join(parts)
            self._held = None
            await self._keep(_announced(headers))
            await self._forward_head(status, headers, body, end=True)
            return
        await self._keep(self._length)
        if not self._gone:
            await self._inner.end()

    # -- what was kept

    async def _settle(self, status: int, headers: list[Header]) -> bool:
        """Whether the function's answer means that the client gets what was kept."""
        kept = self._kept
        if kept is None:
            return False
        if status == 304 and kept.asked:
            if not confirms(kept.head.headers, headers):
                raise BadResponseError("the function answered 304 about another ETag than it was asked about")
            self._settled = True
            await kept.confirmed(self._renewed(kept.head, headers))
            return True
        return status >= 500 and await self._cover()

    async def _cover(self) -> bool:
        if self._kept is not None and not self._settled:
            self._settled = await self._kept.cover()
        return self._settled

    async def cover_failure(self) -> bool:
        """Whether what was kept has been given because there was no answer at all."""
        return not self._gone and await self._cover()

    def _renewed(self, head: Head, headers: list[Header]) -> Head:
        """What was kept, with what the 304 says (RFC 9111 section 4.3.4)."""
        now = self._clock()
        fields = updated(head.headers, [*_lasting(headers), *_date(headers, now)])
        verdict = judge(head.status, fields, received=now, rules=self._ask.rules, credentials=self._ask.credentials)
        age = initial_age(headers, self._ask.requested, now)
        return msgspec.structs.replace(head, headers=fields, times=verdict.times or Times(), received=now, age=age)

    # -- what is to be kept

    def _judge(self, status: int, headers: list[Header]) -> Verdict:
        ask = self._ask
        if ask.request.method != "GET":
            return Verdict(None, "method")
        return judge(
            *(status, headers),
            received=self._clock(),
            rules=ask.rules,
            credentials=ask.credentials,
            request=parse_control(field(ask.request.headers, "cache-control")),
        )

    def _begin(self, status: int, headers: list[Header], verdict: Verdict) -> None:
        names = vary_names(headers)
        if verdict.times is None or names is None:
            return
        now = self._clock()
        self._parts = []
        self._head = Head(
            url=self._ask.request.url,
            status=status,
            headers=(*_lasting(headers), *_date(headers, now)),
            times=verdict.times,
            received=now,
            age=initial_age(headers, self._ask.requested, now),
            selection=select(names, self._ask.request.headers),
        )

    def _said(self, status: int, headers: list[Header], verdict: Verdict) -> list[Header]:
        """The head for the client; whether the answer will be kept is known when its length is."""
        length = _announced(headers)
        stored = verdict.times is not None and (length is None or length <= self._max_entry)
        text = CacheStatus(
            forward=self._ask.forward, forward_status=status, stored=stored, detail="" if stored else verdict.reason
        )
        return with_status([h for h in headers if h[0].lower() != "cache-tag"], text)

    def _add(self, data: bytes) -> None:
        if self._parts is None or not data:
            return
        self._size += len(data)
        if self._size > self._max_entry or not self._budget.take(len(data)):
            self._size -= len(data)
            self.drop()
            self._land(Landing.ALONE)
            return
        self._parts.append(data)

    def drop(self) -> None:
        """Forget the copy."""
        if self._parts is not None:
            self._budget.give_back(self._size)
        self._parts, self._size = None, 0

    async def _hold(self, data: bytes) -> None:
        """Wait with the answer for its end, so that no slow client keeps others waiting; unless it is too large."""
        before = self._parts
        self._add(data)
        if self._parts is not None or self._held is None:
            return
        (status, headers), self._held = self._held, None
        await self._forward_head(status, headers, b"".join([*(before or ()), data]), end=False)

    async def _keep(self, length: int | None) -> None:
        """The answer is complete, if it is as long as it said."""
        parts, head = self._parts, self._head
        if parts is None or head is None or (length is not None and length != self._size):
            self.drop()
            self._land(Landing.LOST)
            return
        body = b"".join(parts)
        if not self.spoilt:
            ask = self._ask
            new = New(
                *(ask.space, ask.key, ask.function, head, body),
                tags=tags_of(head.headers) or frozenset(),
                until=until(head),
                purges=ask.purges,
            )
            with trio.move_on_after(STORE_SECONDS):
                self.stored = await self._store(new)
        self.drop()
        self._land(Landing.SHARED, Shared(head, body))

    def _land(self, landing: Landing, shared: Shared | None = None) -> None:
        if self._flight is not None:
            self._flight.land(landing, shared)

    async def _forward_head(self, status: int, headers: list[Header], body: bytes, *, end: bool) -> None:
        if not self._gone:
            await self._inner.head(status, headers, body, end=end)


def until(head: Head) -> float:
    """When an answer will be of no use any more (Unix time): one that can be asked about, a day after it is stale."""
    can_ask = any(name in {"etag", "last-modified"} for name, _ in head.headers)
    return head.received - head.age + head.times.most + (86_400.0 if can_ask else 0.0)


def _lasting(headers: list[Header]) -> list[Header]:
    """Without what is true of one invocation only, and not for others to know."""
    return [header for header in headers if header[0] != "server-timing"]


def _date(headers: list[Header], now: float) -> list[Header]:
    """RFC 9110 section 6.6.1: an answer without Date gets that of its arrival."""
    return [] if field(headers, "date") is not None else [("date", formatdate(now, usegmt=True))]


def _announced(headers: list[Header]) -> int | None:
    found = [value for name, value in headers if name.lower() == "content-length"]
    return int(found[0]) if found and found[0].strip().isdigit() else None
