"""Functions that are ready, shared by the generations that have them.

A function that a reload does not change stays as it is: its isolates, its connections and what runs in it.  It ends
when the last request of the last generation that has it has ended.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from edge.function import Function
    from edge.gateway.generation import LoadedFunction
    from edge.gateway.loader import Prepared, Surveyed

    Find = Callable[[str], Function]
    Open = Callable[[Prepared, Find], AbstractAsyncContextManager[LoadedFunction]]


class Standing:
    """One function that is ready, held by `users` generations."""

    def __init__(self, surveyed: Surveyed) -> None:
        self.surveyed = surveyed
        self.loaded: LoadedFunction
        self._users = 0
        self._released = trio.Event()

    @property
    def fingerprint(self) -> str:
        """Of everything that makes it what it is."""
        return self.surveyed.fingerprint

    @property
    def function(self) -> Function:
        """What is ready."""
        assert self.loaded.function is not None  # it would not stand otherwise
        return self.loaded.function

    @contextmanager
    def held(self) -> Iterator[Standing]:
        """Keep it for as long as the context lasts."""
        self._users += 1
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                self._released.set()

    async def run(
        self, prepared: Prepared, find: Find, open_function: Open, task_status: trio.TaskStatus[Standing]
    ) -> None:
        """Its life: from here until nobody holds it any more."""
        async with open_function(prepared, find) as self.loaded:
            task_status.started(self)
            await self._released.wait()


def affected(changed: set[str], services: Mapping[str, Mapping[str, str]]) -> set[str]:
    """`changed`, and the functions that may call one of these, directly or through others.  Pure.

    `services` has for each function the functions that it may call, by binding.
    """
    callers: dict[str, set[str]] = {}
    for name, bindings in services.items():
        for target in bindings.values():
            callers.setdefault(target, set()).add(name)
    found, waiting = set(changed), list(changed)
    while waiting:
        fresh = callers.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found
