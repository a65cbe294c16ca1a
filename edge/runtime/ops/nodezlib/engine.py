"""What an engine is: a codec that takes pieces of input and gives pieces of output."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

import msgspec

from edge.errors import HostCallError
from edge.units import KIB, MIB

Kind = Literal[
    "deflate",
    "inflate",
    "gzip",
    "gunzip",
    "deflate_raw",
    "inflate_raw",
    "unzip",
    "brotli",
    "unbrotli",
    "zstd",
    "unzstd",
]

PIECE = 64 * KIB
BUDGET = 128 * MIB
"""Most memory that the open engines of an isolate may take; beyond it, those used longest ago are given up."""

NO_FLUSH = 0
FINISH = 4
FINISH_STREAM = 2
"""The flush that ends a stream of brotli or zstd."""

SMALL, LARGE = 512 * KIB, 8 * MIB
"""About what an engine of zlib holds, and one of brotli or zstd."""


class Open(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    level: Annotated[int, msgspec.Meta(ge=-1, le=9)] = -1
    window_bits: Annotated[int, msgspec.Meta(ge=0, le=15)] = 15
    mem_level: Annotated[int, msgspec.Meta(ge=1, le=9)] = 8
    strategy: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    quality: Annotated[int, msgspec.Meta(ge=0, le=11)] = 11
    lgwin: Annotated[int, msgspec.Meta(ge=10, le=24)] = 22
    mode: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    parameters: dict[int, int] = {}
    pledged: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Engine(Protocol):
    """`write` takes input; `more` gives output and whether there is more of it.  Both raise HostCallError."""

    ended: bool

    def write(self, data: bytes, flush: int) -> None: ...
    def more(self) -> tuple[bytes, bool]: ...
    @property
    def unused(self) -> int: ...


def failure(code: str, message: str) -> HostCallError:
    return HostCallError(message, js_code=code)


class TruncatedError(HostCallError):
    """The input ended too early; `piece` came out of it all the same."""

    def __init__(self, piece: bytes) -> None:
        super().__init__("unexpected end of file", js_code="Z_BUF_ERROR")
        self.piece = piece
