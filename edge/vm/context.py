"""Contexts: a global scope that scripts run in, with a sandbox of values that Python and the scripts share by copy."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

import msgspec
import trio

from edge.vm import protocol
from edge.vm.arguments import seconds_of
from edge.vm.engine import expect_trio
from edge.vm.errors import CrossingError, JavaScriptError, LostError, VMError, VMTimeoutError
from edge.vm.functions import HostFunction, VMFunction
from edge.vm.script import Script, without_runtime
from edge.vm.values.reader import MalformedError
from edge.vm.vm import VM

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping
    from types import TracebackType

    from edge.vm.arguments import Mode
    from edge.vm.library import Library
    from edge.vm.values.kinds import Limits
    from edge.vm.vm import OnError, Timeout

BACKSTOP = 0.5
"""Seconds after a script's own timeout at which the context is given up: what runs is no script any more."""
_TIMED_OUT = "ERR_SCRIPT_EXECUTION_TIMEOUT"


class Context:
    """Use within `async with`.  It has an isolate to itself: nothing in it reaches Python or another context.

    `sandbox` is a mapping of names to values.  Before each run its values become global variables, and after it,
    whatever it came to, the mapping holds what the scripts have made of them: new names, other values, names that are
    gone.
    Functions in it (`def` or `async def`) can be called by scripts; functions of scripts come back as VMFunction.  What
    cannot cross stays in the context, and the mapping as it was.  `let`, `const` and `class` at the top of a script are
    there for the next one, but not in the mapping.

    The other options are those of VM.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        sandbox: MutableMapping[str, Any] | None = None,
        *,
        libraries: Iterable[Library] = (),
        memory_limit: int | str = "64MiB",
        timeout: float | None = 30.0,
        mode: Mode | None = None,
        limits: Limits | None = None,
        webassembly: bool = False,
        on_error: OnError | None = None,
        on_catastrophic_error: OnError | None = None,
    ) -> None:
        self.sandbox: MutableMapping[str, Any] = {} if sandbox is None else sandbox
        self.timeout = seconds_of(timeout)
        self.vm = VM(
            libraries,
            memory_limit=memory_limit,
            timeout=None if timeout is None else timeout + BACKSTOP,
            mode=mode,
            limits=limits,
            webassembly=webassembly,
            on_error=on_error,
            on_catastrophic_error=on_catastrophic_error,
        )
        self.runs = 0
        self._sent: dict[str, bytes] = {}  # what the context has by these names, as it was written
        self._got: dict[str, bytes] = {}  # the same, as it was read
        self._functions: dict[str, tuple[object, HostFunction]] = {}  # of the sandbox, by name
        self._numbers: WeakKeyDictionary[Script, int] = WeakKeyDictionary()  # of scripts, in the VM
        self._dropped: list[int] = []  # numbers of scripts that nobody has any more
        self._lock = trio.Lock()

    async def __aenter__(self) -> Self:
        """Raises EngineCrashError."""
        await self.vm.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Dispose of it, and wait until nothing of it is left."""
        return await self.vm.__aexit__(kind, error, traceback)

    @property
    def is_disposed(self) -> bool:
        """Whether it is gone, by `dispose` or by what its scripts did."""
        return self.vm.is_disposed

    def dispose(self) -> None:
        """End it, whatever it does.  Never raises, and can be repeated."""
        self.vm.dispose()

    async def run(
        self,
        script: Script | str,
        *,
        timeout: Timeout = "default",  # noqa: ASYNC109 - a timeout ends the script, and at worst the context
        result: bool = True,
        filename: str = "evalmachine.<anonymous>",
    ) -> Any:
        """Run a script, and wait for its completion value, or for what it comes to when that is a promise.

        After `timeout` seconds the script is stopped and VMTimeoutError raised; the context goes on, unless what runs
        cannot be stopped by itself.  Without `result` the value may be anything, and None is returned.

        Raises JavaScriptError, CrossingError, VMTimeoutError, LostError.
        """
        if isinstance(script, str):
            script = Script(script, filename=filename)
        seconds = self.timeout if timeout == "default" else seconds_of(timeout)
        async with self._lock:
            self.runs += 1
            number = await self._number(script)
            done = await self._run(script, number, seconds, result=result)
            return self._take(bytes(done.value), script.filename, seconds)

    async def _number(self, script: Script) -> int:
        number = self._numbers.get(script)
        if number is None:
            number = self._numbers[script] = await script.compile_in(self.vm)
            weakref.finalize(script, self._dropped.append, number)
        return number

    async def _run(self, script: Script, number: int, seconds: float | None, *, result: bool) -> protocol.Done:
        set_, remove = self._changes()
        drop, self._dropped[:] = list(self._dropped), []
        milliseconds = 0 if seconds is None else max(seconds * 1000, 1)
        event = partial(
            protocol.script, script=number, set_=set_, remove=remove, drop=drop, timeout=milliseconds, wanted=result
        )
        return await self.vm.ask(event, None if seconds is None else seconds + BACKSTOP, script.filename)

    # -- the sandbox, on the way in

    def _changes(self) -> tuple[dict[str, bytes], list[str]]:
        """What is to be told.  Raises CrossingError, before anything has changed."""
        written = {name: self._write(name, value) for name, value in self.sandbox.items()}
        set_ = {name: text for name, text in written.items() if self._sent.get(name) != text}
        remove = [name for name in self._sent if name not in written]
        self._sent = written
        for name in set_:
            self._got.pop(name, None)
        return set_, remove

    def _write(self, name: str, value: Any) -> bytes:
        if not isinstance(name, str):
            raise CrossingError(f"a name of the sandbox is a {type(name).__name__} (text)")
        if callable(value) and not isinstance(value, (HostFunction, VMFunction)):
            known = self._functions.get(name)
            if known is None or known[0] is not value:
                known = self._functions[name] = (value, HostFunction(value, name=name))
            value = known[1]
        try:
            return self.vm.write(value)
        except CrossingError as error:
            raise CrossingError(f"{name} of the sandbox: {error.message}") from None

    # -- and on the way out

    def _take(self, text: bytes, filename: str, seconds: float | None) -> Any:
        outcome = _decode(text)
        self._update(outcome)
        if not bytes(outcome.error):
            return self.vm.read(bytes(outcome.value))
        error = self.vm.read(bytes(outcome.error))
        if not isinstance(error, JavaScriptError):
            raise MalformedError("it is no error")
        if error.properties.get("code") == _TIMED_OUT and seconds is not None:
            raise VMTimeoutError(f"{filename} did not finish within {seconds:g} s")
        raise without_runtime(error)

    def _update(self, outcome: _Outcome) -> None:
        """The mapping keeps its objects where they are still the same."""
        found = outcome.set.members
        for name, raw in found.items():
            text = bytes(raw)
            if self._got.get(name) == text:
                continue
            value = self.vm.read(text)
            self._got[name] = text
            if name not in self.sandbox or not _same(self.sandbox[name], value):
                self.sandbox[name] = value
                self._sent[name] = self._write(name, value)
        kept = {*found, *outcome.left}
        for name in [name for name in self._sent if name not in kept]:
            self.sandbox.pop(name, None)
            del self._sent[name]
            self._got.pop(name, None)


