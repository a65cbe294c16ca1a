"""What one invocation has written and the store has not got yet: pure, over what the store holds.

An overlay keeps one write per key, and the conditions under which all of them may happen.  A condition is that the
store holds the version of a key that the invocation was told something about which a later reader could prove wrong:
that a check of `atomic` held, what `incr` came to, that `delete` found the key.  What it merely read is none, as with
writes that do not wait; neither is what `atomic` adds or deletes, since that answers no sum.

`base` is always the entry of a key in the store, None when it is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.services.kv.failures import KVLimitError
from edge.services.kv.plan import Found, decide, touched
from edge.services.kv.records import (
    Add,
    Check,
    Commit,
    Delete,
    Entry,
    Listed,
    Mutation,
    Set,
    entry_size,
    is_alive,
    versionstamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edge.services.kv.limits import Limits

_LESS = 'write less in one invocation, or set kv_commit = "write"'
_PROVISIONAL = 0xFFFFFFFFFF << 40
"""Versions within an overlay count from here: no store will ever get so far."""


class Batch(NamedTuple):
    """Everything that an invocation wants to happen, as `KVStore.atomic` takes it."""

    checks: list[Check]
    mutations: list[Mutation]
    clear: bool

    @property
    def empty(self) -> bool:
        """Nothing is to be written."""
        return not self.mutations and not self.clear


class Overlay:
    """See the module."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._writes: dict[str, Mutation] = {}
        self._stamps: dict[str, str] = {}  # of what was written
        self._sums: dict[str, str | None] = {}  # by stamp of an Add that was read: the version that it was added to
        self._checks: dict[str, str | None] = {}
        self._cleared = False
        self._bytes = 0
        self._number = 0

    @property
    def cleared(self) -> bool:
        """Nothing of what the store holds is seen any more."""
        return self._cleared

    def needs(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys whose base decides what is seen."""
        return [key for key in keys if self._rests_on_base(key)]

    def knows(self, key: str) -> bool:
        """Whether the invocation has done anything to a key."""
        return self._cleared or key in self._writes

    def batch(self) -> Batch:
        """What there is to commit."""
        checks = [Check(key, stamp) for key, stamp in self._checks.items()]
        return Batch(checks, list(self._writes.values()), self._cleared)

    def clear(self) -> None:
        """Remove all keys."""
        self._writes.clear()
        self._stamps.clear()
        self._bytes = 0
        self._cleared = True

    def entry(self, key: str, base: Entry | None, now: int) -> Entry | None:
        """What the invocation sees at a key.  Raises KVInputError when something was added to what is no number."""
        match self._writes.get(key):
            case None:
                return None if self._cleared else base
            case Set() as put:
                alive = is_alive(put.expires_at, now)
                return Entry(put.kind, put.value, self._stamps[key], put.metadata, put.expires_at) if alive else None
            case Add() as added:
                return self._sum(added, base)
            case Delete():
                return None

    def listed(self, keys: Sequence[Listed], low: bytes, high: bytes, now: int) -> list[Listed]:
        """The keys that the store lists in the range [low, high), with what was written there, in order."""
        seen = {item.key.encode(): item for item in keys}
        for key, write in self._writes.items():
            name = key.encode()
            if low <= name < high:
                self._overlay_listed(seen, name, key, write, now)
        return [seen[name] for name in sorted(seen)]

    def atomic(
        self,
        bases: Mapping[str, Entry | None],
        checks: Sequence[Check],
        mutations: Sequence[Mutation],
        now: int,
        *,
        told: bool = False,
    ) -> Commit | None:
        """Do all mutations, or none and answer None when a check does not hold.

        `bases` has the keys that `needs` names.  `told`: the caller gets to know the results.  Raises KVInputError,
        and KVLimitError when it becomes more than one batch may hold.
        """
        seen = {key: self.entry(key, bases.get(key), now) for key in touched(checks, mutations)}
        plan = decide(
            {key: _found(key, entry) for key, entry in seen.items() if entry}, checks, mutations, self._next()
        )
        if plan is None:
            return None
        pinned = [check.key for check in checks]
        if told:
            pairs = zip(mutations, plan.commit.results, strict=True)
            pinned += [mutation.key for mutation, result in pairs if result is not False]
        conditions = {key: _version(bases.get(key)) for key in self.needs(pinned)}
        writes = {key: self._write(key, entry, mutations, told=told) for key, entry in plan.writes.items()}
        self._bytes = self._check_room(conditions, writes)
        self._checks = conditions | self._checks
        self._writes |= writes
        self._stamps |= dict.fromkeys(writes, plan.commit.versionstamp)
        return plan.commit

    # -- inside

    def _rests_on_base(self, key: str) -> bool:
        return not self._cleared and isinstance(self._writes.get(key), Add | None)

    def _write(self, key: str, entry: Entry | None, mutations: Sequence[Mutation], *, told: bool) -> Mutation:
        """How the outcome for a key reaches the store: as a sum where only that was asked for, else as it is."""
        changes = [mutation for mutation in mutations if mutation.key == key]
        adds = [change.by for change in changes if isinstance(change, Add)]
        if not told and len(adds) == len(changes) and self._rests_on_base(key):
            before = self._writes.get(key)
            return Add(key, sum(adds, before.by if isinstance(before, Add) else 0))
        return Delete(key) if entry is None else Set(key, entry.value, entry.kind, entry.metadata, entry.expires_at)

    def _sum(self, added: Add, base: Entry | None) -> Entry:
        """A sum has another version whenever it was added to another one."""
        version = _version(base)
        if self._sums.setdefault(self._stamps[added.key], version) != version:
            del self._sums[self._stamps[added.key]]
            self._stamps[added.key] = self._next()
            self._sums[self._stamps[added.key]] = version
        found = {added.key: _found(added.key, base)} if base else {}
        plan = decide(found, (), (added,), self._stamps[added.key])
        entry = plan.writes[added.key] if plan else None
        assert entry is not None  # an atomic without checks commits, and what is added to is there
        return entry

    def _overlay_listed(self, seen: dict[bytes, Listed], name: bytes, key: str, write: Mutation, now: int) -> None:
        match write:
            case Set() if is_alive(write.expires_at, now):
                seen[name] = Listed(key, write.expires_at, write.metadata)
            case Add():
                seen.setdefault(name, Listed(key))
            case _:
                seen.pop(name, None)

    def _check_room(self, conditions: Mapping[str, str | None], writes: Mapping[str, Mutation]) -> int:
        """The bytes of all writes.  Raises KVLimitError."""
        count = len(self._checks.keys() | conditions) + len(self._writes.keys() | writes)
        if count > self._limits.batch:
            message = f"an invocation whose KV writes wait for its response may name {self._limits.batch} keys"
            raise KVLimitError(f"{message}; this one has {count}", limit=self._limits.batch, value=count, hint=_LESS)
        replaced = [self._writes[key] for key in writes if key in self._writes]
        size = self._bytes + sum(map(_size, writes.values())) - sum(map(_size, replaced))
        if size > self._limits.batch_size:
            message = f"an invocation whose KV writes wait for its response may write {self._limits.batch_size} bytes"
            raise KVLimitError(f"{message}; this one has {size}", limit=self._limits.batch_size, value=size, hint=_LESS)
        return size

    def _next(self) -> str:
        self._number += 1
        return versionstamp(_PROVISIONAL + self._number)


def _found(key: str, entry: Entry) -> Found:
    return Found(entry.versionstamp, entry_size(key.encode(), entry.value, entry.metadata), True, entry)


def _version(base: Entry | None) -> str | None:
    return base.versionstamp if base is not None else None


def _size(mutation: Mutation) -> int:
    return len(mutation.value) + len(mutation.metadata or b"") if isinstance(mutation, Set) else 0
