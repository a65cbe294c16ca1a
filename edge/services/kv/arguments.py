"""Arguments and answers of the host calls `kv.*`, strictly typed: the other side is not trusted.

Text and JSON travel as strings (`text`), binary values beside the JSON as raw bytes.  Times are durations and
seconds as users give them; the host's clock makes them absolute.
"""

from __future__ import annotations

import msgspec

from edge.services.kv.records import Kind


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all arguments."""


class GetMany(Arguments, frozen=True):
    """`kv.getMany`."""

    keys: list[str]


class Key(Arguments, frozen=True):
    """`kv.get`, `kv.has` and `kv.delete`."""

    key: str


class Value(Arguments, frozen=True):
    """`kv.set`, and a part of `kv.atomic`.

    `text` for kind json and text.  Bytes are in the call's data: all of it for `kv.set`, the next `size` bytes of
    it within `kv.atomic`.  At most one of `ttl` (ms), `expirationTtl` (s) and `expiration` (s since the epoch).
    """

    key: str
    kind: Kind
    text: str | None = None
    size: int | None = None
    metadata: str | None = None
    ttl: float | None = None
    expiration_ttl: float | None = msgspec.field(default=None, name="expirationTtl")
    expiration: float | None = None


class Incr(Arguments, frozen=True):
    """`kv.incr`, and a part of `kv.atomic`."""

    key: str
    by: float = 1


class List(Arguments, frozen=True):
    """`kv.list`."""

    prefix: str = ""
    limit: int = 1000
    cursor: str | None = None


class Check(Arguments, frozen=True):
    """A part of `kv.atomic`."""

    key: str
    versionstamp: str | None


class SetPart(Value, frozen=True, tag_field="op", tag="set"):
    """A part of `kv.atomic`."""


class DeletePart(Key, frozen=True, tag_field="op", tag="delete"):
    """A part of `kv.atomic`."""


class IncrPart(Incr, frozen=True, tag_field="op", tag="incr"):
    """A part of `kv.atomic`."""


class Atomic(Arguments, frozen=True):
    """`kv.atomic`."""

    checks: list[Check]
    mutations: list[SetPart | DeletePart | IncrPart]


class Nothing(Arguments, frozen=True):
    """`kv.clear`."""


class EntryAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kv.get`; `text` is absent when the value is in the answer's data."""

    kind: Kind
    versionstamp: str
    text: str | None = None
    metadata: str | None = None


class ManyAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value of `kv.getMany`; without `text` it is the next `size` bytes of the answer's data."""

    key: str
    kind: Kind
    text: str | None = None
    size: int = 0


class ListedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One key of `kv.list`; `expiration` in whole seconds since the epoch, rounded up."""

    name: str
    expiration: int | None = None
    metadata: str | None = None


class PageAnswer(msgspec.Struct, frozen=True):
    """`kv.list`."""

    keys: list[ListedAnswer]
    cursor: str | None


class CommitAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kv.atomic`."""

    ok: bool
    versionstamp: str | None = None
