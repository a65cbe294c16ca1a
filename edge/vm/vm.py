"""A VM: an isolate with libraries, made, asked and disposed of by a Trio program."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import msgspec
import trio

from edge.vm import protocol
from edge.vm.arguments import Mode, memory_of, mode_of, seconds_of
from edge.vm.engine import DEFAULT_MODE, expect_trio, open_home
from edge.vm.errors import JavaScriptError, LostError, NoFunctionError, VMDisposedError, VMError, VMTimeoutError
from edge.vm.functions import HostFunction, HostFunctions, VMFunction
from edge.vm.host_calls import HostCalls
from edge.vm.library import Library, flatten
from edge.vm.requests import Requests, own
from edge.vm.session import Session
from edge.vm.values.kinds import Limits
from edge.vm.values.reader import read_error, read_value

if TYPE_CHECKING:
    from types import TracebackType

    from edge.vm.home import Home

    OnError = Callable[[BaseException], object]

START_SECONDS = 30.0
"""For the code of libraries."""

GRACE = 0.05
"""Seconds that running code gets to yield when somebody has stopped waiting for it."""

Default = Literal["default"]
"""As the VM has it."""
Timeout = float | Default | None

log = logging.getLogger("edge.vm")


class Statistics(msgspec.Struct, frozen=True):
    """Of a VM: bytes of its heap at the end of its last run and its limit, seconds of CPU and since its start, counts.

    `errors` counts those that nobody handled, `pending` the host calls that are not answered yet.
    """

    heap_used: int
    memory_limit: int
    cpu_time: float
    uptime: float
    runs: int
    calls: int
    host_calls: int
    pending: int
    errors: int


class VM:
    """Use within `async with`.  Everything but `dispose` and the properties belongs to Trio's thread.

    `memory_limit`: bytes, or text as "64MiB"; of the heap, and in a process of its own of everything.
    `timeout`: seconds that code may run without yielding, and that `run` and `call` wait; None: without end.
    `on_error` hears of what `run` raises and of errors that nobody handled, `on_catastrophic_error` of the loss of the
    VM (LostError), `on_end` of the end of each `run`, `on_dispose` of the end of the VM.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        libraries: Iterable[Library] = (),
        *,
        memory_limit: int | str = "64MiB",
        timeout: float | None = 30.0,
        mode: Mode | None = None,
        on_error: OnError | None = None,
        on_catastrophic_error: OnError | None = None,
        on_end: Callable[[], object] | None = None,
        on_dispose: Callable[[], object] | None = None,
        limits: Limits | None = None,
        webassembly: bool = False,
    ) -> None:
        self.libraries = flatten(libraries)
        self.memory_limit = memory_of(memory_limit)
        self.timeout = seconds_of(timeout)
        self.mode = DEFAULT_MODE if mode is None else mode_of(mode)
        self.limits = limits or Limits()
        self._on_error = on_error
        self._on_catastrophic_error = on_catastrophic_error
        self._on_end = on_end
        self._on_dispose = on_dispose
        self._webassembly = webassembly
        self._functions = HostFunctions(self, self.limits)
        self._requests = Requests()
        self._calls_of_host = HostCalls(self._functions, self._post, self._answer, self._spawn, self.report)
        self._loss: LostError | None = None
        self._closing: trio.Event | None = None
        self._closed: trio.Event
        self.offered_cache: bytes | None = None  # for the script that is compiled next: see edge.vm.script
        self._manager: Any = None
        self._home: Home | None = None
        self._session: Session | None = None
        self._tasks: trio.Nursery | None = None
        self._attached: list[Library] = []
        self._started = 0.0
        self._calls = 0
        self._errors = 0

    # -- its life

    async def __aenter__(self) -> Self:
        """Make the isolate and start the libraries.  Raises what goes wrong in them, EngineCrashError."""
        expect_trio()
        if self._manager is not None:
            raise VMError("a VM is used once", hint="make another one")
        if self._loss is not None:
            await trio.lowlevel.checkpoint()
            raise own(self._loss)
        self._closing = trio.Event()
        self._closed = trio.Event()
        self._manager = trio.open_nursery()
        nursery = await self._manager.__aenter__()
        try:
            self._attach()
            self._home = await open_home(self.mode, self.memory_limit, self._asked)
            await nursery.start(self._serve)
            await self._begin()
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Dispose of it, and wait until nothing of it is left."""
        self.dispose()
        if error is None or isinstance(error, trio.Cancelled):
            return cast("bool | None", await self._manager.__aexit__(kind, error, traceback))
        await self._manager.__aexit__(None, None, None)  # what the program raises stays what it is, in no group
        return False

    async def wait_closed(self) -> None:
        """Until nothing of it is left, its process included."""
        await self._closed.wait()

    @property
    def is_disposed(self) -> bool:
        """Whether it is gone, by `dispose` or by what its code did."""
        return self._loss is not None

    @property
    def pid(self) -> int | None:
        """The process of its own that it has in mode `cells`."""
        return self._home.pid if self._home is not None else None

    def dispose(self) -> None:
        """End it, whatever it does; who waits for it gets a VMDisposedError.  Never raises, and can be repeated."""
        self._lose(VMDisposedError("the VM was disposed of"))

    def statistics(self) -> Statistics:
        """As of its last run."""
        session = self._session
        return Statistics(
            heap_used=session.heap if session else 0,
            memory_limit=self.memory_limit,
            cpu_time=session.cpu if session else 0.0,
            uptime=time.monotonic() - self._started if self._started else 0.0,
            runs=session.runs if session else 0,
            calls=self._calls,
            host_calls=self._functions.calls,
            pending=self._functions.pending,
            errors=self._errors,
        )

    # -- what it is asked

    async def run(
        self,
        code: str | None = None,
        *,
        name: str = "vm.js",
        timeout: float | Default | None = "default",  # noqa: ASYNC109 - a timeout can end the VM
    ) -> Any:
        """Run code as the body of an async function, and wait for what it returns.

        Functions at the top of what it returns come as VMFunctions, and the host can `call` them by their names.
        Without `code` it is what a library provides (the entry file of a CodeBaseLibrary).

        Raises JavaScriptError, CrossingError, VMTimeoutError, LostError.
        """
        if code is None:
            code = self._entry_code()
        try:
            done = await self._ask(partial(protocol.run, name=name, code=code), timeout, name)
            return read_value(bytes(done.value), self.limits, partial(VMFunction, self))
        except JavaScriptError as error:
            self._tell(self._on_error, error)
            raise
        finally:
            self._tell(self._on_end)

    async def call(self, name: str | VMFunction, *args: Any, timeout: float | Default | None = "default") -> Any:  # noqa: ASYNC109
        """Call a function that the VM's code has returned or exposed, and wait for its result.

        Raises JavaScriptError, CrossingError, NoFunctionError, VMTimeoutError, LostError.
        """
        self._calls += 1
        handle = name.number if isinstance(name, VMFunction) else 0
        if isinstance(name, VMFunction):
            if name.vm is not self:
                raise NoFunctionError("this function is one of another VM")
            name = "the function"
        text = self._functions.write(list(args))
        try:
            done = await self._ask(partial(protocol.call, name=name, handle=handle, args=text), timeout, f"{name}()")
        except JavaScriptError as error:
            if error.properties.get("code") == "ERR_NO_FUNCTION":
                raise NoFunctionError(
                    f"the VM has no function {name!r} for the host", hint="return it from `run`, or expose it"
                ) from None
            raise
        return read_value(bytes(done.value), self.limits, partial(VMFunction, self))

    async def ping(self) -> float:
        """Seconds until the VM has done nothing at all: longer when it is busy.  Raises LostError."""
        began = time.monotonic()
        await self._ask(partial(protocol.call, name="", handle=-1, args=b"[]"), None, "ping", work=False)
        return time.monotonic() - began

    def report(self, error: BaseException) -> None:
        """Tell `on_error` of an error that nobody handles.  Never raises."""
        self._errors += 1
        if self._on_error is None:
            log.warning("an error that nobody handles: %s", error)
        self._tell(self._on_error, error)

    def stop(self, reason: str) -> None:
        """End it as one that does not behave: `on_catastrophic_error` gets the reason.  Never raises."""
        if self._session is not None:
            self._session.stop(reason)

    def start_soon(self, task: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """A task that ends with the VM: for libraries.  Raises LostError."""
        if self._loss is not None or self._tasks is None:
            raise self._loss or VMError("the VM has not started yet")
        self._spawn(task, *args)

    # -- for scripts (edge.vm.script, edge.vm.context)

    async def ask(self, make: Callable[[int], bytes], timeout: float | None, what: str) -> protocol.Done:  # noqa: ASYNC109
        """Post the event that `make` makes of a number, and wait for its result.  Raises as `run` does."""
        return await self._ask(make, timeout, what)

    def write(self, value: Any) -> bytes:
        """Text of a value.  Raises CrossingError."""
        return self._functions.write(value)

    def read(self, text: bytes) -> Any:
        """A value that the VM's code has written.  Raises MalformedError, CrossingError."""
        return read_value(text, self.limits, partial(VMFunction, self))

    async def wait_lost(self) -> None:
        """Until it is disposed of, or lost."""
        assert self._closing is not None  # it has begun
        await self._closing.wait()

    # -- inside

    def _attach(self) -> None:
        for library in self.libraries:
            library.attach(self)
            self._attached.append(library)

    async def _begin(self) -> None:
        assert self._session is not None  # _serve has started
        self._started = time.monotonic()
        self._session.post(protocol.begin(self.limits, webassembly=self._webassembly, named=bool(self.libraries)))
        for library in self.libraries:
            await self._bring(library)
        for library in self.libraries:
            await library.start()
        for library in self.libraries:
            await library.after_start()

    async def _bring(self, library: Library) -> None:
        references = []
        for name, function in library.get_references().items():
            handle = function if isinstance(function, HostFunction) else HostFunction(function)
            references.append((self._functions.number(handle), name, handle.waits))
        values = {name: msgspec.Raw(self._functions.write(value)) for name, value in library.get_values().items()}
        code = library.get_vm_code()
        if references or values or code:
            name = type(library).__name__
            what = protocol.Bringing(name, references, values, code, library.references_are_globals)
            await self._ask(partial(protocol.library, what=what), START_SECONDS, name)

    def _entry_code(self) -> str:
        for library in self.libraries:
            code = library.get_entry_code()
            if code is not None:
                return code
        raise VMError("there is nothing to run", hint="give `run` code, or a CodeBaseLibrary an entry file")

    async def _serve(self, task_status: trio.TaskStatus[None]) -> None:
        """Its tasks, until it is disposed of; then its end."""
        assert self._home is not None
        assert self._closing is not None
        try:
            async with trio.open_nursery() as self._tasks:
                self._session = Session(self._home.runner, self._take, self._lose)
                self._tasks.start_soon(self._session.watch, None if self.timeout is None else self.timeout + 2 * GRACE)
                task_status.started()
                await self._closing.wait()
                self._tasks.cancel_scope.cancel()
        finally:
            self._tasks = None
            self.dispose()
            try:
                await self._home.aclose(running=self._session is not None and self._session.running)
            finally:
                self._closed.set()

    async def _ask(
        self,
        make: Callable[[int], bytes],
        timeout: float | Default | None,  # noqa: ASYNC109 - a timeout can end the VM
        what: str,
        *,
        work: bool = True,
    ) -> protocol.Done:
        session = self._session
        if self._loss is not None or session is None:
            await trio.lowlevel.checkpoint()
            raise (
                own(self._loss) if self._loss else VMError("the VM has not started", hint="use it within `async with`")
            )
        seconds = self.timeout if timeout == "default" else seconds_of(timeout)
        since = session.runs if work else sys.maxsize  # a ping is about nothing
        try:
            return await self._requests.ask(lambda number: session.post(make(number)), seconds, what, since)
        except VMTimeoutError as error:
            self._spawn(self._insist, session, error.message)
            raise
        except trio.Cancelled:
            if work:
                self._spawn(self._insist, session, f"nobody waits for {what} any more")
            raise

    async def _insist(self, session: Session, reason: str) -> None:
        """Nobody waits for the code any more: it may go on with what it awaits, but not run on and on.

        While somebody waits for other code, it may be that which runs; then it has the time of all code.
        """
        if not self._requests.concern(session.run_out) and await session.still_running(GRACE):
            session.stop(f"{reason}, and it did not yield")

    def _spawn(self, task: Callable[..., Awaitable[Any]], *args: Any) -> None:
        if self._tasks is not None and self._loss is None:
            self._tasks.start_soon(task, *args)

    # -- what the VM says

    def _take(self, message: protocol.Message) -> None:
        match message:
            case protocol.HostCall():
                self._calls_of_host.call(message)
            case protocol.Done():
                self._requests.settle(message.id, message)
            case protocol.Failed():
                self._requests.settle(message.id, read_error(bytes(message.error), self.limits))
            case protocol.Uncaught():
                self.report(read_error(bytes(message.error), self.limits))

    def _asked(self, head: bytes, data: bytes) -> None:
        """It waits for the host, in the middle of a turn."""
        if protocol.wants_cache(head):
            self._answer(self.offered_cache or b"")
            return
        if self._session is not None and not self._session.over:
            self._session.waits(waits=True)
            self._calls_of_host.ask(head, data)

    def _answer(self, data: bytes) -> None:
        if self._session is not None and self._home is not None:
            self._session.waits(waits=False)
            self._home.answer(data)

    def _post(self, event: bytes) -> None:
        if self._session is not None and self._loss is None:
            self._session.post(event)

    # -- its end

    def _lose(self, error: LostError) -> None:
        if self._loss is not None:
            return
        self._loss = error
        if self._session is not None:
            self._session.close()
        self._requests.fail_all(error)
        if not isinstance(error, VMDisposedError):
            self._tell(self._on_catastrophic_error, error)
        for library in reversed(self._attached):
            self._tell(library.dispose)
        if self._closing is not None:
            self._closing.set()
        self._tell(self._on_dispose)

    def _tell(self, hook: Callable[..., object] | None, *args: object) -> None:
        """Call one of the program's functions, which must not take the VM with it."""
        if hook is None:
            return
        try:
            hook(*args)
        except Exception as error:
            log.exception("%s raised", getattr(hook, "__qualname__", hook))
            if hook is not self._on_error:
                self._tell(self._on_error, error)
