"""A small HTTP/1.1 client for checks: it tells apart how an answer ends, and takes bodies of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import h11
import msgspec
import trio

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = 64 << 10
"""Bytes of a body that are kept; the rest is read and forgotten."""
IDLE = 15.0
"""Seconds after which an unused connection is given up, before the server may do so just as a request leaves."""
_READ = 256 << 10


class Answer(msgspec.Struct):
    """What came back.  `status` is 0 without a head; `trouble` says why the answer is not `complete`."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    size: int = 0
    complete: bool = False
    trouble: str = ""
    seconds: float = 0.0


class HttpClient:
    """Requests to one server, on kept connections.  Use as a context manager."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._idle: list[_Connection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._idle:
            connection.stream.socket.close()
        self._idle.clear()

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", *, within: float
    ) -> Answer:
        """Send a request and read its answer for `within` seconds at most.  Never raises for the server's sake."""
        answer = Answer()
        started = trio.current_time()
        with trio.move_on_after(within) as scope:
            try:
                await self._exchange(_request(method, target, self._authority, headers, body), body, answer)
            except (OSError, trio.BrokenResourceError) as error:
                answer.trouble = f"the connection broke: {error.__cause__ or error}"
            except h11.RemoteProtocolError as error:
                answer.trouble = str(error)
        if scope.cancelled_caught:
            answer.trouble = f"it went on for {within:g} s"
        answer.seconds = trio.current_time() - started
        return answer

    @property
    def _authority(self) -> str:
        return f"{self._host}:{self._port}"

    async def _exchange(self, request: h11.Request, body: bytes, answer: Answer) -> None:
        connection = self._unused() or _Connection(await trio.open_tcp_stream(self._host, self._port))
        kept = False
        try:
            await connection.send(request, body)
            await connection.read(answer)
            if kept := connection.reusable():
                self._idle.append(connection)
        finally:
            if not kept:
                connection.stream.socket.close()

    def _unused(self) -> _Connection | None:
        """The connection that was used last; those that have waited for long are closed."""
        now = trio.current_time()
        while self._idle and now - self._idle[0].used > IDLE:
            self._idle.pop(0).stream.socket.close()
        return self._idle.pop() if self._idle else None


class _Connection:
    """One connection; `used` is when its last answer ended."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.used = 0.0
        self._http = h11.Connection(h11.CLIENT)

    async def send(self, request: h11.Request, body: bytes) -> None:
        events = [request, *([h11.Data(body)] if body else []), h11.EndOfMessage()]
        await self.stream.send_all(b"".join(self._http.send(event) or b"" for event in events))

    async def read(self, answer: Answer) -> None:
        while not answer.complete:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                data = bytes(await self.stream.receive_some(_READ))
                if not data and not answer.status:
                    raise trio.BrokenResourceError("it was closed without an answer")
                self._http.receive_data(data)
            else:
                _take(event, answer)

    def reusable(self) -> bool:
        """Whether another request may follow; made ready for it."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.used = trio.current_time()
        return True


def _request(method: str, target: str, authority: str, headers: Mapping[str, str], body: bytes) -> h11.Request:
    length = {"content-length": str(len(body))} if body else {}
    return h11.Request(method=method, target=target, headers=list({"host": authority, **headers, **length}.items()))


def _take(event: object, answer: Answer) -> None:
    if isinstance(event, h11.Response):
        answer.status = event.status_code
        answer.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
    elif isinstance(event, h11.Data):
        answer.size += len(event.data)
        answer.body += bytes(event.data[: KEPT - len(answer.body)])
    elif isinstance(event, h11.EndOfMessage):
        answer.complete = True
    elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
        raise h11.RemoteProtocolError("the server switched protocols or closed in the middle of its answer")
