"""Buckets on a Redis server, which all gateways that use it share; by themselves while it does not answer."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Protocol

import structlog
import trio

from edge.errors import OverloadedError
from edge.services.clock import wall_ms
from edge.services.kv.failures import KVUnavailableError
from edge.services.rate.gcra import Rate, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.services.kv.redis import RedisStore
    from edge.services.rate.table import SlotTable

PATIENCE = 0.25
"""Seconds that a request waits for the server."""
PAUSE = 1.0
"""Seconds for which a server that did not answer is not asked again."""
REMEMBERED = 10_000
"""Keys that are known to be denied."""

log = structlog.get_logger(component="rate_limit")


class RateLimitUnavailableError(OverloadedError):
    """The server that counts requests does not answer, and the route is not to be served without it."""

    code = "rate_limit_unavailable"


class Buckets(Protocol):
    """Where requests are counted."""

    async def spend(self, key: bytes, rate: Rate, *, strict: bool) -> Verdict:
        """Count one for a key, a digest of 16 bytes.

        Raises RateLimitUnavailableError with `strict` when what others have counted cannot be known now.
        """


class LocalBuckets:
    """Those of one table, of this process or of several of one machine."""

    def __init__(self, table: SlotTable, clock: Callable[[], int] = wall_ms) -> None:
        self._table = table
        self._clock = clock

    async def spend(self, key: bytes, rate: Rate, *, strict: bool) -> Verdict:
        """See Buckets."""
        del strict
        return self._table.spend(key, self._clock() / 1000, rate)


class RedisBuckets:
    """One script call for a request, none for one that is known to come too early.

    The server's clock counts, so those of the gateways need not agree.  `alone` is told of each request that this
    gateway had to count by itself.
    """

    def __init__(self, store: RedisStore, local: LocalBuckets, alone: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._local = local
        self._alone = alone
        self._source = resources.files(__package__).joinpath("spend.lua").read_text("utf-8")
        self._denied = Denied()
        self._ask_at = 0.0
        self._down = False

    async def spend(self, key: bytes, rate: Rate, *, strict: bool) -> Verdict:
        """See Buckets."""
        now = trio.current_time()
        wait = self._denied.until(key) - now
        if wait > 0:
            return Verdict(False, 0, rate.window - rate.interval + wait, wait)
        verdict = await self._ask(key, rate, now) if now >= self._ask_at else None
        if verdict is not None:
            if not verdict.admitted:
                self._denied.add(key, trio.current_time() + verdict.retry_after)
            return verdict
        if strict:
            raise RateLimitUnavailableError("requests cannot be counted now", hint="try again later")
        self._alone()
        return await self._local.spend(key, rate, strict=False)

    async def _ask(self, key: bytes, rate: Rate, now: float) -> Verdict | None:
        """None when the server does not answer; then nobody else asks it for a while."""
        if self._down:
            self._ask_at = now + PAUSE  # this request is the one that tries
        arguments = (f"{rate.interval * 1e6:.3f}", f"{rate.window * 1e6:.3f}")
        try:
            with trio.fail_after(PATIENCE):
                admitted, remaining, reset, retry = await self._store.run(
                    self._source, [f"edge:rate:{key.hex()}"], arguments
                )
        except (KVUnavailableError, trio.TooSlowError) as error:
            self._ask_at = trio.current_time() + PAUSE
            if not self._down:
                hint = "each gateway counts by itself until it answers; routes with on_failure = deny answer 503"
                log.warning("rate_limit_alone", error=str(error) or f"no answer within {PATIENCE:g} s", hint=hint)
            self._down = True
            return None
        self._ask_at = 0.0
        if self._down:
            self._down = False
            log.info("rate_limit_shared")
        return Verdict(admitted == 1, remaining, reset / 1e6, retry / 1e6)


class Denied:
    """When keys may be asked about again, of the latest REMEMBERED or twice as many."""

    def __init__(self) -> None:
        self._young: dict[bytes, float] = {}
        self._old: dict[bytes, float] = {}

    def until(self, key: bytes) -> float:
        """0 for one of which nothing is known."""
        return self._young.get(key) or self._old.get(key, 0.0)

    def add(self, key: bytes, until: float) -> None:
        """Note that a key is denied."""
        if len(self._young) >= REMEMBERED:
            self._young, self._old = {}, self._young
        self._young[key] = until
