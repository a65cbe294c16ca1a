"""The central directory of a zip archive (APPNOTE 6.3.10), read strictly.

Readers of zip differ in what they believe: the directory or the local headers, the first or the last
end record, sizes here or there.  Whatever two readers could take differently is refused: data in front
or behind, overlapping or hidden entries, names and methods that disagree, encryption, and zip64, which
no archive within the limits needs.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

from edge.errors import PackageError
from edge.packages.paths import shown

if TYPE_CHECKING:
    from edge.packages.limits import PackageLimits

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_MARK = b"PK\x05\x06"
_ZIP64 = 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_HAS_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
# CRC and two sizes, of 4 or 8 bytes, with or without a mark in front (APPNOTE 4.3.9).
_DESCRIPTORS = frozenset({12, 16, 20, 24})


class ZipEntry(msgspec.Struct, frozen=True):
    """One entry.  `mode` is the Unix mode, 0 when there is none; `start` and `end` frame its packed bytes."""

    name: str
    deflated: bool
    crc: int
    packed: int
    size: int
    mode: int
    start: int
    end: int


class _Central(msgspec.Struct, frozen=True):
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int


def read_directory(data: memoryview, limits: PackageLimits) -> list[ZipEntry]:
    """All entries in the directory's order.  Raises PackageError."""
    start, end, count = _end_record(data)
    if count > limits.entries:
        raise PackageError(f"the archive has {count} entries, the limit is {limits.entries}")
    centrals = _centrals(data, start, end, count)
    entries = [_local(data, central, start) for central in centrals]
    _check_layout(list(zip(centrals, entries, strict=True)), start)
    return entries


def _end_record(data: memoryview) -> tuple[int, int, int]:
    """Where the directory starts and ends, and how many entries it has."""
    at = len(data) - _END.size
    # A comment of up to 65,535 bytes may follow; the record counts only if it fills the rest exactly.
    lowest = max(at - 0xFFFF, 0)
    if at < 0:
        raise _damaged()
    tail = bytes(data[lowest:])
    while (found := tail.rfind(_END_MARK, 0, at - lowest + 4)) >= 0:
        at = lowest + found
        if at + _END.size + _END.unpack_from(data, at)[-1] == len(data):
            return _checked_end(data, at)
        at -= 1
    raise _damaged()


def _checked_end(data: memoryview, at: int) -> tuple[int, int, int]:
    _, disk, first_disk, here, count, size, start, _ = _END.unpack_from(data, at)
    if _ZIP64 in {start, size} or count == 0xFFFF or _marked(data, at - 20, b"PK\x06\x07"):
        raise _zip64()
    if disk or first_disk or here != count:
        raise PackageError("the zip archive is one of several parts")
    if start + size != at:
        raise PackageError("the zip archive has data in front of it, or between its parts")
    return start, at, count


def _centrals(data: memoryview, at: int, end: int, count: int) -> list[_Central]:
    centrals = []
    for _ in range(count):
        central, at = _central(data, at, end)
        centrals.append(central)
    if at != end:
        raise PackageError("the zip archive's directory has more or fewer entries than it says")
    return centrals


def _central(data: memoryview, at: int, end: int) -> tuple[_Central, int]:
    if at + _CENTRAL.size > end or not _marked(data, at, b"PK\x01\x02"):
        raise PackageError("the zip archive's directory is damaged")
    fields = _CENTRAL.unpack_from(data, at)
    _, _, _, flags, method, _, _, crc, packed, size, name, extra, comment, disk, _, external, offset = fields
    start = at + _CENTRAL.size
    if disk or _ZIP64 in {packed, size, offset}:
        raise _zip64()
    raw_name = bytes(data[start : start + name])
    return _Central(raw_name, flags, method, crc, packed, size, external >> 16, offset), start + name + extra + comment


def _local(data: memoryview, central: _Central, end: int) -> ZipEntry:
    """The entry with its place, after its local header was compared with the directory."""
    name = _name(central)
    if central.flags & _ENCRYPTED:
        raise PackageError(f"{shown(name)} is encrypted", hint="pack it without a password")
    if central.method not in {_STORED, _DEFLATED}:
        raise PackageError(f"{shown(name)} is packed by method {central.method}; only stored and deflated are read")
    if central.offset + _LOCAL.size > end or not _marked(data, central.offset, b"PK\x03\x04"):
        raise PackageError(f"{shown(name)} is not where the zip archive's directory says")
    _, _, flags, method, _, _, _, _, _, length, extra = _LOCAL.unpack_from(data, central.offset)
    at = central.offset + _LOCAL.size
    if (bytes(data[at : at + length]), method, flags) != (central.raw_name, central.method, central.flags):
        raise PackageError(f"{shown(name)} has a header that differs from the zip archive's directory")
    start = at + length + extra
    deflated = central.method == _DEFLATED
    return ZipEntry(
        name, deflated, central.crc, central.packed, central.size, central.mode, start, start + central.packed
    )


def _check_layout(entries: list[tuple[_Central, ZipEntry]], end: int) -> None:
    """Raise PackageError unless the entries fill everything in front of the directory, each on its own."""
    at, described = 0, False
    for central, entry in sorted(entries, key=lambda pair: pair[0].offset):
        gap = central.offset - at
        if gap < 0 or entry.end > end:
            raise PackageError(f"{shown(entry.name)} overlaps with another entry of the zip archive")
        _check_gap(gap, described=described)
        at, described = entry.end, bool(central.flags & _HAS_DESCRIPTOR)
    _check_gap(end - at, described=described)


def _check_gap(gap: int, *, described: bool) -> None:
    if gap and not (described and gap in _DESCRIPTORS):
        raise PackageError(f"the zip archive has {gap} bytes that belong to no entry")


def _marked(data: memoryview, at: int, mark: bytes) -> bool:
    return at >= 0 and bytes(data[at : at + 4]) == mark


def _damaged() -> PackageError:
    return PackageError("the zip archive is damaged, cut short, or has data behind its end")


def _zip64() -> PackageError:
    return PackageError("the archive is in the zip64 format", hint="use tar.gz, or a tool that writes plain zip")


def _name(central: _Central) -> str:
    """UTF-8 when it says so or is; otherwise the code page of MS-DOS, as the format has it."""
    try:
        return central.raw_name.decode()
    except UnicodeDecodeError as error:
        if central.flags & _UTF8:
            raise PackageError(f"the archive has a name that is not UTF-8: {central.raw_name[:100]!r}") from error
        return central.raw_name.decode("cp437")
