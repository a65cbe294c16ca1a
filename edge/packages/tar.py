"""Tar archives to contents, read as a stream; see `tar_header` for the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from edge.errors import PackageError
from edge.packages.paths import shown
from edge.packages.tar_header import BLOCK, ZEROS, TarHeader, apply_pax, decode_name, parse_header, parse_pax

if TYPE_CHECKING:
    from edge.packages.contents import Contents

MAX_EXTENDED = 64 * 1024  # bytes of one pax header or long name
_DEVICES = {"3": "a character device", "4": "a block device", "6": "a named pipe"}


class Reader(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""


def read_tar(reader: Reader, contents: Contents) -> None:
    """Add every entry of a tar archive to `contents`.  Raises PackageError."""
    _TarStream(reader, contents).run()


class _TarStream:
    def __init__(self, reader: Reader, contents: Contents) -> None:
        self._reader = reader
        self._contents = contents
        self._records: dict[str, str] = {}  # of the next entry

    def run(self) -> None:
        while (block := self._exactly(BLOCK)) != ZEROS:
            header = parse_header(block)
            if not self._extension(header):
                apply_pax(header, self._records)
                self._records = {}
                self._entry(header)
        if self._records:
            raise PackageError("the archive ends after an extended header")
        self._check_end()

    def _extension(self, header: TarHeader) -> bool:
        """Take in a header that is about the next one."""
        if header.kind not in "xgLK":
            return False
        if header.size > MAX_EXTENDED:
            raise PackageError(f"the archive has an extended header of {header.size} bytes (limit {MAX_EXTENDED})")
        body = self._body(header.size)
        if header.kind in "xg":
            records = parse_pax(body)
            if header.kind == "g" and records:
                raise PackageError("the archive's global header names a file, which belongs to no entry")
            self._records |= records
        else:
            key = "path" if header.kind == "L" else "linkpath"
            self._records[key] = decode_name(body.partition(b"\0")[0])
        return True

    def _entry(self, header: TarHeader) -> None:
        path = self._contents.name(header.name)
        match header.kind:
            case "0":
                self._file(header, path)
            case "5":
                self._skip_nothing(header)
            case "2":
                self._skip_nothing(header)
                if path:
                    self._contents.add_link(path, header.target)
            case "1":
                self._skip_nothing(header)
                if path:
                    self._contents.add_copy(path, self._contents.name(header.target))
            case kind:
                what = _DEVICES.get(kind, f"of the unknown type {kind!a}")
                raise PackageError(f"{shown(header.name)} is {what}; archives may hold files, folders and links")

    def _file(self, header: TarHeader, path: str) -> None:
        self._contents.meter.content(header.size, header.name)
        content = self._body(header.size)
        if path:
            self._contents.add_file(path, content)

    def _skip_nothing(self, header: TarHeader) -> None:
        if header.size:
            raise PackageError(f"{shown(header.name)} is a folder or link with {header.size} bytes of content")

    def _body(self, size: int) -> bytes:
        body = self._exactly(size)
        self._exactly(-size % BLOCK)
        return body

    def _exactly(self, size: int) -> bytes:
        data = self._reader.read(size)
        if len(data) != size:
            raise PackageError("the archive is cut short: it ends before its end mark")
        return data

    def _check_end(self) -> None:
        """Only padding may follow the end mark, and the stream must be whole."""
        while data := self._reader.read(64 * BLOCK):
            if data.count(0) != len(data):
                raise PackageError("the archive has data behind its end mark")
