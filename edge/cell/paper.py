"""What an image of V8's memory is made on: a file in memory, and what the kernel tells of the process's own pages."""

from __future__ import annotations

import ctypes
import fcntl
import os

from edge.cell.kernel import checked, libc
from edge.cell.own_memory import PROT_READ, PROT_WRITE
from edge.units import KIB, MIB

SIZE = 96 * MIB
"""Of the file, most of which stays empty: what V8 has mapped writable fits in, or there is no image."""

MAP_PRIVATE, MAP_FIXED = 0x02, 0x10
_MAP_SHARED = 0x01
_FAILED = 1 << 63
_READ_ONLY_AT_ONCE = 256 * KIB  # see seccomp.py
_SEALS = 0x000F  # F_SEAL_SEAL, _SHRINK, _GROW, _WRITE

libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


class Witness:
    """What this process alone is told of its memory: `maps` is /proc/self/maps, `pages` its pagemap, or -1."""

    def __init__(self) -> None:
        """Raises OSError."""
        self.maps = os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.pages = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self.pages = -1

    @property
    def files(self) -> list[int]:
        """All descriptors."""
        return [file for file in (self.maps, self.pages) if file >= 0]

    def close(self) -> None:
        """There is nothing more to be seen."""
        for file in self.files:
            os.close(file)

    def close_maps(self) -> None:
        """No further image will be made."""
        os.close(self.maps)


class Paper:
    """A file of SIZE bytes for one image, and `view`, where it is seen."""

    def __init__(self) -> None:
        """Raises OSError."""
        self.file = os.memfd_create("edge-image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.file, SIZE)
        self.view = map_file(self.file, SIZE, PROT_READ | PROT_WRITE, _MAP_SHARED)

    def finish(self, used: int) -> None:
        """The first `used` bytes are an image now, read-only for V8; nothing more is made on this."""
        os.close(self.file)
        for at in range(self.view, self.view + used, _READ_ONLY_AT_ONCE):
            size = min(_READ_ONLY_AT_ONCE, self.view + used - at)
            checked(libc.mprotect(at, size, PROT_READ), "mprotect of the image")
        if used < SIZE:
            checked(libc.munmap(self.view + used, SIZE - used), "munmap of the image")

    def publish(self, used: int) -> None:
        """The same, for an image that children of this process share: the kernel lets nobody write it any more."""
        checked(libc.munmap(self.view, SIZE), "munmap of the image")
        fcntl.fcntl(self.file, fcntl.F_ADD_SEALS, _SEALS)
        self.view = map_file(self.file, used, PROT_READ, MAP_PRIVATE)
        os.close(self.file)

    def discard(self) -> None:
        """There will be no image."""
        self.finish(0)


def map_file(file: int, size: int, protection: int, flags: int, *, place: int | None = None, offset: int = 0) -> int:
    """The address of its mapping, which is `place` if one is given.  Raises OSError."""
    got: int | None = libc.mmap(place, size, protection, flags, file, offset)
    if got is None or got >= _FAILED or (place is not None and got != place):
        raise OSError(ctypes.get_errno(), "mmap of the image")
    return got
