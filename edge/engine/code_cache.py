"""Compiled code that leaves the process: whoever gives it back must have it from us, unchanged.

V8 believes what a code cache says (bytecode, offsets, sizes): one that was tampered with is a way to run machine code.
So it carries a tag of HMAC-SHA-256 over the build of V8, the source and the cache, and without the right one it is
never shown to V8.

    "edge1" | tag (32 bytes) | cache
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

MAGIC = b"edge1"
_TAG = 32
HEAD = len(MAGIC) + _TAG
KEY_BYTES = 32


def new_key() -> bytes:
    """A key for this process."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, build: bytes, source: bytes, cache: bytes) -> bytes:
    """The cache with its tag; `build` says which V8 it is of."""
    return MAGIC + _tag(key, build, source, cache) + cache


def unseal(key: bytes, build: bytes, source: bytes, sealed: bytes) -> bytes | None:
    """The cache; None when it is not one that `seal` made of the same source, build and key."""
    if len(sealed) <= HEAD or not sealed.startswith(MAGIC):
        return None
    tag, cache = sealed[len(MAGIC) : HEAD], sealed[HEAD:]
    return cache if hmac.compare_digest(tag, _tag(key, build, source, cache)) else None


def _tag(key: bytes, build: bytes, source: bytes, cache: bytes) -> bytes:
    """Each part by its digest: no text of one can be taken for that of another."""
    parts = b"".join(hashlib.sha256(part).digest() for part in (build, source, cache))
    return hmac.digest(key, b"edge code cache" + parts, "sha256")
