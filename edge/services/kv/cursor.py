"""Cursors of listings: the last key seen, opaque to users, so that writes between pages never break one."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from edge.services.kv.failures import KVInputError


def encode_cursor(key: bytes) -> str:
    """The cursor that continues after `key`."""
    return urlsafe_b64encode(key).decode().rstrip("=")


def decode_cursor(cursor: str) -> bytes:
    """The key that a cursor continues after.  Raises KVInputError when `encode_cursor` did not write it."""
    try:
        key = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        key.decode()
    except (binascii.Error, ValueError):
        key = b""
    if not key or encode_cursor(key) != cursor:
        raise KVInputError("not a KV cursor", hint="pass on the cursor of the previous list() unchanged, or none")
    return key


def key_range(prefix: bytes, after: bytes | None) -> tuple[bytes, bytes]:
    """Half-open range [low, high) of the keys that begin with `prefix` and come after `after`.

    UTF-8 has no byte 0xff, so the successor of a prefix is its last byte plus one.
    """
    low = prefix if after is None else max(prefix, after + b"\0")
    high = prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else b"\xff"
    return low, high
