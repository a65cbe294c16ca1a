"""The server that cases fetch from: small answers, an endless one, and one that is small only on the wire."""

from __future__ import annotations

import gzip
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import h11
import trio

from edge.corpus.faults.deployment import Origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = "127.0.0.1"
BOMB_BYTES = 1 << 30
"""Size of /bomb.gz when it is decompressed."""
_PIECE = bytes(64 << 10)


def _bomb() -> bytes:
    """As many members as it takes: gzip allows them one after the other (RFC 1952, section 2.2)."""
    member = gzip.compress(bytes(16 << 20), 9)
    return member * (BOMB_BYTES >> 24)


async def serve(*, task_status: trio.TaskStatus[Origin]) -> None:
    """Serve until cancelled; started with where."""
    bomb = _bomb()

    async def connection(stream: trio.SocketStream) -> None:
        with suppress(OSError, trio.BrokenResourceError, h11.RemoteProtocolError):
            await _serve_connection(stream, bomb)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, connection, 0, host=HOST))
        task_status.started(Origin(HOST, listeners[0].socket.getsockname()[1]))


async def _serve_connection(stream: trio.SocketStream, bomb: bytes) -> None:
    connection = h11.Connection(h11.SERVER)
    target = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(64 << 10)))
        elif isinstance(event, h11.Request):
            target = event.target
        elif isinstance(event, h11.EndOfMessage):
            await _answer(stream, connection, target, bomb)
            if connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()
        elif isinstance(event, h11.ConnectionClosed):
            return


async def _answer(stream: trio.SocketStream, connection: h11.Connection, target: bytes, bomb: bytes) -> None:
    if target.startswith(b"/big"):
        await _send(stream, connection, [], _endless())
    elif target.startswith(b"/bomb"):
        await _send(stream, connection, [(b"content-encoding", b"gzip")], _once(bomb))
    else:
        await _send(stream, connection, [], _once(b"ok"))


async def _send(
    stream: trio.SocketStream,
    connection: h11.Connection,
    headers: list[tuple[bytes, bytes]],
    body: AsyncIterator[bytes],
) -> None:
    head = h11.Response(status_code=200, headers=headers)
    await stream.send_all(connection.send(head) or b"")
    async for piece in body:
        await stream.send_all(connection.send(h11.Data(piece)) or b"")
    await stream.send_all(connection.send(h11.EndOfMessage()) or b"")


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield _PIECE
