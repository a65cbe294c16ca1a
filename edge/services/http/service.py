"""The host calls `fetch.*` of one invocation.

The function numbers its fetches.  Calls of one fetch may arrive in any order: what is written before
`fetch.start` waits for it, and a cancellation may come first, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import trio

from edge.services.api import Answer, arguments
from edge.services.http.failure import FetchError
from edge.services.http.fetch_span import FetchSpan
from edge.services.http.upload import Keeping, Upload
from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.api import Handler
    from edge.services.http.body import Pump
    from edge.services.http.client import FetchClient
    from edge.services.http.response import FetchResponse
    from edge.tracing.invocation import InvocationTrace

_SOON = 0.05  # seconds that a head waits for a body that is announced as small
_AT_ONCE = 0.002  # ... and for any other, which may be complete all the same
_CLOSE_TIMEOUT = 5.0
_MAX_EARLY = 1000  # fetches of which something else than `fetch.start` came first


class _Start(msgspec.Struct, forbid_unknown_fields=True):
    stream: int
    url: str
    method: str = "GET"
    headers: list[Header] = []
    redirect: Literal["follow", "error", "manual"] = "follow"
    upload: bool = False
    length: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] | None = None


class _Stream(msgspec.Struct, forbid_unknown_fields=True):
    stream: int


class _Fetch:
    """One fetch, from the first that is heard of it."""

    def __init__(self) -> None:
        self.begun = False
        self.starting = trio.CancelScope()
        self.started = trio.Event()  # or given up
        self.upload: Upload | None = None
        self.pump: Pump | None = None
        self.span: FetchSpan | None = None
        self.failure: FetchError | None = None

    def fail(self, error: FetchError) -> None:
        """Give it up because of what the function did."""
        self.failure = error
        self.cancel()

    def cancel(self) -> None:
        self.starting.cancel()
        self.started.set()
        if self.upload is not None:
            self.upload.stop()
        if self.pump is not None:
            self.pump.cancel()


class FetchService:
    """fetch for one invocation: its open fetches and its limits.  See services.api.Service."""

    def __init__(self, client: FetchClient, cdn_loop: str = "", trace: InvocationTrace | None = None) -> None:
        self._client = client
        self._trace = trace
        self._limits = client.limits
        self._loop = cdn_loop
        self._slots = trio.Semaphore(client.limits.concurrent)
        self._keeping = Keeping(client.limits.replay)
        self._started = 0
        self._open: dict[int, _Fetch] = {}
        self._over: set[int] = set()  # of those that were started
        self._closed = False

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {
            "fetch.start": self._start,
            "fetch.write": self._write,
            "fetch.end": self._end,
            "fetch.read": self._read,
            "fetch.cancel": self._cancel,
        }

    async def aclose(self) -> None:
        """Give up everything that is open.  Never raises."""
        self._closed = True
        fetches = list(self._open.values())
        for fetch in fetches:
            fetch.cancel()
        with trio.move_on_after(_CLOSE_TIMEOUT, shield=True):
            for fetch in fetches:
                if fetch.pump is not None:
                    await fetch.pump.finished.wait()
        for fetch in fetches:
            if fetch.span is not None:
                fetch.span.end()
        self._open.clear()

    # -- starting

    async def _start(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Start, args)
        fetch = self._find(wanted.stream)
        if fetch is None or fetch.begun:
            raise FetchError(f"the stream {wanted.stream} was used before", "request")
        fetch.begun = True
        if self._trace is not None:
            fetch.span = FetchSpan(self._trace, wanted.method, wanted.url)
        try:
            self._count()
            if wanted.upload:
                fetch.upload = Upload(wanted.length, self._limits.chunk, self._keeping)
            fetch.started.set()
            with fetch.starting:
                return await self._answer(wanted, data, fetch)
        except FetchError as error:
            if fetch.span is not None:
                fetch.span.failed(error)
            raise
        finally:
            if fetch.pump is None:
                self._finish(wanted.stream, fetch)
        if fetch.failure is not None:
            raise fetch.failure
        raise FetchError("the invocation is over" if self._closed else "it was given up", "request")

    def _count(self) -> None:
        self._started += 1
        if self._started > self._limits.subrequests:
            limit = self._limits.subrequests
            raise FetchError(f"this invocation made more than {limit} requests (egress.limits.subrequests)", "limit")

    def _find(self, number: int) -> _Fetch | None:
        """The fetch of this number, a new one when it was never heard of, None when it is over."""
        if self._closed:
            raise FetchError("the invocation is over", "request")
        if number in self._over:
            return None
        fetch = self._open.get(number)
        if fetch is None:
            if len(self._open) >= _MAX_EARLY + self._limits.concurrent:
                raise FetchError("too many fetches are open", "limit")
            fetch = self._open[number] = _Fetch()
        return fetch

    def _finish(self, number: int, fetch: _Fetch) -> None:
        """Nothing more happens to a fetch."""
        if self._open.pop(number, None) is None:
            return
        self._over.add(number)
        fetch.started.set()
        if fetch.span is not None:
            fetch.span.end()
        if fetch.upload is not None:
            fetch.upload.stop()
        if fetch.pump is not None:
            self._slots.release()

    async def _answer(self, wanted: _Start, data: bytes | None, fetch: _Fetch) -> Answer:
        await self._take_slot()
        try:
            response = await self._client.fetch(
                *(wanted.method, wanted.url, wanted.headers, fetch.upload or data, wanted.redirect, self._loop),
                fetch.span.carrier if fetch.span is not None else None,
            )
            if fetch.span is not None:
                fetch.span.answered(response)
            fetch.pump = self._client.pump(response.body, fetch.upload)
        finally:
            if fetch.pump is None:
                self._slots.release()
        return await self._head(response, wanted.stream, fetch, fetch.pump)

    async def _take_slot(self) -> None:
        with trio.move_on_after(self._limits.first_byte) as scope:
            await self._slots.acquire()
        if scope.cancelled_caught:
            limit = self._limits.concurrent
            reason = f"{limit} responses are open (egress.limits.concurrent); read them to their end or cancel them"
            raise FetchError(reason, "limit")

    async def _head(self, response: FetchResponse, number: int, fetch: _Fetch, pump: Pump) -> Answer:
        """The head, with the whole body when that has arrived."""
        small = response.length is not None and response.length <= self._limits.chunk
        with trio.move_on_after(_SOON if small else _AT_ONCE):
            await pump.finished.wait()
        body = pump.at_hand()
        if body is not None:
            self._finish(number, fetch)
        return Answer(_head_value(response, None if body is not None else number), body)

    # -- the request body

    async def _write(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """Comes back when there is room for more: true, or false when nobody wants it."""
        fetch = self._find(arguments(_Stream, args).stream)
        if fetch is None:
            return Answer(False)
        await fetch.started.wait()
        try:
            return Answer(fetch.upload is not None and await fetch.upload.write(data or b""))
        except FetchError as error:
            fetch.fail(error)
            raise

    async def _end(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        fetch = self._find(arguments(_Stream, args).stream)
        if fetch is not None:
            await fetch.started.wait()
            try:
                if fetch.upload is not None:
                    fetch.upload.end()
            except FetchError as error:
                fetch.fail(error)
                raise
        return Answer()

    # -- the response body

    async def _read(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        number = arguments(_Stream, args).stream
        fetch = self._open.get(number)
        if fetch is None or fetch.pump is None:
            raise FetchError("the response body is not open", "response")
        try:
            chunk, end = await fetch.pump.read(self._limits.chunk)
        except FetchError as error:
            if fetch.span is not None:
                fetch.span.failed(error)
            self._finish(number, fetch)
            raise
        if end:
            self._finish(number, fetch)
        return Answer(end, chunk)

    async def _cancel(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """Give up a fetch at any stage."""
        number = arguments(_Stream, args).stream
        fetch = self._find(number)
        if fetch is not None:
            fetch.cancel()
            if fetch.pump is not None:
                await fetch.pump.finished.wait()
                self._finish(number, fetch)
        return Answer()


def _head_value(response: FetchResponse, stream: int | None) -> dict[str, object]:
    return {
        "status": response.status,
        "status_text": response.reason,
        "headers": response.headers,
        "url": response.url,
        "redirected": response.redirected,
        "stream": stream,
    }
