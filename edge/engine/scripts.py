"""Scripts and contexts of one isolate: operations of the doorbell that only V8's API can carry out.

    script.compile  {name, line, column, source, cached?, eager?}, data: source and a sealed cache; {script, rejected?}
    script.run      {script, timeout?, context}; the value lies in the place
    script.cache    {script}; data: the sealed cache
    script.drop     {script}
    context.new     {strings}; the global object of a new context lies in the place

`timeout` in milliseconds.  With `context` the script runs in that of the global object in the other place.  What is
thrown lies in the place too, and the answer says `thrown`, with line and column of what is no script; `timeout` says
that time was up.  The places are elements of V8's extras binding (`runtime/bootstrap/extras.js`), so values go between
V8 and the runtime as they are.

A function's code reaches them by `node:vm` only; nothing that it gives is believed (see code_cache.py).
"""

from __future__ import annotations

import ctypes
import itertools
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from edge.engine import code_cache, dll, v8_api
from edge.engine.alarms import alarms
from edge.errors import HostCallError
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.v8_api import Api

RESULT, SUBJECT = 1, 2
"""Places; the first one (0) is that of rejections.py."""
CACHED = "script.cached"
"""The operation of the host that gives a code cache which it vouches for."""
MAX_SCRIPTS = 10_000
MAX_DEPTH = 30
"""Scripts that run scripts that run scripts: each takes native stack."""
MAX_OFFSET = 2**31 - 1
_BINDING = 0

_process_key = code_cache.new_key()


