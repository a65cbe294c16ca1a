"""The gateway as its operators see and steer it: what the admin listener shows (edge.gateway.control)."""

from __future__ import annotations

import os
import secrets
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from edge import __version__
from edge.compose import schedules
from edge.config.resolve import resolve
from edge.engine import library_file
from edge.errors import NotFoundError
from edge.gateway.control import Readiness, ReloadResult
from edge.gateway.engine_metrics import CacheStats, CellStats, PoolStats
from edge.gateway.outbound import outbound_of
from edge.gateway.plan.describe import describe_running
from edge.gateway.plan.planner import running_files
from edge.gateway.schedule_store import ScheduleStore
from edge.gateway.scheduled_time import scheduled
from edge.gateway.secret_values import secret_file
from edge.gateway.versions.expand import said_splits
from edge.services.explanation import explain
from edge.supervisor.rewinding import CROWDED, REWOUND
from edge.tracing.context import read_traceparent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.compose.deploying import Deploying
    from edge.compose.engine import Engine
    from edge.compose.recordings import Recordings
    from edge.compose.schedules import ScheduledFunctions
    from edge.compose.services import FunctionServices
    from edge.compose.tls import ListenersTls
    from edge.gateway.control import Deferral
    from edge.gateway.deploys.deployer import Deployer
    from edge.gateway.generation import Generation, GenerationHolder, LoadedFunction
    from edge.gateway.journal_view import JournalView
    from edge.gateway.plan.compare import Plan
    from edge.gateway.plan.description import Description
    from edge.gateway.reload import Reloader
    from edge.gateway.scheduled_run import ScheduledRun
    from edge.gateway.versions.keeper import SplitKeeper
    from edge.services.cache.store import CacheStore
    from edge.services.explanation import Explanation
    from edge.services.kv.interface import KVStore
    from edge.services.observation.suggestion import Suggestion
    from edge.services.outbound import Outbound
    from edge.services.secrets.file import SecretFile


