"""Reloads that nobody waits for: of files that changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import trio

from edge.compose.secret_files import watch_secret_files
from edge.config.watch import watch_file, watch_folder
from edge.errors import EdgeError
from edge.gateway.config_object import watch_config_object
from edge.gateway.secret_values import secrets_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from edge.config.model import Config
    from edge.gateway.reload import Reloader
    from edge.gateway.source import ConfigSource


async def try_reload(reloader: Reloader, content: bytes | None = None) -> None:
    """What went wrong is in the log, the metric and /ready."""
    try:
        await reloader.reload(content)
    except EdgeError:
        return


async def watch(
    source: ConfigSource,
    config: Config,
    known: bytes | None,
    reloader: Reloader,
    *,
    quick: bool = False,
    task_status: trio.TaskStatus[None],
) -> None:
    """Reload when the config file, the folder of functions, or a file that holds secrets changes.  Never returns.

    `known` is the content of the config file that serves already.  `quick`: somebody works on the functions; then
    those of a config file are watched as well.
    """

    async def changed(_what: object) -> None:
        await try_reload(reloader)

    async def file_changed(content: bytes) -> None:
        await try_reload(reloader, content)

    async with trio.open_nursery() as nursery:
        await nursery.start(watch_file, secrets_path(config), changed)
        await nursery.start(watch_secret_files, source.environ, partial(try_reload, reloader))
        if source.url:
            poll = partial(_poll, reloader, config)
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
