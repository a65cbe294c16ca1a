"""The client of a case: does its operations on a connection, and says what came back."""

from __future__ import annotations

import contextlib
import re
import ssl
import struct
from typing import TYPE_CHECKING

import trio

from edge.corpus.http.answers import AnswerReader
from edge.corpus.http.frame import TYPES, frame
from edge.corpus.http.handshake import patched_hello, renegotiate, shake
from edge.corpus.http.ops import Await, Deaf, Flow, Hoard, Op, Paced, Renegotiate, Send, Shake, Shut, Sleep, Tune
from edge.corpus.http.socket_reader import SocketReader
from edge.corpus.http.stream_reader import StreamReader
from edge.corpus.http.verdict import Observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.corpus.http.case import Case

QUIET = 0.4
"""Seconds without a byte after which what was wanted has come as a whole."""
SILENT = 3.0
"""Seconds without a byte after which another outcome than the wanted one counts, too."""
PATIENCE = 45.0
_READ = 256 << 10
_KEPT = 256 << 10
_METHOD = re.compile(rb"([A-Z]+) \S+ HTTP/1\.[01]\r\n")
_PROBE = b"probed !"
_ALERT = 0x15
_UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)


class Place:
    """Where the gateways listen: plain HTTP and TLS, on one host."""

    def __init__(self, host: str, plain: int, tls: int) -> None:
        self.host = host
        self.plain = plain
        self.tls = tls


