"""Sends files: the disk is read by threads, a piece at a time, and only as fast as the client takes them."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
import trio

from edge.errors import NotFoundError, OutsideError, OverloadedError
from edge.gateway.answers import Answer
from edge.gateway.static.entity_tags import EntityTags
from edge.gateway.static.paths import Wanted, wanted
from edge.gateway.static.plan import Plan, page, plan
from edge.gateway.static.ranges import Span
from edge.gateway.static.site import SLASH, Found, Site, find, find_page
from edge.gateway.static.variants import weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.gateway.exchange import HttpExchange
    from edge.gateway.own_answer import Asked

T = TypeVar("T")

PIECE: Final = 128 * 1024
"""Bytes of a file in memory for a client that takes them slowly; what it is waiting for is there twice."""

_THREADS: Final = trio.CapacityLimiter(16)
_TURN: Final = 30.0
"""Seconds that a request waits for one of the threads: a disk that hangs holds them all."""

_WARN_EVERY: Final = 60.0
_TAGS: Final = EntityTags()

log = structlog.get_logger()


class StaticAnswer:
    """The answers of a route with `static`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._quiet_until = 0.0

    async def give(self, asked: Asked) -> None:
        """See OwnAnswer.  Raises EdgeError."""
        headers = asked.headers()
        taken = weights(headers.get("accept-encoding"))
        path = wanted(asked.rest, hidden=self._site.hidden)
        if path is not None and not path.names:  # the folder itself, by the path of its route
            path = Wanted((), slash=asked.path.endswith("/"))
        found = await _in_thread(lambda: find(self._site, path, taken, _TAGS)) if path is not None else None
        if found == SLASH:
            await asked.exchange.answer(_with_slash(asked))
        elif found is None:
            await self._give_page(asked, taken)
        else:
            await _send_found(found, lambda file: plan(file, self._site.cache_control, asked.method, headers), asked)

    async def _give_page(self, asked: Asked, taken: Mapping[str, float]) -> None:
        found = await _in_thread(partial(self._find_page, taken))
        if found is None:
            raise NotFoundError("there is no such file")
        await _send_found(found, page, asked)

    def _find_page(self, taken: Mapping[str, float]) -> Found | None:
        """In a thread."""
        now = time.monotonic()
        if now > self._quiet_until and not self._site.folder.exists():
            self._quiet_until = now + _WARN_EVERY
            log.warning("static_folder_missing", folder=self._site.folder.path)
        return find_page(self._site, taken, _TAGS) if self._site.not_found else None


def _with_slash(asked: Asked) -> Answer:
    """Relative links of a page only lead into its folder when its path ends with a slash."""
    path = "/" + asked.path.strip("/") + "/"
    location = f"{path}?{asked.query}" if asked.query else path
    return Answer(308, [(b"location", location.encode("ascii")), (b"content-length", b"0")], b"")


async def _send_found(found: Found, planned: Callable[[Found], Plan], asked: Asked) -> None:
    with found.file:
        answer = planned(found)
        if found.content is not None:
            body = b"".join(p if isinstance(p, bytes) else found.content[p[0] : p[1]] for p in answer.pieces)
            await asked.exchange.answer(Answer(answer.status, answer.headers, body))
        elif asked.method == "HEAD" or not answer.pieces:
            await asked.exchange.answer(Answer(answer.status, answer.headers, b""))
        else:
            await _stream(found, answer, asked.exchange)


async def _stream(found: Found, answer: Plan, exchange: HttpExchange) -> None:
    """Raises OutsideError, and ends the answer so that the client can tell, when the file changes meanwhile."""
    await exchange.begin(answer.status, answer.headers, answer.length)
    last = answer.pieces[-1] if not isinstance(answer.pieces[-1], bytes) else answer.pieces[-2]
    for piece in answer.pieces:
        if isinstance(piece, bytes):
            await exchange.write(piece)
        else:
            await _stream_span(found, piece, exchange, last=piece is last)
    await exchange.end()


async def _stream_span(found: Found, span: Span, exchange: HttpExchange, *, last: bool) -> None:
    start, end = span
    while start < end:
        size = min(PIECE, end - start)
        data = await _in_thread(partial(found.file.read, start, size))
        start += size
        if len(data) < size or (last and start == end and not found.file.is_unchanged()):
            raise OutsideError("the file has changed while it was sent")
        await exchange.write(data)


async def _in_thread(call: Callable[[], T]) -> T:
    with trio.move_on_after(_TURN):
        return await trio.to_thread.run_sync(call, limiter=_THREADS)
    raise OverloadedError("the disk is too slow")
