"""One process of the zygote (edge.cell.zygote), from its start to its end."""

from __future__ import annotations

import array
import os
import socket
import struct
import time
from typing import TYPE_CHECKING, Literal

import msgspec
import trio

from edge.errors import EngineCrashError, InternalError
from edge.supervisor.zygote_start import start
from edge.units import KIB
from edge.wire.frames import FrameError, FrameReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    Kind = Literal["cell", "build"]

_ANSWER = struct.Struct("<q")
_ORDERS: dict[Kind, bytes] = {"cell": b"c", "build": b"b"}
_PRIME = b"p"
_LAYERS_SIZE = 64 * KIB

START_DEADLINE = 15.0  # seconds until it tells its layers; about 0.2 on an idle machine
ORDER_DEADLINE = 5.0  # seconds for one order; a few milliseconds on an idle machine
STRAY_DEADLINE = 10.0
_STRAY_INTERVAL = 0.05


class Layers(msgspec.Struct, frozen=True, array_like=True):
    """What confines the zygote and so its children, and what does not, with the reason."""

    names: tuple[str, ...] = ()
    missing: dict[str, str] = {}


class ZygoteLostError(InternalError):
    """The process has ended, does not answer, or answers what it should not: it is of no use any more."""


class ZygoteProcess:
    """Starting it does not wait for it.  Its methods are for one task at a time.

    To be made on the process's main thread: when the thread that made it ends, the kernel ends it and its children.
    """

    def __init__(self, *, sandboxed: bool) -> None:
        """Raises EngineCrashError when no process can be started."""
        self.started = time.monotonic()
        self.forks = 0
        self.primed = False
        self.replaced = trio.Event()  # set by whoever replaces it
        self._layers: Layers | None = None
        self._reader = FrameReader(_LAYERS_SIZE)
        self._pids: set[int] = set()
        try:
            self._process, channel, _ = start(sandboxed=sandboxed)
        except OSError as error:
            raise EngineCrashError(f"the zygote cannot be started: {error.strerror}") from error
        self._control = trio.socket.from_stdlib_socket(channel)

    @property
    def pid(self) -> int:
        """Its pid, and the id of its process group, in which all its children are."""
        return self._process.pid

    # -- orders

    async def layers(self) -> Layers:
        """Once it is up.  Raises ZygoteLostError."""
        if self._layers is None:
            try:
                with trio.fail_after(START_DEADLINE):
                    self._layers = await self._read_layers()
            except (OSError, EOFError, trio.TooSlowError, FrameError, msgspec.DecodeError) as error:
                raise ZygoteLostError(f"it did not come up ({type(error).__name__})") from error
        return self._layers

    async def prime(self, files: Sequence[int]) -> None:
        """Give it the descriptors of the base snapshots.  Raises ZygoteLostError, EngineCrashError."""
        error = -await self._order(_PRIME, files)
        if error:
            raise EngineCrashError(f"the snapshots of the runtime cannot be used: {os.strerror(error)}")
        self.primed = True

    async def spawn(self, kind: Kind) -> tuple[int, socket.socket]:
        """A child of this process, and our end of its socket.  Raises ZygoteLostError, EngineCrashError."""
        ours, theirs = _socketpair()
        try:
            with theirs:
                pid = await self._order(_ORDERS[kind], [theirs.fileno()])
            if pid <= 0:
                raise EngineCrashError(f"no process can be made: {os.strerror(-pid)}")
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        self.forks += 1
        self._pids.add(pid)
        return pid, ours

    async def _order(self, order: bytes, descriptors: Sequence[int]) -> int:
        """One order and its answer; once sent, it is not cancelled, as the answer may be a process."""
        await self.layers()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        try:
            with trio.fail_after(ORDER_DEADLINE, shield=True):
                await self._control.sendmsg([order], rights)
                (answer,) = _ANSWER.unpack(await self._exactly(_ANSWER.size))
        except (OSError, EOFError, trio.TooSlowError) as error:
            raise ZygoteLostError(f"it did not answer ({type(error).__name__})") from error
        return int(answer)

    async def _read_layers(self) -> Layers:
        while True:
            data = await self._control.recv(_LAYERS_SIZE)
            if not data:
                raise EOFError
            for content in self._reader.feed(data):
                return msgspec.msgpack.decode(content, type=Layers)

    async def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = await self._control.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    # -- its end

    async def ended(self) -> None:
        """Until it has ended; where it cannot be watched, until it is replaced.  To be called as soon as it is made."""
        try:
            pidfd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        except (OSError, AttributeError):  # no descriptor to be had; no such call: not Linux
            await self.replaced.wait()
            return
        try:
            await trio.lowlevel.wait_readable(pidfd)
        finally:
            os.close(pidfd)

    def close(self) -> None:
        """End it and reap it (a few milliseconds).  Its children go on."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    async def bury(self) -> None:
        """The same without blocking, and with a child whose pid was never told."""
        self.replaced.set()
        self._control.close()
        self._process.kill()
        with trio.CancelScope(shield=True):
            try:
                await trio.to_thread.run_sync(self._process.wait)
            except RuntimeError:  # no thread to be had
                self._process.wait()
        with trio.move_on_after(STRAY_DEADLINE):
            await self._reap_stray()

    async def _reap_stray(self) -> None:
        """A zygote that dies after it has made a child and before it has told us leaves us a child without a name.

        It ends by itself, as nobody holds the other end of its socket; and it is in the zygote's process group, like
        those that others reap.
        """
        while hasattr(os, "waitid") and not _reaped(self.pid, self._pids):  # noqa: ASYNC110 - groups have no pidfd
            await trio.sleep(_STRAY_INTERVAL)


def _socketpair() -> tuple[socket.socket, socket.socket]:
    """Raises EngineCrashError."""
    try:
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError as error:
        raise EngineCrashError(f"no process can be made: {error.strerror}") from error


def _reaped(group: int, known: set[int]) -> bool:
    """Reap a child of a process group that has ended, except a known one; whether there is no more to wait for."""
    try:
        ended = os.waitid(os.P_PGID, group, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    if ended is None or ended.si_pid in known:
        return False
    os.waitpid(ended.si_pid, os.WNOHANG)
    return True
