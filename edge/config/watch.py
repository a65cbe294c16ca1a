"""Watching the config file and folders of functions.

Notifications of the file system only say when to look; what is found there decides.  Looking happens at
least twice a second as well, because mounts without notifications, replaced folders and links that lead
elsewhere notify nobody, and because who writes to a file and keeps it open is not notified of.
"""

from __future__ import annotations

import contextlib
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

import trio
from watchfiles import awatch

from edge.config.fingerprint import fingerprint_children
from edge.config.folder_events import ITSELF, FolderEvents, open_events
from edge.units import MILLISECONDS, SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from pathlib import Path

POLL: Final = 0.5 * SECONDS
SETTLE: Final = 50 * MILLISECONDS  # a file that stays the same for so long is not being written
_SETTLE_ROUNDS: Final = 20
_QUIET_MS: Final = 100  # changes that follow each other faster than this are one
_QUICK_MS: Final = 10  # the same while a person waits
_GROUP_MS: Final = 600  # but nothing waits longer than this
_POLL_SHARE: Final = 50  # looking through a folder takes at most this fraction of the time


async def watch_file(
    path: Path,
    on_change: Callable[[bytes], Awaitable[None]],
    *,
    known: bytes | None = None,
    poll: float = POLL,
    settle: float = SETTLE,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `on_change` with the content of a file whenever its bytes are others than before.  Never returns.

    `known` is the content that the caller has already used; what is new must stay the same for `settle` seconds.
    The folder of the file is watched, so that renames and swapped links (Kubernetes ConfigMaps) are seen; what others
    append to files in it wakes nobody.  While the file is missing or unreadable nothing happens.
    """
    last = await _read(path) if known is None else known
    bell = _Bell()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_notify_of_file, path, bell)
        task_status.started()
        while True:
            content = await _read(path)
            if content is not None and content != last:
                content = await _settled(path, content, settle)
            if content is not None and content != last:
                last = content
                await on_change(content)
            await bell.wait(poll)


async def watch_folder(
    folder: Path,
    on_change: Callable[[frozenset[str]], Awaitable[None]],
    *,
    exclude: Collection[Path] = (),
    poll: float = POLL,
    quick: bool = False,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `on_change` with the names of the entries of `folder` below which something changed.  Never returns.

    Entries that came and went count; hidden entries, and paths in `exclude` (such as the data directory), do not.
    `quick`: a person waits; changes that follow each other closely may then be several.
    Start it before reading the folder: nothing that changes after `task_status.started()` is missed.
    """
    folder, skip = _absolute(folder), [_absolute(path) for path in exclude]
    seen = await trio.to_thread.run_sync(fingerprint_children, folder, skip)
    bell = _Bell()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(_notify, folder, bell, recursive=True, quiet=_QUICK_MS if quick else _QUIET_MS))
        task_status.started()
        due = trio.current_time() + poll
        while True:
            paths = await bell.wait(max(0.0, due - trio.current_time()))
            started = trio.current_time()
            touched = None if started >= due else _children_of(folder, paths)
            found = await trio.to_thread.run_sync(fingerprint_children, folder, skip, touched)
            if touched is None:
                due = trio.current_time() + max(poll, _POLL_SHARE * (trio.current_time() - started))
            names = seen.keys() | found.keys() if touched is None else touched
            changed = frozenset(name for name in names if seen.get(name) != found.get(name))
            if changed and quick:
                found |= await _quiet_children(folder, skip, changed, found)
            seen = {name: mark for name, mark in seen.items() if name not in changed} | found
            if changed:
                await on_change(changed)


async def _quiet_children(
    folder: Path, skip: Collection[Path], changed: Collection[str], found: dict[str, str]
) -> dict[str, str]:
    """Fingerprints of what has changed once it has stopped to: a file that is written in place is empty first."""
    last = {name: mark for name, mark in found.items() if name in changed}
    for _ in range(_SETTLE_ROUNDS):
        await trio.sleep(_QUICK_MS / 1000)
        again = await trio.to_thread.run_sync(fingerprint_children, folder, skip, set(changed))
        if again == last:
            break
        last = again
    return last


