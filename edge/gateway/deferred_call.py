"""Accepting a deferred invocation: `POST /invoke-async/NAME[/PATH]` is read like a request, and put into the queue."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from edge.errors import BodyTooLargeError, CallerError, MethodNotAllowedError, RequestTimeoutError
from edge.gateway.answers import NO_STORE, json_answer
from edge.gateway.call import RequestCall
from edge.gateway.request_id import request_id
from edge.services.egress.url import UrlError, parse_url
from edge.services.queue.records import Wanted
from edge.services.queue.store import Queue
from edge.services.queue.table import Bounds

if TYPE_CHECKING:
    from edge.function import Function
    from edge.gateway.dispatch_parts import DispatchParts
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.generations import Generation
    from edge.invocation import Receipt
    from edge.wire.messages import Request

IDEMPOTENCY_KEY = "idempotency-key"
CALLBACK_URL = "x-callback-url"
INVOCATION_TYPE = "x-amz-invocation-type"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_MAX_URL = 4096


class Acceptance(msgspec.Struct, frozen=True):
    """Where deferred invocations go, and how much is taken."""

    queue: Queue
    bounds: Bounds
    max_payload: int


class DeferredCall(RequestCall):
    """One request for a deferred invocation; answers 202 and its id."""

    def __init__(
        self,
        parts: DispatchParts,
        scope: Any,
        receive: Receive,
        send: Send,
        acceptance: Acceptance,
        *,
        function: str,
        prefix: str,
    ) -> None:
        super().__init__(parts, scope, receive, send, function=function, prefix=prefix)
        self._acceptance = acceptance

    async def _serve(self, generation: Generation) -> Receipt | None:
        if self.method != "POST":
            raise MethodNotAllowedError(f"{self.method} defers nothing", allow=("POST",))
        key, callback = self._key(), self._callback()
        target = self._read_target()
        function, request = await self._read(generation, target, self._find(generation, target))
        wanted = Wanted(
            request_id(None, None), function.name, _stored(request), key, _digest(request), callback
        )  # fmt: skip
        record, is_new = await self._acceptance.queue.add(wanted, self._acceptance.bounds)
        place = f"/invocations/{record.id}"
        body = {
            "id": record.id,
            "invocation_id": record.id,
            "function": record.function,
            "status": record.state,
            "status_url": place,
            "duplicate": not is_new,
        }
        await self.exchange.answer(json_answer(202, body, [(b"location", place.encode("ascii")), NO_STORE]))
        return None

    def _key(self) -> str:
        key = self.known.get(IDEMPOTENCY_KEY, "")
        if IDEMPOTENCY_KEY in self.known and not _KEY.fullmatch(key):
            raise CallerError("Idempotency-Key must have 1 to 255 printable ASCII characters")
        return key

    def _callback(self) -> str:
        url = self.known.get(CALLBACK_URL, "")
        if not url:
            return ""
        if len(url) > _MAX_URL:
            raise CallerError(f"X-Callback-Url has {len(url)} characters, over the limit of {_MAX_URL}")
        try:
            parse_url(url)
        except UrlError as error:
            raise CallerError(f"X-Callback-Url: {error}") from error
        return url

    async def _read_body(self, function: Function) -> tuple[bytes | None, bool]:
        """All of it: who sent it will have gone when it is read."""
        del function
        length = self._announced()
        if length is not None:
            self._check_payload(length)
        body, seconds = bytearray(), self.parts.settings.body_timeout
        try:
            with trio.fail_after(seconds):
                while part := await self.exchange.read():
                    body += part
                    self._check_payload(len(body))
        except trio.TooSlowError as error:
            raise RequestTimeoutError(f"the request body did not come within {seconds:g} s") from error
        return bytes(body) or None, False

    def _check_payload(self, size: int) -> None:
        limit = self._acceptance.max_payload
        if size > limit:
            raise BodyTooLargeError(f"the request body is over the limit of {limit} bytes (queue.max_payload)")


def _stored(request: Request) -> Request:
    """Without what was meant for the queue; that it was invoked as an event, each attempt says."""
    meant = {IDEMPOTENCY_KEY, CALLBACK_URL, INVOCATION_TYPE}
    headers = [header for header in request.headers if header[0] not in meant]
    return msgspec.structs.replace(request, headers=headers)


def _digest(request: Request) -> bytes:
    """Of what makes two requests the same."""
    parts = [request.method, request.path, request.query, request.body]
    return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()