class Client:
    """One connection of `case`; `run` does `ops` and answers what was seen."""

    def __init__(self, case: Case, ops: Sequence[Op], place: Place) -> None:
        self._case = case
        self._ops = ops
        self._place = place
        self.sent = bytearray()
        self._answers = AnswerReader()
        self._streams = StreamReader() if case.proto == "h2" else None
        self._sockets = SocketReader() if case.proto == "ws" else None
        self._stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]
        self._raw: trio.SocketStream | None = None
        self._lock = trio.Lock()
        self._changed = trio.Event()
        self._hearing = trio.Event()
        self._hearing.set()
        self._over = trio.Event()
        self._ended = ""
        self._first = b""
        self._last_received = self._last_sent = 0.0
        self._late = 0.0
        self._ours = self._refused = self._alert = self._alive = False
        self._trouble = ""

    async def run(self) -> Observed:
        """Do everything; never raises for the server's sake."""
        self._last_sent = self._last_received = trio.current_time()
        try:
            await self._connect()
        except (OSError, trio.BrokenResourceError) as error:
            self._end("rst" if isinstance(error, ConnectionResetError) else "fin")
        if self._over.is_set():
            await self._close()
            return self._observed()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._receive)
            with trio.move_on_after(self._case.max_s or PATIENCE + 60):
                if self._sockets is not None:
                    await self._upgrade()
                for op in self._ops:
                    if self._over.is_set():
                        break
                    await self._do(op)
                self._hearing.set()
                await self._settle()
            nursery.cancel_scope.cancel()
        await self._close()
        return self._observed()

    async def _close(self) -> None:
        if self._raw is not None:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(self._raw)

    def _observed(self) -> Observed:
        streams, answers = self._streams, self._answers
        self._answers.ended()
        return Observed(
            statuses=tuple(streams.statuses.values() if streams else answers.statuses),
            interim=tuple(answers.interim),
            targets=tuple(answer.headers.get("x-target", "") for answer in answers.answers),
            ended=self._ended,
            late=self._late,
            ours=self._ours,
            goaways=tuple(streams.goaways) if streams else (),
            resets=tuple(streams.resets.values()) if streams else (),
            codes=tuple(self._sockets.codes) if self._sockets else (),
            alert=self._alert or self._first[:1] == bytes([_ALERT]),
            refused=self._refused,
            alive=self._alive,
            junk=self._case.proto == "h1" and answers.junk,
            kept=bytes(streams.kept if streams else answers.kept),
            trouble=self._trouble,
        )

    # -- the connection

    async def _connect(self) -> None:
        tls = self._case.proto in {"h2", "tls"}
        sock = trio.socket.socket()
        try:
            for op in self._ops:
                if isinstance(op, Tune):
                    sock.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, op.receive_buffer)
                    self._hearing = trio.Event()
            await sock.connect((self._place.host, self._place.tls if tls else self._place.plain))
        except BaseException:
            sock.close()
            raise
        self._stream = self._raw = raw = trio.SocketStream(sock)
        if self._case.proto == "h2":
            await self._shake(raw, Shake(b"a.test", alpn=("h2",)))
        elif self._ops and isinstance(self._ops[0], Shake):  # before anything is read
            await self._shake(raw, self._ops[0])

    async def _receive(self) -> None:
        while True:
            await self._hearing.wait()
            try:
                data = bytes(await self._stream.receive_some(_READ))
            except (OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
                self._note_refusal(error)
                self._end("rst" if isinstance(error.__cause__, OSError | None) and not self._alert else "fin")
                return
            if not data:
                self._end("fin")
                return
            self._first = self._first or data[:8]
            self._last_received = trio.current_time()
            await self._take(data)
            self._wake()

    def _note_refusal(self, error: BaseException) -> None:
        cause = error.__cause__
        if isinstance(cause, ssl.SSLError) and "alert" in str(cause).lower():
            self._alert = True

    async def _take(self, data: bytes) -> None:
        if self._streams is not None:
            replies = self._streams.feed(data)
            if replies and self._hearing.is_set():
                with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError, OSError):
                    with trio.move_on_after(1):
                        await self._write(replies, quietly=True)
        elif self._sockets is not None and self._answers.statuses == [101]:
            self._sockets.feed(data)
        else:
            self._answers.methods = [found[1].decode() for found in _METHOD.finditer(bytes(self.sent))]
            self._answers.feed(data)
            if self._sockets is not None and self._answers.statuses == [101]:
                self._sockets.feed(bytes(self._answers.kept).partition(b"\r\n\r\n")[2])

    def _end(self, how: str) -> None:
        self._ended = self._ended or how
        self._late = trio.current_time() - self._last_sent
        self._over.set()
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def _write(self, data: bytes, *, quietly: bool = False) -> None:
        async with self._lock:
            await self._stream.send_all(data)
        if not quietly:
            self._last_sent = trio.current_time()

    # -- operations

    async def _do(self, op: Op) -> None:
        match op:
            case Send():
                await self._send(op)
            case Sleep(seconds):
                await self._pause(seconds)
            case Await(status):
                await self._await(status)
            case Shut(how):
                await self._shut(how)
            case Flow():
                await self._flow(op)
            case Paced():
                await self._pace(op)
            case Renegotiate(times):
                await self._renegotiate(times)
            case _:
                self._adjust(op)

    def _adjust(self, op: Op) -> None:
        """What takes no time."""
        if isinstance(op, Deaf):
            self._hearing = trio.Event()
        elif isinstance(op, Hoard) and self._streams is not None:
            self._streams.hoards = True
        elif isinstance(op, Shake) and op is not self._ops[0]:
            self._trouble = "a handshake comes first"

    async def _send(self, op: Send) -> None:
        """Until the connection has ended; in pieces, so that what comes back is read meanwhile."""
        with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            for data in _pieces(op):
                if self._over.is_set():
                    return
                if len(self.sent) < _KEPT:
                    self.sent += data
                with trio.move_on_after(PATIENCE) as scope:
                    await self._write(data)
                if scope.cancelled_caught:
                    return
                if op.every:
                    await self._pause(op.every)

    async def _pause(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self._over.wait()

    async def _await(self, status: int) -> None:
        with trio.move_on_after(5):
            while status not in self._seen() and not self._over.is_set():
                await self._changed.wait()
        if status not in self._seen():
            self._trouble = f"no answer with status {status} came"

    def _seen(self) -> Iterable[int]:
        if self._streams is not None:
            return [self._streams.statuses[stream] for stream in self._streams.done & self._streams.statuses.keys()]
        return [*self._answers.interim, *self._answers.statuses]

    async def _shut(self, how: str) -> None:
        assert self._raw is not None  # it is connected
        with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            if how == "half":
                self._raw.socket.shutdown(trio.socket.SHUT_WR)
                return
            if how == "rst":
                linger = struct.pack("ii", 1, 0)
                self._raw.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, linger)
            await trio.aclose_forcefully(self._raw)
        self._ours = True
        self._over.set()

    async def _flow(self, op: Flow) -> None:
        assert self._streams is not None  # only HTTP/2 has it
        for _ in range(op.repeat):
            with trio.move_on_after(10):
                while self._streams.room(op.stream) < op.size and not self._is_refused():
                    await self._changed.wait()
            if self._streams.room(op.stream) < op.size or self._is_refused():
                return
            self._streams.sent(op.stream, op.size)
            await self._send(Send((op.frame,)))

    def _is_refused(self) -> bool:
        return self._over.is_set() or bool(self._streams and (self._streams.goaways or self._streams.resets))

    async def _pace(self, op: Paced) -> None:
        assert self._streams is not None  # only HTTP/2 has it
        for number, data in enumerate(op.frames):
            with trio.move_on_after(10):
                while (
                    number - len(self._streams.done) - len(self._streams.resets) >= op.open and not self._over.is_set()
                ):
                    await self._changed.wait()
            await self._send(Send((data,)))

    async def _upgrade(self) -> None:
        await self._send(Send((_UPGRADE,)))
        await self._await(101)

    async def _shake(self, raw: trio.SocketStream, op: Shake) -> None:
        """A handshake; one whose name is none is begun by hand."""
        try:
            found = shake(raw, op)
        except ValueError:
            await self._send(Send((patched_hello(op),)))
            return
        try:
            with trio.fail_after(15):
                await found.do_handshake()
        except (trio.BrokenResourceError, trio.TooSlowError, OSError) as error:
            self._refused = True
            self._note_refusal(error)
            self._end("fin")
            return
        self._stream = found

    async def _renegotiate(self, times: int) -> None:
        refused, trouble = await renegotiate(self._place.host, self._place.tls, times)
        self._refused, self._trouble = refused, trouble
        self._ours = True
        self._over.set()

    # -- the end

    async def _settle(self) -> None:
        """Wait for what is wanted, or for what there will be instead."""
        deadline = trio.current_time() + PATIENCE
        while not self._over.is_set() and trio.current_time() < deadline:
            quiet = trio.current_time() - max(self._last_received, self._last_sent)
            words = self._observed().words
            enough = len(self._answers.answers) >= max(1, self._case.responses) or self._case.proto != "h1"
            if words & self._case.wanted and quiet >= QUIET and enough and not self._is_midway():
                return
            if words and quiet >= SILENT and not self._is_slow():
                return
            if "ok" in self._case.wanted and quiet >= QUIET and self._case.proto in {"h2", "ws"}:
                self._alive = await self._probe()
                return
            with trio.move_on_after(0.1):
                await self._over.wait()

    def _is_slow(self) -> bool:
        """Whether a deadline is to end it: answers that begin before say nothing."""
        waits = {"timeout_close", "rst_stream:8"} & self._case.wanted
        numbers = {word for word in self._case.wanted if word.isdigit()}
        return bool(waits) and not numbers

    def _is_midway(self) -> bool:
        answers = self._answers.answers
        return self._case.proto == "h1" and bool(answers) and not answers[-1].complete and answers[-1].left != -1

    async def _probe(self) -> bool:
        """Whether the server still answers a ping."""
        reader = self._streams or self._sockets
        assert reader is not None  # both have pings
        data = frame(TYPES["PING"], _PROBE) if self._streams else b"\x89\x88\0\0\0\0" + _PROBE
        await self._send(Send((data,)))
        with trio.move_on_after(10):
            while _PROBE not in reader.pongs and not self._over.is_set():
                await self._changed.wait()
        return _PROBE in reader.pongs


def _pieces(op: Send) -> Iterable[bytes]:
    """What is sent at once: parts one by one when they are dripped, otherwise as much as fits well."""
    if op.every:
        for _ in range(op.repeat):
            yield from op.parts
        return
    whole = b"".join(op.parts)
    times = max(1, _READ // max(1, len(whole)))
    left = op.repeat
    while left:
        now = min(left, times)
        left -= now
        data = whole * now
        yield from (data[at : at + _READ] for at in range(0, len(data), _READ))
