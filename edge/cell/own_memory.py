"""V8's library with memory of its own, and a record of what it does to the process's mappings.

Two things that a process decides when it loads the library, before V8 is initialised:

- It is bound to its own allocator (RTLD_DEEPBIND).  Otherwise its calls of malloc end up in libc, where its blocks lie
  among Python's.
- Its calls of mmap, munmap and mprotect pass by here: their entries in its global offset table are pointed at
  functions of ours.  So it is known which memory is V8's, and what has changed since an image was taken (`image.py`).

See the ELF specification (System V ABI, chapter 5) for the tables, dl_iterate_phdr(3) for where they are.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import struct
import threading
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.cell.departure import Change
from edge.cell.kernel import checked, libc
from edge.cell.ranges import Range, Ranges
from edge.engine import dll
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = 4096
PROT_NONE, PROT_READ, PROT_WRITE = 0, 1, 2
MANY = 512  # changes

_LOAD, _DYNAMIC, _RELRO = 1, 2, 0x6474E552  # PT_LOAD, PT_DYNAMIC, PT_GNU_RELRO
_PLTRELSZ, _STRTAB, _SYMTAB, _RELA, _RELASZ, _JMPREL = 2, 5, 6, 7, 8, 23  # DT_...
_WRITABLE = 2  # PF_W
_SLOT_TYPES = {6, 7, 1025, 1026}  # GLOB_DAT and JUMP_SLOT of x86-64 and of aarch64
_FAILED = 1 << 63  # as an address
_MADV_DONTNEED = 4
_MAP_NOTHING = 0x4032  # private, anonymous, fixed, without reserve
_ICU_DATA = "icudtl.dat"
_ICU_SLACK = 64 * KIB
_UNDEFINED = 4096  # imports come first among the symbols; there are some two hundred

_HEADER = struct.Struct("<IIQQQQQQ")  # Elf64_Phdr
_PAIR = struct.Struct("<qQ")  # Elf64_Dyn
_SYMBOL = struct.Struct("<IBBHQQ")  # Elf64_Sym
_RELOCATION = struct.Struct("<QQq")  # Elf64_Rela

_size, _int, _address = ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p
_TYPES = {
    "mmap64": (_address, _address, _size, _int, _int, _int, ctypes.c_long),
    "munmap": (_int, _address, _size),
    "mprotect": (_int, _address, _size, _int),
    "madvise": (_int, _address, _size, _int),
}


class OwnMemory:
    """`ranges` are what V8 has mapped, as long as nobody follows; `segment` is the writable data of its library.

    `of_file` is what was mapped from a file since, unknown to V8.  When V8 discards pages there, it finds zeros all the
    same, which it relies on, and not what is in the file.
    """

    def __init__(self, module: _Module) -> None:
        self.ranges = Ranges()
        self.of_file = Ranges()
        self.segment = module.segment
        self.thread_locals: list[tuple[int, bytes]] = []
        self._module = module
        self._lock = threading.Lock()  # V8 may be at work on several threads
        self._changes: list[Change] = []
        self._tell: Callable[[list[Change]], None] | None = None
        self._ignored = False

    def follow(self, tell: Callable[[list[Change]], None]) -> None:
        """From now on changes are kept, to be taken; when there are many, they are told instead, on any thread."""
        self._tell = tell

    def ignore(self) -> None:
        """Nobody wants to know any more."""
        self._ignored = True
        self._tell = None
        self._changes.clear()

    def take_changes(self) -> list[Change]:
        """What V8 has done since the last time, but for what was told."""
        with self._lock:
            changes, self._changes = self._changes, []
        return changes

    def own_locals(self) -> tuple[int, bytes]:
        """The library's thread-local variables, of the calling thread: where they are, and what they hold."""
        index = _Index(self._module.number, 0)
        place: int = _locals_at(ctypes.byref(index))  # makes them where the thread has not used them yet
        return place, ctypes.string_at(place, self._module.locals_size)

    def discard(self, place: Range) -> None:
        """V8 has discarded pages."""
        with self._lock:
            parts = self.of_file.common(place)
        for part in parts:
            for writable, pages in groupby(range(part.start, part.end, PAGE), _is_writable):
                run = list(pages)
                same = Range(run[0], run[-1] + PAGE)
                if writable:
                    ctypes.memset(same.start, 0, same.size)
                else:
                    checked(_map_nothing(same), "mmap of discarded pages")
                    self.note(Change("mmap", same, PROT_NONE))

    def note(self, change: Change) -> None:
        """V8 has done it, or, if it takes memory away, is about to: another thread may get that place at once."""
        if self._ignored:
            return
        with self._lock:
            if self._tell is not None:
                self._changes.append(change)
                if len(self._changes) >= MANY:
                    self._tell(self._changes)
                    self._changes = []
            elif change.what == "mmap":
                self.ranges.add(change.range)
            elif change.what == "munmap":
                self.ranges.remove(change.range)


