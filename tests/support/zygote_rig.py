"""A zygote for tests, and a look at the processes around it."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import trio

from edge.engine.builder_client import Builder
from edge.supervisor.zygote import Zygote, adopt
from tests.support.snapshot_files import snapshot_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@asynccontextmanager
async def open_zygote(*, sandboxed: bool = True) -> AsyncIterator[Zygote]:
    """A zygote that is up and primed."""
    async with Zygote.open(sandboxed=sandboxed) as zygote:
        await zygote.prime(*snapshot_files())
        yield zygote


def builder_of(zygote: Zygote) -> Builder:
    """A builder whose processes the zygote makes."""
    return Builder(partial(zygote.spawn, "build"), adopt)


@asynccontextmanager
async def open_builder(*, sandboxed: bool = True) -> AsyncIterator[Builder]:
    """A builder with a zygote of its own."""
    async with open_zygote(sandboxed=sandboxed) as zygote:
        yield builder_of(zygote)


class Seen(NamedTuple):
    """A process as /proc shows it."""

    pid: int
    state: str
    parent: int
    group: int


def processes() -> list[Seen]:
    """All processes that can be seen, zombies too."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            text = (entry / "stat").read_text("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent, group = text.rpartition(")")[2].split()[:3]
        found.append(Seen(int(entry.name), state, int(parent), int(group)))
    return found


def children(parent: int | None = None) -> set[int]:
    """Children of a process (None: of this one), zombies too."""
    parent = parent or os.getpid()
    return {seen.pid for seen in processes() if seen.parent == parent}


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Until something is so, looked at often; too late is a failure."""
    with trio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 - processes set no events
            await trio.sleep(0.005)
