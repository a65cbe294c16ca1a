"""The cache of answers over the admin listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from edge.errors import CallerError
from edge.gateway.caching.purge import read_purge

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from edge.services.cache.store import CacheStore


async def usage(store: CacheStore) -> dict[str, Any]:
    """What it holds, in entries and bytes, and its limit."""
    found = await store.usage()
    return {"entries": found.entries, "bytes": found.bytes, "limit": found.limit, "purges": found.purges}


async def purge(store: CacheStore, args: MultiDict[str, str]) -> dict[str, Any]:
    """Forget what the query names; answers how many entries that were."""
    everything = args.get("everything", "false")
    if everything not in {"true", "false"}:
        raise CallerError(f"everything: {everything[:20]!r} is not known (true, false)")
    wanted = read_purge(
        *(args.getlist("url"), args.getlist("prefix"), args.getlist("tag"), args.get("function", "")),
        everything=everything == "true",
    )
    return {"purged": await store.purge(wanted), **msgspec.to_builtins(wanted)}
