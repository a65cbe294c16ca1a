"""The keys of `api_key`: a secret with one key a line, under a name or without, plain or hashed.

    alice:5f1c0e...              a key with a name
    bob:sha256:HEX               the same, of which only the hash is stored
    5f1c0e...                    without a name: it is called key-, and the beginning of its hash

Keys are long and random, so that a quick hash will do.  They are found by their hash: how long that takes says nothing
about the keys that there are.
"""

from __future__ import annotations

import hashlib
import re

MAX_KEYS = 100_000
MAX_KEY = 4096
_HASHED = re.compile(r"sha256:([0-9a-fA-F]{64})")
_KEY = re.compile(r"[\x21-\x7e]{1,4096}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,99}")
_SHOWN = 8


class ApiKeys:
    """Names by the digests of their keys."""

    def __init__(self, names: dict[bytes, str]) -> None:
        self._names = names

    @classmethod
    def parse(cls, text: str) -> ApiKeys:
        """The keys of a secret; blank lines and those that begin with # do not count.

        Raises ValueError, which names the line but nothing that is in it.
        """
        names: dict[bytes, str] = {}
        for number, line in enumerate(text.splitlines(), 1):
            entry = line.strip()
            if not entry or entry.startswith("#"):
                continue
            digest, name = _entry(entry)
            if digest is None:
                raise ValueError(f"line {number}: not NAME:KEY, NAME:sha256:HEX or a key")
            if digest in names:
                raise ValueError(f"line {number}: the key is there already")
            names[digest] = name
        if not 0 < len(names) <= MAX_KEYS:
            raise ValueError(f"{len(names)} keys (1 to {MAX_KEYS}, one a line)")
        return cls(names)

    def name_of(self, key: str) -> str | None:
        """What the key is called; None when there is no such key."""
        return self._names.get(digest_of(key)) if len(key) <= MAX_KEY else None


def digest_of(key: str) -> bytes:
    """What a key is found by."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _entry(entry: str) -> tuple[bytes | None, str]:
    name, colon, key = entry.partition(":")
    if _HASHED.fullmatch(entry) or not colon:
        name, key = "", entry
    elif not _NAME.fullmatch(name):
        return None, ""
    if not _KEY.fullmatch(key):  # what a header can hold, and everybody writes in the same bytes
        return None, ""
    hashed = _HASHED.fullmatch(key)
    digest = bytes.fromhex(hashed[1]) if hashed else digest_of(key)
    return digest, name or f"key-{digest.hex()[:_SHOWN]}"
