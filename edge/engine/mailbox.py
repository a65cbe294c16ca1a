"""Synchronous host calls: the host's side of `runtime/bootstrap/doorbell.js`.

Shared memory of 64 KiB: four little-endian 32-bit words, then payload.

    word 0   bytes of payload in this part; -1: a text in its place instead (text_place.py)
    word 1   1 when more parts follow, else 0
    word 2   bytes of the whole reply
    word 3   length of the JSON head at the start of the whole request or reply; raw bytes follow it

The bell is rung once per part.  A short request without bytes is a text, and so is its reply when that has none either;
a reply of nothing at all says that texts are not taken here.  The bell rings on the isolate's thread and runs Python
there, so operations are pure and quick.  Nothing in the box is trusted: numbers are clamped, sizes limited, JSON is
decoded strictly.
"""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING

import msgspec

from edge.errors import EdgeError, HostCallError
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.engine.text_place import TextPlace
    from edge.services.api import Answer

    SyncOps = Mapping[str, Callable[[msgspec.Raw, bytes], Answer]]
    Passing = Callable[[bytes, bytes], tuple[bytes, bytes] | None]

_WORDS = struct.Struct("<4i")
_SIZE = struct.Struct("<i")
_TEXT = -1
MAX_REQUEST = 64 * MIB


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    op: str
    args: msgspec.Raw


_requests = msgspec.json.Decoder(_Request)
_encoder = msgspec.json.Encoder()


def failure(name: str, message: str, code: str = "") -> tuple[bytes, bytes]:
    """The reply of an operation that fails with an error of the function's."""
    return msgspec.json.encode({"error": {"name": name, "message": message, "code": code}}), b""


def perform(ops: SyncOps, head: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Run one operation: `(JSON head, bytes)` of the reply.  Never raises."""
    try:
        request = _requests.decode(head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return failure("TypeError", f"bad arguments: {error}")
    operation = ops.get(request.op)
    if operation is None:
        return failure("TypeError", f"{request.op!r} is not known to this version")
    return carry_out(operation, request.args, data)


def carry_out(operation: Callable[[msgspec.Raw, bytes], Answer], args: msgspec.Raw, data: bytes) -> tuple[bytes, bytes]:
    """The same for an operation that is known."""
    try:
        answer = operation(args, data)
        return _encoder.encode({"value": answer.value}), answer.data or b""
    except HostCallError as error:
        return failure(error.js_class, error.message, error.js_code)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return failure("TypeError", f"bad arguments: {error}")
    except (EdgeError, ValueError, TypeError, ArithmeticError) as error:
        return failure("Error", str(error))
    except Exception:  # noqa: BLE001 - an exception in a ctypes callback would be lost, and the function would hang
        return failure("Error", "internal error in a host operation")


class Mailbox:
    """One isolate's box.

    `make_ops` makes the operations, when the first of them is asked for.  `passing` may take a request as it is and
    give the reply, `texts` is where short ones lie.
    """

    def __init__(
        self,
        address: int,
        size: int,
        make_ops: Callable[[], SyncOps],
        *,
        passing: Passing | None = None,
        texts: TextPlace | None = None,
    ) -> None:
        self._memory = memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")
        self._room = size - _WORDS.size
        self._texts = texts
        self._ops: SyncOps | None = None
        self.begin(make_ops, passing)

    def begin(self, make_ops: Callable[[], SyncOps], passing: Passing | None) -> None:
        """Be the box of somebody else: nothing that was in it is there any more."""
        self._make_ops = make_ops
        self._ops = None
        self.passing = passing
        self._request = bytearray()
        self._reply: list[memoryview] = []
        self._total = 0
        self._head = 0

    def ring(self) -> None:
        """The bell rang: take a part of a request, or give a part of a reply."""
        size, more, _, head = _WORDS.unpack_from(self._memory)
        if size == _TEXT:
            self._answer_text()
            return
        if self._reply and size == 0 and more:
            self._give()
            return
        self._take(min(max(size, 0), self._room))
        if more:
            return
        self._answer(min(max(head, 0), len(self._request)))

    def _answer_text(self) -> None:
        """Word 0 stays as it is when the reply is a text too."""
        if self._texts is None:
            _WORDS.pack_into(self._memory, 0, 0, 0, 0, 0)
            return
        head, data = self._perform(self._texts.take(), b"")
        if data or not self._texts.give(head):
            self._reply_with(head, data)
        else:
            _SIZE.pack_into(self._memory, 0, _TEXT)

    def _perform(self, head: bytes, data: bytes) -> tuple[bytes, bytes]:
        reply = self.passing(head, data) if self.passing is not None else None
        if reply is not None:
            return reply
        if self._ops is None:
            self._ops = self._make_ops()
        return perform(self._ops, head, data)

    def _take(self, size: int) -> None:
        """Keep a part; of a request that is too large already, nothing more."""
        if len(self._request) <= MAX_REQUEST:
            self._request += self._memory[_WORDS.size : _WORDS.size + size]

    def _answer(self, head: int) -> None:
        if len(self._request) > MAX_REQUEST:
            self._request = bytearray()
            reply = failure("RangeError", f"the data is too large for one operation (at most {MAX_REQUEST} bytes)")
        else:
            reply = self._perform(*self._taken(head))
        self._reply_with(*reply)

    def _reply_with(self, head: bytes, data: bytes) -> None:
        self._head = len(head)
        self._total = len(head) + len(data)
        self._reply = [memoryview(piece) for piece in (head, data) if piece]
        self._give()

    def _taken(self, head: int) -> tuple[bytes, bytes]:
        """JSON head and data of the request, which is let go: large data shall not be there twice."""
        request, self._request = memoryview(self._request), bytearray()
        return bytes(request[:head]), bytes(request[head:])

    def _give(self) -> None:
        at = 0
        while self._reply and at < self._room:
            piece = self._reply[0]
            part = piece[: self._room - at]
            self._memory[_WORDS.size + at : _WORDS.size + at + len(part)] = part
            at += len(part)
            self._reply[:1] = [piece[len(part) :]] if len(part) < len(piece) else []
        _WORDS.pack_into(self._memory, 0, at, 1 if self._reply else 0, self._total, self._head)
