"""Headers of tar archives: ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU's long names.

Written here because the standard library's reader, in the oldest Python that edge supports, takes
quadratic time on hostile numbers (CVE-2024-6232), loops on negative sizes (CVE-2025-8194), and reads
extended headers of any size into memory.
"""

from __future__ import annotations

import re

import msgspec

from edge.errors import PackageError
from edge.packages.paths import shown

BLOCK = 512
ZEROS = bytes(BLOCK)
_CHECKSUM = slice(148, 156)
_OCTAL = re.compile(rb"[0-7]*")
_RECORD = re.compile(rb"([0-9]{1,10}) ")


class TarHeader(msgspec.Struct):
    """One header block.  `kind` is the type flag: "0" file, "5" folder, "2" link, "1" hard link, others."""

    name: str
    kind: str
    size: int
    target: str


def parse_header(block: bytes) -> TarHeader:
    """The header in a block of 512 bytes.  Raises PackageError when it is not one."""
    stored = _number(block[_CHECKSUM])
    blanked = sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
    if stored != blanked:
        raise PackageError("this is not a tar archive, or a damaged one: a header's checksum is wrong")
    name = _text(block[0:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = f"{_text(block[345:500])}/{name}"
    kind = chr(block[156])
    kind = "0" if kind in "\x007" else kind
    return TarHeader(name, kind, _number(block[124:136]), _text(block[157:257]))


def parse_pax(body: bytes) -> dict[str, str]:
    """The records (length, key=value, line feed) of an extended header.  Raises PackageError when malformed."""
    records: dict[str, str] = {}
    position = 0
    while position < len(body):
        match = _RECORD.match(body, position)
        end = position + int(match[1]) if match else 0
        if match is None or not match.end() < end <= len(body) or body[end - 1] != ord("\n"):
            raise PackageError("the archive has a malformed extended header")
        key, found, value = body[match.end() : end - 1].partition(b"=")
        if not found:
            raise PackageError("the archive has a malformed extended header")
        if key in {b"path", b"linkpath", b"size"} or key.startswith(b"GNU.sparse"):
            records[key.decode()] = decode_name(value)
        position = end
    return records


def apply_pax(header: TarHeader, records: dict[str, str]) -> None:
    """Let extended headers override a header.  Raises PackageError for what is not supported."""
    if any(key.startswith("GNU.sparse") for key in records):
        raise PackageError(f"{shown(header.name)} is a sparse file", hint="pack it without --sparse")
    header.name = records.get("path", header.name)
    if header.kind == "0" and header.name.endswith("/"):  # as before 1988; a long name may be cut off at a slash above
        header.kind = "5"
    header.target = records.get("linkpath", header.target)
    size = records.get("size")
    if size is not None:
        if not (size.isascii() and size.isdigit() and len(size) <= 15):
            raise PackageError(f"{shown(header.name)} has the size {shown(size)} in its extended header")
        header.size = int(size)


def decode_name(raw: bytes) -> str:
    """A file name.  Raises PackageError unless it is UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise PackageError(f"the archive has a name that is not UTF-8: {raw[:100]!r}") from error


def _text(field: bytes) -> str:
    return decode_name(field.partition(b"\0")[0])


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256 when the first bit is set."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not _OCTAL.fullmatch(digits):
        raise PackageError("the archive has a header with a malformed number")
    return int(digits or b"0", 8)
