"""An image of V8's memory, and the way back to it.

A function's isolate is made once; then all memory that V8 can write is put into a file in memory and mapped back from
it, privately.  What an invocation writes lies in copies of pages that the kernel makes for this process alone, and
`restore` overwrites them with what they were.  Nothing else of an invocation is left: whatever V8 mapped since is given
back, and the thread-local variables of its library are set again.

Which pages have copies the kernel tells in /proc/self/pagemap: bit 61 is clear for a page that is no longer the
file's (https://docs.kernel.org/admin-guide/mm/pagemap.html).  Once there, a copy stays and is overwritten each time:
that costs 0.1 us, and a page fault over 2.  Where there is no such file, all copies are dropped by madvise.

No code of V8 may run meanwhile, on any thread, nor may there be other isolates: it is the memory of them all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from edge.cell.departure import Departure
from edge.cell.kernel import checked, libc
from edge.cell.own_memory import PAGE, PROT_NONE, PROT_READ, PROT_WRITE
from edge.cell.ranges import Range, Ranges
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.cell.departure import Change
    from edge.cell.own_memory import OwnMemory

    Step = tuple[Callable[..., int], tuple[int, ...]]
    """A call of libc, and its arguments."""

SIZE = 96 * MIB
"""Of the file, most of which stays empty: what V8 has mapped writable fits in, or there is no image."""

MAX_COPIES = 2048
"""Pages of which copies are kept; when it were more, they are all dropped."""

_UNDOINGS = 64  # that are remembered
_MADV_DONTNEED = 4
_MAP_SHARED, _MAP_PRIVATE_FIXED = 0x01, 0x12
_MAP_RESERVE = 0x104022  # private, anonymous, without reserve, and nothing is replaced
_FAILED = 1 << 63
_ENTRY = 8  # bytes of pagemap for each page
_IN_MEMORY, _OF_FILE = 0b11 << 62, 1 << 61  # present or swapped; the file's own page
_READ_ONLY_AT_ONCE = 256 * KIB  # see seccomp.py
_RIGHTS = {"r": PROT_READ, "w": PROT_WRITE, "x": 4}

libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class ImageError(Exception):
    """There is no image of this memory, or no way back to it."""


class Paper:
    """What an image is made on: opened before the process is sealed, used at most once after it."""

    def __init__(self) -> None:
        """Raises OSError."""
        self.file = os.memfd_create("edge-image", os.MFD_CLOEXEC)
        os.ftruncate(self.file, SIZE)
        self.view: int = _map_whole(self.file)
        self.maps = os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.pages = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self.pages = -1

    @property
    def files(self) -> list[int]:
        """All descriptors."""
        return [file for file in (self.file, self.maps, self.pages) if file >= 0]

    def finish(self, used: int) -> None:
        """The first `used` bytes are an image now, read-only for V8; nothing more is made on this."""
        os.close(self.file)
        os.close(self.maps)
        for at in range(self.view, self.view + used, _READ_ONLY_AT_ONCE):
            size = min(_READ_ONLY_AT_ONCE, self.view + used - at)
            checked(libc.mprotect(at, size, PROT_READ), "mprotect of the image")
        if used < SIZE:
            checked(libc.munmap(self.view + used, SIZE - used), "munmap of the image")

    def discard(self) -> None:
        """There will be no image."""
        self.finish(0)
        if self.pages >= 0:
            os.close(self.pages)


def _map_whole(file: int) -> int:
    """Where the file is seen, and can be written until it is finished.  Raises OSError."""
    place: int | None = libc.mmap(None, SIZE, PROT_READ | PROT_WRITE, _MAP_SHARED, file, 0)
    if place is None or place >= _FAILED:
        raise OSError(ctypes.get_errno(), "mmap of the image")
    return place


class Mapped(NamedTuple):
    """Part of V8's memory as it was when the image was made; `place` is where the image has it, if it does."""

    range: Range
    protection: int
    place: int | None = None


