"""A store as one invocation sees it whose writes wait for its response (`kv_commit = "response"`).

Until it is committed or dropped, writes stay in an overlay that only this invocation reads.  From then on it is the
store itself: what a function writes after its response has nothing left to wait for.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

import structlog

from edge.errors import InternalError, OutsideError
from edge.services.kv.cursor import encode_cursor, key_range
from edge.services.kv.failures import KVConflictError, KVInputError, KVLimitError, KVUnavailableError
from edge.services.kv.interface import KVStore
from edge.services.kv.limits import check_batch_size, check_key
from edge.services.kv.overlay import Overlay
from edge.services.kv.plan import touched
from edge.services.kv.records import Add, Delete, Page, Set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.kv.overlay import Batch
    from edge.services.kv.records import Check, Commit, Entry, Listed, Mutation, Usage

_NAMED = 5
"""Keys that a log line names at most."""

log = structlog.get_logger(component="kv")


class Transaction(KVStore):
    """For one invocation and one namespace.  Implements `edge.services.api.Transaction`."""

    prefix = "kv."

    def __init__(self, store: KVStore, namespace: str) -> None:
        super().__init__(limits=store.limits, clock=store.clock)
        self._store = store
        self._namespace = namespace
        self._overlay: Overlay | None = Overlay(store.limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop()

    async def commit(self) -> None:
        """Make all writes visible, in one step.

        Raises KVConflictError when something that they rest on has changed, QuotaExceededError, and KVUnavailableError,
        which says nothing of where the store is: clients see it.
        """
        overlay, self._overlay = self._overlay, None
        batch = overlay.batch() if overlay is not None else None
        if batch is None or batch.empty:
            return
        try:
            done = await self._store.atomic(self._namespace, batch.checks, batch.mutations, clear=batch.clear)
        except KVInputError as error:
            raise KVConflictError(f"the KV writes of this request cannot be made any more: {error.message}") from error
        except OutsideError as error:
            log.error("kv_failed", namespace=self._namespace, code=error.code, error=str(error))  # noqa: TRY400 -- not a bug
            message = "the KV store cannot be used now; whether the writes have happened is not known"
            raise KVUnavailableError(message, hint="try again later") from error
        if done is None:
            await self._tell_conflict(batch)

    def drop(self) -> int:
        """Forget all writes; answers to how many keys there were."""
        overlay, self._overlay = self._overlay, None
        return len(overlay.batch().mutations) if overlay is not None else 0

    async def _tell_conflict(self, batch: Batch) -> None:
        keys = [check.key for check in batch.checks]
        try:
            held = await self._store.get_many(self._namespace, keys)
        except (OutsideError, KVInputError):
            changed = keys
        else:
            now = {key: entry.versionstamp for key, entry in held.items()}
            changed = [check.key for check in batch.checks if now.get(check.key) != check.versionstamp]
        log.info("kv_conflict", namespace=self._namespace, keys=changed[:_NAMED])
        raise KVConflictError(
            "the KV writes of this request were not made: another one has changed what they rest on meanwhile",
            hint="send the request again",
        )

    # -- as the invocation sees it

    async def _get(self, namespace: str, key: str) -> Entry | None:
        overlay = self._overlay
        if overlay is None:
            return await self._store.get(namespace, key)
        base = await self._store.get(namespace, key) if overlay.needs([key]) else None
        return overlay.entry(key, base, self.clock())

    def _peek(self, namespace: str, key: str) -> tuple[Entry | None] | None:
        if self._overlay is None:
            return self._store.peek(namespace, key)
        base = self._store.peek(namespace, key) if self._overlay.needs([key]) else (None,)
        return None if base is None else (self._overlay.entry(key, base[0], self.clock()),)

    async def _get_many(self, namespace: str, keys: Sequence[str]) -> dict[str, Entry]:
        overlay = self._overlay
        if overlay is None:
            return await self._store.get_many(namespace, keys)
        needed = overlay.needs(keys)
        bases = await self._store.get_many(namespace, needed) if needed else {}
        now = self.clock()
        seen = {key: overlay.entry(key, bases.get(key), now) for key in keys}
        entries = {key: entry for key, entry in seen.items() if entry is not None}
        check_batch_size(sum([len(entry.value) for entry in entries.values()]), self.limits)
        return entries

    async def _has(self, namespace: str, key: str) -> bool:
        overlay = self._overlay
        if overlay is None or not overlay.knows(key):
            return await self._store.has(namespace, key)
        return await self._get(namespace, key) is not None

    async def delete(self, namespace: str, key: str) -> bool:
        """See KVStore.  That the key was there must be so at the commit too."""
        check_key(key, self.limits)
        return bool(await self._told(namespace, Delete(key)))

    async def incr(self, namespace: str, key: str, by: float = 1) -> int | float:
        """See KVStore.  The sum must be so at the commit too."""
        check_key(key, self.limits)
        return await self._told(namespace, Add(key, by))

    async def _told(self, namespace: str, mutation: Mutation) -> bool | float:
        overlay = self._overlay
        if overlay is None:
            commit = await self._store.atomic(namespace, (), (mutation,))
        else:
            commit = overlay.atomic(
                await self._bases(overlay, namespace, [mutation.key]), (), (mutation,), self.clock(), told=True
            )
        assert commit is not None  # there are no checks
        return commit.results[0]

    async def _atomic(
        self, namespace: str, checks: Sequence[Check], mutations: Sequence[Mutation], *, clear: bool
    ) -> Commit | None:
        overlay = self._overlay
        if overlay is None:
            return await self._store.atomic(namespace, checks, mutations, clear=clear)
        if clear:
            raise InternalError("no host call clears and does something else as well")
        rests = touched(checks, [one for one in mutations if not isinstance(one, Set)])
        bases = await self._bases(overlay, namespace, list(rests))
        return overlay.atomic(bases, checks, mutations, self.clock())

    async def _bases(self, overlay: Overlay, namespace: str, keys: Sequence[str]) -> dict[str, Entry | None]:
        needed = overlay.needs(keys)
        if len(needed) > 1:
            with suppress(KVLimitError):  # too much to be read at once, not too much to be asked about
                return dict(await self._store.get_many(namespace, needed))
        return {key: await self._store.get(namespace, key) for key in needed}

    async def _clear(self, namespace: str) -> None:
        if self._overlay is None:
            await self._store.clear(namespace)
        else:
            self._overlay.clear()

    async def _list(self, namespace: str, prefix: bytes, limit: int, after: bytes | None) -> Page:
        overlay = self._overlay
        cursor = None if after is None else encode_cursor(after)
        if overlay is None:
            return await self._store.list(namespace, prefix.decode(), limit, cursor)
        low, high = key_range(prefix, after)
        found: list[Listed] = []
        while low < high and len(found) <= limit:
            more = min(limit + 1, self.limits.page)
            page = Page(()) if overlay.cleared else await self._store.list(namespace, prefix.decode(), more, cursor)
            upto = page.keys[-1].key.encode() + b"\0" if page.cursor else high
            found += overlay.listed(page.keys, low, upto, self.clock())
            low, cursor = upto, page.cursor
        last = found[limit - 1].key.encode() if len(found) > limit else None
        return Page(tuple(found[:limit]), encode_cursor(last) if last is not None else None)

    async def _size(self, namespace: str) -> Usage:
        return await self._store.size(namespace)

    async def _namespaces(self) -> Sequence[str]:
        return await self._store.namespaces()
