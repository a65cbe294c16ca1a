"""An image of V8's memory, and the way back to it.

When an isolate has been made, all memory that V8 can write is put into a file in memory and mapped back from it,
privately.  What an invocation writes lies in copies of pages that the kernel makes for this process alone, and
`restore` overwrites them with what they were.  Nothing else of an invocation is left: whatever V8 mapped since is given
back, and the thread-local variables of its library are set again.

A *further* image is of what a package's top level has left on top of that.  What it adds is `kept` in memory of this
process, page by page: it is copied once, and written back each time.  So is what V8 had written since the fork of a
process whose image its children share (edge.cell.base).

Which pages have copies the kernel tells (`pages.py`).  Once there, a copy stays and is overwritten each time: that
costs 0.1 us, and a page fault over 2.  Where the kernel does not tell, all copies are dropped by madvise, and there are
no further images.

No code of V8 may run meanwhile, on any thread, nor may there be isolates that do: it is the memory of them all.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, NamedTuple

from edge.cell import pages as page_table
from edge.cell.departure import Departure
from edge.cell.kernel import checked, libc
from edge.cell.own_memory import PAGE, PROT_NONE, PROT_WRITE
from edge.cell.paper import MAP_FIXED, MAP_PRIVATE, SIZE, map_file
from edge.cell.ranges import Range, Ranges
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from edge.cell.departure import Change
    from edge.cell.own_memory import OwnMemory
    from edge.cell.paper import Paper, Witness

    Step = tuple[Callable[..., int], tuple[int, ...]]
    """A call of libc, and its arguments."""

MAX_COPIES = 2048
"""Pages of which copies are kept; when it were more, they are all dropped."""

_UNDOINGS = 64  # that are remembered
_MADV_DONTNEED = 4
_MAP_RESERVE = 0x104022  # private, anonymous, without reserve, and nothing is replaced

libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

_zeros = ctypes.create_string_buffer(2 * PAGE)  # constant
_ZEROS = (ctypes.addressof(_zeros) + PAGE - 1) & -PAGE


class ImageError(Exception):
    """There is no image of this memory, or no way back to it."""


class Part(NamedTuple):
    """Part of V8's memory as it was when the image was made.

    `source` is where a file's image of it is seen, if a file has one: what is not kept is zeros otherwise.
    """

    range: Range
    protection: int
    source: int | None = None

    @property
    def imaged(self) -> bool:
        """Whether V8 can write it."""
        return bool(self.protection & PROT_WRITE)

    def within(self, place: Range) -> Part:
        """What of it is in `place`, which is in it."""
        source = None if self.source is None else self.source + place.start - self.range.start
        return Part(place, self.protection, source)


class Kept:
    """Content of pages, at addresses of this process's own."""

    def __init__(self, found: Iterable[int] = ()) -> None:
        """Copies these pages, which are in ascending order, as they are now."""
        self.ranges = list(page_table.runs(found))
        self._store = ctypes.create_string_buffer(sum(place.size for place in self.ranges))
        self._sources: dict[int, int] = {}
        at = ctypes.addressof(self._store)
        for start, end in self.ranges:
            ctypes.memmove(at, start, end - start)
            for page in range(start, end, PAGE):
                self._sources[page] = at + page - start
            at += end - start

    def __getitem__(self, page: int) -> int | None:
        """Where its content is."""
        return self._sources.get(page)

    def write(self, place: Range) -> None:
        """Have all kept pages in `place` as they were."""
        for kept in self.ranges:
            common = kept.common(place)
            if common is not None:
                ctypes.memmove(common.start, self._sources[common.start], common.size)


