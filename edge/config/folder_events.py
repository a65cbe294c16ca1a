"""What happens to the entries of one folder, as the kernel tells it: inotify(7), on Linux.

A library such as watchfiles asks for every write as well.  Beside a config there may be a log, and beside the file of
secrets there is the database of KV: each line and each row would then wake the gateway, 5 to 10 us for a request.
Hence a mask without IN_MODIFY: a file is told of when whoever wrote it closes it.
"""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_CLOSE_WRITE: Final = 0x8
IN_MOVED_FROM: Final = 0x40
IN_MOVED_TO: Final = 0x80
IN_CREATE: Final = 0x100
IN_DELETE: Final = 0x200
IN_DELETE_SELF: Final = 0x400
IN_MOVE_SELF: Final = 0x800
IN_ONLYDIR: Final = 0x1000000
_ENTRIES: Final = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE
_MASK: Final = _ENTRIES | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
_FLAGS: Final = os.O_NONBLOCK | os.O_CLOEXEC  # IN_NONBLOCK and IN_CLOEXEC have the same values
_EVENT: Final = struct.Struct("iIII")  # watch, mask, cookie, size of the name that follows
_BUFFER: Final = 64 * 1024
ITSELF: Final = ""
"""In the place of a name: it happened to the folder, or so much happened that some of it was lost."""


class FolderEvents:
    """See the module; by `open_events`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def wait(self) -> set[str]:
        """Names of entries that came, went, or were written and closed, as soon as there are some.  Raises OSError."""
        while True:
            await trio.lowlevel.wait_readable(self._descriptor)
            if found := self.pending():
                return found

    def pending(self) -> set[str]:
        """The same without waiting."""
        try:
            return names_in(os.read(self._descriptor, _BUFFER))
        except BlockingIOError:
            return set()


@contextmanager
def open_events(folder: Path) -> Iterator[FolderEvents]:
    """From now on.  Raises OSError where there is no such folder, or no more of what the kernel gives a user."""
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.inotify_init1(_FLAGS)
    if descriptor < 0:
        raise _error(folder)
    try:
        if library.inotify_add_watch(descriptor, os.fsencode(folder), ctypes.c_uint32(_MASK)) < 0:
            raise _error(folder)
        yield FolderEvents(descriptor)
    finally:
        os.close(descriptor)


def _error(folder: Path) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), str(folder))


def names_in(data: bytes) -> set[str]:
    """Names in what the kernel wrote: whole events, each with its name padded by NUL bytes."""
    found, at = set(), 0
    while at < len(data):
        *_, size = _EVENT.unpack_from(data, at)
        at += _EVENT.size
        found.add(os.fsdecode(data[at : at + size].rstrip(b"\0")))
        at += size
    return found
