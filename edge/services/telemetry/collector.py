"""The operator's collector, spoken to over one connection; functions' egress policy has no part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import httpcore
import msgspec
import trio

from edge import __version__
from edge.wire.messages import Header

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

_MAX_ANSWER = 64 * 1024
_KEEP_ALIVE = 60.0
_GOODBYE = 0.2
_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
    ValueError,
    RuntimeError,
)


class Answer(msgspec.Struct, frozen=True):
    """What came of a request: `status` 0 is no answer, for the reason in `error`."""

    status: int
    headers: list[Header] = []
    body: bytes = b""
    error: str = ""


class Collector:
    """An async context manager.  `headers` may be secret; a request has `timeout` seconds, answer included.

    `context` (TLS) is for an https URL.
    """

    def __init__(self, url: str, headers: Sequence[Header], context: ssl.SSLContext | None, timeout: float) -> None:
        self._url = url
        self._headers = list(headers)
        self._timeout = timeout
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, max_connections=1, keepalive_expiry=_KEEP_ALIVE
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        with trio.move_on_after(_GOODBYE, shield=True):
            await self._pool.aclose()

    async def post(self, body: bytes, *, compressed: bool) -> Answer:
        """Send one batch, encoded.  Raises nothing that has to do with the other side."""
        coding = [("content-encoding", "gzip")] if compressed else []
        headers = [
            *self._headers,
            *coding,
            ("content-type", "application/x-protobuf"),
            ("content-length", str(len(body))),
            ("user-agent", f"edge/{__version__}"),
        ]
        try:
            with trio.fail_after(self._timeout):
                async with self._pool.stream("POST", self._url, headers=headers, content=body) as response:
                    return await _read(response)
        except trio.TooSlowError:
            return Answer(0, error=f"no answer within {self._timeout:g} s")
        except _FAILURES as error:
            return Answer(0, error=_reason(error))


def _reason(error: BaseException) -> str:
    """The text of the innermost cause that has one: what the TLS library says, for instance."""
    text, cause = str(error) or type(error).__name__, error.__cause__ or error.__context__
    for _ in range(5):
        if cause is None:
            break
        text, cause = str(cause) or text, cause.__cause__ or cause.__context__
    return text


async def _read(response: httpcore.Response) -> Answer:
    body = bytearray()
    async for part in response.aiter_stream():
        body += part
        if len(body) > _MAX_ANSWER:
            break
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers]
    return Answer(response.status, headers, bytes(body[:_MAX_ANSWER]))
