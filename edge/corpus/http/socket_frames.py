"""The language of `frames_hex` for WebSockets: bytes of frames in hex, in the words of whoever wrote the case.

`then` stands between frames, `xN` (or `x 5000`) repeats what stands before it, and `..` is the rest of a frame whose
beginning stands before it: the mask and the payload, or with the bit of compression a payload that inflates to 64 MiB.
"""

from __future__ import annotations

import re
import zlib

MANY = 100_000
BOMB = 64 << 20
_REPEAT = re.compile(r"\s*[x*]\s*(\d+|N)\s*\Z", re.IGNORECASE)
_MASK = b"\0\0\0\0"
_COMPRESSED = 0x40
_MASKED = 0x80


def socket_frames(text: str) -> list[tuple[bytes, int]]:
    """Bytes and how often to send them.  Raises ValueError."""
    return [_part(part) for part in re.split(r"\bthen\b|[,;]", text) if part.strip()]


def _part(text: str) -> tuple[bytes, int]:
    times = 1
    if found := _REPEAT.search(text):
        times = MANY if found[1].upper() == "N" else int(found[1])
        text = text[: found.start()]
    head, dots, rest = text.partition("..")
    data = bytes.fromhex(head)
    if dots:
        data = _completed(data) + bytes.fromhex(rest.replace(".", ""))
    return data, times


def _completed(head: bytes) -> bytes:
    if not head:
        raise ValueError("before .. stands at least the first byte of a frame")
    if head[0] & _COMPRESSED and len(head) == 1:
        return _frame(head[0], _bomb())
    size = head[1] & 0x7F if len(head) > 1 else 1
    if len(head) == 1:
        head += bytes([_MASKED | size])
    mask = _MASK if head[1] & _MASKED else b""
    return head[:2] + mask + b"a" * min(size, 125)


def _frame(first: int, payload: bytes) -> bytes:
    return bytes([first, _MASKED | 127]) + len(payload).to_bytes(8, "big") + _MASK + payload


def _bomb() -> bytes:
    """RFC 7692 section 7.2.1: raw DEFLATE, without the empty block at its end."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (deflate.compress(bytes(BOMB)) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
