"""Where requests are counted: with the KV store, so that whoever shares that shares limits."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from edge.gateway.duties.rate_limit import Limiting
from edge.services.kv.sqlite import SqliteStore
from edge.services.rate.buckets import Buckets, LocalBuckets, RedisBuckets
from edge.services.rate.table import SlotTable, open_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.model import Config
    from edge.gateway.metrics import Metrics
    from edge.services.kv.interface import KVStore

FILE = "limits.bin"


@contextmanager
def limiting(config: Config, kv: KVStore, metrics: Metrics) -> Iterator[Limiting]:
    """What makes the limits of routes.

    Beside SQLite a file of `data_dir` counts for the processes of the machine, with Redis its server for all gateways,
    with `memory` each process for itself.
    """
    shared = isinstance(kv, SqliteStore)
    with closing(open_table(config.path(config.storage.data_dir) / FILE) if shared else SlotTable()) as table:
        buckets: Buckets = LocalBuckets(table)
        if config.storage.kv.startswith("redis"):
            from edge.services.kv.redis import RedisStore  # noqa: PLC0415 - half a second of imports that few need

            assert isinstance(kv, RedisStore)
            buckets = RedisBuckets(kv, LocalBuckets(table), metrics.counted_alone)
        yield Limiting(buckets, metrics.limited)