class _Compile(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    line: int
    column: int
    source: int  # bytes
    cached: str = ""  # where a cache comes from: "" none, "data" behind the source, "host" by `trusted`
    eager: bool = False  # compile the functions in it too


class _Run(msgspec.Struct, forbid_unknown_fields=True):
    script: int
    timeout: float = 0
    context: bool = False


class _Script(msgspec.Struct, forbid_unknown_fields=True):
    script: int


class _Context(msgspec.Struct, forbid_unknown_fields=True):
    strings: bool  # whether it may make code of text


class _Compiled(NamedTuple):
    handle: int
    source: bytes


def _nothing() -> None:
    """No host vouches for a cache."""


class Scripts:
    """`ops` are the operations.  `trusted` gives a cache that the host vouches for, where there is one who does.

    `stopped` tells whether the isolate is being terminated for good.
    """

    def __init__(
        self, stopped: Callable[[], bool] = lambda: False, trusted: Callable[[], bytes | None] | None = None
    ) -> None:
        self._stopped = stopped
        self._trusted = trusted or _nothing
        self._bare = trusted is not None
        self._scripts: dict[int, _Compiled] = {}
        self._numbers = itertools.count(1)
        self._depth = 0

    @property
    def ops(self) -> dict[str, Callable[[msgspec.Raw, bytes], Answer]]:
        """By name."""
        return {
            "script.compile": self._compile,
            "script.run": self._run,
            "script.cache": self._cache,
            "script.drop": self._drop,
            "context.new": _new_context,
        }

    def _compile(self, args: msgspec.Raw, data: bytes) -> Answer:
        wanted = arguments(_Compile, args)
        if not (-MAX_OFFSET <= wanted.line <= MAX_OFFSET and -MAX_OFFSET <= wanted.column <= MAX_OFFSET):
            raise HostCallError("a line or column out of range", js_class="RangeError")
        if len(self._scripts) >= MAX_SCRIPTS:
            raise HostCallError(f"more than {MAX_SCRIPTS} scripts are compiled", js_class="RangeError")
        found = _api()
        source = data[: max(wanted.source, 0)]
        cache = self._believed(wanted.cached, source, data[len(source) :])
        isolate = found.current_isolate()
        with _Catcher(found, isolate) as catcher:
            handle, rejected = _compiled(found, isolate, wanted, source, cache)
            if not handle:
                return catcher.thrown(where=True)
            number = next(self._numbers)
            self._scripts[number] = _Compiled(v8_api.kept(found, isolate, handle), source)
        value: dict[str, object] = {"script": number}
        if wanted.cached:
            value["rejected"] = cache is None or rejected
        return Answer(value)

    def _believed(self, where: str, source: bytes, sealed: bytes) -> bytes | None:
        if where == "host":
            return self._trusted()
        return code_cache.unseal(_process_key, build(), source, sealed) if where == "data" else None

    def _run(self, args: msgspec.Raw, data: bytes) -> Answer:
        del data
        wanted = arguments(_Run, args)
        script = self._known(wanted.script)
        if self._depth >= MAX_DEPTH:
            raise HostCallError("scripts run scripts too deep", js_class="RangeError")
        found = _api()
        isolate = found.current_isolate()
        self._depth += 1
        try:
            with _Catcher(found, isolate) as catcher:
                return self._run_in(found, isolate, script, wanted, catcher)
        finally:
            self._depth -= 1

    def _run_in(self, found: Api, isolate: int, script: _Compiled, wanted: _Run, catcher: _Catcher) -> Answer:
        main = found.current_context(isolate)
        context = _other(found, isolate, main) if wanted.context else main
        alarm = alarms.set(wanted.timeout / 1000, partial(found.terminate, isolate)) if wanted.timeout > 0 else None
        found.enter(context)
        try:
            bound = found.bind(script.handle)
            value = found.run(bound, context) if bound else None
        finally:
            found.leave(context)
            late = alarm is not None and alarm.stop()
        if value:
            if late and not self._stopped():
                found.cancel_termination(isolate)
            found.set_element(found.binding(main), main, RESULT, value)
            return Answer({})
        if not catcher.terminated:
            return catcher.thrown()
        if late and not self._stopped():
            found.cancel_termination(isolate)
            return Answer({"timeout": True})
        found.terminate(isolate)  # for what called the script too
        return Answer({"stopped": True})

    def _known(self, number: int) -> _Compiled:
        script = self._scripts.get(number)
        if script is None:
            raise HostCallError("there is no such script", js_class="TypeError")
        return script

    def _cache(self, args: msgspec.Raw, data: bytes) -> Answer:
        """For the host, which seals it itself, as it is."""
        del data
        script = self._known(arguments(_Script, args).script)
        cache = _produced(_api(), script.handle)
        return Answer(None, cache if self._bare else code_cache.seal(_process_key, build(), script.source, cache))

    def _drop(self, args: msgspec.Raw, data: bytes) -> Answer:
        del data
        script = self._scripts.pop(arguments(_Script, args).script, None)
        if script is not None:
            _api().drop(script.handle)
        return Answer()


def build() -> bytes:
    """Which V8 a code cache is of, and with which flags."""
    found = v8_api.api()
    tag = found.version_tag() if found is not None else 0
    return f"{dll.versions()} {tag}".encode()


def _api() -> Api:
    found = v8_api.api()
    if found is None:
        raise HostCallError("this build of V8 does not offer scripts and contexts", js_class="Error")
    return found


def _compiled(
    found: Api, isolate: int, wanted: _Compile, source: bytes, cache: bytes | None
) -> tuple[int | None, bool]:
    """The handle of a script, and whether V8 has refused its cache."""
    origin = v8_api.Source(
        text=v8_api.text(found, isolate, source),
        name=v8_api.text(found, isolate, wanted.name.encode("utf-8", "replace")),
        line=wanted.line,
        column=wanted.column,
    )
    if not origin.text or not origin.name:
        raise HostCallError("the source is too long", js_class="RangeError")
    if cache is None:
        options = v8_api.EAGER_COMPILE if wanted.eager else 0
        return found.compile(isolate, ctypes.addressof(origin), options, 0), False
    buffer = ctypes.create_string_buffer(cache, len(cache))
    cached = v8_api.CachedData(ctypes.addressof(buffer), len(cache), False, 0)
    origin.cached = ctypes.addressof(cached)
    handle = found.compile(isolate, ctypes.addressof(origin), v8_api.CONSUME_CODE_CACHE, 0)
    return handle, bool(cached.rejected)


def _produced(found: Api, script: int) -> bytes:
    """V8's own copy is freed; the few bytes of the object around it are not."""
    made = found.create_cache(script)
    if not made:
        return b""
    data = v8_api.CachedData.from_address(made)
    cache = ctypes.string_at(data.data, data.length)
    found.free_cache(made)
    return cache


def _other(found: Api, isolate: int, main: int) -> int:
    """The context of the global object that the runtime has put in its place."""
    subject = found.element(found.binding(main), main, SUBJECT)
    context: int | None = found.context_of(subject, isolate) if subject else None
    if not context:
        raise HostCallError("this is the global object of no context", js_class="TypeError")
    return context


def _new_context(args: msgspec.Raw, data: bytes) -> Answer:
    """Scripts of either context may touch objects of the other; promises that nobody handles are told as any."""
    del data
    wanted = arguments(_Context, args)
    found = _api()
    isolate = found.current_isolate()
    main = found.current_context(isolate)
    with _Catcher(found, isolate) as catcher:
        made = v8_api.fresh_context(found, isolate)
        if not made:
            return catcher.thrown()
        found.set_token(made, found.token(main))
        found.allow_code(made, wanted.strings)
        watcher = found.element(found.binding(main), main, _BINDING)
        if watcher:
            found.set_element(found.binding(made), made, _BINDING, watcher)
        found.set_element(found.binding(main), main, RESULT, found.global_object(made))
    return Answer({})


class _Catcher:
    """What a script throws, between entering and leaving."""

    def __init__(self, found: Api, isolate: int) -> None:
        self._found = found
        self._isolate = isolate
        self._words = (ctypes.c_size_t * v8_api.TRY_CATCH_WORDS)()

    def __enter__(self) -> Self:
        self._found.catch(self._words, self._isolate)
        return self

    def __exit__(self, *_: object) -> None:
        self._found.uncatch(self._words)

    @property
    def terminated(self) -> bool:
        """Execution was stopped; nothing was thrown."""
        return bool(self._found.has_terminated(self._words))

    def thrown(self, *, where: bool = False) -> Answer:
        """Leave it in its place; `where` asks for the line of a source that cannot be compiled."""
        found = self._found
        if self.terminated:
            found.terminate(self._isolate)
            return Answer({"stopped": True})
        main = found.current_context(self._isolate)
        value = found.exception(self._words)
        if not value:
            raise HostCallError("the script cannot be compiled or run", js_class="RangeError")
        place = v8_api.place(found, self._words, main) if where else None
        found.set_element(found.binding(main), main, RESULT, value)
        return Answer({"thrown": True} if place is None else {"thrown": True, "line": place[0], "column": place[1]})