def _absolute(path: Path) -> Path:
    return path.absolute()


def _children_of(folder: Path, paths: Collection[str]) -> set[str] | None:
    """The entries of `folder` that the paths are at or below; None, for all, when they do not say it."""
    prefix = f"{folder}{os.sep}"
    if not paths or not all(path.startswith(prefix) for path in paths):
        return None
    return {path.removeprefix(prefix).partition(os.sep)[0] for path in paths}


class _Bell:
    """Paths that were notified about, and waking up for them."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._rung = trio.Event()

    def ring(self, paths: Iterable[str]) -> None:
        self._paths.update(paths)
        self._rung.set()

    async def wait(self, at_most: float) -> set[str]:
        """The paths since the last wait; empty when `at_most` seconds have passed without any."""
        with trio.move_on_after(at_most):
            await self._rung.wait()
        paths, self._paths, self._rung = self._paths, set(), trio.Event()
        return paths


async def _notify_of_file(path: Path, bell: _Bell) -> None:
    """Ring for what may have changed the content of a file."""
    while sys.platform == "linux":
        with contextlib.suppress(OSError), open_events(path.parent) as events:
            await _until_replaced(path, events, bell)
        await trio.sleep(POLL)
    await _notify(path.parent, bell, recursive=False)


async def _until_replaced(path: Path, events: FolderEvents, bell: _Bell) -> None:
    identity = _identity(path.parent)
    names: set[str] = set()
    while ITSELF not in names and _identity(path.parent) == identity:
        names = set()
        with trio.move_on_after(POLL):
            names = await events.wait()
        if _concerns(path, names):
            bell.ring([str(path)])


def _concerns(path: Path, names: Collection[str]) -> bool:
    """Whether what happened to these entries of its folder may have changed the file: a link may lead through any."""
    return path.name in names or ITSELF in names or (bool(names) and path.is_symlink())


async def _notify(folder: Path, bell: _Bell, *, recursive: bool, quiet: int = _QUIET_MS) -> None:
    """Ring for everything that happens in `folder`, also after it was away or replaced."""
    while True:
        try:
            await _notify_until_replaced(folder, bell, recursive=recursive, quiet=quiet)
        except* (OSError, RuntimeError):
            pass  # there are no notifications here, or none any more: the poll goes on
        await trio.sleep(POLL)


async def _notify_until_replaced(folder: Path, bell: _Bell, *, recursive: bool, quiet: int) -> None:
    identity = _identity(folder)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_set_when_cancelled, stop)
        batches = awatch(
            folder,
            watch_filter=None,  # the usual filter would ignore node_modules
            debounce=_GROUP_MS,
            step=quiet,
            stop_event=stop,
            rust_timeout=int(POLL * 1000),
            yield_on_timeout=True,
            recursive=recursive,
        )
        async with contextlib.aclosing(batches):
            async for changes in batches:
                if changes:
                    bell.ring(path for _, path in changes)
                if _identity(folder) != identity:
                    break
        nursery.cancel_scope.cancel()


async def _set_when_cancelled(stop: trio.Event) -> None:
    """The thread that waits for notifications cannot be cancelled, but looks at `stop`."""
    try:
        await trio.sleep_forever()
    finally:
        stop.set()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _settled(path: Path, content: bytes, settle: float) -> bytes | None:
    """The content once it has stopped changing: whoever writes a file in place first makes it empty."""
    for _ in range(_SETTLE_ROUNDS):
        await trio.sleep(settle)
        again = await _read(path)
        if again is None or again == content:
            return again
        content = again
    return content


async def _read(path: Path) -> bytes | None:
    try:
        return await trio.to_thread.run_sync(path.read_bytes)
    except OSError:
        return None
