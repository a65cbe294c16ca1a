"""The process of a binding: imports the operator's code and answers calls until the gateway hangs up.

    python -m edge.services.python.worker SOCKET trio|asyncio

Nobody but the gateway writes to the socket; it is read by a thread of its own, so that the process ends with the
gateway also when the operator's code never gives the event loop back.
"""

from __future__ import annotations

import os
import resource
import socket
import sys
import threading
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from edge.services.python.calls import perform
from edge.services.python.frames import (
    CallFrame,
    Cancel,
    Failed,
    FrameError,
    FromProcess,
    Load,
    Loaded,
    NotLoaded,
    Unpacker,
    pack,
    to_process,
)
from edge.services.python.target import Target, TargetError, files, load
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_PIECE = 256 * KIB
_CLOSE = 5.0
"""Seconds that what the target has open may take to close."""


class Loop(Protocol):
    """Tasks by number, on whatever event loop there is."""

    def soon(self, function: Callable[..., object], *args: object) -> None:
        """Call it on the loop's thread; from any thread."""

    def start(self, number: int, task: Callable[[], Awaitable[None]]) -> None:
        """Begin a task."""

    def cancel(self, number: int) -> None:
        """End it, if it goes on."""

    async def in_thread(self, function: Callable[[], object]) -> object:
        """Run a function that blocks."""

    def close(self) -> None:
        """Let `closed` return."""

    async def closed(self) -> None:
        """Until nobody calls any more."""


class _Worker:
    def __init__(self, connection: socket.socket, frames: Iterator[bytes], loop: Loop) -> None:
        self._connection = connection
        self._frames = frames
        self._loop = loop
        self._target: Target

    async def serve(self, stack: AsyncExitStack) -> None:
        """From the import to the end."""
        wanted = to_process.decode(next(self._frames))
        assert isinstance(wanted, Load)
        _limit(wanted.memory)
        try:
            self._target = load(wanted.target, wanted.folders, wanted.options)
            await self._target.enter(stack)
        except TargetError as error:
            self._send(NotLoaded(str(error)))
            return
        signatures = {name: each.signature.text for name, each in self._target.methods.items()}
        self._send(Loaded(self._target.kind, signatures, files(wanted.folders)))
        threading.Thread(target=self._read, daemon=True).start()
        await self._loop.closed()

    def _read(self) -> None:
        """On a thread."""
        for body in self._frames:
            self._loop.soon(self._take, to_process.decode(body))
        self._loop.soon(self._loop.close)
        threading.Event().wait(_CLOSE)
        os._exit(0)  # it did not close

    def _take(self, message: Load | CallFrame | Cancel) -> None:
        if isinstance(message, CallFrame):
            self._loop.start(message.id, partial(self._answer, message))
        elif isinstance(message, Cancel):
            self._loop.cancel(message.id)

    async def _answer(self, frame: CallFrame) -> None:
        answer: FromProcess = Failed(frame.id, "canceled")
        try:
            answer = await perform(self._target, frame, self._loop.in_thread)
        finally:
            self._send(answer)

    def _send(self, message: FromProcess) -> None:
        try:
            data = pack(message)
        except FrameError as error:
            data = pack(Failed(getattr(message, "id", 0), "internal", detail=f"the result is too large: {error}"))
        try:
            self._connection.sendall(data)
        except OSError:
            os._exit(0)  # the gateway has gone


def _limit(memory: int) -> None:
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _frames(connection: socket.socket) -> Iterator[bytes]:
    unpacker = Unpacker()
    while data := connection.recv(_PIECE):
        yield from unpacker.feed(data)


def main(descriptor: int, loop: str) -> None:
    """Serve a socket."""
    with suppress(OSError):  # Linux: what `ps` shows
        Path("/proc/self/comm").write_text("edge-binding", "ascii")
    connection = socket.socket(fileno=descriptor)
    frames = _frames(connection)

    async def serve(found: Loop, stack: AsyncExitStack) -> None:
        await _Worker(connection, frames, found).serve(stack)

    if loop == "asyncio":
        from edge.services.python.asyncio_loop import run as run_asyncio  # noqa: PLC0415 - one of both

        run_asyncio(serve)
    else:
        from edge.services.python.trio_loop import run as run_trio  # noqa: PLC0415 - one of both

        run_trio(serve)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
