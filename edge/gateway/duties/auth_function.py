"""`function`: another function is asked about each request.

It gets method, URL and headers of the request, and no body.  Status 2xx lets the request pass, unless the body is JSON
that says `{"allow": false}`; such a body may name a `subject` and `claims`.  Every other answer is the client's.
It has no time after its answer: work that it gives to `waitUntil` is ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from edge.errors import BadResponseError, ForbiddenError, InternalError
from edge.gateway.answers import Answer
from edge.gateway.duties.identity import Allowed, RefusedError
from edge.gateway.duties.routed import Identity
from edge.gateway.request_head import function_headers
from edge.gateway.scheduled_run import CollectingExchange
from edge.invocation import Outcome
from edge.wire.messages import Request
from edge.wire.response_head import response_head

if TYPE_CHECKING:
    from edge.config.auth_model import AuthConfig
    from edge.function import Function
    from edge.gateway.duties.routed import RoutedRequest
    from edge.invocation import Invoker
    from edge.wire.messages import Header

MAX_ANSWER: Final = 1024 * 1024
MAX_WORD: Final = 64 * 1024
_NO_TIME: Final = 0.01
_OF_BODY: Final = frozenset({"content-length", "content-encoding", "transfer-encoding", "expect"})


class _Word(msgspec.Struct, frozen=True):
    """What a function may say in the body of an answer that lets a request pass."""

    allow: bool = True
    subject: str = ""
    claims: dict[str, Any] = {}


class FunctionAuth:
    """A Method."""

    def __init__(self, config: AuthConfig, invoker: Invoker | None) -> None:
        self._name = config.function
        self._timeout = config.timeout
        self._invoker = invoker
        self._told = frozenset(name.lower() for name in config.headers)
        self.owned = frozenset(name.replace("_", "-") for name in self._told)

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method.  Raises what the function failed with."""
        function = self._limited(request.generation.function(self._name))
        if self._invoker is None:
            raise InternalError("no function can be asked here")
        exchange = CollectingExchange(MAX_ANSWER)
        asked = _request(request)
        receipt = await self._invoker.invoke(function, asked, request.request_id, exchange)
        if receipt.error is not None and receipt.outcome is not Outcome.OK:
            raise receipt.error
        head = response_head(exchange.status, exchange.headers) if exchange.status else None
        if head is None or exchange.truncated:
            raise BadResponseError(f"function {self._name}, which is asked who may pass, gave no answer of up to 1 MiB")
        if not 200 <= head.status < 300:
            length = (b"content-length", b"%d" % len(exchange.body))
            raise RefusedError(Answer(head.status, [*head.headers, length], exchange.body))
        word = _word(exchange)
        if not word.allow:
            raise ForbiddenError("this is not allowed")
        given = [(name.lower(), value) for name, value in exchange.headers if name.lower() in self._told]
        return Allowed(Identity("function", word.subject, word.claims), given)

    def _limited(self, function: Function) -> Function:
        limits = function.limits
        changed = msgspec.structs.replace(limits, timeout=min(self._timeout, limits.timeout), wait_until=_NO_TIME)
        return msgspec.structs.replace(function, limits=changed)


def _request(request: RoutedRequest) -> Request:
    headers: list[Header] = [
        header for header in function_headers(request.headers, trusted=False) if header[0] not in _OF_BODY
    ]
    return Request(request.method, request.url, request.path, request.query, headers=headers, ip=request.ip)


def _word(exchange: CollectingExchange) -> _Word:
    """Raises BadResponseError: what cannot be understood lets nobody pass."""
    kinds = [value for name, value in exchange.headers if name.lower() == "content-type"]
    if not any("json" in kind.lower() for kind in kinds) or not exchange.body:
        return _Word()
    try:
        if len(exchange.body) > MAX_WORD:
            raise ValueError(len(exchange.body))
        return msgspec.json.decode(exchange.body, type=_Word)
    except (ValueError, RecursionError) as error:
        raise BadResponseError(
            "the function that is asked who may pass answered with JSON that says nothing"
        ) from error
