"""How a namespace lies in Redis, and entries to and from what its scripts take and give.  Pure.

All keys of a namespace have one hash tag, so that they lie in one slot of a cluster and a script may use them together:

- `edge:{NAME}:data`, a hash: `h` + key is an entry's head, `v` + key its value
- `edge:{NAME}:order`, a sorted set of keys with one score, which Redis orders by their bytes
- `edge:{NAME}:deadlines`, a sorted set of keys by the time at which they end
- `edge:{NAME}:totals`, a hash: `bytes`, `entries`, and the latest `version`

A head is version (8 bytes), expiry (8 bytes, 0 for none), kind (1 byte; 128 more: metadata follows), metadata.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from edge.services.kv.records import Add, Check, Commit, Delete, Entry, Kind, Listed, Mutation, Set, versionstamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMESPACES: Final = "edge:namespaces"
"""A set of the names of all namespaces that were ever written."""
KINDS: Final[tuple[Kind, ...]] = ("json", "text", "bytes")

_HEAD: Final = struct.Struct(">QQB")
_METADATA: Final = 128


class Keys(NamedTuple):
    """Of a namespace."""

    data: str
    order: str
    deadlines: str
    totals: str


def keys_of(namespace: str) -> Keys:
    """The keys that hold a namespace."""
    return Keys(*(f"edge:{{{namespace}}}:{part}" for part in Keys._fields))


class Head(NamedTuple):
    """What is known of an entry without its value."""

    versionstamp: str
    expires_at: int | None
    kind: Kind
    metadata: bytes | None

    def entry(self, value: bytes) -> Entry:
        """The entry with its value."""
        return Entry(self.kind, value, self.versionstamp, self.metadata, self.expires_at)

    def listed(self, key: bytes) -> Listed:
        """The entry in a listing."""
        return Listed(key.decode(), self.expires_at, self.metadata)


def head_of(data: bytes) -> Head:
    """Raises struct.error for what is no head."""
    version, expires, kind = _HEAD.unpack_from(data)
    metadata = data[_HEAD.size :] if kind & _METADATA else None
    return Head(versionstamp(version), expires or None, KINDS[kind & ~_METADATA], metadata)


def atomic_arguments(
    now: int, quota: int, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool = False
) -> list[str | bytes]:
    """What atomic.lua takes."""
    arguments: list[str | bytes] = [str(now), str(quota), "1" if clear else "0", str(len(checks))]
    for check in checks:
        arguments += [check.key, _version_text(check.versionstamp)]
    arguments.append(str(len(mutations)))
    for mutation in mutations:
        arguments += [mutation.key, *_mutation(mutation)]
    return arguments


def _version_text(stamp: str | None) -> str:
    """A number as the script writes it; what is no versionstamp of ours fits none."""
    if stamp is None:
        return ""
    try:
        number = int(stamp, 16)
    except ValueError:
        return "?"
    return str(number) if versionstamp(number) == stamp else "?"


def _mutation(mutation: Mutation) -> Iterable[str | bytes]:
    match mutation:
        case Set():
            # An expiry of 0 or before it is long over, and 0 stands for none.
            expires = 0 if mutation.expires_at is None else max(mutation.expires_at, 1)
            flag = "0" if mutation.metadata is None else "1"
            return (
                "set",
                str(KINDS.index(mutation.kind)),
                str(expires),
                flag,
                mutation.metadata or b"",
                mutation.value,
            )
        case Delete():
            return ("delete",)
        case Add():
            return ("add", repr(mutation.by))


def commit_of(answer: Sequence[bytes], mutations: Sequence[Mutation]) -> Commit:
    """From the version and the results that atomic.lua gives."""
    results = [
        msgspec.json.decode(result, type=int | float) if isinstance(mutation, Add) else result == b"1"
        for mutation, result in zip(mutations, answer[1:], strict=True)
    ]
    return Commit(versionstamp(int(answer[0])), tuple(results))
