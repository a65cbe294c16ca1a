"""Byte streams under WebSockets."""

from __future__ import annotations

import contextlib

import trio

from edge.units import KIB

_PIECE = 16 * KIB
_CLOSE_SECONDS = 2.0


class TrioStream:
    """One of Trio's streams; see link.ByteStream.  `send_timeout` is for the peer to take 64 KiB."""

    def __init__(self, stream: trio.abc.Stream, send_timeout: float = 20.0) -> None:
        self._stream = stream
        self._timeout = send_timeout
        self._lock = trio.Lock()

    async def receive(self) -> bytes:
        """See ByteStream."""
        try:
            return bytes(await self._stream.receive_some(_PIECE))
        except trio.ClosedResourceError as error:
            raise trio.BrokenResourceError from error

    async def send(self, data: bytes) -> None:
        """See ByteStream."""
        view = memoryview(data)
        complete = False
        try:
            async with self._lock:
                for start in range(0, len(view), 64 * KIB):
                    with trio.fail_after(self._timeout):
                        await self._stream.send_all(view[start : start + 64 * KIB])
            complete = True
        except (trio.TooSlowError, trio.ClosedResourceError, OSError) as error:
            raise trio.BrokenResourceError from error
        finally:
            if not complete:  # half a frame may have left
                await trio.aclose_forcefully(self._stream)

    async def aclose(self) -> None:
        """See ByteStream."""
        with trio.move_on_after(_CLOSE_SECONDS, shield=True):
            with contextlib.suppress(trio.BrokenResourceError, trio.BusyResourceError, OSError):
                await self._stream.aclose()
        await trio.aclose_forcefully(self._stream)