class _Module(NamedTuple):
    base: int
    dynamic: int
    segment: Range
    number: int  # among the modules with thread-local variables
    locals_size: int  # of those, in bytes


libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_getrandom = libc.getrandom
_getrandom.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint]

_locals_at = getattr(libc, "__tls_get_addr")
_locals_at.restype = ctypes.c_size_t

_found: OwnMemory | None = None
_callbacks: list[object] = []  # the library keeps their addresses


def known() -> OwnMemory | None:
    """What is known of V8's memory in this process, or None when its library was loaded without `prepare`."""
    return _found


def prepare() -> bool:
    """Load the library so; before anything else does.  False where that cannot be, and all is as it was."""
    global _found  # noqa: PLW0603 - there is one library in a process
    if _found is not None or not hasattr(os, "RTLD_DEEPBIND"):
        return _found is not None
    path = dll.path()
    try:
        ctypes.CDLL(path, mode=os.RTLD_DEEPBIND | os.RTLD_NOW)
        module = _module(path)
        slots = dict(_slots(module))
    except (OSError, LookupError):
        return False
    if set(slots) != set(_TYPES) or not all(slots.values()):
        return False
    _found = OwnMemory(module)
    for name, callback in _passing(_found).items():
        for slot in slots[name]:
            atexit.register(_point, slot, ctypes.c_size_t.from_address(slot).value)  # no Python, no callback
            _point(slot, _address_of(callback))
        _callbacks.append(callback)
    return True


def settle() -> None:
    """V8 has been initialised: what it will never write again is made read-only, and so is in no image.

    That are the tables of ICU, 10 MiB, which V8 reads into its memory as a whole.
    """
    if _found is None:
        return
    try:
        size, mappings = (Path(dll.path()).parent / _ICU_DATA).stat().st_size, list(_mappings())
    except OSError:
        return
    for place, rights in mappings:
        if rights == "rw-p" and size <= place.size < size + _ICU_SLACK and _found.ranges.common(place):
            checked(libc.mprotect(place.start, place.size, PROT_READ), "mprotect of ICU's tables")


def _mappings() -> Iterator[tuple[Range, str]]:
    for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        place, rights = line.split(None, 2)[:2]
        start, end = (int(part, 16) for part in place.split("-"))
        yield Range(start, end), rights


def enter_thread() -> None:
    """Tell of the calling thread, which will call the library and live on: its thread-local variables are set back too.

    To be called on it before it does; they point into memory that an image has never seen otherwise.
    """
    if _found is not None:
        _found.thread_locals.append(_found.own_locals())


# -- finding things in the loaded library


class _Info(ctypes.Structure):
    """struct dl_phdr_info."""

    _fields_ = (
        ("base", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("headers", ctypes.c_void_p),
        ("count", ctypes.c_uint16),
        ("adds", ctypes.c_ulonglong),
        ("subs", ctypes.c_ulonglong),
        ("module", ctypes.c_size_t),
        ("thread_local", ctypes.c_size_t),
    )


class _Index(ctypes.Structure):
    """tls_index of the ELF handling for thread-local storage."""

    _fields_ = (("module", ctypes.c_ulong), ("offset", ctypes.c_ulong))


_THREAD_LOCAL = 7  # PT_TLS
_visitor = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Info), ctypes.c_size_t, ctypes.c_void_p)


def _module(path: str) -> _Module:
    """Raises LookupError."""
    found: list[_Module] = []

    def visit(info: ctypes._Pointer[_Info], _size: int, _data: int) -> int:
        if (info.contents.name or b"").decode() == path:
            found.append(_described(info.contents))
        return 0

    libc.dl_iterate_phdr(_visitor(visit), None)
    if not found:
        raise LookupError(path)
    return found[0]


def _described(info: _Info) -> _Module:
    headers = list(_HEADER.iter_unpack(ctypes.string_at(info.headers, info.count * _HEADER.size)))
    dynamic = next(info.base + header[3] for header in headers if header[0] == _DYNAMIC)
    fixed = next((_memory(info.base, header) for header in headers if header[0] == _RELRO), Range(0, 0))
    writable = [_memory(info.base, header) for header in headers if header[0] == _LOAD and header[1] & _WRITABLE]
    data = [part for part in writable if part.common(fixed) is None]
    size = next((header[6] for header in headers if header[0] == _THREAD_LOCAL), 0)
    return _Module(info.base, dynamic, Range(data[0].start, data[-1].end), info.module, size)


