"""Threads: VMs that the code of a VM starts, each with an isolate of its own that runs beside it."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import trio

from edge.vm.arguments import memory_of, seconds_of
from edge.vm.errors import CrossingError, JavaScriptError, VMError
from edge.vm.functions import HostFunction
from edge.vm.libraries.code_base import CodeBaseLibrary, entry_code
from edge.vm.libraries.ipc import IpcLibrary
from edge.vm.libraries.ipc_rx import IpcRxLibrary
from edge.vm.libraries.javascript import javascript
from edge.vm.library import Library, LibraryGroup, flatten
from edge.vm.vm import VM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class _Inline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `startThread` gets for code that is no file."""

    code: str


class ThreadHostLibrary(IpcRxLibrary):
    """Functions of the host for a thread's code, as `host.NAME`, and what else that has."""

    references_are_globals: ClassVar[bool] = False

    def __init__(self, callables: Mapping[str, Callable[..., Any]], thread_id: str) -> None:
        super().__init__(callables)
        self._thread_id = thread_id

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"call": self._call}

    def get_values(self) -> Mapping[str, Any]:
        """See Library."""
        return {"isThread": self._thread_id}

    def get_vm_code(self) -> str:
        """See Library."""
        return javascript("thread_inside")

    async def _call(self, name: str, args: list[Any]) -> Any:
        function = self.callables.get(name)
        if function is None:
            raise JavaScriptError("TypeError", f"host.{name} is not a function")
        result = function(*args)
        return await result if inspect.isawaitable(result) else result


class ThreadInfo(msgspec.Struct, frozen=True):
    """A thread: its VM, `tx` to call its functions, `rx` with the functions that it may call."""

    vm: VM
    tx: IpcLibrary
    rx: ThreadHostLibrary


class _Start:
    def __init__(self) -> None:
        self.done = trio.Event()
        self.closed = trio.Event()
        self.error: Exception | None = None


class ThreadLibrary(LibraryGroup):
    """Threads of the VM's code: `startThread(file)`, or `startThread({ code })`.

    Each is a VM with `get_thread_libraries(thread_id)`, with the files of the CodeBaseLibrary of the first VM, and, as
    `host.NAME`, with the functions of the IpcRxLibraries of both.  At most `threads_count_limit` live at once, with
    `thread_memory_limit` each; one whose code does not yield for `thread_timeout` seconds is stopped.
    """

    references_are_globals: ClassVar[bool] = False

    def __init__(
        self,
        *,
        get_thread_libraries: Callable[[str], Iterable[Library]] = lambda _: (),
        thread_memory_limit: int | str = "16MiB",
        threads_count_limit: int = 10,
        thread_timeout: float | None = 30.0,
    ) -> None:
        super().__init__()
        self._libraries_of = get_thread_libraries
        self._memory = memory_of(thread_memory_limit)
        self._limit = threads_count_limit
        self._timeout = seconds_of(thread_timeout)
        self._numbers = itertools.count(1)
        self._threads: dict[str, ThreadInfo] = {}
        self._taken = 0  # threads that are there, or on their way in or out

    def get_threads(self) -> dict[str, ThreadInfo]:
        """Those that are there, by their ids."""
        return {name: thread for name, thread in self._threads.items() if not thread.vm.is_disposed}

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"start": self._start, "call": self._call, "isDisposed": self._is_disposed, "dispose": self._dispose}

    def get_vm_code(self) -> str:
        """See Library."""
        return javascript("thread")

    def dispose(self) -> None:
        """See Library."""
        for thread in self.get_threads().values():
            thread.vm.dispose()

    # -- what the VM's code asks for

    async def _start(self, what: Any) -> str:
        if self._taken >= self._limit:
            raise JavaScriptError("RangeError", f"too many threads at once (at most {self._limit})")
        self._taken += 1
        thread_id, start = f"thread-{next(self._numbers)}", _Start()
        try:
            self.vm.start_soon(self._live, thread_id, what, start)
        except BaseException:
            self._taken -= 1
            raise
        try:
            await start.done.wait()
        except BaseException:
            start.closed.set()
            raise
        if start.error is not None:
            raise start.error
        return thread_id

    async def _call(self, thread_id: str, name: str, args: list[Any]) -> Any:
        thread = self._threads.get(thread_id)
        if thread is None:
            raise VMError(f"{thread_id} has been disposed of")
        return await thread.tx.call(name, args)

    def _is_disposed(self, thread_id: str) -> bool:
        thread = self._threads.get(thread_id)
        return thread is None or thread.vm.is_disposed

    def _dispose(self, thread_id: str) -> None:
        thread = self._threads.get(thread_id)
        if thread is not None:
            thread.vm.dispose()

    # -- the life of a thread

    async def _live(self, thread_id: str, what: Any, start: _Start) -> None:
        try:
            code = self._code(what)
            thread = self._make(thread_id, start)
            async with thread.vm:
                self._threads[thread_id] = thread
                await thread.vm.run(code, name=f"{thread_id}.js")
                start.done.set()
                await start.closed.wait()
        except Exception as error:  # noqa: BLE001 - it is the answer to startThread
            start.error = error
        finally:
            self._threads.pop(thread_id, None)
            self._taken -= 1
            start.done.set()

    def _code(self, what: Any) -> str:
        """Of a file, or what the VM's code has given."""
        if not isinstance(what, str):
            try:
                return msgspec.convert(what, _Inline).code
            except msgspec.ValidationError as error:
                raise CrossingError(f"startThread takes the path of a file, or {{ code }}: {error}") from None
        code_base = self._code_base()
        if code_base is None:
            raise VMError("a thread of a file needs a CodeBaseLibrary", hint="or startThread({ code })")
        name = what if what.startswith("/") else f"/{what.removeprefix('./')}"
        return entry_code(code_base.modules.path_of(name))

    def _code_base(self) -> CodeBaseLibrary | None:
        return next((library for library in self.vm.libraries if isinstance(library, CodeBaseLibrary)), None)

    def _make(self, thread_id: str, start: _Start) -> ThreadInfo:
        libraries = list(self._libraries_of(thread_id))
        flat = flatten(libraries)
        code_base = self._code_base()
        if code_base is not None and not any(isinstance(library, CodeBaseLibrary) for library in flat):
            libraries.insert(0, code_base.share())
        callables: dict[str, Callable[..., Any]] = {}
        for library in (*self.vm.libraries, *flat):
            if isinstance(library, IpcRxLibrary):
                callables |= library.callables
        tx, rx = IpcLibrary(), ThreadHostLibrary(callables, thread_id)
        vm = VM(
            [*libraries, tx, rx],
            memory_limit=self._memory,
            timeout=self._timeout,
            mode=self.vm.mode,
            limits=self.vm.limits,
            on_error=self.vm.report,
            on_catastrophic_error=self.vm.report,
            on_dispose=start.closed.set,
        )
        return ThreadInfo(vm, tx, rx)
