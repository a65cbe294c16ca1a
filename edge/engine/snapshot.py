"""Startup snapshots: building them, and choosing the one that the next isolate is made of.

V8 keeps its default snapshot in a static `StartupData` (read-only after relocation); pointing that at
another blob makes every isolate created afterwards start from it.  Blobs stack: one is built on top of
whichever is current.  Both the build and the choice are process-wide, hence one lock around them.
"""

from __future__ import annotations

import ctypes
import mmap
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.engine import dll
from edge.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEEP_FUNCTION_CODE = 1
_ALIGNMENT = 64
_PROT_READ_WRITE = 3

_lock = threading.Lock()
_in_use: Blob | None = None
_builtin: tuple[int, int] | None = None


class SnapshotError(InternalError):
    """V8 made no snapshot of the source."""


class Blob:
    """A startup snapshot in memory at an address that V8 accepts; keep it while isolates of it live."""

    def __init__(self, data: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(len(data) + _ALIGNMENT)
        start = ctypes.addressof(self._buffer)
        self.address = (start + _ALIGNMENT - 1) & ~(_ALIGNMENT - 1)
        self.size = len(data)
        ctypes.memmove(self.address, data, len(data))

    def data(self) -> bytes:
        """A copy of the snapshot."""
        return ctypes.string_at(self.address, self.size)


def _slot() -> ctypes._Pointer[dll.StartupData]:
    """V8's default snapshot, made writable."""
    global _builtin  # noqa: PLW0603 - V8's own state is process-wide
    handle = dll.library()
    slot: ctypes._Pointer[dll.StartupData] = dll.symbol(handle, dll.DEFAULT_SNAPSHOT)()
    if _builtin is None:
        address = ctypes.addressof(slot.contents)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        if libc.mprotect(address & -mmap.PAGESIZE, 2 * mmap.PAGESIZE, _PROT_READ_WRITE):
            raise OSError(ctypes.get_errno(), "mprotect of V8's default snapshot failed")
        _builtin = (slot.contents.data, slot.contents.size)
    return slot


def available() -> bool:
    """Whether this build of the library exports what snapshots need."""
    handle = dll.library()
    return all(dll.symbol(handle, name) is not None for name in (dll.CREATE_SNAPSHOT, dll.DEFAULT_SNAPSHOT))


@contextmanager
def starting_from(blob: Blob | None) -> Iterator[None]:
    """While inside, new isolates and snapshots of this process start from `blob` (None: V8's own)."""
    global _in_use  # noqa: PLW0603 - V8's own state is process-wide
    with _lock:
        if blob is not _in_use or _builtin is None:
            if blob is None and _builtin is None:
                yield
                return
            slot = _slot()
            if blob is None:
                assert _builtin is not None  # for the type checker; set by _slot
                slot.contents.data, slot.contents.size = _builtin
            else:
                slot.contents.data, slot.contents.size = blob.address, blob.size
            _in_use = blob
        yield


@contextmanager
def compiling_ahead() -> Iterator[None]:
    """While inside, V8 compiles all functions of what is evaluated in this process, not only those that are called."""
    set_flags = dll.symbol(dll.library(), dll.SET_FLAGS)
    if set_flags is None:
        yield
        return
    set_flags(b"--no-lazy --no-lazy-eval")
    try:
        yield
    finally:
        set_flags(b"--lazy --lazy-eval")


def build(source: str, base: Blob | None = None) -> bytes:
    """A snapshot of what `source` leaves behind when it runs on top of `base`.

    Runs the source in this process without any limit: only for trusted source, or in a process that is
    made for it (see `builder_child.py`).  Raises SnapshotError when the source throws.
    """
    with starting_from(base):
        create = dll.symbol(dll.library(), dll.CREATE_SNAPSHOT)
        data = create(_KEEP_FUNCTION_CODE, source.encode("utf-8", "surrogatepass"), 0)
    if not data.data:
        raise SnapshotError("V8 made no snapshot: the source threw")
    return ctypes.string_at(data.data, data.size)  # V8's own copy stays: builds happen in short-lived processes
