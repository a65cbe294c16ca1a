"""Versions under names of their own, `v3--hello.preview.example.com`, made ready when somebody asks for one."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from edge.function import Function
    from edge.gateway.generation import Generation
    from edge.gateway.standing import Standing

    OpenVersion = Callable[[Generation, str, ExitStack], Awaitable[Standing]]

MOST = 16
"""Previewed versions that are kept ready."""
_AT_ONCE = 2


class Preview(NamedTuple):
    """What a host names; both in lower case."""

    function: str
    version: str


def preview_of(host: str, suffix: str) -> Preview | None:
    """What a host below `suffix` names: `VERSION--FUNCTION.suffix`; None for every other host.  Pure.

    Names of functions may hold dots and hyphens, versions hold no `--`.
    """
    if not suffix or not host.endswith(f".{suffix}"):
        return None
    version, dashes, function = host.removesuffix(f".{suffix}").partition("--")
    return Preview(function, version) if version and dashes and function else None


class _Entry:
    """A version that is being made ready, or is; `stack` keeps it so."""

    def __init__(self) -> None:
        self.lock = trio.Lock()
        self.standing: Standing | None = None
        self.stack = ExitStack()
        self.evicted = False

    def evict(self) -> None:
        """It ends with the last request that uses it."""
        self.evicted = True
        if self.standing is not None:
            self.stack.close()


class Previews:
    """Keeps the versions that were asked for last, each for the generation that it was made for."""

    def __init__(self, open_version: OpenVersion, most: int = MOST) -> None:
        """`open_version` makes `hello@v3` ready, held by the stack; it raises EdgeError when that cannot be."""
        self._open_version = open_version
        self._most = most
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._limiter = trio.CapacityLimiter(_AT_ONCE)

    @asynccontextmanager
    async def open(self, generation: Generation, target: str) -> AsyncIterator[Function]:
        """The function that a version is, for as long as the context lasts.

        Raises NotFoundError for a version that is none, PackageError and others for one that cannot be built.
        """
        entry = self._entry(generation, target)
        async with entry.lock:
            if entry.standing is None:
                async with self._limiter:
                    entry.standing = await self._open_version(generation, target, entry.stack)
        with entry.standing.held():
            if entry.evicted:
                entry.stack.close()
            yield entry.standing.function

    def forget(self, serving: Generation) -> None:
        """Let go of what was made for other generations."""
        for key in [key for key in self._entries if key[0] != serving.hash]:
            self._entries.pop(key).evict()

    def _entry(self, generation: Generation, target: str) -> _Entry:
        key = (generation.hash, target)
        entry = self._entries.setdefault(key, _Entry())
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)[1].evict()
        return entry
