"""The gateway's end of the socket to a cell: commands out, reports in, and the end of a cell that says nonsense."""

from __future__ import annotations

import socket
from collections import deque
from typing import TYPE_CHECKING, Annotated

import msgspec
import trio

from edge.engine.runner import BATCH_TURNS
from edge.supervisor.lockstep import ViolationError
from edge.units import KIB, MIB
from edge.wire.cell import Ask, Assigned, Broken, Command, Measured, Ready, Report, Result
from edge.wire.frames import FrameError, FrameReader, frame

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_UNSENT = 64 * MIB
"""Commands that may wait for a cell to read them; a single one may be larger."""

MAX_BLANK_FRAME = 64 * KIB
"""The largest report of a cell that has no function yet."""

_RECEIVE = 256 * KIB
_SEND_BUFFER = MIB  # most snapshots fit in: the kernel allows what it allows


class _BoundedResult(Result, frozen=True, tag="result"):
    """A list of a million tiny texts would take fourteen times the memory of its frame: refused before it is built."""

    texts: Annotated[list[bytes], msgspec.Meta(max_length=BATCH_TURNS + 2)]


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(
    Ready | Assigned | _BoundedResult | Measured | Ask | Broken
)


class Link:
    """Takes charge of a socket.

    Each report goes to `take`, which may raise ViolationError.  The first thing that is out of order ends all
    listening and goes to `fail`.  A peer that has gone is met in silence, as the end of its process tells more.
    """

    def __init__(self, sock: socket.socket, take: Callable[[Report], None], fail: Callable[[str], None]) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._socket = sock
        self._take = take
        self._fail = fail
        self._over = False
        self._reader = FrameReader(MAX_BLANK_FRAME)
        self._unsent: deque[memoryview] = deque()
        self._unsent_bytes = 0
        self._more = trio.Event()

    def allow(self, size: int) -> None:
        """Accept reports of up to so many bytes from now on."""
        self._reader.maximum = size

    def close(self) -> None:
        """No task may be in `write` or `read` any more."""
        self._over = True
        self._socket.close()

    # -- out

    def send(self, command: Command) -> None:
        """At once as far as the socket takes it; `write` sends the rest."""
        if self._over:
            return
        data = memoryview(frame(_encoder.encode(command)))
        if not self._unsent:
            data = data[self._send_some(data) :]
        elif self._unsent_bytes + len(data) > MAX_UNSENT:
            self._give_up(f"left more than {MAX_UNSENT} bytes unread")
            return
        if data:
            self._unsent.append(data)
            self._unsent_bytes += len(data)
            self._more.set()

    async def write(self) -> None:
        """Send what `send` could not, for ever."""
        while True:
            await self._more.wait()
            while self._unsent:
                await trio.lowlevel.wait_writable(self._socket)
                self._send_first()
            self._more = trio.Event()

    def _send_first(self) -> None:
        sent = self._send_some(self._unsent[0])
        self._unsent_bytes -= sent
        rest = self._unsent[0][sent:]
        if rest:
            self._unsent[0] = rest
        else:
            self._unsent.popleft()

    def _send_some(self, data: memoryview) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except (BrokenPipeError, ConnectionResetError):
            return len(data)

    # -- in

    async def read(self) -> None:
        """Pass reports on until the cell has closed its end, or has said something out of order."""
        descriptor = self._socket.fileno()
        while not self._over:
            await trio.lowlevel.wait_readable(descriptor)
            data = self._receive()
            if data == b"":
                return
            self._pass_on(data)

    def read_now(self) -> None:
        """Pass on what is there already, at most one buffer full."""
        if not self._over:
            self._pass_on(self._receive())

    def drain(self) -> None:
        """Pass on all that a cell had said before its end."""
        while not self._over and (data := self._receive()):
            self._pass_on(data)

    def _receive(self) -> bytes | None:
        """b"" at the end, None when nothing is there."""
        try:
            return self._socket.recv(_RECEIVE)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            return b""

    def _pass_on(self, data: bytes | None) -> None:
        try:
            for part in self._reader.feed(data or b""):
                if not self._over:
                    self._take(_decoder.decode(part))
        except FrameError as error:
            self._give_up(f"broke the framing: {error.message}")
        except ViolationError as error:
            self._give_up(error.message)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._give_up(f"said what is no report: {error}")

    def _give_up(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._fail(reason)
