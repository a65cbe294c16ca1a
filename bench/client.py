"""One client on one connection, which times what it asks; in this process, so nothing else may run in it meanwhile."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from bench.load import STALL_SECONDS, BrokenConnectionError, read_answer, request_of

if TYPE_CHECKING:
    from types import TracebackType

_CHUNK = 64 * 1024


class Asked(NamedTuple):
    """One request: whether it was answered with 200, and when, by time.perf_counter."""

    good: bool
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


class Client:
    """Use as a context manager.  Raises OSError when the gateway cannot be reached."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port), STALL_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, path: str) -> Asked:
        """One GET.  Raises BrokenConnectionError, and TimeoutError after STALL_SECONDS."""
        began = time.perf_counter()
        self._socket.sendall(request_of(self._port, path))
        data = b""
        while (answer := read_answer(data)) is None:
            part = self._socket.recv(_CHUNK)
            if not part:
                raise BrokenConnectionError("the gateway closed the connection")
            data += part
        return Asked(answer.good, began, time.perf_counter())
