"""The values that go into and come out of a store.  All frozen, all times in milliseconds since the epoch."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["json", "text", "bytes"]


class Entry(msgspec.Struct, frozen=True):
    """What a key holds.

    `kind` says how `value` was given: JSON text, text (both UTF-8) or raw bytes.  `metadata` is JSON text
    or None.  `versionstamp` is of fixed width, and greater as text for every later commit to the store.
    """

    kind: Kind
    value: bytes
    versionstamp: str
    metadata: bytes | None = None
    expires_at: int | None = None


class Check(msgspec.Struct, frozen=True):
    """Holds when the key's versionstamp is this one; None: when the key is absent."""

    key: str
    versionstamp: str | None


class Set(msgspec.Struct, frozen=True):
    """Put a value, whatever was there; `expires_at` None keeps it until deleted."""

    key: str
    value: bytes
    kind: Kind = "bytes"
    metadata: bytes | None = None
    expires_at: int | None = None


class Delete(msgspec.Struct, frozen=True):
    """Remove a key; its result is whether it was there."""

    key: str


class Add(msgspec.Struct, frozen=True):
    """Add to a number (0 when absent); its result is the sum.  Expiry and metadata stay as they are."""

    key: str
    by: int | float = 1


Mutation = Set | Delete | Add
Result = bool | int | float


class Commit(msgspec.Struct, frozen=True):
    """An `atomic` that happened: its versionstamp and one result per mutation, in order (True for a Set)."""

    versionstamp: str
    results: tuple[Result, ...]


class Listed(msgspec.Struct, frozen=True):
    """A key in a listing."""

    key: str
    expires_at: int | None = None
    metadata: bytes | None = None


class Page(msgspec.Struct, frozen=True):
    """Part of a listing; `cursor` is None when it is complete."""

    keys: tuple[Listed, ...]
    cursor: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """Bytes (keys, values and metadata) and number of live entries of a namespace."""

    bytes: int = 0
    entries: int = 0


def entry_size(key: bytes, value: bytes, metadata: bytes | None) -> int:
    """Bytes that an entry counts for towards the quota."""
    return len(key) + len(value) + (len(metadata) if metadata is not None else 0)


def versionstamp(number: int) -> str:
    """The text of a commit number: 20 hexadecimal digits."""
    return f"{number:020x}"


def is_alive(expires_at: int | None, now: int) -> bool:
    """Whether an entry with this expiry is still there at `now`."""
    return expires_at is None or expires_at > now
