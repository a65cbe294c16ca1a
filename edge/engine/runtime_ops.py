"""Synchronous operations that every isolate has: those of the runtime, and the loading of its chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.engine import bundles
from edge.errors import HostCallError
from edge.runtime.ops import OPS
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from edge.engine.mailbox import SyncOps


class _Chunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


def chunk_name(args: msgspec.Raw) -> str:
    """Which chunk is asked for.  Raises HostCallError."""
    return arguments(_Chunk, args).name


def load_chunk(args: msgspec.Raw, _data: bytes) -> Answer:
    """The source of a chunk.  Raises HostCallError."""
    name = chunk_name(args)
    source = bundles.chunks().get(name)
    if source is None:
        raise HostCallError(f"the runtime has no chunk {name!r}")
    return Answer(source)


CHUNK = "runtime.chunk"
"""The operation that loads one."""

RUNTIME_OPS: SyncOps = {**OPS, CHUNK: load_chunk}
