"""What an `atomic` does, decided without touching storage: entries as found in, writes and results out.

Every backend that can read and write under one lock uses this, so that all have one semantics.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from edge.services.kv.failures import KVInputError
from edge.services.kv.records import Add, Check, Commit, Delete, Entry, Kind, Mutation, Result, Set, entry_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_SAFE_INTEGER = 2**53 - 1
"""Beyond it JavaScript counts no longer by one (ECMA-262, Number.MAX_SAFE_INTEGER)."""
MAX_NUMBER_TEXT = 32
"""No JSON number that JavaScript writes is longer, so a longer value needs no reading."""


class Found(msgspec.Struct, frozen=True):
    """An entry as storage has it.

    `size` counts towards the quota even when the entry has expired (`alive` false) and only waits for the
    sweep.  `entry` is needed for keys that an Add names, and may be None for others and for large values.
    """

    versionstamp: str
    size: int
    alive: bool
    entry: Entry | None = None


class Plan(msgspec.Struct, frozen=True):
    """Writes per key (None deletes), in order, and the answer.

    `growth` and `entries` are what storage grows by; `revived` is the size of expired entries that the
    writes replace.
    """

    commit: Commit
    writes: dict[str, Entry | None]
    growth: int
    entries: int
    revived: int


def touched(checks: Iterable[Check], mutations: Iterable[Mutation]) -> set[str]:
    """Keys whose current state `decide` needs."""
    return {check.key for check in checks} | {mutation.key for mutation in mutations}


def decide(
    found: Mapping[str, Found],
    checks: Sequence[Check],
    mutations: Sequence[Mutation],
    versionstamp: str,
    *,
    clear: bool = False,
) -> Plan | None:
    """The plan, or None when a check does not hold.  Raises KVInputError when an Add meets no number.

    With `clear` the mutations find nothing, and the plan is for a namespace that holds nothing.
    """
    alive = {key: item for key, item in found.items() if item.alive}
    for check in checks:
        current = alive.get(check.key)
        if check.versionstamp != (current.versionstamp if current else None):
            return None
    if clear:
        alive, found = {}, {}
    writes: dict[str, Entry | None] = {}
    results = tuple([_apply(mutation, alive, writes, versionstamp) for mutation in mutations])
    replaced = [found[key] for key in writes if key in found]
    added = [entry_size(key.encode(), entry.value, entry.metadata) for key, entry in writes.items() if entry]
    return Plan(
        commit=Commit(versionstamp, results),
        writes=writes,
        growth=sum(added) - sum(item.size for item in replaced),
        entries=len(added) - len(replaced),
        revived=sum(item.size for item in replaced if not item.alive),
    )


def _apply(mutation: Mutation, alive: Mapping[str, Found], writes: dict[str, Entry | None], stamp: str) -> Result:
    key = mutation.key
    match mutation:
        case Set():
            writes[key] = Entry(mutation.kind, mutation.value, stamp, mutation.metadata, mutation.expires_at)
            return True
        case Delete():
            existed = writes[key] is not None if key in writes else key in alive
            writes[key] = None
            return existed
        case Add():
            present = writes[key] is not None if key in writes else key in alive
            entry = writes[key] if key in writes else alive[key].entry if present else None
            total = _sum(key, entry, mutation.by) if present else _number(key, mutation.by)
            kept = (entry.metadata, entry.expires_at) if entry else (None, None)
            writes[key] = Entry("json", msgspec.json.encode(total), stamp, *kept)
            return total


def no_number(key: str, kind: Kind) -> KVInputError:
    """The error of an Add that meets something else."""
    held = "another JSON value" if kind == "json" else kind
    return KVInputError(f"incr needs a number and {key!a} holds {held}", hint="store counters with set(key, number)")


def beyond_counting(key: str) -> KVInputError:
    """The error of an Add that leaves the numbers that JavaScript can count with."""
    return KVInputError(f"incr would take {key!a} beyond {MAX_SAFE_INTEGER}, where JavaScript cannot count exactly")


def _sum(key: str, entry: Entry | None, by: float) -> int | float:
    held = _held(entry)
    if held is None:
        raise no_number(key, "json" if entry is None else entry.kind)
    try:
        return _number(key, held + by)
    except OverflowError:
        return _number(key, math.inf)


def _held(entry: Entry | None) -> float | None:
    """The number that an entry holds."""
    if entry is None or entry.kind != "json" or len(entry.value) > MAX_NUMBER_TEXT:
        return None
    try:
        value = msgspec.json.decode(entry.value)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _number(key: str, value: float) -> int | float:
    """The sum, whole numbers as such; not one at which JavaScript would lose count."""
    if not abs(value) <= MAX_SAFE_INTEGER:
        raise beyond_counting(key)
    return int(value) if value == int(value) else value