class Image:
    """Made by `take`."""

    def __init__(self, paper: Paper, memory: OwnMemory, parts: list[Mapped]) -> None:
        self._memory = memory
        self._parts = parts
        self._pages = paper.pages
        self._view = paper.view
        self._imaged = [part for part in parts if part.place is not None]
        self._locals = memory.own_locals()
        self._copies: set[int] = set()
        self._known: dict[int, bytes] = {}
        self._moves: list[tuple[int, int, int]] = []
        self._undoings: dict[tuple[Change, ...], list[Step]] = {}
        self._anonymous = Ranges()  # of the image, but no longer the file's
        self._departure = Departure(part.range for part in parts)
        self._departed = False
        memory.follow(self._depart)

    @classmethod
    def take(cls, paper: Paper, memory: OwnMemory) -> Image:
        """Of V8's memory as it is now.  Raises ImageError; then all is as it was, or the process is lost."""
        parts = _placed(_mapped(paper, memory))
        for part in parts:
            if part.place is not None:
                _copy(part, paper)
        for part in parts:
            if part.place is not None:
                _map(part, paper.file)
        paper.finish(sum(part.range.size for part in parts if part.place is not None))
        return cls(paper, memory, parts)

    def restore(self) -> None:
        """Back to it.

        Raises ImageError when there is no way back any more, because V8 has changed what is in no image: then nothing
        has been done.  Raises OSError when the process is lost.
        """
        changes = self._memory.take_changes()
        if changes or self._departed:
            self._undo(changes)
        if self._pages < 0:
            self.shrink()
        else:
            if self._find_copies() and len(self._copies) > MAX_COPIES:
                self.shrink()
            for place, source, size in self._moves:
                ctypes.memmove(place, source, size)
        for place, values in (self._locals, *self._memory.thread_locals):
            ctypes.memmove(place, values, len(values))

    def shrink(self) -> None:
        """Drop all copies, which is a way back too: the next invocation has to make them again (0.2 ms)."""
        for part in self._imaged:
            checked(libc.madvise(*_place(part.range), _MADV_DONTNEED), "madvise of the image")
            self._write(part, self._anonymous.common(part.range))
        self._copies.clear()
        self._known.clear()
        self._moves.clear()

    # -- copies

    def _find_copies(self) -> bool:
        """See which pages are the process's own by now; whether there are more than before."""
        found = False
        for part in self._imaged:
            start, end = part.range
            size = (end - start) // PAGE * _ENTRY
            entries = os.pread(self._pages, size, start // PAGE * _ENTRY)
            if len(entries) != size:
                raise OSError(errno.EIO, "pagemap ends too early")
            if entries != self._known.get(start):
                self._known[start] = entries
                found = self._add_copies(part, entries) or found
        if found:
            self._moves = self._planned()
        return found

    def _add_copies(self, part: Mapped, entries: bytes) -> bool:
        before = len(self._copies)
        numbers = struct.unpack(f"<{len(entries) // _ENTRY}Q", entries)
        first = part.range.start
        self._copies.update(
            first + index * PAGE for index, entry in enumerate(numbers) if entry & _IN_MEMORY and not entry & _OF_FILE
        )
        return len(self._copies) > before

    def _planned(self) -> list[tuple[int, int, int]]:
        """Address, address in the view, and bytes, of each run of copies."""
        moves: list[tuple[int, int, int]] = []
        parts = iter(self._imaged)
        part = next(parts)
        for page in sorted(self._copies):
            while page >= part.range.end:
                part = next(parts)
            assert part.place is not None  # it is imaged
            source = self._view + part.place + page - part.range.start
            if moves and moves[-1][0] + moves[-1][2] == page and moves[-1][1] + moves[-1][2] == source:
                moves[-1] = (moves[-1][0], moves[-1][1], moves[-1][2] + PAGE)
            else:
                moves.append((page, source, PAGE))
        return moves

    # -- mappings

    def _depart(self, changes: list[Change]) -> None:
        self._departure.note(changes)
        self._departed = True

    def _undo(self, changes: list[Change]) -> None:
        """The same invocation makes the same changes, so what undoes them is mostly known."""
        key = tuple(changes)
        steps = None if self._departed else self._undoings.get(key)
        if steps is None:
            is_simple = not self._departed and all(change.what == "mprotect" for change in changes)
            self._depart(changes)
            steps = self._undoing(self._departure)
            if is_simple and len(self._undoings) < _UNDOINGS:
                self._undoings[key] = steps
        for call, arguments in steps:
            checked(call(*arguments), "undoing what V8 did")
        if self._departed:
            self._fill(self._departure)

    def _undoing(self, departure: Departure) -> list[Step]:
        """What V8 did is looked at as a whole: a place that it gave back may be somebody else's by now.

        First what lowers the charge on RLIMIT_DATA, then what raises it: on the way it is no higher than it was.
        """
        for part in self._parts:
            is_read = part.place is None and part.protection != PROT_NONE
            if is_read and any(changed.common(part.range) for changed in departure.changed):
                raise ImageError("V8 has changed what it only read when its image was made")
        steps: list[Step] = [(libc.munmap, _place(place)) for place in departure.added]
        for part in self._parts:
            for common in departure.gone.common(part.range):
                _reserve(common)
        for part in sorted(self._parts, key=lambda part: part.protection):
            for changed in departure.changed:
                for common in changed.common(part.range):
                    steps += _resetting(part, common)
        return steps

    def _fill(self, departure: Departure) -> None:
        """Rights are as they were.  What V8 has replaced is no longer the file's: it is written, now and always."""
        for lost in (departure.replaced, departure.gone):
            for part in self._imaged:
                places = lost.common(part.range)
                self._write(part, places)
                self._anonymous.update(places)
        self._departure = Departure(part.range for part in self._parts)
        self._departed = False

    def _write(self, part: Mapped, places: list[Range]) -> None:
        for place in places:
            assert part.place is not None  # it is imaged
            ctypes.memmove(place.start, self._view + part.place + place.start - part.range.start, place.size)


def _place(place: Range) -> tuple[int, int]:
    return place.start, place.size


def _mapped(paper: Paper, memory: OwnMemory) -> list[Mapped]:
    """All parts of V8's memory."""
    text = b""
    while data := os.read(paper.maps, 64 * KIB):
        text += data
    own = sorted([*memory.ranges, memory.segment])  # as the lines are
    parts: list[Mapped] = []
    for line in text.splitlines():
        start, end = (int(part, 16) for part in line[: line.index(b" ")].split(b"-"))
        while own and own[0].end <= start:
            own.pop(0)
        if not own or own[0].start >= end:
            continue
        rights = line.split(None, 2)[1].decode()
        protection = sum(_RIGHTS.get(right, 0) for right in rights[:3])
        whole = Range(start, end)
        parts += [Mapped(part, protection) for part in map(whole.common, own) if part is not None]
    return parts


def _placed(parts: list[Mapped]) -> list[Mapped]:
    """With a place in the file for each that can be written.  Raises ImageError when there is not enough of it."""
    at, placed = 0, []
    for part in parts:
        if not part.protection & PROT_WRITE:
            placed.append(part)
            continue
        placed.append(part._replace(place=at))
        at += part.range.size
    if at > SIZE:
        raise ImageError(f"V8 has {at // MIB} MiB that it can write, and an image holds {SIZE // MIB}")
    return placed


def _copy(part: Mapped, paper: Paper) -> None:
    """Only what was ever touched: a page that is only read would be made for that."""
    assert part.place is not None  # of those alone
    touched = _touched(paper, part.range) if paper.pages >= 0 else [part.range]
    for start, end in touched:
        ctypes.memmove(paper.view + part.place + start - part.range.start, start, end - start)


def _touched(paper: Paper, part: Range) -> list[Range]:
    entries = os.pread(paper.pages, part.size // PAGE * _ENTRY, part.start // PAGE * _ENTRY)
    if entries.count(0) == len(entries):
        return []
    runs: list[Range] = []
    at = part.start
    for entry in struct.unpack(f"<{len(entries) // _ENTRY}Q", entries):
        if entry & _IN_MEMORY:
            if runs and runs[-1].end == at:
                runs[-1] = Range(runs[-1].start, at + PAGE)
            else:
                runs.append(Range(at, at + PAGE))
        at += PAGE
    return runs


def _map(part: Mapped, file: int) -> None:
    """Raises OSError: then the process is lost."""
    start, size = _place(part.range)
    got = libc.mmap(start, size, part.protection, _MAP_PRIVATE_FIXED, file, part.place)
    if got != start:
        raise OSError(ctypes.get_errno(), "mmap of the image")


def _reserve(place: Range) -> None:
    """Nobody else may have it, as V8 believes that it has.  Raises ImageError when somebody does."""
    got = libc.mmap(place.start, place.size, PROT_NONE, _MAP_RESERVE, -1, 0)
    if got != place.start:
        raise ImageError(f"a place of {place.size // KIB} KiB that V8 had given back is taken")


def _resetting(part: Mapped, common: Range) -> list[Step]:
    """Rights as they were; of what nobody could use, nothing is kept."""
    forget: list[Step] = [(libc.madvise, (*_place(common), _MADV_DONTNEED))] if part.protection == PROT_NONE else []
    return [*forget, (libc.mprotect, (*_place(common), part.protection))]
