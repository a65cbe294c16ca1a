"""Passwords as they are stored: hashed with argon2id, bcrypt or scrypt, or plain.

    $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH
    $2b$12$...                                 also $2a$ and $2y$, as htpasswd -B writes them
    $scrypt$ln=16,r=8,p=1$SALT$HASH            base64 without padding, as passlib writes it

Other hashes are too quick to guess against, and are refused.  To check a hashed password takes a good part of a
second of CPU time: not for the thread that serves.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Protocol

import bcrypt
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_ARGON2 = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{11,86}"
)
_SCRYPT = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{8,86})\$([A-Za-z0-9+/]{22,86})")
_BCRYPT_ROUNDS = range(4, 17)
_BCRYPT_LONGEST = 72  # bytes; what follows was never part of the hash
_MOST_MEMORY = 256 * 1024 * 1024
MAX_PASSWORD = 1024


class Password(Protocol):
    """One stored password."""

    @property
    def slow(self) -> bool:
        """Whether checking it takes long enough to do it elsewhere."""

    def matches(self, password: bytes) -> bool:
        """Whether it is this one."""


def stored_password(text: str) -> Password:
    """A password as it is stored.  Raises ValueError for a hash that cannot be used."""
    if match := _BCRYPT.fullmatch(text):
        if int(match[1]) not in _BCRYPT_ROUNDS:
            raise ValueError(f"a cost of {match[1]} is not between 4 and 16")
        return _Bcrypt(text)
    if match := _ARGON2.fullmatch(text):
        if int(match[1]) * 1024 > _MOST_MEMORY:
            raise ValueError("it takes more than 256 MiB of memory to check")
        return _Argon2(text)
    if match := _SCRYPT.fullmatch(text):
        return _scrypt(match)
    if text.startswith(("$", "{")):
        raise ValueError("the kind of hash is not known (argon2id, bcrypt or scrypt)")
    if not 0 < len(text) <= MAX_PASSWORD:
        raise ValueError(f"a password has 1 to {MAX_PASSWORD} characters")
    return _Plain(text)


class _Plain:
    slow = False

    def __init__(self, text: str) -> None:
        self._digest = hashlib.sha256(text.encode()).digest()

    def matches(self, password: bytes) -> bool:
        return hmac.compare_digest(hashlib.sha256(password).digest(), self._digest)


class _Bcrypt:
    slow = True

    def __init__(self, text: str) -> None:
        self._hash = text.encode()

    def matches(self, password: bytes) -> bool:
        fits = len(password) <= _BCRYPT_LONGEST
        return bcrypt.checkpw(password if fits else b"", self._hash) and fits


class _Argon2:
    slow = True

    def __init__(self, text: str) -> None:
        self._hash = text

    def matches(self, password: bytes) -> bool:
        try:
            Argon2id.verify_phc_encoded(password, self._hash)
        except InvalidKey:
            return False
        return True


def _scrypt(match: re.Match[str]) -> Password:
    cost, block, parallel = 1 << int(match[1]), int(match[2]), int(match[3])
    memory = 128 * cost * block
    if not (cost > 1 and block and parallel) or memory > _MOST_MEMORY or parallel > 16:
        raise ValueError("its parameters take more than 256 MiB of memory to check, or are none")
    return _Scrypt(cost, block, parallel, _unpadded(match[4]), _unpadded(match[5]))


class _Scrypt:
    slow = True

    def __init__(self, cost: int, block: int, parallel: int, salt: bytes, digest: bytes) -> None:
        self._parameters = {"n": cost, "r": block, "p": parallel}
        self._memory = 128 * block * (cost + parallel + 2)
        self._salt, self._digest = salt, digest

    def matches(self, password: bytes) -> bool:
        found = hashlib.scrypt(
            password, salt=self._salt, dklen=len(self._digest), maxmem=self._memory, **self._parameters
        )
        # HMAC pads keys with NULs: with one at its end it would be the same password.
        return hmac.compare_digest(found, self._digest) and b"\0" not in password


def _unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
