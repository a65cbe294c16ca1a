"""Weights of splits at run time: operators set them, gateways take versions back, and follow each other."""

from __future__ import annotations

import datetime as dt
import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import msgspec
import structlog
import trio

from edge.errors import CallerError, EdgeError, NotFoundError, OutsideError
from edge.gateway.audit import AuditEntry
from edge.gateway.versions.expand import said_splits
from edge.gateway.versions.overrides import Override, Overrides, checked_weights
from edge.gateway.versions.view import split_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from edge.config.model import Config
    from edge.gateway.metrics import Metrics
    from edge.gateway.versions.rollout import Rollout, Rollouts
    from edge.gateway.versions.split_store import SplitStore

OWN = "edge"
"""Who it was, when a gateway did it by itself."""
_JITTER = 0.2
log = structlog.get_logger(component="versions")


class Splitter(Protocol):
    """What the keeper asks of the reloader."""

    def said(self) -> Config:
        """The config as its source says it."""

    async def resplit(
        self, overrides: Overrides | None = None, commit: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        """Serve with these weights, or with those that are known.

        `commit` is awaited once all is built, just before it serves.  Raises EdgeError; then nothing has changed.
        """


class SplitKeeper:
    """See the module.  `etag` is that of all splits together."""

    def __init__(
        self,
        store: SplitStore,
        rollouts: Rollouts,
        splitter: Splitter,
        metrics: Metrics,
        poll: Callable[[], float],
        find: Callable[[str], object],
        audit: Callable[[AuditEntry], None] = lambda _: None,
    ) -> None:
        """`poll`: seconds between two looks at the store; `find` raises NotFoundError for a version that is none.

        `audit` is told, in a thread, of what the gateway changes by itself.
        """
        self._store = store
        self._rollouts = rollouts
        self._splitter = splitter
        self._metrics = metrics
        self._poll = poll
        self._find = find
        self._audit = audit
        self._taken_back: list[AuditEntry] = []
        self._wake = trio.Event()
        self.error = ""
        rollouts.taken_back = self.taken_back

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return self._store.known.etag

    def listing(self) -> list[dict[str, Any]]:
        """All routes that split."""
        said = said_splits(self._splitter.said())
        known = self._store.known
        rollouts = {rollout.route: rollout for rollout in self._rollouts.all()}
        return [split_view(name, said[name], known, rollouts[name]) for name in said if name in rollouts]

    def one(self, route: str) -> dict[str, Any]:
        """One of them; "" is the only one.  Raises NotFoundError, CallerError."""
        name = self._named(route)
        return next(view for view in self.listing() if view["route"] == name)

    async def set(self, route: str, weights: Mapping[str, object], who: str, if_match: str = "") -> dict[str, Any]:
        """Other weights for a route, also of versions that its config does not name.

        Raises NotFoundError, CallerError, PreconditionError, StoreUnavailableError, and what cannot be built.
        """
        name = self._named(route)
        said = said_splits(self._splitter.said())
        checked = checked_weights(weights, [*said[name], *self._rollouts.of(name).weights])
        for target in checked:
            self._find(target)
        override = Override(checked, said[name], who, round(time.time() * 1000))

        def change(now: Overrides) -> Overrides:
            return now.pruned(said).with_route(name, override)

        await self._apply(change, if_match)
        log.info("split_set", route=name, weights=checked, who=who)
        return self.one(name)

    async def reset(self, route: str, who: str, if_match: str = "") -> dict[str, Any]:
        """Let hold what the config says.  Raises as `set` does."""
        name = self._named(route)
        await self._apply(lambda now: now.without(name), if_match)
        log.info("split_reset", route=name, who=who)
        return self.one(name)

    async def _apply(self, change: Callable[[Overrides], Overrides], if_match: str) -> None:
        await trio.to_thread.run_sync(self._store.refresh)
        write = partial(self._store.change, change, if_match)
        await self._splitter.resplit(change(self._store.known), partial(trio.to_thread.run_sync, write))

    def _named(self, route: str) -> str:
        splits = said_splits(self._splitter.said())
        if not route and len(splits) == 1:
            return next(iter(splits))
        if route in splits:
            return route
        names = ", ".join(splits) or "none"
        if not route:
            raise CallerError("route is missing", hint=f"those that split: {names}")
        raise NotFoundError(f"no route {route[:80]!r} splits its requests", hint=f"those that do: {names}")

    # -- what happens by itself

    def taken_back(self, rollout: Rollout, version: str) -> None:
        """A version got its share taken: it holds here at once, and is written down as soon as that can be."""
        said = said_splits(self._splitter.said()).get(rollout.route)
        self._metrics.taken_back(version)
        self._taken_back.append(_entry(rollout.route, version))
        if said is not None:
            override = Override(dict(rollout.weights), said, OWN, round(time.time() * 1000), rollout.reason)
            self._store.hold(rollout.route, override)
        self._wake.set()

    async def run(self) -> None:
        """Write what holds here alone, and follow what others wrote.  Never returns."""
        while True:
            with trio.move_on_after(self._poll() * random.uniform(1 - _JITTER, 1 + _JITTER)):  # noqa: S311 - no secret
                await self._wake.wait()
            self._wake = trio.Event()
            await self.look()

    async def look(self) -> None:
        """Once."""
        while self._taken_back:
            await trio.to_thread.run_sync(self._write_down, self._taken_back.pop(0))
        try:
            held = bool(self._store.unwritten)
            if held:
                await trio.to_thread.run_sync(self._store.write_held)
            changed = await trio.to_thread.run_sync(self._store.refresh, abandon_on_cancel=True)
            if changed or held:
                await self._splitter.resplit()
        except OutsideError as error:
            self._tell(error.message)
        except EdgeError as error:
            log.error("split_stuck", error=str(error))  # noqa: TRY400 - not our bug
        else:
            self._tell("")

    def _write_down(self, entry: AuditEntry) -> None:
        try:
            self._audit(entry)
        except OSError as error:
            log.error("audit_failed", error=error.strerror, **msgspec.to_builtins(entry))  # noqa: TRY400 - not our bug

    def _tell(self, error: str) -> None:
        if error and not self.error:
            log.warning("splits_unavailable", error=error, hint="the weights that are known go on to hold")
        self.error = error


def _entry(route: str, version: str) -> AuditEntry:
    """What the audit log says of a version that lost its share, as if somebody had asked for it."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    query = urlencode({"route": route, "taken_back": version})
    return AuditEntry(now, OWN, "", "", "PUT", "/splits", query, 200, "", 0.0)
