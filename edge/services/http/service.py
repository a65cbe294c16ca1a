"""The host calls `fetch.start`, `fetch.read` and `fetch.cancel` of one invocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import trio

from edge.services.api import Answer, arguments
from edge.services.http.failure import FetchError
from edge.wire.messages import Header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.api import Handler
    from edge.services.http.body import Pump
    from edge.services.http.client import FetchClient
    from edge.services.http.response import FetchResponse

_SOON = 0.05  # seconds that a head waits for a body that is announced as small
_AT_ONCE = 0.002  # ... and for any other, which may be complete all the same
_CLOSE_TIMEOUT = 5.0


class _Start(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    method: str = "GET"
    headers: list[Header] = []
    redirect: Literal["follow", "error", "manual"] = "follow"


class _Stream(msgspec.Struct, forbid_unknown_fields=True):
    stream: int


class FetchService:
    """fetch for one invocation: its open responses and its limits.  See services.api.Service."""

    def __init__(self, client: FetchClient, cdn_loop: str = "") -> None:
        self._client = client
        self._limits = client.limits
        self._loop = cdn_loop
        self._slots = trio.Semaphore(client.limits.concurrent)
        self._started = 0
        self._open: dict[int, Pump] = {}
        self._starting: set[trio.CancelScope] = set()
        self._closed = False

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {"fetch.start": self._start, "fetch.read": self._read, "fetch.cancel": self._cancel}

    async def aclose(self) -> None:
        """Give up every open response.  Never raises."""
        self._closed = True
        for scope in tuple(self._starting):
            scope.cancel()
        pumps = list(self._open.values())
        for pump in pumps:
            pump.cancel()
        with trio.move_on_after(_CLOSE_TIMEOUT, shield=True):
            for pump in pumps:
                await pump.finished.wait()

    async def _start(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        wanted = arguments(_Start, args)
        self._count()
        with trio.CancelScope() as scope:
            self._starting.add(scope)
            try:
                return await self._answer(wanted, data)
            finally:
                self._starting.discard(scope)
        raise FetchError("the invocation is over", "request")

    def _count(self) -> None:
        if self._closed:
            raise FetchError("the invocation is over", "request")
        self._started += 1
        if self._started > self._limits.subrequests:
            limit = self._limits.subrequests
            raise FetchError(f"this invocation made more than {limit} requests (subrequests limit)", "limit")

    async def _answer(self, wanted: _Start, data: bytes | None) -> Answer:
        await self._take_slot()
        try:
            response = await self._client.fetch(
                wanted.method, wanted.url, wanted.headers, data, wanted.redirect, self._loop
            )
            pump = self._client.pump(response.body)
        except BaseException:
            self._slots.release()
            raise
        return await self._head(response, pump)

    async def _take_slot(self) -> None:
        with trio.move_on_after(self._limits.first_byte) as scope:
            await self._slots.acquire()
        if scope.cancelled_caught:
            limit = self._limits.concurrent
            raise FetchError(f"{limit} responses are open; read them to their end or cancel them", "limit")

    async def _head(self, response: FetchResponse, pump: Pump) -> Answer:
        """The head, with the whole body when that has arrived."""
        number = self._started
        self._open[number] = pump
        small = response.length is not None and response.length <= self._limits.chunk
        with trio.move_on_after(_SOON if small else _AT_ONCE):
            await pump.finished.wait()
        body = pump.at_hand()
        if body is not None:
            self._release(number)
        return Answer(_head_value(response, None if body is not None else number), body)

    async def _read(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        number = arguments(_Stream, args).stream
        pump = self._open.get(number)
        if pump is None:
            raise FetchError("the response body is not open", "response")
        try:
            chunk, end = await pump.read(self._limits.chunk)
        except FetchError:
            self._release(number)
            raise
        if end:
            self._release(number)
        return Answer(end, chunk)

    async def _cancel(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        number = arguments(_Stream, args).stream
        pump = self._open.get(number)
        if pump is not None:
            pump.cancel()
            await pump.finished.wait()
            self._release(number)
        return Answer()

    def _release(self, number: int) -> None:
        if self._open.pop(number, None) is not None:
            self._slots.release()


def _head_value(response: FetchResponse, stream: int | None) -> dict[str, object]:
    return {
        "status": response.status,
        "status_text": response.reason,
        "headers": response.headers,
        "url": response.url,
        "redirected": response.redirected,
        "stream": stream,
    }
