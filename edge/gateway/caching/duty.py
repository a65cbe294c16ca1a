"""The cache of a route: RFC 9111 as a shared cache in front of the function.

What may be kept and for how long, and what may be given, is decided in edge.services.cache; here it is carried out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import trio

from edge.errors import EdgeError
from edge.gateway.answers import NO_STORE, json_answer
from edge.gateway.caching.answer import give
from edge.gateway.caching.fill import Ask, Fill, Kept, until
from edge.gateway.caching.flights import Flight, Landing, Shared
from edge.gateway.caching.key import KeyRules, base_name, cache_key, conditional_free, keyed, route_space
from edge.gateway.caching.marked import Marked
from edge.gateway.caching.refresh import Nobody
from edge.gateway.request_id import request_id
from edge.services.cache.conditional import CONDITIONS, conditions
from edge.services.cache.control import Control, parse_control
from edge.services.cache.fields import field
from edge.services.cache.records import Entry, Found, Head, Times
from edge.services.cache.status import CacheStatus, Forward
from edge.services.cache.storable import Rules
from edge.services.cache.usable import Use, may_cover_failure, use
from edge.services.cache.vary import fits

if TYPE_CHECKING:
    from edge.config.cache_model import RouteCache
    from edge.config.route_model import Route
    from edge.function import Function
    from edge.gateway.caching.shared import Caching
    from edge.gateway.duties.policy import Run
    from edge.gateway.duties.routed import RoutedRequest
    from edge.gateway.generations import Generation
    from edge.invocation import Exchange, Receipt
    from edge.services.cache.store import Content
    from edge.wire.messages import Request

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FOR_PARTS = CONDITIONS | {"range"}
_CREDENTIALS = frozenset({"authorization", "client-cert", "x-forwarded-client-cert"})
_SPACES = 256


class CacheSettings(msgspec.Struct, frozen=True):
    """What a route says about its cache; `wait` in seconds."""

    rules: Rules = Rules()
    key: KeyRules = KeyRules()
    client_control: bool = False
    across_deploys: bool = False
    coalesce: bool = False
    wait: float = 5.0


def cache_of(route: Route, shared: Caching | None) -> ResponseCache | None:
    """What a route does; None when it keeps nothing.

    Answers are told apart by all of the route that shapes what its function is given.
    """
    if route.cache is None or shared is None:
        return None
    shape = [route.host, route.path, sorted(route.headers.items()), route.strip_prefix, route.request_headers]
    return ResponseCache(settings_of(route.cache), shared, msgspec.json.encode(shape, order="sorted").decode())


def settings_of(said: RouteCache) -> CacheSettings:
    """From the config."""
    return CacheSettings(
        Rules(said.default_ttl, said.heuristic, said.stale_while_revalidate, said.stale_if_error),
        KeyRules(tuple(sorted({name.lower() for name in said.key_headers})), tuple(sorted(set(said.ignore_query)))),
        said.client_control,
        said.across_deploys,
        said.coalesce,
        said.coalesce_wait,
    )


class ResponseCache:
    """Implements edge.gateway.duties.policy.Cache for one route, which `mark` tells apart from others."""

    def __init__(self, settings: CacheSettings, shared: Caching, mark: str) -> None:
        self.settings = settings
        self.shared = shared
        self._mark = mark
        self._spaces: dict[str, str] = {}

    async def serve(self, routed: RoutedRequest, function: Function, request: Request, run: Run) -> Receipt | None:
        """Answer with what is kept, or run the function; None when it was not run."""
        return await _Serving(self, routed, function, request, run).serve()

    def space(self, function: Function) -> str:
        """Where the answers of this version of the function are kept."""
        found = self._spaces.get(function.id)
        if found is None:
            if len(self._spaces) >= _SPACES:
                self._spaces.clear()
            across = self.settings.across_deploys
            found = route_space(self._mark, function, self.settings.key, across_deploys=across)
            self._spaces[function.id] = found
        return found


class _Serving:
    """One request."""

    def __init__(
        self, cache: ResponseCache, routed: RoutedRequest, function: Function, request: Request, run: Run
    ) -> None:
        self.cache = cache
        self.shared = cache.shared
        self.settings = cache.settings
        self.routed = routed
        self.exchange: Exchange = routed.exchange
        self.function = function
        self.original = request
        self.request = keyed(request, self.settings.key)
        self.run = run
        self.now = self.shared.store.clock()
        self.space = cache.space(function)
        self.key = cache_key(self.request, self.settings.key)
        self.purges = 0

    async def serve(self) -> Receipt | None:
        request = self.request
        if request.method not in {"GET", "HEAD"}:
            return await self._past("method", self.original)
        if request.body is not None or request.more or _has_precondition(request):
            return await self._past("bypass", self.original)
        found = await self.shared.store.find(self.space, self.key)
        if found is None:
            return await self._past("bypass", request)
        self.purges = found.purges
        return await self._with(found)

    async def _with(self, found: Found) -> Receipt | None:
        wish = self._wish()
        entry = next((one for one in found.entries if fits(one.head.selection, self.request.headers)), None)
        decision = Use.CHECK if entry is None else use(entry.head, self.now, wish)
        content = None if entry is None else await self._content(entry, decision)
        if entry is not None and content is not None and decision is not Use.CHECK:
            if decision is Use.STALE:
                self._refresh(entry)
            await self._give(entry.head, content.data, CacheStatus(hit=True, ttl=self._ttl(entry.head)))
            self._note("hit" if decision is Use.FRESH else "stale")
            return None
        if wish and "only-if-cached" in wish:
            await self.routed.exchange.answer(_NOT_KEPT)
            return None
        if entry is not None and content is not None:
            return await self._forward("stale", entry, content)
        return await self._forward("vary-miss" if found.entries else "uri-miss", None, None)

    def _wish(self) -> Control | None:
        if not self.settings.client_control:
            return None
        return parse_control(field(self.request.headers, "cache-control"))

    async def _content(self, entry: Entry, decision: Use) -> Content | None:
        """Of a stale entry only when it may be of use."""
        if decision is Use.CHECK and not (conditions(entry.head.headers) or may_cover_failure(entry.head, self.now)):
            return None
        return await self.shared.store.content(entry)

    # -- from what is kept

    async def _give(self, head: Head, content: bytes, status: CacheStatus) -> None:
        await give(self.exchange, self.request, head, content, head.age_at(self.now), status)

    def _ttl(self, head: Head) -> int:
        return int(head.times.fresh - head.age_at(self.now))

    def _note(self, result: str) -> None:
        self.routed.cache = result

    def _refresh(self, entry: Entry) -> None:
        """Ask for it anew, in the background; what fails leaves the stale one as it is."""
        generation, shared, function, run = self.routed.generation, self.shared, self.function, self.run
        space = self.space
        if not _outlives(generation, self.routed.function, function):
            return
        request = self._asking(entry.head)

        async def confirmed(head: Head) -> None:
            await self._renew(entry, head)

        async def cover() -> bool:
            return True

        kept = Kept(entry.head, bool(conditions(entry.head.headers)), confirmed, cover)
        fill = self._filling(self._ask(request, "stale"), Nobody(), kept=kept)

        async def refresh() -> Receipt:
            with shared.filling(space, request.url, fill):
                return await run(function, request, request_id(None, None), fill)

        shared.refresher.start(entry.id, generation, function.name, refresh)

    # -- from the function

    async def _past(self, forward: Forward, request: Request) -> Receipt | None:
        """Past the cache, which only learns that something has changed."""
        self._note("bypass")
        changes = request.method not in _SAFE

        async def changed() -> None:
            await self.shared.changed(self.space, request.url)

        marked = Marked(self.exchange, forward, changed if changes else None)
        return await self.run(self.function, request, self.routed.request_id, marked)

    async def _forward(self, forward: Forward, entry: Entry | None, content: Content | None) -> Receipt | None:
        """The function answers; with `coalesce`, for all who ask the same now."""
        if not self.settings.coalesce:
            return await self._fill(forward, entry, content, None)
        ends = trio.current_time() + self.settings.wait
        place = (self.space, self.key, self.purges)
        while (flight := self.shared.flights.joins(*place)) is not None:
            landing = await flight.follow(ends - trio.current_time())
            if flight.shared is not None and fits(flight.shared.head.selection, self.request.headers):
                self._note("collapsed")
                status = CacheStatus(forward=forward, collapsed=True)
                await self._give(flight.shared.head, flight.shared.content, status)
                return None
            if landing is not Landing.LOST:
                break
        if self.request.method != "GET" or not self.shared.flights.may_lead(*place) or self._wants_part(entry):
            return await self._fill(forward, entry, content, None)
        flight = self.shared.flights.begin(*place)
        try:
            return await self._fill(forward, entry, content, flight)
        finally:
            flight.land(Landing.LOST)

    def _wants_part(self, entry: Entry | None) -> bool:
        return entry is None and any(name in _FOR_PARTS for name, _ in self.request.headers)

    async def _fill(
        self, forward: Forward, entry: Entry | None, content: Content | None, flight: Flight | None
    ) -> Receipt | None:
        request = self.request if entry is None else self._asking(entry.head)
        ask = self._ask(request, forward)
        kept = None if entry is None or content is None else self._kept(entry, content, flight)
        fill = self._filling(ask, self.exchange, kept=kept, flight=flight)
        self._note("miss" if entry is None else "expired")
        with self.shared.filling(self.space, request.url, fill):
            try:
                receipt = await self.run(self.function, request, self.routed.request_id, fill)
            except EdgeError:
                if await fill.cover_failure():
                    return None
                raise
            if receipt.error is not None and not self.routed.exchange.started and await fill.cover_failure():
                return msgspec.structs.replace(receipt, error=None)
            return receipt

    def _asking(self, head: Head) -> Request:
        """The request with the conditions of what is kept in place of the client's."""
        asked = conditions(head.headers)
        headers = [*conditional_free(self.request.headers, _FOR_PARTS), *asked]
        return msgspec.structs.replace(self.request, method="GET", headers=headers)

    def _ask(self, request: Request, forward: Forward) -> Ask:
        known = self.routed.identity is not None or bool(self.routed.given)
        credentials = known or any(name in _CREDENTIALS for name, _ in request.headers)
        return Ask(
            *(self.space, self.key, base_name(self.function), request, self.settings.rules),
            *(credentials, forward, self.now, self.purges),
        )

    def _filling(self, ask: Ask, inner: Exchange, *, kept: Kept | None = None, flight: Flight | None = None) -> Fill:
        store = self.shared.store
        return Fill(
            *(inner, ask),
            store=store.put,
            clock=store.clock,
            max_entry=store.max_entry,
            budget=self.shared.budget,
            kept=kept,
            flight=flight,
        )

    async def _renew(self, entry: Entry, head: Head) -> bool:
        """Keep what a 304 has confirmed; whether that may be, for a 304 may be for one client only, with a cookie."""
        if head.times == Times():
            await self.shared.store.remove([entry])
            return False
        await self.shared.store.update(entry, head, until(head), self.purges)
        return True

    def _kept(self, entry: Entry, content: Content, flight: Flight | None) -> Kept:
        """A stale answer while the function is asked."""

        async def confirmed(head: Head) -> None:
            stored = await self._renew(entry, head)
            if flight is not None:
                shared = Shared(head, content.data) if stored else None
                flight.land(Landing.SHARED if stored else Landing.ALONE, shared)
            self.now = self.shared.store.clock()
            status = CacheStatus(forward="stale", forward_status=304, stored=stored)
            await self._give(head, content.data, status)
            self._note("revalidated")

        async def cover() -> bool:
            if not may_cover_failure(entry.head, self.shared.store.clock()):
                return False
            if flight is not None:
                flight.land(Landing.SHARED, Shared(entry.head, content.data))
            status = CacheStatus(hit=True, ttl=self._ttl(entry.head), detail="stale-if-error")
            await self._give(entry.head, content.data, status)
            self._note("stale")
            return True

        return Kept(entry.head, bool(conditions(entry.head.headers)), confirmed, cover)


def _outlives(generation: Generation, name: str, function: Function) -> bool:
    """Whether the function is there as long as its generation; a version that is previewed goes with its request."""
    try:
        return generation.function(name).id == function.id
    except EdgeError:
        return False


def _has_precondition(request: Request) -> bool:
    """Conditions that only the function can judge (RFC 9111 section 4.3.2)."""
    return any(name in {"if-match", "if-unmodified-since"} for name, _ in request.headers)


_NOT_KEPT = json_answer(
    504, {"error": {"code": "not_cached", "message": "there is no fresh answer (only-if-cached)"}}, [NO_STORE]
)
