"""Synchronous host calls: the host's side of `runtime/bootstrap/doorbell.js`.

Shared memory of 64 KiB: four little-endian 32-bit words, then payload.

    word 0   bytes of payload in this part
    word 1   1 when more parts follow, else 0
    word 2   bytes of the whole reply
    word 3   length of the JSON head at the start of the whole request or reply; raw bytes follow it

The bell is rung once per part.  It rings on the isolate's thread and runs Python there, so operations are
pure and quick.  Nothing in the box is trusted: numbers are clamped, sizes limited, JSON decoded strictly.
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

    from edge.services.api import Answer

    SyncOps = Mapping[str, Callable[[msgspec.Raw, bytes], Answer]]

_WORDS = struct.Struct("<4i")
MAX_REQUEST = 64 * MIB


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    op: str
    args: msgspec.Raw


def _failure(name: str, message: str, code: str = "") -> tuple[bytes, bytes]:
    return msgspec.json.encode({"error": {"name": name, "message": message, "code": code}}), b""


def perform(ops: SyncOps, head: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Run one operation: `(JSON head, bytes)` of the reply.  Never raises."""
    try:
        request = msgspec.json.decode(head, type=_Request)
        operation = ops.get(request.op)
        if operation is None:
            return _failure("TypeError", f"{request.op!r} is not known to this version")
        answer = operation(request.args, data)
        return msgspec.json.encode({"value": answer.value}), answer.data or b""
    except HostCallError as error:
        return _failure(error.js_class, error.message, error.js_code)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _failure("TypeError", f"bad arguments: {error}")
    except (EdgeError, ValueError, TypeError, ArithmeticError) as error:
        return _failure("Error", str(error))
    except Exception:  # noqa: BLE001 - an exception in a ctypes callback would be lost, and the function would hang
        return _failure("Error", "internal error in a host operation")


class Mailbox:
    """One isolate's box."""

    def __init__(self, address: int, size: int, ops: SyncOps) -> None:
        self._memory = memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")
        self._room = size - _WORDS.size
        self._ops = ops
        self._request = bytearray()
        self._reply: list[memoryview] = []
        self._total = 0
        self._head = 0

    def ring(self) -> None:
        """The bell rang: take a part of a request, or give a part of a reply."""
        size, more, _, head = _WORDS.unpack_from(self._memory)
        if self._reply and size == 0 and more:
            self._give()
            return
        self._take(min(max(size, 0), self._room))
        if more:
            return
        self._answer(min(max(head, 0), len(self._request)))

    def _take(self, size: int) -> None:
        """Keep a part; of a request that is too large already, nothing more."""
        if len(self._request) <= MAX_REQUEST:
            self._request += self._memory[_WORDS.size : _WORDS.size + size]

    def _answer(self, head: int) -> None:
        if len(self._request) > MAX_REQUEST:
            self._request = bytearray()
            reply = _failure("RangeError", f"the data is too large for one operation (at most {MAX_REQUEST} bytes)")
        else:
            reply = perform(self._ops, *self._taken(head))
        self._head = len(reply[0])
        self._total = len(reply[0]) + len(reply[1])
        self._reply = [memoryview(piece) for piece in reply if piece]
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
