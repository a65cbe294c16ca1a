"""A small load generator: keeps some HTTP/1.1 connections busy, one request at a time on each.

`python -m bench.load PORT PATHS CONNECTIONS SECONDS [REQUESTS [BURST [BODY]]]` asks 127.0.0.1 and prints a `Load` as
JSON.  PATHS are asked for in turn, BURST times each; with BODY they are sent so many bytes of JSON.  It is a
process of its own, so that its work is not counted as that of the gateway, and it is bounded in time and in requests.
"""

from __future__ import annotations

import itertools
import selectors
import socket
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from bench.cost import quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_REQUESTS = 1_000_000
STALL_SECONDS = 10.0
_CHUNK = 64 * 1024


class Load(msgspec.Struct):
    """What came of it: `errors` are answers other than 200; times in seconds."""

    requests: int
    errors: int
    seconds: float
    p50: float
    p99: float


class BrokenConnectionError(Exception):
    """The gateway closed a connection, or answered what this client does not understand."""


class Connection:
    """One connection with at most one request on its way."""

    def __init__(self, port: int, requests: Iterator[bytes], selector: selectors.BaseSelector) -> None:
        self._port = port
        self._requests = requests
        self._selector = selector
        self._buffer = b""
        self._began = 0.0
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), STALL_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self.socket, selectors.EVENT_READ, self)

    def close(self) -> None:
        """Stop listening to it, too."""
        self._selector.unregister(self.socket)
        self.socket.close()

    def ask(self) -> None:
        """Send the next request; what the socket's buffer does not take is waited for."""
        request = next(self._requests)
        self._began = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> tuple[bool, float] | None:
        """Read what has come.  Whether the answer is a 200, and its seconds, once it is complete.

        Raises BrokenConnectionError.
        """
        data = self.socket.recv(_CHUNK)
        if not data:
            raise BrokenConnectionError("the gateway closed the connection")
        self._buffer += data
        answer = read_answer(self._buffer)
        if answer is None:
            return None
        spent = time.perf_counter() - self._began
        self._buffer = self._buffer[answer.size :]
        if answer.last:
            self.close()
            self._open()
        return answer.good, spent


class Answer(msgspec.Struct, frozen=True):
    """One answer: whether it is a 200, its bytes, and whether the connection ends with it."""

    good: bool
    size: int
    last: bool


def read_answer(data: bytes) -> Answer | None:
    """The answer at the start of `data`, or None while it is not complete.

    Raises BrokenConnectionError when its head has no Content-Length.
    """
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return None
    status, *lines = head.lower().split(b"\r\n")
    fields = dict(line.split(b":", 1) for line in lines)
    if b"content-length" not in fields:
        raise BrokenConnectionError("an answer without Content-Length")
    size = len(head) + len(end) + int(fields[b"content-length"])
    if len(data) < size:
        return None
    return Answer(status.startswith(b"http/1.1 200 "), size, b"close" in fields.get(b"connection", b""))


def request_of(port: int, path: str, body: int = 0) -> bytes:
    """A GET as it goes over the wire, or a POST of `body` bytes: a text in JSON."""
    common = f"{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: edge-bench\r\nAccept: */*\r\n"
    if not body:
        return f"GET {common}\r\n".encode()
    content = b'["' + b"x" * (body - 4) + b'"]'
    return f"POST {common}Content-Type: application/json\r\nContent-Length: {body}\r\n\r\n".encode() + content


def run(
    port: int,
    paths: Sequence[str],
    connections: int,
    seconds: float,
    limit: int = MAX_REQUESTS,
    burst: int = 1,
    body: int = 0,
) -> Load:
    """Ask until the time is up, or `limit` requests were answered.

    Raises OSError when the gateway cannot be reached, BrokenConnectionError.
    """
    requests = itertools.cycle([request for path in paths for request in [request_of(port, path, body)] * burst])
    with selectors.DefaultSelector() as selector:
        opened = [Connection(port, requests, selector) for _ in range(min(connections, limit))]
        began = time.perf_counter()
        waits, errors = _ask_all(opened, selector, began + seconds, limit)
        spent = time.perf_counter() - began
        for connection in opened:
            connection.close()
    waits.sort()
    return Load(len(waits), errors, spent, quantile(waits, 0.5), quantile(waits, 0.99))


def _ask_all(
    opened: list[Connection], selector: selectors.BaseSelector, until: float, limit: int
) -> tuple[list[float], int]:
    """Seconds of each answer, and how many were not 200."""
    waits: list[float] = []
    errors = 0
    for connection in opened:
        connection.ask()
    busy = len(opened)
    while busy:
        events = selector.select(STALL_SECONDS)
        if not events:
            raise BrokenConnectionError(f"no answer within {STALL_SECONDS:g} s")
        for key, _ in events:
            answer = key.data.take()
            if answer is None:
                continue
            errors += not answer[0]
            waits.append(answer[1])
            if time.perf_counter() < until and len(waits) + busy <= limit:
                key.data.ask()
            else:
                busy -= 1
    return waits, errors


def main(arguments: list[str]) -> None:
    """See the module."""
    port, paths, connections, seconds, *rest = arguments
    limits = [int(number) for number in rest]
    found = run(int(port), paths.split(","), int(connections), float(seconds), *limits)
    sys.stdout.write(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
