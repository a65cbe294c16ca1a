"""Functions that cross, by handles: those of the host that a VM may call, and those of the VM that the host may."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from edge.vm.errors import CrossingError, JavaScriptError
from edge.vm.values.reader import read_value
from edge.vm.values.writer import write_error, write_value

if TYPE_CHECKING:
    from edge.vm.values.kinds import Limits
    from edge.vm.vm import VM

MAX_FUNCTIONS = 10_000
"""Of the host, in one VM."""

MAX_PENDING = 1000
"""Calls of one VM that the host is busy with at once."""


class HostFunction:
    """A handle for a function of the host: as an argument or result it is a function in the VM.

    `waits`: the VM's code waits for the answer, instead of getting a promise; None: it does for what is not
    `async def`.  `timeout`: seconds that an `async def` may take.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str = "",
        waits: bool | None = None,
        timeout: float | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(
                f"{name or 'a function of the host'} is a {type(function).__name__}, which cannot be called"
            )
        self.function = function
        self.name = name or getattr(function, "__name__", "")
        self.waits = not is_async(function) if waits is None else waits
        self.timeout = timeout


class VMFunction:
    """A handle for a function of a VM: what `run` returns in the place of functions.  Await a call of it.

    Given back to its VM, it is the function again.
    """

    def __init__(self, vm: VM, number: int) -> None:
        self.vm = vm
        self.number = number

    async def __call__(self, *args: Any) -> Any:
        """What the function returns, or what its promise comes to.  Raises as VM.call does."""
        return await self.vm.call(self, *args)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VMFunction) and (other.vm, other.number) == (self.vm, self.number)

    def __hash__(self) -> int:
        return hash((id(self.vm), self.number))


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a call of it is to be awaited."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


class HostFunctions:
    """All functions of the host that one VM may call, by number.  Nothing here raises but what the program means to."""

    def __init__(self, vm: VM, limits: Limits) -> None:
        self._vm = vm
        self._limits = limits
        self._functions: list[HostFunction] = []
        self._numbers: dict[int, int] = {}  # of HostFunctions, by id: they are kept, so ids are not used again
        self.calls = 0
        self.pending = 0

    def number(self, function: HostFunction) -> int:
        """Its number, a new one when it has none.  Raises CrossingError."""
        number = self._numbers.get(id(function))
        if number is None:
            if len(self._functions) >= MAX_FUNCTIONS:
                raise CrossingError(f"a VM gets at most {MAX_FUNCTIONS} functions of the host")
            number = self._numbers[id(function)] = len(self._functions)
            self._functions.append(function)
        return number

    def handle(self, value: Any) -> list[Any] | None:
        """The words for a function that crosses (see values.writer)."""
        if isinstance(value, HostFunction):
            return ["host", self.number(value), value.name, value.waits]
        if isinstance(value, VMFunction):
            if value.vm is not self._vm:
                raise CrossingError("a function of another VM cannot cross: call it from the host")
            return ["fn", value.number]
        return None

    def write(self, value: Any) -> bytes:
        """Text of a value for the VM.  Raises CrossingError."""
        return write_value(value, self._limits, self.handle)

    def prepare(self, number: int, args: bytes) -> Awaitable[bytes] | bytes | Exception:
        """Begin a call: what is to be awaited, or else the text of the result, or what went wrong.

        Raises MalformedError when a VM's code has made up the call.
        """
        if not 0 <= number < len(self._functions):
            return CrossingError("there is no such function of the host")
        if self.pending >= MAX_PENDING:
            return CrossingError(f"more than {MAX_PENDING} host calls at once")
        function = self._functions[number]
        self.calls += 1
        try:
            given = read_value(args, self._limits, partial(VMFunction, self._vm))
            if not isinstance(given, list):
                return CrossingError("arguments are a list")
            result = function.function(*given)
            if inspect.isawaitable(result):
                return self._finish(function, result)
            return self.write(result)
        except Exception as error:  # noqa: BLE001 - whatever it is, the VM's code hears of it
            return error

    async def _finish(self, function: HostFunction, result: Awaitable[Any]) -> bytes:
        self.pending += 1
        try:
            if function.timeout is None:
                return self.write(await result)
            with trio.fail_after(function.timeout):
                return self.write(await result)
        finally:
            self.pending -= 1


def error_text(error: BaseException) -> bytes:
    """Text of what went wrong in the host, for the VM's code."""
    if isinstance(error, CrossingError):
        error = JavaScriptError("TypeError", error.message)
    return write_error(error)
