"""Whole namespaces out of a store and into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.services.kv.dump import line_of
from edge.services.kv.failures import KVLimitError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from edge.services.kv.interface import KVStore
    from edge.services.kv.records import Entry, Set

CONTENT_TYPE = "application/x-ndjson"
PAGE = 100
"""Keys that are read at a time: a namespace may be larger than memory."""


async def export(store: KVStore, namespace: str, prefix: str = "") -> AsyncIterator[bytes]:
    """The entries as lines, in the order of their keys.

    Each as it was when it was read: what is written meanwhile may be there or not.
    """
    cursor = None
    while True:
        page = await store.list(namespace, prefix, PAGE, cursor)
        keys = [item.key for item in page.keys]
        for key, entry in (await _read(store, namespace, keys)).items():
            yield line_of(key, entry)
        cursor = page.cursor
        if cursor is None:
            return


async def _read(store: KVStore, namespace: str, keys: Sequence[str]) -> dict[str, Entry]:
    """Large ones one by one."""
    if not keys:
        return {}
    try:
        return await store.get_many(namespace, keys)
    except KVLimitError:
        found = {key: await store.get(namespace, key) for key in keys}
    return {key: entry for key, entry in found.items() if entry is not None}


async def import_entries(store: KVStore, namespace: str, entries: Iterable[Set], *, replace: bool) -> int:
    """Put entries, many at a time; answers how many.  `replace`: what was there before goes first."""
    if replace:
        await store.clear(namespace)
    batch: list[Set] = []
    written = size = 0
    for entry in entries:
        weight = len(entry.value) + len(entry.metadata or b"")
        if batch and (len(batch) == store.limits.batch or size + weight > store.limits.batch_size):
            await store.atomic(namespace, (), batch)
            written, batch, size = written + len(batch), [], 0
        batch.append(entry)
        size += weight
    if batch:
        await store.atomic(namespace, (), batch)
    return written + len(batch)
