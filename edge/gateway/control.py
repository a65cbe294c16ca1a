"""What the admin application needs of the gateway; the composition root implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from edge.gateway.admin_recordings import Recordings
    from edge.gateway.deploys.deployer import Deployer
    from edge.gateway.engine_metrics import CacheStats, CellStats, PoolStats
    from edge.gateway.journal_view import JournalView
    from edge.gateway.plan.compare import Plan
    from edge.gateway.plan.description import Description
    from edge.gateway.scheduled_run import ScheduledRun
    from edge.gateway.versions.keeper import SplitKeeper
    from edge.services.cache.store import CacheStore
    from edge.services.explanation import Explanation
    from edge.services.kv.interface import KVStore
    from edge.services.observation.suggestion import Suggestion
    from edge.services.queue.records import Deferred, Page
    from edge.services.secrets.file import SecretFile


class Readiness(msgspec.Struct, frozen=True):
    """`detail` is any JSON object; after a failed reload it says why under "last_reload"."""

    ready: bool
    detail: dict[str, Any] = {}


class ReloadResult(msgspec.Struct, frozen=True):
    """`generation` is the hash of the one that serves now; `changed` is false when nothing was different."""

    changed: bool
    generation: str


class Deferral(Protocol):
    """Deferred invocations."""

    async def listing(self, function: str, state: str, limit: int, before: int | None) -> Page:
        """The newest, of one function or state or of all ("")."""

    async def get(self, name: str) -> Deferred:
        """One by its id.  Raises NotFoundError."""

    async def cancel(self, name: str) -> Deferred:
        """Take it back, or stop it.  Raises NotFoundError, ConflictError when it is over."""

    async def again(self, name: str) -> Deferred:
        """Queue one anew that failed or was canceled.  Raises NotFoundError, ConflictError."""

    async def counts(self) -> dict[str, int]:
        """How many there are, by state."""


class Control(Protocol):
    """The gateway, as its operators see and steer it.  What is returned as Any can be encoded as JSON."""

    @property
    def recordings(self) -> Recordings:
        """What is recorded of invocations."""

    def readiness(self) -> Readiness:
        """Whether traffic should come here now."""

    def health(self) -> dict[str, Any]:
        """Details for people: version, generation, uptime, counts; "status" is "ok" or "degraded"."""

    def isolates(self) -> PoolStats: ...

    def cells(self) -> CellStats: ...

    def packages(self) -> CacheStats: ...

    def limits(self) -> dict[str, Any]:
        """The limits that functions get when they say nothing, and those of the gateway."""

    def config(self) -> Any:
        """The config that serves now, as builtins; the admin application redacts it."""

    async def reload(self) -> ReloadResult:
        """Read the config again and serve it.  Raises ConfigError, PackageError; then nothing has changed."""

    async def plan(self) -> Plan:
        """What a reload would change.  Raises ConfigError; then a reload would fail."""

    def description(self) -> Description:
        """The generation that serves, for comparing it with another; without values of variables and secrets."""

    async def files(self, name: str) -> dict[str, str]:
        """A digest of each file of a function's package.  Raises NotFoundError."""

    def functions(self) -> list[dict[str, Any]]:
        """All functions of the generation that serves now, each with "name" at least."""

    def function(self, name: str) -> dict[str, Any] | None:
        """One of them, with more detail; None when there is none."""

    async def schedules(self, function: str, count: int) -> list[dict[str, Any]]:
        """All schedules, or those of one function, with `count` ticks to come.  Raises NotFoundError, OutsideError."""

    async def run_schedule(
        self, function: str, cron: str, at: str, request_id: str, traceparent: str = ""
    ) -> ScheduledRun:
        """Run a function as its schedule would; `traceparent` is the asker's.

        Raises CallerError, and FunctionError when it cannot be loaded.
        """

    async def explain_egress(self, function: str, url: str, method: str) -> Explanation:
        """What the policy of `function` ("" for the default) says about a request.  Raises NotFoundError."""

    def suggest_egress(self, function: str) -> Suggestion:
        """The allow list that a function needs, from what it did in learn mode.  Raises NotFoundError."""

    def secrets(self) -> SecretFile | None:
        """The encrypted file of secrets, None without a key.  Blocks.  Raises CallerError, OutsideError."""

    @property
    def deferred(self) -> Deferral: ...

    @property
    def logs(self) -> JournalView:
        """What requests and functions said, and receipts."""

    @property
    def splits(self) -> SplitKeeper:
        """Who gets which version."""

    @property
    def deploys(self) -> Deployer:
        """Versions of functions."""

    @property
    def uploads_folder(self) -> Path:
        """Where uploads are kept while they are looked at."""

    @property
    def kv(self) -> KVStore: ...

    @property
    def cache(self) -> CacheStore: ...
