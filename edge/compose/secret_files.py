"""Mounted secrets that change: orchestrators replace their files while the gateway runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from edge.gateway.secret_values import SECRET_FOLDERS
from edge.units import SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

POLL: Final = 1 * SECONDS
"""Mounts notify nobody, and Kubernetes replaces a link above the files: only looking helps."""
MAX_FILES: Final = 2000

Stamp = tuple[str, int, int, int]


async def watch_secret_files(
    environ: Mapping[str, str],
    changed: Callable[[], Awaitable[None]],
    poll: float = POLL,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `changed` whenever a file that may hold a secret is another than before.  Never returns."""
    seen = await trio.to_thread.run_sync(stamps, environ)
    task_status.started()
    while True:
        await trio.sleep(poll)
        found = await trio.to_thread.run_sync(stamps, environ)
        if found != seen:
            seen = found
            await changed()


def stamps(environ: Mapping[str, str]) -> set[Stamp]:
    """What tells the files from those that were there before: in the mounted folders, and of NAME_FILE variables."""
    named = (path for name, path in environ.items() if name.endswith("_FILE") and path.startswith("/"))
    paths = [*(path for folder in SECRET_FOLDERS for path in _below(folder)), *named]
    return {stamp for path in paths[:MAX_FILES] if (stamp := _stamp(path)) is not None}


def _below(folder: Path, depth: int = 2) -> Iterator[str]:
    """Files of a folder and of the folders in it, as far as a secret's name leads."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries[:MAX_FILES]:
        if entry.is_file():
            yield entry.path
        elif depth > 1 and entry.is_dir() and not entry.name.startswith(".."):
            yield from _below(folder / entry.name, depth - 1)


def _stamp(path: str) -> Stamp | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return path, found.st_mtime_ns, found.st_size, found.st_ino
