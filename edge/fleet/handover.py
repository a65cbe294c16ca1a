"""Handing listening sockets over to another gateway process, so that no connection is lost between the two.

The *incumbent* listens on a unix socket in its data folder.  A *successor* connects, gets the descriptors of the
sockets, starts with them, and says so once it serves; then the incumbent accepts nothing more and drains.  A successor
that goes away before that changes nothing.

The two may be of different versions of the code: what they say to each other are lines of JSON in which unknown
fields do not matter.  Only the same user, or root, is listened to.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import trio

from edge import __version__
from edge.errors import OutsideError
from edge.fleet.messages import Inherited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

NAME = "handover.sock"
PROTOCOL = 1
TALK_SECONDS = 10.0
"""For one word of the other side that needs no work."""
START_SECONDS = 900.0
"""For a successor to serve: it may have to compile every package."""
_LINE = 64 * 1024
_MOST = 128  # sockets
_CREDENTIALS = struct.Struct("3i")
_PATH_LIMIT = 100  # bytes of sun_path, less some for a suffix

log = structlog.get_logger()


class HandoverError(OutsideError):
    """The other side is no gateway that sockets can be had from, or given to."""


# -- the successor


class Succession:
    """A gateway that serves still, and the sockets that it gave us."""

    def __init__(self, stream: trio.SocketStream, version: str, sockets: list[Inherited]) -> None:
        self.version = version
        self.sockets = sockets
        self._stream = stream

    async def abandon(self) -> None:
        """It is to go on: its sockets are none of ours."""
        await trio.aclose_forcefully(self._stream)

    async def complete(self) -> None:
        """We serve: it may go.  One that has gone already is fine."""
        with contextlib.suppress(trio.BrokenResourceError, trio.TooSlowError, HandoverError):
            with trio.fail_after(TALK_SECONDS):
                await self._stream.send_all(_line({"ready": True, "pid": os.getpid()}))
                await _read_line(self._stream)
        await self._stream.aclose()


async def take_over(folder: Path) -> Succession | None:
    """Get the sockets of the gateway whose data folder this is; None when there is none.  Raises HandoverError."""
    sock = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(folder, NAME) as path:
            await sock.connect(path)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        sock.close()
        return None
    except OSError as error:
        sock.close()
        raise HandoverError(f"cannot reach the running gateway: {os.strerror(error.errno or 0)}") from error
    stream = trio.SocketStream(sock)
    try:
        with trio.fail_after(TALK_SECONDS):
            await stream.send_all(_line({"protocol": PROTOCOL, "version": __version__, "pid": os.getpid()}))
            offer, descriptors = await _read_offer(sock)
    except (trio.TooSlowError, trio.BrokenResourceError, OSError) as error:
        sock.close()
        raise HandoverError("the running gateway does not answer") from error
    told = offer.get("sockets", [])
    if "error" in offer or len(told) != len(descriptors):
        for descriptor in descriptors:
            os.close(descriptor)
        sock.close()
        raise HandoverError(
            f"the running gateway gives no sockets: {offer.get('error', 'it sent others than it said')}"
        )
    sockets = [
        Inherited(str(each.get("role", "public")), str(each.get("address", "")), descriptor)
        for each, descriptor in zip(told, descriptors, strict=True)
    ]
    return Succession(stream, str(offer.get("version", "?")), sockets)


async def _read_offer(sock: trio.socket.SocketType) -> tuple[dict[str, Any], list[int]]:
    """The descriptors come with the first byte."""
    size = array.array("i").itemsize
    data, ancillary, _, _ = await sock.recvmsg(_LINE, socket.CMSG_SPACE(_MOST * size))
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % size])
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    while not data.endswith(b"\n") and len(data) < _LINE:
        more = await sock.recv(_LINE)
        if not more:
            break
        data += more
    return _decoded(data), list(descriptors)


# -- the incumbent


class Incumbent:
    """Offers `sockets` to successors.  `leave` is called, once, with the pid of one that serves."""

    def __init__(self, folder: Path, sockets: list[Inherited], leave: Callable[[int], Awaitable[None]]) -> None:
        self._folder = folder
        self._sockets = sockets
        self._leave = leave
        self._busy = False
        self._inode = 0
        self._scope = trio.CancelScope()

    def stop(self) -> None:
        """Offer nothing more: the descriptors are about to be those of something else."""
        self._scope.cancel()

    async def run(self, *, replace: bool, task_status: trio.TaskStatus[bool] = trio.TASK_STATUS_IGNORED) -> None:
        """Until `stop`, or until a successor serves.

        Without `replace`, a gateway that offers its own sockets in this folder is left alone.
        """
        try:
            listener = await self._bound(replace=replace)
        except OSError as error:
            log.warning("handover_unavailable", reason=os.strerror(error.errno or 0))
            listener = None
        task_status.started(listener is not None)
        if listener is None:
            return
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    while True:
                        sock, _ = await listener.accept()
                        nursery.start_soon(self._serve, sock)
        finally:
            listener.close()
            self._remove()

    async def _bound(self, *, replace: bool) -> trio.socket.SocketType | None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if not replace and await _answers(self._folder):
            log.info("handover_unavailable", reason="another gateway offers its sockets in this data folder")
            return None
        sock = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        fresh = f"{NAME}.{os.getpid()}"
        try:
            with _short(self._folder, fresh) as path:
                before = os.umask(0o177)  # nothing else runs between these lines
                try:
                    await sock.bind(path)
                finally:
                    os.umask(before)
            sock.listen(4)
            self._inode = (self._folder / fresh).stat().st_ino
            (self._folder / fresh).rename(self._folder / NAME)
        except BaseException:
            sock.close()
            (self._folder / fresh).unlink(missing_ok=True)
            raise
        return sock

    def _remove(self) -> None:
        """The file, unless it is a successor's by now."""
        path = self._folder / NAME
        with contextlib.suppress(OSError):
            if path.stat().st_ino == self._inode:
                path.unlink()

    async def _serve(self, sock: trio.socket.SocketType) -> None:
        with sock:
            if not _is_friend(sock):
                return
            if self._busy:
                with contextlib.suppress(OSError):
                    await sock.send(_line({"error": "another process takes over already"}))
                return
            self._busy = True
            try:
                await self._offer(sock)
            except (HandoverError, OSError, trio.BrokenResourceError, trio.TooSlowError) as error:
                log.warning("handover_failed", reason=str(error) or type(error).__name__, advice="this one serves on")
            finally:
                self._busy = False

    async def _offer(self, sock: trio.socket.SocketType) -> None:
        stream = trio.SocketStream(sock)
        with trio.fail_after(TALK_SECONDS):
            hello = await _read_line(stream)
            if not hello:
                return  # somebody looked whether there is a gateway
            if hello.get("protocol") != PROTOCOL:
                await stream.send_all(_line({"error": f"it speaks protocol {PROTOCOL}"}))
                raise HandoverError("the successor speaks another protocol")
            await self._send_offer(sock)
        log.info("handover_began", version=hello.get("version"), pid=hello.get("pid"))
        with trio.fail_after(START_SECONDS):
            done = await _read_line(stream)
        if not done.get("ready"):
            raise HandoverError("the successor went away before it served")
        log.info("handover_complete", version=hello.get("version"), pid=done.get("pid"))
        await self._leave(int(done.get("pid") or 0))
        with contextlib.suppress(OSError, trio.BrokenResourceError, trio.TooSlowError), trio.fail_after(TALK_SECONDS):
            await stream.send_all(_line({"leaving": True}))
        self.stop()

    async def _send_offer(self, sock: trio.socket.SocketType) -> None:
        told = [{"role": each.role, "address": each.text} for each in self._sockets]
        offer = _line({"protocol": PROTOCOL, "version": __version__, "pid": os.getpid(), "sockets": told})
        rights = array.array("i", [each.descriptor for each in self._sockets])
        sent = await sock.sendmsg([offer], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        if sent < len(offer):
            await trio.SocketStream(sock).send_all(offer[sent:])


def _is_friend(sock: trio.socket.SocketType) -> bool:
    """Whether the same user, or root, has connected; the folder's rights say the same where it cannot be asked."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    packed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(packed)
    return user in (0, os.geteuid())


async def _answers(folder: Path) -> bool:
    with trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, _short(folder, NAME) as path:
        try:
            with trio.fail_after(TALK_SECONDS):
                await probe.connect(path)
        except (OSError, trio.TooSlowError):
            return False
        return True


# -- words


async def _read_line(stream: trio.SocketStream) -> dict[str, Any]:
    """Nothing ({}) when the other side has gone."""
    data = b""
    while not data.endswith(b"\n"):
        more = bytes(await stream.receive_some(_LINE))
        if not more:
            return {}
        data += more
        if len(data) > _LINE:
            raise HandoverError("the other side talks too much")
    return _decoded(data)


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise HandoverError("the other side is no gateway")
    return value


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


@contextlib.contextmanager
def _short(folder: Path, name: str) -> Iterator[str]:
    """A path of a socket that fits the kernel's 108 bytes, however long that of its folder is (Linux)."""
    path = str(folder / name)
    if len(os.fsencode(path)) <= _PATH_LIMIT or not Path("/proc/self/fd").is_dir():
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)