class Image:
    """Made by `take`, or by `further`."""

    def __init__(self, memory: OwnMemory, parts: list[Part], kept: Kept, pages: int) -> None:
        self._memory = memory
        self._parts = parts
        self._kept = kept
        self._pages = pages
        self._imaged = [part for part in parts if part.imaged]
        self._locals = memory.own_locals()
        self._copies: set[int] = set()
        self._known: dict[int, bytes] = {}
        self._moves: list[tuple[int, int, int]] = []
        self._undoings: dict[tuple[Change, ...], list[Step]] = {}
        self._anonymous = Ranges()  # of a file's image, but no longer the file's
        self._departure = Departure(part.range for part in parts)
        self._departed = False
        memory.of_file = Ranges(part.range for part in parts if part.source is not None)
        memory.follow(self._depart)

    @classmethod
    def take(cls, paper: Paper, witness: Witness, memory: OwnMemory, *, shared: bool = False) -> Image:
        """Of V8's memory as it is now.  Raises ImageError; then all is as it was.  Raises OSError: all is lost.

        With `shared` children of this process have it too, and the file is sealed.
        """
        own = sorted([*memory.ranges, memory.segment])
        ctypes.string_at(*_place(memory.segment))  # what of it was never read has content all the same: the library's
        parts = _placed([Part(*mapping) for mapping in page_table.mappings(witness.maps, own)], paper, witness.pages)
        used = sum(part.range.size for part in parts if part.imaged)
        before = paper.view
        (paper.publish if shared else paper.finish)(used)
        moved = paper.view - before
        parts = [part._replace(source=part.source + moved) if part.source is not None else part for part in parts]
        return cls(memory, parts, Kept(), witness.pages)

    def inherited(self, witness: Witness) -> None:
        """In a child: its own pages are meant from now on."""
        self._pages = witness.pages

    def further(self, witness: Witness, paper: Paper | None = None) -> Image:
        """An image of V8's memory as it is now; this one is not to be used any more.

        With `paper`, much has been added, and goes there.  Raises ImageError: then all is as it was.
        """
        self._depart(self._memory.take_changes())
        parts = list(self._succeeding(witness))
        if paper is not None:
            added = [part for part in parts if part.imaged and part.source is None]
            old = [part for part in parts if not (part.imaged and part.source is None)]
            placed = _placed(added, paper, witness.pages)
            paper.finish(sum(part.range.size for part in placed))
            parts = sorted([*old, *placed])
        return Image(self._memory, parts, Kept(_own(parts, witness.pages)), witness.pages)

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
        for place in self._kept.ranges:
            self._kept.write(place)
        self._copies.clear()
        self._known.clear()
        self._moves.clear()

    # -- copies

    def _find_copies(self) -> bool:
        """See which pages are the process's own by now; whether there are more than before."""
        found = False
        for part in self._imaged:
            entries = page_table.entries(self._pages, part.range)
            if entries != self._known.get(part.range.start):
                self._known[part.range.start] = entries
                before = len(self._copies)
                self._copies.update(page_table.own(entries, part.range))
                found = found or len(self._copies) > before
        if found:
            self._moves = list(self._planned())
        return found

    def _planned(self) -> Iterator[tuple[int, int, int]]:
        """Address, address of what it was, and bytes, of each run of copies."""
        start = source = size = 0
        for page, at in self._sources():
            if (page, at) == (start + size, source + size):
                size += PAGE
                continue
            if size:
                yield start, source, size
            start, source, size = page, at, PAGE
        if size:
            yield start, source, size

    def _sources(self) -> Iterator[tuple[int, int]]:
        parts = iter(self._imaged)
        part = next(parts)
        for page in sorted(self._copies):
            while page >= part.range.end:
                part = next(parts)
            of_file = _ZEROS if part.source is None else part.source + page - part.range.start
            yield page, self._kept[page] or of_file

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
            is_read = not part.imaged and part.protection != PROT_NONE
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

    def _write(self, part: Part, places: list[Range]) -> None:
        for place in places:
            if part.source is not None:
                ctypes.memmove(place.start, part.source + place.start - part.range.start, place.size)
            self._kept.write(place)

    # -- a further image

    def _succeeding(self, witness: Witness) -> Iterator[Part]:
        """All parts of V8's memory as it is now, with what of this image is under them still."""
        ranges = Ranges(part.range for part in self._parts)
        ranges.update(self._departure.added)
        for gone in self._departure.gone:
            ranges.remove(gone)
        for range_, protection in page_table.mappings(witness.maps, ranges):
            if not protection & PROT_WRITE:
                yield Part(range_, protection)
                continue
            at = range_.start
            for start, end, source in self._underneath(range_):
                if at < start:
                    yield Part(Range(at, start), protection)
                yield Part(Range(start, end), protection, source)
                at = end
            if at < range_.end:
                yield Part(Range(at, range_.end), protection)

    def _underneath(self, place: Range) -> Iterator[tuple[int, int, int]]:
        """Start, end and source of what is mapped of a file there."""
        for part in self._imaged:
            common = part.range.common(place)
            if common is None or part.source is None:
                continue
            left = Ranges([common])
            for lost in (self._departure.replaced, self._departure.gone, self._anonymous):
                for range_ in lost.common(common):
                    left.remove(range_)
            for start, end in left:
                yield start, end, part.source + start - part.range.start


def _place(place: Range) -> tuple[int, int]:
    return place.start, place.size


def _own(parts: Iterable[Part], pages: int) -> Iterator[int]:
    """Pages of V8's that no file has."""
    for part in parts:
        if part.imaged:
            yield from page_table.own(page_table.entries(pages, part.range), part.range)


def _placed(parts: list[Part], paper: Paper, pages: int) -> list[Part]:
    """Each that can be written, copied to the paper and mapped from there.

    Raises ImageError, when there is no room for them, before anything is done; OSError when the process is lost.
    """
    used = sum(part.range.size for part in parts if part.imaged)
    if used > SIZE:
        raise ImageError(f"V8 has {used // MIB} MiB that it can write, and an image holds {SIZE // MIB}")
    at, placed = paper.view, []
    for part in parts:
        placed.append(part._replace(source=at) if part.imaged else part)
        at += part.range.size * part.imaged
    for part in placed:
        if part.source is not None:
            _copy(part.range, part.source, pages)
    for part in placed:
        if part.source is not None:
            start, size = _place(part.range)
            how = MAP_PRIVATE | MAP_FIXED
            map_file(paper.file, size, part.protection, how, place=start, offset=part.source - paper.view)
    return placed


def _copy(place: Range, to: int, pages: int) -> None:
    """Only what was ever touched: a page that is only read would be made for that."""
    touched = [place]
    if pages >= 0:
        touched = list(page_table.runs(page_table.present(page_table.entries(pages, place), place)))
    for start, end in touched:
        ctypes.memmove(to + start - place.start, start, end - start)


def _reserve(place: Range) -> None:
    """Nobody else may have it, as V8 believes that it has.  Raises ImageError when somebody does."""
    got = libc.mmap(place.start, place.size, PROT_NONE, _MAP_RESERVE, -1, 0)
    if got != place.start:
        raise ImageError(f"a place of {place.size // KIB} KiB that V8 had given back is taken")


def _resetting(part: Part, common: Range) -> list[Step]:
    """Rights as they were; of what nobody could use, nothing is kept."""
    forget: list[Step] = [(libc.madvise, (*_place(common), _MADV_DONTNEED))] if part.protection == PROT_NONE else []
    return [*forget, (libc.mprotect, (*_place(common), part.protection))]
