"""A config that is an object in a store: `s3://BUCKET/PATH/edge.toml`, `gs://...`, `az://...`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import structlog
import trio

from edge.config.load import MAX_SOURCE
from edge.errors import ConfigError, OutsideError
from edge.packages.object_store import open_objects

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.packages.objects import Objects

SCHEMES = ("s3://", "gs://", "az://")
log = structlog.get_logger()


def read_config_object(url: str) -> bytes:
    """The content of the object.  Does input and output.  Raises ConfigError."""
    folder, _, key = url.rpartition("/")
    if not key or folder.endswith("/"):
        raise ConfigError([f"{url}: names no object (s3://BUCKET/PATH/edge.toml)"])
    try:
        stored = _objects(folder).get(key, MAX_SOURCE)
    except OutsideError as error:
        raise ConfigError([f"{url}: the config cannot be read: {error.message}"]) from error
    if stored is None:
        raise ConfigError([f"{url}: the config cannot be read: there is no such object"])
    return stored.content


@functools.lru_cache(maxsize=4)
def _objects(folder: str) -> Objects:
    """One client, with its connections, for all looks."""
    return open_objects(folder)


async def watch_config_object(
    read: Callable[[], bytes | None],
    on_change: Callable[[bytes], Awaitable[None]],
    poll: Callable[[], float],
    *,
    known: bytes | None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `on_change` with the content whenever it is another one; looks every `poll` seconds.  Never returns.

    While the object cannot be read nothing happens; the log says so, once.
    """
    last, trouble = known, ""
    task_status.started()
    while True:
        await trio.sleep(poll())
        try:
            content = await trio.to_thread.run_sync(read, abandon_on_cancel=True)
        except ConfigError as error:
            if not trouble:
                log.warning("config_unavailable", error=error.problems[0])
            trouble = error.problems[0]
            continue
        if trouble:
            log.info("config_available")
            trouble = ""
        if content is not None and content != last:
            last = content
            await on_change(content)
