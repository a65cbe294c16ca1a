"""The processes of builds: one is made ahead of need, sealed and waiting; those that are done are reaped beside."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

import trio

from edge.engine.builder_child import IDLE_SECONDS
from edge.errors import EngineCrashError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

REAP_DEADLINE = 10.0  # seconds that the kernel may take to end a process of 2 GiB

_REST = 0.2  # seconds after a build that belong to the first answer of what was built


class Child(Protocol):
    """The process of one build."""

    def kill(self) -> None:
        """SIGKILL, unless it has ended."""

    async def wait(self) -> object:
        """Until it has ended and nothing is left of it."""


class _Made(NamedTuple):
    """A process that has not been asked for anything, and our end of its socket."""

    child: Child
    channel: socket.socket
    since: float


class BuildChildren:
    """Makes a process for each build, which is killed and reaped when that ends, however it ends.

    `spawn` starts a process that runs `builder_child.serve_build`, and gives its pid and the other end of its socket;
    `adopt` makes us responsible for it.  Both may raise EngineCrashError.  Within `ready` there is one ahead of need:
    getting ready and sealing itself takes a process as long as building a small package does.
    """

    def __init__(
        self, spawn: Callable[[], Awaitable[tuple[int, socket.socket]]], adopt: Callable[[int], Child]
    ) -> None:
        self._spawn = spawn
        self._adopt = adopt
        self._lock = trio.Lock()
        self._spare: _Made | None = None
        self._taken = trio.Event()
        self._nursery: trio.Nursery | None = None

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """While inside, one process waits for the next build.  At the end none is left that has ended or is spare."""
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._keep_one)
                try:
                    yield
                finally:
                    self._nursery.cancel_scope.cancel()
        finally:
            self._nursery = None
            await self._discard()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[tuple[trio.SocketStream, bool]]:
        """The pipe to a process of one's own, and whether that was there before.  Raises EngineCrashError."""
        made, waited = await self._take()
        try:
            async with trio.SocketStream(trio.socket.from_stdlib_socket(made.channel)) as stream:
                yield stream, waited
        finally:
            made.child.kill()
            self._taken.set()
            if self._nursery is None:
                await _reaped(made.child)
            else:
                self._nursery.start_soon(_reaped, made.child)  # a process with a heap takes a while to go

    async def _take(self) -> tuple[_Made, bool]:
        async with self._lock:  # one that is just being made is worth waiting for
            if self._spare is not None and _waits(self._spare):
                made, self._spare = self._spare, None
                return made, True
            await self._discard()
            return await self._make(), False

    async def _make(self) -> _Made:
        pid, channel = await self._spawn()
        try:
            return _Made(self._adopt(pid), channel, trio.current_time())
        except BaseException:
            channel.close()
            raise

    async def _keep_one(self) -> None:
        """Make another one after each build, and in the place of one that has waited for long."""
        while True:
            await trio.sleep(_REST)
            self._taken = trio.Event()
            with suppress(EngineCrashError):  # whoever builds is told
                await self._renew()
            with trio.move_on_after(IDLE_SECONDS / 2):
                await self._taken.wait()

    async def _renew(self) -> None:
        async with self._lock:
            if self._spare is not None and _waits(self._spare):
                return
            await self._discard()
            self._spare = await self._make()

    async def _discard(self) -> None:
        made, self._spare = self._spare, None
        if made is not None:
            made.channel.close()
            made.child.kill()
            await _reaped(made.child)


def _waits(made: _Made) -> bool:
    """Whether it is there still, and will be for a build: its own clock runs."""
    if trio.current_time() - made.since > IDLE_SECONDS / 2:
        return False
    try:
        made.channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False  # it has ended, or says that it cannot be sealed: the next one is heard


async def _reaped(child: Child) -> None:
    with trio.move_on_after(REAP_DEADLINE, shield=True):
        await child.wait()
