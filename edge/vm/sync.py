"""VMs for programs without an event loop, and for those with another one than Trio's.

One thread of the process runs Trio for all of them, from the first VM to the end of the program.  Functions of the host
run there: plain ones must not take long, `async def` ones are Trio's.

In an asyncio program, what waits belongs in a thread: `await asyncio.to_thread(vm.call, "main")`.
"""

from __future__ import annotations

import atexit
import functools
import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

import trio

from edge.vm.context import Context as AsyncContext
from edge.vm.context import run_in_new_context as _run_in_new_context
from edge.vm.context import run_in_this_context as _run_in_this_context
from edge.vm.errors import VMError
from edge.vm.script import Script
from edge.vm.vm import VM as AsyncVM  # noqa: N811 - this one is called VM, too

if TYPE_CHECKING:
    from edge.vm.functions import VMFunction
    from edge.vm.library import Library
    from edge.vm.vm import Default, Statistics

T = TypeVar("T")

_CLOSE_SECONDS = 5.0


class _Block:
    """The block in which a VM is held: `closing` ends it, `closed` is its end, `error` what came out of it."""

    def __init__(self) -> None:
        self.closing = trio.Event()
        self.closed = trio.Event()
        self.error: BaseException | None = None


class _Loop:
    """The thread that runs Trio."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._end: trio.Event
        self._token: trio.lowlevel.TrioToken
        self._nursery: trio.Nursery
        self._thread = threading.Thread(target=trio.run, args=(self._serve,), name="edge.vm", daemon=True)
        self._thread.start()
        self._begun.wait()
        atexit.register(self.close)

    def run(self, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Do some asynchronous work there, and wait for it."""
        return trio.from_thread.run(work, *args, trio_token=self._token)

    def hold(self, vm: AsyncVM | AsyncContext) -> _Block:
        """Enter a VM or context.  Raises what that raises."""
        block = self.run(self._start, vm)
        assert isinstance(block, _Block)  # what _hold has given
        return block

    def release(self, block: _Block) -> None:
        """End the block of a VM, and wait for that.  Raises what the VM's tasks have raised."""
        self._token.run_sync_soon(block.closing.set)
        self.run(block.closed.wait)
        if block.error is not None:
            raise block.error

    def close(self) -> None:
        """End all VMs and the thread."""
        try:
            self._token.run_sync_soon(self._end.set)
        except trio.RunFinishedError:
            return
        self._thread.join(_CLOSE_SECONDS)

    async def _serve(self) -> None:
        self._end = trio.Event()
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as self._nursery:
            self._begun.set()
            await self._end.wait()
            self._nursery.cancel_scope.cancel()

    async def _start(self, vm: AsyncVM | AsyncContext) -> Any:
        return await self._nursery.start(self._hold, vm)

    async def _hold(self, vm: AsyncVM | AsyncContext, task_status: trio.TaskStatus[_Block]) -> None:
        block = _Block()
        begun = False
        try:
            async with vm:
                task_status.started(block)
                begun = True
                await block.closing.wait()
        except (Exception, BaseExceptionGroup, SystemExit, KeyboardInterrupt) as error:
            if not begun:
                raise
            block.error = error  # for the thread that holds the VM; the other VMs have nothing to do with it
        finally:
            block.closed.set()


_lock = threading.Lock()


@functools.cache
def _make_loop() -> _Loop:
    return _Loop()


def _loop() -> _Loop:
    with _lock:
        return _make_loop()


class VM:
    """As edge.vm.VM, with the same arguments, for `with`.  May be used from any thread but those that run Trio."""

    def __init__(self, libraries: Iterable[Library] = (), **options: Any) -> None:
        self.vm = AsyncVM(libraries, **options)
        self._block: _Block | None = None

    def __enter__(self) -> Self:
        """See edge.vm.VM."""
        if self._block is not None:
            raise VMError("a VM is used once", hint="make another one")
        self._block = _loop().hold(self.vm)
        return self

    def __exit__(self, *_: object) -> None:
        """Dispose of it, and wait until nothing of it is left."""
        self.dispose()
        if self._block is not None:
            _loop().release(self._block)

    @property
    def is_disposed(self) -> bool:
        """See edge.vm.VM."""
        return self.vm.is_disposed

    def run(self, code: str | None = None, *, name: str = "vm.js", timeout: float | Default | None = "default") -> Any:
        """See edge.vm.VM."""
        return self.wait_for(functools.partial(self.vm.run, code, name=name, timeout=timeout))

    def call(self, name: str | VMFunction, *args: Any, timeout: float | Default | None = "default") -> Any:
        """See edge.vm.VM."""
        return self.wait_for(functools.partial(self.vm.call, name, *args, timeout=timeout))

    def dispose(self) -> None:
        """See edge.vm.VM."""
        if self._block is not None:
            self.wait_for(_at_once, self.vm.dispose)

    def statistics(self) -> Statistics:
        """See edge.vm.VM."""
        return self.vm.statistics()

    def wait_for(self, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Await a method of a library: `vm.wait_for(measure.get_usage_stats)`."""
        return _loop().run(work, *args)


class Context:
    """As edge.vm.Context, with the same arguments, for `with`; see VM."""

    def __init__(self, sandbox: MutableMapping[str, Any] | None = None, **options: Any) -> None:
        self.context = AsyncContext(sandbox, **options)
        self._block: _Block | None = None

    def __enter__(self) -> Self:
        """See edge.vm.Context."""
        self._block = _loop().hold(self.context)
        return self

    def __exit__(self, *_: object) -> None:
        """Dispose of it, and wait until nothing of it is left."""
        if self._block is not None:
            _loop().release(self._block)

    @property
    def sandbox(self) -> MutableMapping[str, Any]:
        """See edge.vm.Context; not to be touched while a script runs."""
        return self.context.sandbox

    @property
    def is_disposed(self) -> bool:
        """See edge.vm.Context."""
        return self.context.is_disposed

    def run(self, script: Script | str, **how: Any) -> Any:
        """See edge.vm.Context."""
        return _loop().run(functools.partial(self.context.run, script, **how))


def run_in_context(code: str, context: Context, *, filename: str = "evalmachine.<anonymous>", **how: Any) -> Any:
    """See edge.vm."""
    return context.run(Script(code, filename=filename), **how)


def run_in_new_context(code: str, sandbox: MutableMapping[str, Any] | None = None, **options: Any) -> Any:
    """See edge.vm."""
    return _loop().run(functools.partial(_run_in_new_context, code, sandbox, **options))


def run_in_this_context(code: str, **how: Any) -> Any:
    """See edge.vm: the one context that all of the process share that have no event loop."""
    return _loop().run(functools.partial(_run_in_this_context, code, **how))


def create_cached_data(script: Script, **options: Any) -> bytes:
    """See edge.vm.Script."""
    return _loop().run(functools.partial(script.create_cached_data, **options))


async def _at_once(work: Callable[[], T]) -> T:
    await trio.lowlevel.checkpoint()
    return work()
