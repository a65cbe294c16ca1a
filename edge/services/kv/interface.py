"""The key-value store that functions and operators use, whatever keeps the data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from edge.services.clock import Clock, wall_ms
from edge.services.kv.cursor import decode_cursor
from edge.services.kv.expiry import check_time
from edge.services.kv.limits import Limits, check_batch, check_batch_size, check_key, check_prefix, check_value
from edge.services.kv.records import Add, Check, Commit, Delete, Entry, Kind, Mutation, Page, Set, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_LIMITS = Limits()


class KVStore(ABC):
    """Namespaces of ordered keys.  An async context manager; usable from the Trio thread that entered it.

    A write is *acknowledged* when its call returns; what that survives is the backend's to say.  A cancelled
    write may or may not have happened; a cancelled call never harms the store.  An expired entry is absent for
    every operation from the millisecond it expires.

    The public methods check arguments once for all backends and raise KVInputError (KVLimitError for sizes),
    QuotaExceededError, KVUnavailableError and KVCorruptError.  A backend supplies the underscored ones, which
    get checked arguments and raise the last three, and KVInputError for an Add that meets no number.
    """

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, clock: Clock = wall_ms) -> None:
        self.limits = limits
        self.clock = clock

    # -- what users of a store call

    async def get(self, namespace: str, key: str) -> Entry | None:
        """The entry of a key, or None."""
        check_key(key, self.limits)
        return await self._get(namespace, key)

    def peek(self, namespace: str, key: str) -> tuple[Entry | None] | None:
        """What `get` would answer, in a tuple, where that is known without waiting; None otherwise."""
        check_key(key, self.limits)
        return self._peek(namespace, key)

    async def get_many(self, namespace: str, keys: Sequence[str]) -> dict[str, Entry]:
        """The entries of those keys that are there, all as of one moment.

        Raises KVLimitError when they have more than `limits.batch_size` bytes together.
        """
        check_batch(len(keys), self.limits)
        for key in keys:
            check_key(key, self.limits)
        return await self._get_many(namespace, list(dict.fromkeys(keys)))

    async def has(self, namespace: str, key: str) -> bool:
        """Whether a key is there."""
        check_key(key, self.limits)
        return await self._has(namespace, key)

    async def set(
        self,
        namespace: str,
        key: str,
        value: bytes,
        *,
        kind: Kind = "bytes",
        metadata: bytes | None = None,
        expires_at: int | None = None,
    ) -> str:
        """Put a value; answers its versionstamp."""
        return (await self._must(namespace, Set(key, value, kind, metadata, expires_at))).versionstamp

    async def delete(self, namespace: str, key: str) -> bool:
        """Remove a key; answers whether it was there."""
        return bool((await self._must(namespace, Delete(key))).results[0])

    async def incr(self, namespace: str, key: str, by: float = 1) -> int | float:
        """Add to a number and answer the sum; an absent key counts as 0.  Raises KVInputError for anything else."""
        return (await self._must(namespace, Add(key, by))).results[0]

    async def atomic(
        self, namespace: str, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool = False
    ) -> Commit | None:
        """Do all mutations in order, or none and answer None when a check does not hold.

        With `clear` all keys go first, after the checks.
        """
        check_batch(len(checks) + len(mutations), self.limits)
        for check in checks:
            check_key(check.key, self.limits)
        size = sum([self._checked_size(mutation) for mutation in mutations])
        check_batch_size(size, self.limits)
        return await self._atomic(namespace, checks, mutations, clear=clear)

    async def clear(self, namespace: str) -> None:
        """Remove all keys of a namespace, in one step."""
        await self._clear(namespace)

    async def list(self, namespace: str, prefix: str = "", limit: int = 1000, cursor: str | None = None) -> Page:
        """Keys that begin with `prefix`, ordered by their UTF-8 bytes, at most `limit` (clamped to 1..`limits.page`).

        A cursor survives writes: every key that is there during the whole listing is listed exactly once.
        """
        check_prefix(prefix, self.limits)
        after = decode_cursor(cursor) if cursor else None
        return await self._list(namespace, prefix.encode(), min(max(limit, 1), self.limits.page), after)

    async def size(self, namespace: str) -> Usage:
        """What a namespace holds now."""
        return await self._size(namespace)

    async def namespaces(self) -> Sequence[str]:
        """Names of the namespaces that hold anything or did, in order."""
        return sorted(await self._namespaces())

    async def _must(self, namespace: str, mutation: Mutation) -> Commit:
        commit = await self.atomic(namespace, (), (mutation,))
        if commit is None:
            raise AssertionError("an atomic without checks always commits")
        return commit

    def _checked_size(self, mutation: Mutation) -> int:
        check_key(mutation.key, self.limits)
        if not isinstance(mutation, Set):
            return 0
        check_time(mutation.expires_at)
        check_value(mutation.key, mutation.value, mutation.metadata, self.limits)
        return len(mutation.value) + len(mutation.metadata or b"")

    # -- what a backend supplies

    @abstractmethod
    async def __aenter__(self) -> KVStore: ...

    @abstractmethod
    async def __aexit__(self, *_: object) -> None:
        """Finish the writes that were taken, then close."""

    def _peek(self, namespace: str, key: str) -> tuple[Entry | None] | None:
        """May stay as it is."""
        del namespace, key
        return None

    @abstractmethod
    async def _get(self, namespace: str, key: str) -> Entry | None: ...

    @abstractmethod
    async def _get_many(self, namespace: str, keys: Sequence[str]) -> dict[str, Entry]: ...

    @abstractmethod
    async def _has(self, namespace: str, key: str) -> bool: ...

    @abstractmethod
    async def _atomic(
        self, namespace: str, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool
    ) -> Commit | None: ...

    @abstractmethod
    async def _clear(self, namespace: str) -> None: ...

    @abstractmethod
    async def _list(self, namespace: str, prefix: bytes, limit: int, after: bytes | None) -> Page: ...

    @abstractmethod
    async def _namespaces(self) -> Sequence[str]: ...

    @abstractmethod
    async def _size(self, namespace: str) -> Usage: ...
