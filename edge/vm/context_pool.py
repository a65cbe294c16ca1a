"""Contexts that are ready before they are needed."""

from __future__ import annotations

from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

import trio

from edge.vm.context import Context
from edge.vm.engine import expect_trio
from edge.vm.errors import VMDisposedError, VMError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType


class ContextPool:
    """Use within `async with`.  `size` contexts are kept ready, at most `max_size` are there; who finds none waits.

    `sandbox` makes the mapping of each; the other options are those of Context.  A context that comes back is used
    again only with `reuse`, when it is cleaned: names that its scripts have left are removed.  That is for scripts that
    trust each other, since what a script has changed in builtins (`Array.prototype`) stays.  Otherwise cleaning is a
    fresh context, made meanwhile.  `max_uses` is for those that are used again.
    """

    def __init__(
        self,
        size: int = 4,
        *,
        max_size: int | None = None,
        sandbox: Callable[[], dict[str, Any]] = dict,
        reuse: bool = False,
        max_uses: int = 1000,
        **options: Any,
    ) -> None:
        if size < 0 or (max_size is not None and max_size < max(size, 1)):
            raise ValueError("a pool has 0 or more contexts ready, and max_size is not below that, nor below 1")
        self.size = size
        self.max_size = max_size or max(size, 1)
        self._sandbox = sandbox
        self._reuse = reuse
        self._max_uses = max_uses
        self._options = options
        self._ready: deque[Context] = deque()
        self._out: set[Context] = set()
        self._making = 0
        self._changed = trio.Event()
        self._manager: Any = None
        self._nursery: trio.Nursery | None = None
        self._error: BaseException | None = None

    async def __aenter__(self) -> Self:
        """Contexts are made in the background."""
        expect_trio()
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        self._fill()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Dispose of all contexts, those that are out too."""
        nursery, self._nursery = self._nursery, None
        for context in [*self._ready, *self._out]:
            context.dispose()
        self._wake()
        if nursery is not None:
            nursery.cancel_scope.cancel()
        if error is None or isinstance(error, trio.Cancelled):
            found: bool | None = await self._manager.__aexit__(kind, error, traceback)
            return found
        await self._manager.__aexit__(None, None, None)
        return False

    @property
    def available(self) -> int:
        """Contexts that are ready."""
        return len(self._ready)

    @property
    def active(self) -> int:
        """Contexts that somebody has."""
        return len(self._out)

    async def acquire(self) -> Context:
        """A context, for `release`.  Waits for one.  Raises EngineCrashError, VMDisposedError."""
        while True:
            if self._nursery is None:
                raise VMDisposedError("the pool is closed")
            while self._ready:
                context = self._ready.popleft()
                if not context.is_disposed:
                    self._out.add(context)
                    self._fill()
                    return context
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            self._fill(1)
            await self._changed.wait()

    def release(self, context: Context) -> None:
        """Give it back; whatever it does, it is over.  Raises VMError for one that is not out."""
        if context not in self._out:
            raise VMError("this context is not out of this pool")
        self._out.discard(context)
        if self._nursery is not None and self._reuse and not context.is_disposed and context.runs < self._max_uses:
            self._nursery.start_soon(self._clean, context)
        else:
            context.dispose()
            self._fill()
        self._wake()

    @asynccontextmanager
    async def context(self) -> AsyncIterator[Context]:
        """Acquire one, and release it at the end of the block."""
        context = await self.acquire()
        try:
            yield context
        finally:
            if context in self._out:
                self.release(context)

    # -- inside

    def _fill(self, wanted: int = 0) -> None:
        """Have as many made as are missing."""
        if self._nursery is None:
            return
        room = self.max_size - len(self._ready) - len(self._out) - self._making
        missing = max(self.size, wanted) - len(self._ready) - self._making
        for _ in range(min(room, missing)):
            self._making += 1
            self._nursery.start_soon(self._live)

    async def _live(self) -> None:
        """The life of one context."""
        making = True
        try:
            async with Context(self._sandbox(), **self._options) as context:
                self._making -= 1
                making = False
                self._ready.append(context)
                self._wake()
                await context.vm.wait_lost()
        except Exception as error:  # noqa: BLE001 - for who waits; one that is lost later is nobody's error
            self._error = error if making else self._error
        finally:
            self._making -= making
            self._wake()

    async def _clean(self, context: Context) -> None:
        """Remove what scripts have left, by the sandbox that a new one would have."""
        context.sandbox.clear()
        context.sandbox.update(self._sandbox())
        try:
            await context.run("undefined", timeout=1.0, result=False)
        except VMError:
            context.dispose()
        if context.is_disposed or self._nursery is None:
            self._fill()
        else:
            self._ready.append(context)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
