"""Whole numbers as JSON Web Keys have them: base64url of big-endian bytes (RFC 7518, section 2)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_MAX_TEXT = 4096
"""Characters of the longest number: 24576 bits, more than any key of ours."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def to_bytes(text: str) -> bytes:
    """Bytes of base64url without padding.  Raises ValueError."""
    if len(text) > _MAX_TEXT:
        raise ValueError("longer than any number of a key")
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_text(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def number(text: str) -> int:
    """A number of as many bytes as it needs or more.  Raises ValueError."""
    return int.from_bytes(to_bytes(text))


def fixed(text: str, size: int) -> int:
    """A number of exactly `size` bytes.  Raises ValueError."""
    data = to_bytes(text)
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes instead of {size}")
    return int.from_bytes(data)


def text_of(value: int, size: int | None = None) -> str:
    """A number in `size` bytes, by default as few as possible."""
    return to_text(value.to_bytes(minimal(value) if size is None else size))


def minimal(value: int) -> int:
    """How many bytes a number needs."""
    return max(1, (value.bit_length() + 7) // 8)
