"""What other gateways did: look at the store every few seconds, and serve what it says."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
import trio

from edge.errors import EdgeError, OutsideError, PackageError
from edge.packages.package_store import CLEANUP_PAUSE
from edge.units import SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from edge.gateway.deploys.redeploy import Redeployer
    from edge.packages.uploads import Uploads

_LONGEST = 5 * SECONDS
_RETRIES = 5  # looks until what did not work is tried again
_LEAST = 1 * SECONDS
_JITTER = 0.2
log = structlog.get_logger(component="deploys")


class Follower:
    """`error` says why the store cannot be looked at now, `stuck` which functions serve another version and why."""

    def __init__(
        self,
        uploads: Uploads,
        redeployer: Redeployer,
        poll: Callable[[], float],
        in_use: Callable[[], Collection[str]],
        prune: Callable[[], Awaitable[object]],
    ) -> None:
        """`poll` is the time between two looks, in seconds; `prune` lets old versions go.

        `in_use` are the hashes of packages that serve here.
        """
        self._packages = uploads.packages
        self._index = uploads.index
        self._redeployer = redeployer
        self._poll = poll
        self._in_use = in_use
        self._prune = prune
        self._retry_at = 0.0
        self.error = ""
        self.failures = 0
        self.stuck: dict[str, str] = {}

    async def run(self) -> None:
        """Never returns."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._clean_up)
            failures = 0
            while True:
                poll = self._poll()
                pause = min(poll * 2**failures, max(poll, _LONGEST)) if failures else poll
                await trio.sleep(pause * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - no secret
                failures = 0 if await self.look() else min(failures + 1, 8)

    async def look(self) -> bool:
        """Once; answers whether the store could be looked at."""
        try:
            changed = await trio.to_thread.run_sync(self._index.refresh, abandon_on_cancel=True)
        except OutsideError as error:
            self._tell(error.message)
            return False
        self._tell("")
        self._packages.answers()
        broken = self._broken()
        trouble = broken | self._redeployer.behind()
        self.stuck = {name: why for name, why in self.stuck.items() if name in trouble}
        failing = broken | self.stuck.keys()
        waiting = changed | (self._redeployer.behind() - failing)  # also what a request for versions has found out
        if failing and trio.current_time() >= self._retry_at:
            self._retry_at = trio.current_time() + max(_RETRIES * self._poll(), _LEAST)
            waiting |= failing
        if waiting:
            await self._follow(sorted(waiting))
        return True

    def _broken(self) -> set[str]:
        """Functions that should serve a version and could not be loaded."""
        named = self._index.documents.items()
        active = [name for name, document in named if document.active]
        return {name for name in active if (found := self._redeployer.loaded(name)) is None or found.error is not None}

    async def _follow(self, functions: list[str]) -> None:
        """All at once; one by one when something is wrong with one of them."""
        try:
            await self._fetch(functions)
            result = await self._redeployer.redeploy(functions)
        except EdgeError as error:
            if len(functions) > 1:
                for function in functions:
                    await self._follow([function])
                return
            failed: dict[str, EdgeError] = {functions[0]: error}
        else:
            failed = result.failed
        for function in functions:
            if function not in failed:
                if self.stuck.pop(function, None) is not None:
                    log.info("version_follows", function=function)
                continue
            why = str(failed[function])
            if self.stuck.get(function) != why:
                log.error("version_stuck", function=function, error=why)
            self.stuck[function] = why

    async def _fetch(self, functions: list[str]) -> None:
        """Have the packages here before reloads have to wait for this one.  Raises StoreUnavailableError."""
        for function in functions:
            version = self._index.active(function)
            if version is not None:
                with suppress(PackageError):  # the build says so, in its place
                    await trio.to_thread.run_sync(self._packages.get, version.package, abandon_on_cancel=True)

    def _tell(self, error: str) -> None:
        self.failures += bool(error)
        if bool(error) != bool(self.error):
            if error:
                log.warning("package_store_unavailable", error=error, hint="what is cached goes on serving")
            else:
                log.info("package_store_available")
        self.error = error

    async def _clean_up(self) -> None:
        """Bring the cache within its limits, and forget packages that no version is."""
        while True:
            await trio.sleep(CLEANUP_PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            await self.clean_up()

    async def clean_up(self) -> None:
        """Once."""
        try:
            await trio.to_thread.run_sync(self._packages.evict, self._in_use())
            await trio.to_thread.run_sync(self._index.refresh)
            await self._prune()
            if self._index.problems:
                return  # what they say cannot be read, so nobody knows what they need
            used = self._index.packages() | set(self._in_use())
            orphans = await trio.to_thread.run_sync(lambda: list(self._packages.orphans(used)))
            for orphan in orphans:
                log.info("package_forgotten", package=orphan)
                await trio.to_thread.run_sync(self._packages.delete, orphan)
        except EdgeError as error:
            log.warning("cleanup_failed", error=error.message)
