"""Values under a key: AES-256-GCM (NIST SP 800-38D), each with a nonce of its own, bound to its name.  Pure.

What is bound to another name does not open: somebody who can write the file cannot swap two secrets.
"""

from __future__ import annotations

import base64
import binascii
import os
import re

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import CallerError

KEY_BYTES = 32
_NONCE_BYTES = 12
_HEX = re.compile(r"[0-9a-fA-F]{64}")


class Sealed(msgspec.Struct, frozen=True):
    """A value that needs the key; `changed` is when it was set, in seconds since the Unix epoch."""

    nonce: bytes
    data: bytes
    changed: int


def new_key() -> str:
    """A key as text."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")


def read_key(text: str) -> bytes:
    """The bytes of a key: 32, as base64 or hexadecimal.  Raises CallerError, which does not repeat the text."""
    stripped = text.strip()
    if _HEX.fullmatch(stripped):
        return bytes.fromhex(stripped)
    try:
        key = base64.b64decode(stripped, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise CallerError(
            f"the key of the secrets is not {KEY_BYTES} bytes as base64 or hexadecimal",
            hint="edge secrets key makes one",
        )
    return key


def seal(key: bytes, name: str, value: str, now: int) -> Sealed:
    """Close a value."""
    nonce = os.urandom(_NONCE_BYTES)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, value.encode(), name.encode()), now)


def unseal(key: bytes, name: str, sealed: Sealed) -> str:
    """The value.  Raises CallerError when the key is another one, or the file was tampered with."""
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.data, name.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CallerError(
            f"the key does not open the secret {name}", hint="it was set with another key, or the file was changed"
        ) from error