def _memory(base: int, header: tuple[int, ...]) -> Range:
    """The pages of a segment."""
    start, end = base + header[3], base + header[3] + header[6]
    return Range(start & -PAGE, (end + PAGE - 1) & -PAGE)


def _slots(module: _Module) -> Iterator[tuple[str, list[int]]]:
    """For each function that is to pass by here, the addresses of its entries in the offset table."""
    table = _table(module)
    tables = [
        ctypes.string_at(table[place], table[size])
        for place, size in ((_RELA, _RELASZ), (_JMPREL, _PLTRELSZ))
        if place in table
    ]
    for index in range(1, _UNDEFINED):
        name, *_ = _SYMBOL.unpack(ctypes.string_at(table[_SYMTAB] + index * _SYMBOL.size, _SYMBOL.size))
        text = ctypes.string_at(table[_STRTAB] + name).decode("ascii", "replace")
        if text in _TYPES:
            yield text, [module.base + offset for entries in tables for offset in _entries(entries, index)]
        if _symbol_is_defined(table, index):
            return


def _symbol_is_defined(table: dict[int, int], index: int) -> bool:
    section = _SYMBOL.unpack(ctypes.string_at(table[_SYMTAB] + index * _SYMBOL.size, _SYMBOL.size))[3]
    return bool(section)


def _table(module: _Module) -> dict[int, int]:
    """The dynamic section.  The loader has made addresses of its offsets, or has not."""
    table: dict[int, int] = {}
    place = module.dynamic
    while True:
        tag, value = _PAIR.unpack(ctypes.string_at(place, _PAIR.size))
        if tag == 0:
            return table
        is_address = tag in {_STRTAB, _SYMTAB, _RELA, _JMPREL}
        table[tag] = value + module.base if is_address and value < module.base else value
        place += _PAIR.size


def _entries(relocations: bytes, symbol: int) -> Iterator[int]:
    """Offsets of the entries that hold the address of a symbol."""
    for kind in _SLOT_TYPES:
        wanted = struct.pack("<Qq", symbol << 32 | kind, 0)
        at = relocations.find(wanted)
        while at >= 0:
            if (at - 8) % _RELOCATION.size == 0:
                yield _RELOCATION.unpack_from(relocations, at - 8)[0]
            at = relocations.find(wanted, at + 1)


def _point(slot: int, function: int) -> None:
    """The loader has made the table read-only."""
    checked(libc.mprotect(slot & -PAGE, PAGE, PROT_READ | PROT_WRITE), "mprotect of the offset table")
    ctypes.c_size_t.from_address(slot).value = function
    checked(libc.mprotect(slot & -PAGE, PAGE, PROT_READ), "mprotect of the offset table")


# -- passing on


def _address_of(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _passing(memory: OwnMemory) -> dict[str, Any]:
    """Functions that do as libc's, and take note of what succeeded."""
    kinds: dict[str, Any] = {name: ctypes.CFUNCTYPE(*types, use_errno=True) for name, types in _TYPES.items()}
    real = {name: kind((name, ctypes.CDLL(None, use_errno=True))) for name, kind in kinds.items()}
    map_, unmap, protect, advise = (real[name] for name in _TYPES)

    def mmap(at: int | None, size: int, protection: int, flags: int, file: int, offset: int) -> int:
        place: int = map_(at, size, protection, flags, file, offset)
        if place < _FAILED:
            memory.note(Change("mmap", _pages(place, size), protection))
        return place

    def munmap(at: int, size: int) -> int:
        memory.note(Change("munmap", _pages(at, size), PROT_NONE))
        failed: int = unmap(at, size)
        if failed:
            memory.note(Change("mmap", _pages(at, size), PROT_NONE))
        return failed

    def mprotect(at: int, size: int, protection: int) -> int:
        failed: int = protect(at, size, protection)
        if not failed:
            memory.note(Change("mprotect", _pages(at, size), protection))
        return failed

    def madvise(at: int, size: int, advice: int) -> int:
        failed: int = advise(at, size, advice)
        if advice == _MADV_DONTNEED and not failed and memory.of_file:
            memory.discard(_pages(at, size))
        return failed

    functions = (mmap, munmap, mprotect, madvise)
    return {name: kinds[name](function) for name, function in zip(_TYPES, functions, strict=True)}


def _is_writable(page: int) -> bool:
    """Whether it can be written: the kernel, which would write a byte of its own, does not fail."""
    return bool(_getrandom(page, 1, 0) == 1)


def _map_nothing(place: Range) -> int:
    """Pages that nobody can use, in the place of others; 0, or -1."""
    got = libc.mmap(place.start, place.size, PROT_NONE, _MAP_NOTHING, -1, 0)
    return 0 if got == place.start else -1


def _pages(start: int, size: int) -> Range:
    return Range(start, start + ((size + PAGE - 1) & -PAGE))
