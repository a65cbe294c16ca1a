"""The host calls `cache.*` of one invocation: `caches` of the Service Worker specification, narrowed to one function.

https://w3c.github.io/ServiceWorker/#cache-objects, with what Cloudflare does beside it: answers expire as
Cache-Control says, those that it forbids to keep are not kept, and `match` answers conditions and ranges.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.services.cache import arguments as said
from edge.services.cache.conditional import not_modified, of_304
from edge.services.cache.control import parse_control
from edge.services.cache.fields import field, members
from edge.services.cache.freshness import explicit_lifetime, initial_age
from edge.services.cache.ranges import UNSATISFIABLE, wanted_part
from edge.services.cache.reader import PAGE_BYTES, PAGE_ENTRIES
from edge.services.cache.records import Head, New, Times
from edge.services.cache.tags import tags_of
from edge.services.cache.vary import fits, select, vary_names
from edge.units import DAYS, KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.api import Handler
    from edge.services.cache.records import Entry, Page
    from edge.services.cache.store import CacheStore, Content
    from edge.wire.messages import Header

MAX_OPERATIONS = 1000
"""Calls of one invocation."""
MAX_NAMES = 100
"""Caches of one function."""
MAX_NAME = 1 * KIB
MAX_ANSWER = 32 * MIB
"""Bytes of bodies that `matchAll` answers at most."""
MAX_HEADERS = 32 * KIB
AT_ONCE = 256 * KIB
"""Bytes of bodies that come with an answer; others are read in pieces."""
PIECE = 128 * KIB
MAX_HELD = 64 * MIB
"""Bytes of bodies that one invocation has found and not read to their end; a single one may be larger."""
FOR_EVER = 365.0 * DAYS
"""How long an answer is kept that says nothing, unless there is no room."""

_FORBIDDING = frozenset({"no-store", "no-cache", "private"})


class _Body(NamedTuple):
    """A body that is read in pieces: bytes of a content from `start` up to `stop`."""

    content: Content
    start: int
    stop: int


class _Bodies:
    """Those that one invocation has found and not read to their end; a content counts once."""

    def __init__(self) -> None:
        self._bodies: dict[int, _Body] = {}
        self._uses: Counter[int] = Counter()
        self._last = 0
        self._size = 0

    def add(self, body: _Body) -> int:
        """The number that it is read by.  Raises HostCallError when there are too many bytes of them."""
        content = id(body.content)
        size = self._size + (0 if self._uses[content] else len(body.content.data))
        if self._bodies and size > MAX_HELD:
            message = f"responses of caches that wait to be read would have {size} bytes, over the limit of {MAX_HELD}"
            raise HostCallError(f"{message} (read each to its end)", js_class="QuotaExceededError")
        self._size = size
        self._uses[content] += 1
        self._last += 1
        self._bodies[self._last] = body
        return self._last

    def get(self, number: int) -> _Body | None:
        """One of them."""
        return self._bodies.get(number)

    def remove(self, number: int) -> None:
        """It has been read."""
        body = self._bodies.pop(number)
        content = id(body.content)
        self._uses[content] -= 1
        if not self._uses[content]:
            del self._uses[content]
            self._size -= len(body.content.data)

    def clear(self) -> None:
        """Nobody will read them."""
        self._bodies.clear()


class CacheService:
    """Implements `edge.services.api.Service` for the caches of `function`, and for nobody else's."""

    def __init__(self, store: CacheStore, function: str) -> None:
        self._store = store
        self._function = function
        self._left = MAX_OPERATIONS
        self._bodies = _Bodies()
        self._operations: dict[str, Handler] = {
            "cache.match": self._match,
            "cache.matchAll": self._match_all,
            "cache.matchAny": self._match_any,
            "cache.read": self._read,
            "cache.put": self._put,
            "cache.delete": self._delete,
            "cache.keys": self._keys,
            "cache.all": self._all,
            "cache.allKeys": self._all_keys,
            "cache.open": self._open,
            "cache.has": self._has,
            "cache.remove": self._remove,
            "cache.names": self._names,
        }

    @property
    def operations(self) -> Mapping[str, Handler]:
        """Every operation by its full name."""
        return self._operations

    async def aclose(self) -> None:
        """What was not read is let go."""
        self._bodies.clear()

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            message = f"an invocation may use caches {MAX_OPERATIONS} times (keep what belongs together in one entry)"
            raise HostCallError(message, js_class="QuotaExceededError")

    def _space(self, cache: str | None) -> str:
        return f"caches:{self._function}" if cache is None else f"caches:{self._function}:{cache}"

    # -- looking

    async def _match(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        asked = arguments(said.Asked, args)
        self._count()
        entries = await self._found(asked.cache, asked)
        return await self._first(entries, asked)

    async def _match_any(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        asked = arguments(said.Everywhere, args)
        self._count()
        for name in await self._store.names(self._function):
            entries = await self._found(name, asked)
            if entries:
                return await self._first(entries, asked)
        return Answer()

    async def _match_all(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        asked = arguments(said.Asked, args)
        self._count()
        return await self._responses(await self._found(asked.cache, asked))

    async def _all(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(said.All, args)
        self._count()
        return await self._responses(_whole(await self._store.listing(self._space(given.cache))))

    async def _keys(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        asked = arguments(said.Asked, args)
        self._count()
        return _keys_of(await self._found(asked.cache, asked))

    async def _all_keys(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(said.All, args)
        self._count()
        return _keys_of(_whole(await self._store.listing(self._space(given.cache))))

    async def _found(self, cache: str | None, asked: said.Asked | said.Everywhere) -> list[Entry]:
        """What fits a request, the oldest first."""
        options = asked.options
        if asked.method != "GET" and not options.ignore_method:
            return []
        space = self._space(cache)
        if options.ignore_search:
            parts = urlsplit(asked.url)
            found = _whole(await self._store.search(space, f"{parts.netloc}{parts.path}"))
            entries = [entry for entry in found if entry.head.url.startswith(f"{parts.scheme}:")]
        else:
            kept = await self._store.find(space, _key(asked.url))
            entries = list(reversed(kept.entries)) if kept is not None else []
        if options.ignore_vary:
            return entries
        return [entry for entry in entries if fits(entry.head.selection, asked.headers)]

    async def _first(self, entries: list[Entry], asked: said.Asked | said.Everywhere) -> Answer:
        for entry in entries:
            content = await self._store.content(entry)
            if content is not None:
                response, start = _reply(asked.headers, entry, len(content.data))
                if response.size > AT_ONCE:
                    return Answer(self._streamed(response, content, start))
                return Answer(response, content.data[start : start + response.size] or None)
        return Answer()

    def _streamed(self, response: said.Response, content: Content, start: int = 0) -> said.Response:
        """A large body goes in pieces, when somebody reads it: it is in memory once, however often it was asked for."""
        number = self._bodies.add(_Body(content, start, start + response.size))
        return msgspec.structs.replace(response, stream=number)

    async def _read(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        given = arguments(said.Read, args)
        body = self._bodies.get(given.stream)
        if body is None or given.at < 0:
            raise HostCallError("there is no such body", js_class="TypeError")
        at = body.start + given.at
        if at + PIECE >= body.stop:
            self._bodies.remove(given.stream)
        return Answer(data=body.content.data[at : min(at + PIECE, body.stop)])

    async def _responses(self, entries: list[Entry]) -> Answer:
        size = sum(entry.size for entry in entries)
        if size > MAX_ANSWER:
            message = f"matchAll would answer {size} bytes, over the limit of {MAX_ANSWER} (match them one by one)"
            raise HostCallError(message, js_class="QuotaExceededError")
        found = [(entry, content) for entry in entries if (content := await self._store.content(entry)) is not None]
        responses = [_response(entry, len(content.data)) for entry, content in found]
        if size > AT_ONCE:
            contents = [content for _, content in found]
            return Answer([self._streamed(one, content) for one, content in zip(responses, contents, strict=True)])
        return Answer(responses, b"".join(content.data for _, content in found) or None)

    # -- changing

    async def _put(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        kept = arguments(said.Kept, args)
        self._count()
        body = data or b""
        self._check(kept, body)
        space, key = self._space(kept.cache), _key(kept.url)
        now = self._store.clock()
        headers = _without_cookies(kept.response_headers)
        times = None if headers is None else _times(headers, now)
        names = vary_names(kept.response_headers)
        if headers is None or times is None or names is None:
            await self._store.forget(space, key)
            return Answer(value=False)
        head = Head(
            *(kept.url, kept.status, tuple(headers), times, now),
            age=initial_age(headers, now, now),
            selection=select(names, kept.headers),
            status_text=kept.status_text,
            request_headers=tuple(kept.headers),
            response_url=kept.response_url,
            response_type=kept.response_type,
        )
        until = now - head.age + times.fresh
        tags = tags_of(headers) or frozenset()
        return Answer(await self._store.put(New(space, key, self._function, head, body, tags, until)))

    def _check(self, kept: said.Kept, body: bytes) -> None:
        """Raises HostCallError."""
        limit = self._store.max_entry
        if len(body) > limit:
            message = f"a response in a cache may have {limit} bytes (cache.max_entry); this one has {len(body)}"
            raise HostCallError(message, js_class="QuotaExceededError")
        size = sum(len(name) + len(value) for name, value in (*kept.headers, *kept.response_headers)) + len(kept.url)
        if size > MAX_HEADERS:
            message = f"URL and headers of a response in a cache may have {MAX_HEADERS} bytes; these have {size}"
            raise HostCallError(message, js_class="QuotaExceededError")
        if vary_names(kept.response_headers) is None:
            message = "a response with Vary: *, or that varies by too many headers, cannot be put into a cache"
            raise HostCallError(message, js_class="TypeError")
        is_error = kept.status == 0 and kept.response_type == "error"
        if not is_error and (not 200 <= kept.status <= 599 or kept.status == 206):
            raise HostCallError(f"a response with status {kept.status} cannot be put", js_class="TypeError")

    async def _delete(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        asked = arguments(said.Asked, args)
        self._count()
        return Answer(await self._store.remove(await self._found(asked.cache, asked)))

    # -- caches by name

    async def _open(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        name = arguments(said.Named, args).cache
        self._count()
        if len(name) > MAX_NAME:
            raise HostCallError(f"the name of a cache may have {MAX_NAME} characters", js_class="TypeError")
        names = await self._store.names(self._function)
        if name not in names and len(names) >= MAX_NAMES:
            message = f"a function may have {MAX_NAMES} caches (delete some with caches.delete)"
            raise HostCallError(message, js_class="QuotaExceededError")
        await self._store.add_name(self._function, name, self._space(name))
        return Answer()

    async def _has(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        name = arguments(said.Named, args).cache
        self._count()
        return Answer(name in await self._store.names(self._function))

    async def _remove(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        name = arguments(said.Named, args).cache
        self._count()
        return Answer(await self._store.remove_name(self._function, name, self._space(name)))

    async def _names(self, args: msgspec.Raw, _: bytes | None) -> Answer:
        arguments(said.Nothing, args)
        self._count()
        return Answer(await self._store.names(self._function))


def _whole(page: Page) -> list[Entry]:
    """Raises HostCallError for a part of a listing: nobody shall take it for all."""
    if not page.complete:
        message = f"the listing has more than {PAGE_ENTRIES} entries, or {PAGE_BYTES} bytes (use several caches)"
        raise HostCallError(message, js_class="QuotaExceededError")
    return list(page.entries)


def _key(url: str) -> bytes:
    return hashlib.blake2b(url.partition("#")[0].encode("utf-8", "replace"), digest_size=20).digest()


def _keys_of(entries: list[Entry]) -> Answer:
    return Answer([said.Key(entry.head.url, list(entry.head.request_headers)) for entry in entries])


def _without_cookies(headers: list[Header]) -> list[Header] | None:
    """None for an answer with a cookie, which is somebody's; `private=set-cookie` says to keep it without."""
    if field(headers, "set-cookie") is None:
        return headers
    private = parse_control(field(headers, "cache-control")).get("private") or ""
    if "set-cookie" not in {name.lower() for name in members(private)}:
        return None
    return [header for header in headers if header[0] != "set-cookie"]


def _times(headers: list[Header], now: float) -> Times | None:
    """How long an answer is kept; None for one that may not be."""
    control = parse_control(field(headers, "cache-control"))
    if any(name in control and not (name == "private" and control[name]) for name in _FORBIDDING):
        return None
    fresh = explicit_lifetime(control, headers, now)
    if fresh is None:
        return Times(FOR_EVER)
    return Times(fresh) if fresh > initial_age(headers, now, now) else None


def _response(entry: Entry, size: int) -> said.Response:
    head = entry.head
    return said.Response(head.status, head.status_text, list(head.headers), head.response_url, head.response_type, size)


def _reply(request: list[Header], entry: Entry, size: int) -> tuple[said.Response, int]:
    """As Cloudflare has it: 304 for a client that has it already, 206 and 416 for parts; and where its body begins."""
    head = entry.head
    whole = _response(entry, size)
    if head.status != 200:
        return whole, 0
    if not_modified(request, head.headers):
        return _changed(whole, 304, "Not Modified", of_304(head.headers), 0), 0
    part = wanted_part(request, head.headers, size)
    if part is None:
        return whole, 0
    kept = [header for header in head.headers if header[0] != "content-length"]
    if part == UNSATISFIABLE:
        unknown = [*of_304(kept), ("content-range", f"bytes */{size}")]
        return _changed(whole, 416, "Range Not Satisfiable", unknown, 0), 0
    length = part.stop - part.start
    headers = [*kept, ("content-range", part.content_range(size)), ("content-length", str(length))]
    return _changed(whole, 206, "Partial Content", headers, length), part.start


def _changed(whole: said.Response, status: int, text: str, headers: list[Header], size: int) -> said.Response:
    return said.Response(status, text, headers, whole.url, whole.type, size)
