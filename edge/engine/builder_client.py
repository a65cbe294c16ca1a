"""The gateway's side of snapshot builds: starts the zygote, sends requests, bears with children that die."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.engine.build import MAX_MESSAGE, BuildRequest, Built, Level, Progress, Raw, Record, Transformed, Warmed
from edge.errors import EngineCrashError, PackageError

if TYPE_CHECKING:
    import pathlib
    from collections.abc import AsyncIterator

_LENGTH = struct.Struct("<Q")
STARTUP_DEADLINE = 5.0  # seconds for running a package's top level
BUILD_DEADLINE = 30.0  # seconds for everything else of a build


class Outcome(msgspec.Struct, frozen=True):
    """A build's end: the modules to run, the snapshot of them, and why its level is not a better one."""

    records: list[Record]
    built: Built


class Builder:
    """Builds snapshots in children of a zygote process."""

    def __init__(self, runtime: pathlib.Path, transform: pathlib.Path) -> None:
        self._paths = (str(runtime), str(transform))
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, runtime: pathlib.Path, transform: pathlib.Path) -> AsyncIterator[Builder]:
        """A builder whose processes end with the block.  The paths are of snapshot files."""
        builder = cls(runtime, transform)
        builder._start()
        try:
            yield builder
        finally:
            builder._stop()

    async def build(self, request: BuildRequest) -> Outcome:
        """Build at the wanted level or the best one below it.

        Raises PackageError when not even the transform survives.
        """
        records: list[Record] | None = None
        reason = ""
        for level in (Level.INITIALISED, Level.COMPILED):
            outcome = await self._attempt(_continued(request, level, records))
            if isinstance(outcome, Outcome):
                return Outcome(outcome.records, _because(outcome.built, reason))
            records = outcome if outcome is not None else records
            if records is None:
                raise PackageError(
                    "the package could not be transformed: the builder died", hint="is a file of it extremely large?"
                )
            reason = (
                reason or f"V8 gave up while building level {level}, or its top level took over {STARTUP_DEADLINE:g} s"
            )
        return Outcome(records or [], Built(Level.SOURCE, b"", reason))

    async def _attempt(self, request: BuildRequest) -> Outcome | list[Record] | None:
        """One child: its outcome; the transformed modules when it died later; None when it died at once."""
        records: list[Record] | None = None
        stream = self._connect()
        async with stream:
            try:
                await _send(stream, request)
                with trio.fail_after(BUILD_DEADLINE):
                    transformed = await _receive(stream)
                assert isinstance(transformed, Transformed)  # the builder's protocol, and for the type checker
                records = transformed.records
                with trio.fail_after(STARTUP_DEADLINE + BUILD_DEADLINE * (request.level is not Level.INITIALISED)):
                    built = await _receive(stream)
                assert isinstance(built, Built)
            except (trio.BrokenResourceError, trio.TooSlowError, EOFError):
                return records
            return Outcome(records, await _warmed(stream, built))

    # -- the zygote

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "edge.engine.builder", str(theirs.fileno()), *self._paths],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        self._control = ours

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._zygote is not None:
            self._zygote.kill()
            self._zygote.wait()

    def _connect(self) -> trio.SocketStream:
        """A stream to a new child; a zygote that died is replaced once."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            for _ in range(2):
                try:
                    assert self._control is not None  # set by _start
                    socket.send_fds(self._control, [b"b"], [theirs.fileno()])
                    return trio.SocketStream(trio.socket.from_stdlib_socket(ours))
                except OSError:
                    self._stop()
                    self._start()
        ours.close()
        raise EngineCrashError("the snapshot builder does not start")


def _continued(request: BuildRequest, level: Level, records: list[Record] | None) -> BuildRequest:
    """The request for the next attempt: what is transformed already is not transformed again."""
    if records is None:
        return msgspec.structs.replace(request, level=level)
    modules = [Raw(r.path, "transformed" if r.kind == "esm" else r.kind, r.source, r.resolutions) for r in records]
    return msgspec.structs.replace(request, level=level, modules=modules)


def _because(built: Built, reason: str) -> Built:
    return msgspec.structs.replace(built, reason=reason) if reason and not built.reason else built


async def _warmed(stream: trio.SocketStream, built: Built) -> Built:
    """The same with the rehearsed snapshot, when the child lives to send it."""
    try:
        with trio.fail_after(STARTUP_DEADLINE):
            warmed = await _receive(stream)
    except (trio.BrokenResourceError, trio.TooSlowError, EOFError):
        return built
    assert isinstance(warmed, Warmed)  # the builder's protocol, and for the type checker
    return msgspec.structs.replace(built, blob=warmed.blob)


async def _send(stream: trio.SocketStream, request: BuildRequest) -> None:
    data = msgspec.msgpack.encode(request)
    await stream.send_all(_LENGTH.pack(len(data)) + data)


async def _receive(stream: trio.SocketStream) -> Progress:
    (size,) = _LENGTH.unpack(await _exactly(stream, _LENGTH.size))
    if size > MAX_MESSAGE:
        raise EOFError
    message: Progress = msgspec.msgpack.decode(await _exactly(stream, size), type=Progress)
    return message


async def _exactly(stream: trio.SocketStream, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = await stream.receive_some(min(size - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
