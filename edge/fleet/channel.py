"""Messages between two processes of a gateway, over a pair of sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
import trio

from edge.fleet.messages import MAX_MESSAGE
from edge.wire.frames import FrameReader, frame

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

T = TypeVar("T")

SEND_DEADLINE = 10.0
"""Seconds in which the other side takes a message; one that does not is beyond help."""
_PIECE = 256 * 1024


class Channel(Generic[T]):
    """`kind` is the type of what comes in.  Sending raises trio.BrokenResourceError once the other side has gone."""

    def __init__(self, sock: socket.socket, kind: Any) -> None:
        sock.setblocking(False)
        self._stream = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kind)
        self._reader = FrameReader(MAX_MESSAGE)
        self._waiting: list[bytes] = []
        self._turn = trio.Lock()
        self._broken = False

    async def send(self, message: msgspec.Struct) -> None:
        """Whole or not at all: a message that was cut short ends the channel."""
        data = frame(msgspec.msgpack.encode(message))
        async with self._turn:
            if self._broken:
                raise trio.BrokenResourceError("the channel is broken")
            self._broken = True
            try:
                with trio.fail_after(SEND_DEADLINE):
                    await self._stream.send_all(data)
            except (trio.TooSlowError, trio.ClosedResourceError) as error:
                raise trio.BrokenResourceError("the other process does not listen") from error
            self._broken = False

    async def receive(self) -> T:
        """The next message.  Raises EOFError when the other side has gone or talks nonsense."""
        while not self._waiting:
            try:
                data = await self._stream.receive_some(_PIECE)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                data = b""
            if not data:
                raise EOFError
            self._waiting = self._reader.feed(bytes(data))
        try:
            return self._decoder.decode(self._waiting.pop(0))
        except msgspec.DecodeError as error:
            raise EOFError from error

    async def __aiter__(self) -> AsyncIterator[T]:
        """All messages, until the other side has gone."""
        while True:
            try:
                message = await self.receive()
            except EOFError:
                return
            yield message

    def close(self) -> None:
        """Without waiting."""
        self._stream.socket.close()
