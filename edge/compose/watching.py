"""Reloads that nobody asked the admin listener for: of files that changed, and by a signal."""

from __future__ import annotations

import datetime as dt
import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio

from edge.compose.secret_files import watch_secret_files
from edge.config.watch import watch_file, watch_folder
from edge.errors import EdgeError
from edge.gateway.audit import AuditEntry
from edge.gateway.config_object import watch_config_object
from edge.gateway.secret_values import secrets_path
from edge.gateway.versions.keeper import OWN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from edge.config.model import Config
    from edge.gateway.reload import Reloader
    from edge.gateway.source import ConfigSource


log = structlog.get_logger()


class Unasked:
    """Such reloads; `audit` is told, in a thread, of those that changed something or failed."""

    def __init__(self, reloader: Reloader, audit: Callable[[AuditEntry], None] | None = None) -> None:
        self.reloader = reloader
        self._audit = audit

    async def reload(self, because: str, content: bytes | None = None) -> None:
        """What went wrong is in the log, the metric and /ready.  `because`: config, functions, secrets or signal."""
        began = time.perf_counter()
        try:
            result = await self.reloader.reload(content)
        except EdgeError as error:
            await self._tell(_entry(because, error.status, began, error.code))
        else:
            if result.changed:
                await self._tell(_entry(because, 200, began))

    async def _tell(self, entry: AuditEntry) -> None:
        if self._audit is None:
            return
        try:
            await trio.to_thread.run_sync(self._audit, entry)
        except OSError as error:
            log.error("audit_failed", error=error.strerror, **msgspec.to_builtins(entry))  # noqa: TRY400 - not our bug


def _entry(because: str, status: int, began: float, code: str = "") -> AuditEntry:
    """As if somebody had asked for it."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    took = round((time.perf_counter() - began) * 1000, 3)
    return AuditEntry(now, OWN, "", "", "POST", "/config/reload", f"because={because}", status, "", took, code)


async def watch(
    source: ConfigSource,
    config: Config,
    known: bytes | None,
    unasked: Unasked,
    *,
    quick: bool = False,
    task_status: trio.TaskStatus[None],
) -> None:
    """Reload when the config file, the folder of functions, or a file that holds secrets changes.  Never returns.

    `known` is the content of the config file that serves already.  `quick`: somebody works on the functions; then
    those of a config file are watched as well.
    """

    async def changed(_what: object) -> None:
        await unasked.reload("functions")

    async def file_changed(content: bytes) -> None:
        await unasked.reload("config", content)

    async def secrets_changed(_content: bytes = b"") -> None:
        await unasked.reload("secrets")

    async with trio.open_nursery() as nursery:
        await nursery.start(watch_file, secrets_path(config), secrets_changed)
        await nursery.start(watch_secret_files, source.environ, secrets_changed)
        if source.url:
            poll = partial(_poll, unasked.reloader, config)
            await watch_config_object(source.content, file_changed, poll, known=known, task_status=task_status)
        elif source.file is not None:
            if quick:
                await nursery.start(partial(_watch_packages, config.path(config.packages.root), config, changed))
            await watch_file(source.file, file_changed, known=known, task_status=task_status)
        elif (folder := source.folder or source.package) is not None:
            await _watch_packages(folder, config, changed, quick=quick, task_status=task_status)


async def _watch_packages(
    folder: Path,
    config: Config,
    changed: Callable[[object], Awaitable[None]],
    *,
    quick: bool = True,
    task_status: trio.TaskStatus[None],
) -> None:
    data = config.path(config.storage.data_dir)
    await watch_folder(folder, changed, exclude=[data], quick=quick, task_status=task_status)


def _poll(reloader: Reloader, config: Config) -> float:
    """How often a store is looked at now; `config` is that of the start."""
    return (reloader.config or config).packages.poll
