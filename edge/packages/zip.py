"""Zip archives to contents; see `zip_directory` for what is refused before anything is unpacked."""

from __future__ import annotations

import stat
import zlib
from typing import TYPE_CHECKING

from edge.errors import PackageError
from edge.packages.paths import shown
from edge.packages.zip_directory import ZipEntry, read_directory

if TYPE_CHECKING:
    from edge.packages.contents import Contents


def read_zip(data: memoryview, contents: Contents) -> None:
    """Add every entry of a zip archive to `contents`.  Raises PackageError."""
    for entry in read_directory(data, contents.meter.limits):
        path = contents.name(entry.name)
        kind = _kind(entry)
        if kind == stat.S_IFDIR:
            if entry.size:
                raise PackageError(f"{shown(entry.name)} is a folder with {entry.size} bytes of content")
        elif not path:
            continue
        elif kind == stat.S_IFLNK:
            contents.add_link(path, _target(data, entry, contents))
        else:
            contents.add_file(path, _content(data, entry, contents))


def _kind(entry: ZipEntry) -> int:
    """S_IFREG, S_IFDIR or S_IFLNK."""
    kind = stat.S_IFMT(entry.mode)
    if entry.name.endswith("/"):
        return stat.S_IFDIR
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}:
        raise PackageError(f"{shown(entry.name)} is a device or pipe; archives may hold files, folders and links")
    return kind or stat.S_IFREG


def _target(data: memoryview, entry: ZipEntry, contents: Contents) -> str:
    if entry.size > contents.meter.limits.path:
        raise PackageError(f"the link {shown(entry.name)} has a target of {entry.size} bytes")
    try:
        return _content(data, entry, contents).decode()
    except UnicodeDecodeError as error:
        raise PackageError(f"the link {shown(entry.name)} has a target that is not UTF-8") from error


def _content(data: memoryview, entry: ZipEntry, contents: Contents) -> bytes:
    """The bytes of an entry, which the meter counts before they are unpacked."""
    contents.meter.content(entry.size, entry.name)
    contents.meter.expansion(entry.packed, entry.size, shown(entry.name))
    packed = data[entry.start : entry.end]
    content = _inflate(packed, entry) if entry.deflated else bytes(packed)
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise PackageError(f"{shown(entry.name)} is damaged: its size or checksum is wrong")
    return content


def _inflate(packed: memoryview, entry: ZipEntry) -> bytes:
    """Unpack at most one byte more than the entry says that it has."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise PackageError(f"{shown(entry.name)} is damaged: its deflate data cannot be read") from error
    if not inflater.eof or inflater.unused_data:
        raise PackageError(f"{shown(entry.name)} is damaged: its data does not end where it should")
    return content
