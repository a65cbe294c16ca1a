"""Frames of HTTP/2 and header blocks, also such as no library would write.  RFC 9113 section 4.1, RFC 7541."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

TYPES: Final = {
    name: number
    for number, name in enumerate(
        (
            *("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY"),
            *("WINDOW_UPDATE", "CONTINUATION"),
        )
    )
}
SETTINGS: Final = {
    name: number
    for number, name in enumerate(
        (
            *("HEADER_TABLE_SIZE", "ENABLE_PUSH", "MAX_CONCURRENT_STREAMS", "INITIAL_WINDOW_SIZE", "MAX_FRAME_SIZE"),
            *("MAX_HEADER_LIST_SIZE", "UNKNOWN", "ENABLE_CONNECT_PROTOCOL"),
        ),
        start=1,
    )
}
END_STREAM: Final = 1
ACK: Final = 1
END_HEADERS: Final = 4
PADDED: Final = 8
PRIORITY: Final = 32
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

Field = tuple[bytes, bytes]


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 0) -> bytes:
    """One frame; of what does not fit into a field of it the lowest bits."""
    return (
        (len(payload) & 0xFFFFFF).to_bytes(3, "big")
        + bytes([kind & 0xFF, flags & 0xFF])
        + (stream & 0xFFFFFFFF).to_bytes(4, "big")
        + payload
    )


def block(fields: Iterable[Field]) -> bytes:
    """A header block of literals without indexing and without Huffman."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)


def indexed(number: int) -> bytes:
    """RFC 7541 section 6.1."""
    return integer(number, 7, 0x80)


def remembered(name: bytes, value: bytes) -> bytes:
    """A literal that goes into the dynamic table: section 6.2.1."""
    return b"\x40" + _text(name) + _text(value)


def table_size(size: int) -> bytes:
    """Section 6.3."""
    return integer(size, 5, 0x20)


def integer(value: int, bits: int, first: int) -> bytes:
    """Section 5.1."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out = [first | limit]
    value -= limit
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _text(text: bytes) -> bytes:
    return integer(len(text), 7, 0) + text