class GatewayControl:
    """Implements edge.gateway.control.Control."""

    def __init__(  # noqa: PLR0913 - the parts that operators see
        self,
        holder: GenerationHolder,
        engine: Engine,
        reloader: Reloader,
        kv: KVStore,
        scheduled_functions: ScheduledFunctions,
        services: FunctionServices,
        deferred: Deferral,
        *,
        tls: ListenersTls,
        deploying: Deploying,
        splits: SplitKeeper,
        recordings: Recordings,
        logs: Callable[[Callable[[], bool]], JournalView],
    ) -> None:
        """`logs` makes the view of the journal, given whether this process serves."""
        self._logs = logs(lambda: self.accepting)
        self.recordings = recordings
        self._tls = tls
        self._scheduled = scheduled_functions
        self._states = ScheduleStore(kv)
        self._services = services
        self._deferred = deferred
        self._deploying = deploying
        self._splits = splits
        self._holder = holder
        self._engine = engine
        self._reloader = reloader
        self._kv = kv
        self._started = time.monotonic()
        self._salt = secrets.token_hex(16)
        self.accepting = False

    @property
    def deferred(self) -> Deferral:
        """Deferred invocations."""
        return self._deferred

    @property
    def logs(self) -> JournalView:
        """See Control."""
        return self._logs

    @property
    def deploys(self) -> Deployer:
        """Versions of functions."""
        return self._deploying.deployer

    @property
    def uploads_folder(self) -> Path:
        """Where uploads are kept while they are looked at."""
        return self._deploying.folder

    @property
    def splits(self) -> SplitKeeper:
        """Who gets which version."""
        return self._splits

    def secrets(self) -> SecretFile | None:
        """See Control."""
        return secret_file(self._holder.current().config, os.environ)

    @property
    def kv(self) -> KVStore:
        """The store behind every namespace."""
        return self._kv

    @property
    def cache(self) -> CacheStore:
        """The store of answers that are kept."""
        assert self._services.answers is not None  # a gateway has one
        return self._services.answers

    def readiness(self) -> Readiness:
        """Not before everything answers, and not while shutting down."""
        last = {
            "ok": not self._reloader.last_error,
            **({"error": self._reloader.last_error} if self._reloader.last_error else {}),
        }
        generation = "" if self._holder.is_empty else self._holder.current().hash
        smoke = {"smoke_failed": self._smoke()} if self._reloader.smoke else {}
        tls = {"tls": errors} if (errors := self._tls.errors()) else {}
        splits = {"splits": {"ok": False, "error": self._splits.error}} if self._splits.error else {}
        more = {**smoke, **tls, **splits, **self._deploying.trouble()}
        detail = {"generation": generation, "pid": os.getpid(), "last_reload": last, **more}
        return Readiness(self.accepting, detail)

    def _smoke(self) -> list[str]:
        """What was wrong with functions that serve because there was nothing else at the start."""
        return [line for lines in self._reloader.smoke.values() for line in lines]

    def health(self) -> dict[str, Any]:
        """Versions, uptime, counts, and the functions that are broken."""
        functions = self._holder.current().functions
        broken = {name: loaded.error.message for name, loaded in functions.items() if loaded.error}
        trouble = self._deploying.trouble()
        return {
            "status": "degraded" if broken or self._reloader.last_error or self._reloader.smoke or trouble else "ok",
            "version": __version__,
            "engine": {"mode": self._engine.mode, **library_file.versions()._asdict()},
            "uptime": round(time.monotonic() - self._started, 3),
            "generation": self._holder.current().hash,
            "generations": self._reloader.count,
            "draining": [_drained(generation) for generation in self._holder.draining],
            "functions": len(functions),
            "broken": broken,
            **trouble,
            "isolates": msgspec.to_builtins(self._engine.pool.statistics()),
            "cells": msgspec.to_builtins(self._engine.cells()),
            "sandbox": msgspec.to_builtins(self._engine.sandbox),
        }

    def isolates(self) -> PoolStats:
        """Of this process."""
        return msgspec.convert(msgspec.to_builtins(self._engine.pool.statistics()), PoolStats)

    def cells(self) -> CellStats:
        """Of this process; nothing in mode `embedded`."""
        cells, counts = self._engine.cells(), self._engine.ends
        return CellStats(
            ended=dict(counts),
            memory=sum(cell.memory for cell in cells),
            zygote_restarts=self._engine.zygote.restarts,
            rewinding=Counter(cell.rewinding for cell in cells if cell.rewinding),
            rewinds=counts[REWOUND] + sum(cell.rewinds for cell in cells),
            crowded=counts[CROWDED],
        )

    def packages(self) -> CacheStats:
        """Compiled packages in memory."""
        found = self._engine.cache.statistics()
        return CacheStats(found.size, found.hits, found.misses, found.evictions)

    def limits(self) -> dict[str, Any]:
        """Defaults of functions, and limits of the gateway."""
        config = self._holder.current().config
        functions = {
            key: getattr(config.engine, key) for key in ("memory", "timeout", "cpu", "wait_until", "max_queue")
        }
        gateway = {key: getattr(config.server, key) for key in ("max_body", "max_headers", "idle_timeout", "grace")}
        return {
            "functions": functions,
            "gateway": gateway,
            "queue": msgspec.to_builtins(config.queue),
            "isolates": {"kept_ready": config.engine.pool_size, "at_most": config.engine.max_pool_size},
        }

    def config(self) -> Any:
        """What serves now."""
        builtins = msgspec.to_builtins(self._holder.current().config)
        builtins.pop("origin", None)
        return builtins

    async def reload(self) -> ReloadResult:
        """Raises ConfigError."""
        return await self._reloader.reload()

    async def plan(self) -> Plan:
        """See Control."""
        return await self._reloader.plan(self._salt)

    def description(self) -> Description:
        """See Control; values of secrets leave no digest, which could be tried out with guesses."""
        found = describe_running(self._holder.current(), self._salt, said_splits(self._reloader.said()))
        views = {
            name: msgspec.structs.replace(view, secrets=dict.fromkeys(view.secrets, ""))
            for name, view in found.functions.items()
        }
        return msgspec.structs.replace(found, functions=views)

    async def files(self, name: str) -> dict[str, str]:
        """See Control."""
        with self._holder.pin() as generation:
            if name not in generation.functions:
                raise NotFoundError(f"there is no function {name!r}")
            return await trio.to_thread.run_sync(running_files, generation, name)

    def functions(self) -> list[dict[str, Any]]:
        """One line each."""
        return [_summary(loaded) for loaded in self._holder.current().functions.values()]

    def function(self, name: str) -> dict[str, Any] | None:
        """With limits, environment names and routes."""
        generation = self._holder.current()
        loaded = generation.functions.get(name)
        if loaded is None:
            return None
        routes = [
            {"path": route.path, "host": route.host, "methods": route.methods}
            for route in generation.routes
            if name in {route.function, *(reference.partition("@")[0] for reference in route.split)}
        ]
        detail: dict[str, Any] = {**_summary(loaded), "routes": routes}
        if loaded.function is not None:
            function = loaded.function
            detail |= {
                "limits": msgspec.to_builtins(function.limits),
                "env": sorted(function.env),
                "secrets": sorted(function.secrets),
                "kv": function.kv,
                "reuse": function.reuse,
                "async": msgspec.to_builtins(function.deferred),
                "snapshot": {"level": loaded.level, "reason": loaded.reason},
                "report": msgspec.to_builtins(loaded.report),
            }
        return detail

    async def schedules(self, function: str, count: int) -> list[dict[str, Any]]:
        """See Control."""
        if function and function not in self._holder.current().functions:
            raise NotFoundError(f"there is no function {function!r}")
        entries = [entry for entry in self._scheduled.entries() if function in ("", entry.function)]
        return await schedules.show(entries, self._states, count)

    async def run_schedule(
        self, function: str, cron: str, at: str, request_id: str, traceparent: str = ""
    ) -> ScheduledRun:
        """See Control; the function is kept as it is until the run has ended."""
        return await self._scheduled.invoke(function, scheduled(cron, at), request_id, read_traceparent(traceparent))

    async def explain_egress(self, function: str, url: str, method: str) -> Explanation:
        """See Control."""
        return await explain(self._services.dialer(function, self._outbound(function)), method, url)

    def suggest_egress(self, function: str) -> Suggestion:
        """See Control."""
        return self._services.report.suggestion(function, learning=self._outbound(function).learn)

    def _outbound(self, name: str) -> Outbound:
        """The way out of a function, or ("") of one that says nothing itself.  Raises NotFoundError."""
        generation = self._holder.current()
        if not name:
            return outbound_of(generation.config, resolve(generation.config, ""))
        loaded = generation.functions.get(name)
        if loaded is None or loaded.outbound is None:
            raise NotFoundError(f"there is no function {name!r}")
        return loaded.outbound


def _drained(generation: Generation) -> dict[str, Any]:
    return {
        "generation": generation.hash,
        "requests": generation.users,
        "age": round(time.time() - generation.since, 3),
    }


def _summary(loaded: LoadedFunction) -> dict[str, Any]:
    if loaded.function is None:
        return {"name": loaded.name, "status": "broken", "error": loaded.error.message if loaded.error else ""}
    return {
        "name": loaded.name,
        "status": "ok",
        "version": loaded.function.version,
        "package": loaded.function.package,
        "level": loaded.level,
    }
