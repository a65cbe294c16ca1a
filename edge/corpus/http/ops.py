"""What the client of a case does, one thing after the other."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Send(msgspec.Struct, frozen=True):
    """Send `data` `repeat` times; several `parts` are sent one by one, `every` seconds apart."""

    parts: tuple[bytes, ...]
    repeat: int = 1
    every: float = 0.0


class Sleep(msgspec.Struct, frozen=True):
    seconds: float


class Await(msgspec.Struct, frozen=True):
    """Wait for an answer with this status."""

    status: int


class Shut(msgspec.Struct, frozen=True):
    """Send no more (`half`), or end the connection: `rst` at once, `fin` properly."""

    how: str


class Parallel(msgspec.Struct, frozen=True):
    """So many connections side by side."""

    count: int
    ops: tuple[Op, ...]


class Shake(msgspec.Struct, frozen=True):
    """A TLS handshake: with the name `sni` (bytes as they are, also what no name is), at most `version`, and ALPN."""

    sni: bytes | None = None
    version: str = ""
    alpn: tuple[str, ...] = ("http/1.1",)


class Renegotiate(msgspec.Struct, frozen=True):
    """Ask for another handshake on a TLS 1.2 connection, so many times."""

    times: int


class Tune(msgspec.Struct, frozen=True):
    """A receive buffer of so many bytes, from the connection's beginning, and no reading."""

    receive_buffer: int


class Deaf(msgspec.Struct, frozen=True):
    """Read nothing from here on."""


class Hoard(msgspec.Struct, frozen=True):
    """Read, and never widen a window from here on."""


class Flow(msgspec.Struct, frozen=True):
    """Send DATA frames `repeat` times, each when the server's windows have room for its `size` bytes."""

    stream: int
    frame: bytes
    size: int
    repeat: int = 1


class Paced(msgspec.Struct, frozen=True):
    """Send requests of HTTP/2, at most `open` of them unanswered at a time."""

    frames: tuple[bytes, ...]
    open: int


Op: TypeAlias = Send | Sleep | Await | Shut | Parallel | Shake | Renegotiate | Tune | Deaf | Hoard | Flow | Paced
