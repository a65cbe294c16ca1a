"""What the kernel tells of mappings and pages of this process.

See https://docs.kernel.org/admin-guide/mm/pagemap.html: bit 61 of an entry is clear for a page that is not, or no
longer, a file's; bits 62 and 63 say that there is one at all.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from edge.cell.own_memory import PAGE, PROT_READ, PROT_WRITE
from edge.cell.ranges import Range
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENTRY = 8  # bytes for each page
_IN_MEMORY, _OF_FILE = 0b11 << 62, 1 << 61
_RIGHTS = {"r": PROT_READ, "w": PROT_WRITE, "x": 4}


class Mapping(NamedTuple):
    """Part of a mapping, and the rights to it (PROT_*)."""

    range: Range
    protection: int


def mappings(maps: int, own: Iterable[Range]) -> Iterator[Mapping]:
    """What of `own`, which is in ascending order, is mapped, by /proc/self/maps."""
    left = list(own)
    for line in _whole(maps).splitlines():
        start, end = (int(part, 16) for part in line[: line.index(b" ")].split(b"-"))
        while left and left[0].end <= start:
            left.pop(0)
        if not left or left[0].start >= end:
            continue
        rights = line.split(None, 2)[1].decode()
        protection = sum(_RIGHTS.get(right, 0) for right in rights[:3])
        mapped = Range(start, end)
        for part in left:
            if part.start >= end:
                break
            if (common := mapped.common(part)) is not None:
                yield Mapping(common, protection)


def _whole(file: int) -> bytes:
    text = b""
    while data := os.pread(file, 64 * KIB, len(text)):
        text += data
    return text


def entries(pages: int, place: Range) -> bytes:
    """The entries of its pages, in pagemap.  Raises OSError."""
    size = place.size // PAGE * _ENTRY
    found = os.pread(pages, size, place.start // PAGE * _ENTRY)
    if len(found) != size:
        raise OSError(errno.EIO, "pagemap ends too early")
    return found


def present(found: bytes, place: Range) -> Iterator[int]:
    """Addresses of the pages that are there: that were ever touched."""
    return (page for page, entry in _each(found, place) if entry & _IN_MEMORY)


def own(found: bytes, place: Range) -> Iterator[int]:
    """Addresses of the pages that are this process's own, and not a file's."""
    return (page for page, entry in _each(found, place) if entry & _IN_MEMORY and not entry & _OF_FILE)


def _each(found: bytes, place: Range) -> Iterator[tuple[int, int]]:
    if found.count(0) == len(found):
        return iter(())
    return zip(range(place.start, place.end, PAGE), struct.unpack(f"<{len(found) // _ENTRY}Q", found), strict=True)


def runs(pages: Iterable[int]) -> Iterator[Range]:
    """Pages in ascending order, as ranges."""
    start = end = 0
    for page in pages:
        if page != end:
            if end:
                yield Range(start, end)
            start = page
        end = page + PAGE
    if end:
        yield Range(start, end)
