"""What a gateway and the process of a binding say to each other: MessagePack behind four bytes of length."""

from __future__ import annotations

import struct
from typing import TypeAlias

import msgspec

from edge.units import MIB

MAX_FRAME = 64 * MIB
_LENGTH = struct.Struct(">I")


class Load(msgspec.Struct, frozen=True, tag="load"):
    """To the process, first of all: what to import.  `memory` is its limit in bytes, 0 for none."""

    target: str
    folders: list[str]
    options: dict[str, str]
    memory: int = 0


class CallFrame(msgspec.Struct, frozen=True, tag="call"):
    """To the process: one call.  `args` is a JSON array."""

    id: int
    method: str
    args: bytes
    function: str
    binding: str
    request_id: str
    remaining: float


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """To the process: nobody waits for this call any more.  It is answered all the same."""

    id: int


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    """The target is there; see target.Target.kind.  `files` are those of the operator that it was made of."""

    kind: str
    signatures: dict[str, str]
    files: list[str]


class NotLoaded(msgspec.Struct, frozen=True, tag="not_loaded"):
    """The target cannot be used; the process ends."""

    reason: str


class Result(msgspec.Struct, frozen=True, tag="result"):
    """A call has succeeded: JSON, or bytes."""

    id: int
    value: bytes
    data: bytes | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A call has failed.

    `kind`: "arguments" and "public" are for the caller, "internal" (with a traceback in `detail`) is for the log,
    "canceled" for nobody.
    """

    id: int
    kind: str
    message: str = ""
    code: str = ""
    detail: str = ""


ToProcess: TypeAlias = Load | CallFrame | Cancel
FromProcess: TypeAlias = Loaded | NotLoaded | Result | Failed

to_process: msgspec.msgpack.Decoder[ToProcess] = msgspec.msgpack.Decoder(ToProcess)
from_process: msgspec.msgpack.Decoder[FromProcess] = msgspec.msgpack.Decoder(FromProcess)


class FrameError(Exception):
    """The other side does not keep to the protocol."""


def pack(message: ToProcess | FromProcess) -> bytes:
    """One frame.  Raises FrameError when it is too large."""
    body = msgspec.msgpack.encode(message)
    if len(body) > MAX_FRAME:
        raise FrameError(f"{len(body)} bytes are more than {MAX_FRAME}")
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Bytes as they come, frames as they are complete."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are complete now.  Raises FrameError."""
        self._held += data
        bodies = []
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > MAX_FRAME:
                raise FrameError(f"a frame of {length} bytes")
            end = _LENGTH.size + length
            if len(self._held) < end:
                break
            bodies.append(bytes(self._held[_LENGTH.size : end]))
            del self._held[:end]
        return bodies