class _Members(msgspec.Struct, frozen=True):
    """`{"$": ["obj", {name: text}]}`: see values.writer."""

    words: tuple[str, dict[str, msgspec.Raw]] = msgspec.field(name="$")

    @property
    def members(self) -> dict[str, msgspec.Raw]:
        return self.words[1]


class _Outcome(msgspec.Struct, frozen=True):
    """What a script came to; see runtime/vm/scripts.js."""

    set: _Members
    left: list[str]
    value: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw()


_outcomes = msgspec.json.Decoder(_Outcome)


def _decode(text: bytes) -> _Outcome:
    try:
        return _outcomes.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"it is no outcome of a script: {error}") from error


def _same(mine: Any, theirs: Any) -> bool:
    """Whether a value that came back says nothing new: a tuple is a list there."""
    if isinstance(mine, tuple) and isinstance(theirs, list):
        mine = list(mine)
    return type(mine) is type(theirs) and bool(mine == theirs)


def create_context(sandbox: MutableMapping[str, Any] | None = None, **options: Any) -> Context:
    """Node's name for `Context(sandbox, ...)`."""
    return Context(sandbox, **options)


def is_context(value: object) -> bool:
    """Whether it is a Context."""
    return isinstance(value, Context)


async def run_in_context(code: str, context: Context, *, filename: str = "evalmachine.<anonymous>", **how: Any) -> Any:
    """Run source once; see Context.run."""
    return await Script(code, filename=filename).run_in_context(context, **how)


async def run_in_new_context(
    code: str,
    sandbox: MutableMapping[str, Any] | None = None,
    *,
    filename: str = "evalmachine.<anonymous>",
    timeout: Timeout = "default",  # noqa: ASYNC109 - see Context.run
    **options: Any,
) -> Any:
    """Run source in a context that is there for this run only; `options` are those of Context."""
    return await Script(code, filename=filename).run_in_new_context(sandbox, timeout=timeout, **options)


async def run_in_this_context(
    code: str,
    *,
    filename: str = "evalmachine.<anonymous>",
    timeout: Timeout = "default",  # noqa: ASYNC109 - see Context.run
) -> Any:
    """Run source in the one context that all of this Trio run share: its globals stay."""
    return await Script(code, filename=filename).run_in_this_context(timeout=timeout)


class _This:
    """The context that all of a Trio run share."""

    def __init__(self) -> None:
        self.ready = trio.Event()
        self.context: Context | None = None
        self.error: Exception | None = None

    async def serve(self) -> None:
        """Until the context is lost, or the program's main task has ended."""
        try:
            async with Context() as self.context:
                self.ready.set()
                await self.context.vm.wait_lost()
        except Exception as error:  # noqa: BLE001 - for whoever waits for it
            self.error = error
        finally:
            self.ready.set()


_this: trio.lowlevel.RunVar[_This | None] = trio.lowlevel.RunVar("edge.vm.this_context", None)


async def this_context() -> Context:
    """The context of `run_in_this_context`, made when it is needed first or was lost.  Raises EngineCrashError."""
    expect_trio()
    this = _this.get()
    if this is None or (this.ready.is_set() and (this.context is None or this.context.is_disposed)):
        this = _This()
        _this.set(this)
        trio.lowlevel.spawn_system_task(this.serve, name="edge.vm context")
    await this.ready.wait()
    if this.context is None or this.error is not None:
        raise this.error or VMError("the program is ending")
    return this.context


__all__ = [
    "Context",
    "LostError",
    "create_context",
    "is_context",
    "run_in_context",
    "run_in_new_context",
    "run_in_this_context",
    "this_context",
]
