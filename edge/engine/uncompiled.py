"""Compiling what V8 has left for the first call, one function after another.

V8 can be told to compile everything at once (`snapshot.compiling_ahead`), but then it forgets the names that it infers:
`module.exports = () => …` is "module.exports" in a stack trace only where it was compiled for itself.  Symbols of V8's
inside, as in `dll.py`: `Tagged<T>` is one word, `Handle<T>` the address of one.
"""

from __future__ import annotations

import ctypes
import functools
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.engine import dll, v8_api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Function = Callable[..., Any]

_Word, _Place = ctypes.c_size_t, ctypes.c_void_p
_CLEAR_EXCEPTION, _NO_SOURCE_POSITIONS = 1, 0
_COMPILED = 8  # v8::internal::IsCompiledScope::is_compiled_, in bytes from its beginning
_ROOM = 32  # words, more than any of the classes has

MOST = 0.1
"""Seconds after which the rest is left for the first call: functions inside of functions, a thousand deep, are read as
often as they are deep."""


class _Internals(NamedTuple):
    scripts: Function
    next_script: Function
    functions: Function
    next_function: Function
    is_compiled: Function
    compile: Function


_COMPILE = (
    "_ZN2v88internal8Compiler7CompileEPNS0_7IsolateENS0_6HandleINS0_18SharedFunctionInfoEEE"
    "NS1_18ClearExceptionFlagEPNS0_15IsCompiledScopeENS0_21CreateSourcePositionsE"
)

_SIGNATURES: dict[str, tuple[str, Any, list[Any]]] = {
    "scripts": ("_ZN2v88internal6Script8IteratorC1EPNS0_7IsolateE", None, [_Place, _Place]),
    "next_script": ("_ZN2v88internal6Script8Iterator4NextEv", _Word, [_Place]),
    "functions": (
        "_ZN2v88internal18SharedFunctionInfo14ScriptIteratorC1EPNS0_7IsolateENS0_6TaggedINS0_6ScriptEEE",
        None,
        [_Place, _Place, _Word],
    ),
    "next_function": ("_ZN2v88internal18SharedFunctionInfo14ScriptIterator4NextEv", _Word, [_Place]),
    "is_compiled": (
        "_ZN2v88internal15IsCompiledScopeC2ENS0_6TaggedINS0_18SharedFunctionInfoEEEPNS0_7IsolateE",
        None,
        [_Place, _Word, _Place],
    ),
    "compile": (
        _COMPILE,
        ctypes.c_bool,
        [_Place, _Place, ctypes.c_int, _Place, ctypes.c_int],
    ),
}


@functools.cache
def _internals() -> _Internals | None:
    library = dll.library()
    if any(dll.symbol(library, symbol) is None for symbol, _, _ in _SIGNATURES.values()):
        return None
    return _Internals(
        **{
            name: ctypes.CFUNCTYPE(result, *arguments)((symbol, library))
            for name, (symbol, result, arguments) in _SIGNATURES.items()
        }
    )


def count_scripts(isolate: int) -> int:
    """How many scripts the isolate has; those that come are behind them.  0 where V8 does not tell."""
    found = _internals()
    return 0 if found is None else sum(1 for _ in _scripts(found, isolate))


def compile_functions(isolate: int, first: int) -> int:
    """Compile all functions of its scripts from number `first` on; how many there were.

    For the thread that is in the isolate, in a v8::HandleScope.  A function that does not compile says so when it is
    called.  After MOST the rest stays as it is.
    """
    found, api = _internals(), v8_api.api()
    if found is None or api is None:
        return 0
    until = time.monotonic() + MOST
    # Compiling moves what is in the heap, so scripts are held by handles from here on.
    scripts = [api.keep(isolate, script) for number, script in enumerate(_scripts(found, isolate)) if number >= first]
    try:
        return sum(_compile_script(found, api, isolate, script, until) for script in scripts)
    finally:
        for script in scripts:
            api.drop(script)


def _scripts(found: _Internals, isolate: int) -> Iterator[int]:
    state = (_Word * _ROOM)()
    found.scripts(state, isolate)
    while script := found.next_script(state):
        yield script


def _compile_script(found: _Internals, api: v8_api.Api, isolate: int, script: int, until: float) -> int:
    state = (_Word * _ROOM)()
    found.functions(state, isolate, _Word.from_address(script).value)
    count = 0
    # Functions inside of others are numbered behind them, so that one pass finds what it brings to light itself.
    while time.monotonic() < until and (function := found.next_function(state)):
        count += _compile_function(found, api, isolate, function)
    return count


def _compile_function(found: _Internals, api: v8_api.Api, isolate: int, function: int) -> bool:
    scope = (_Word * _ROOM)()
    found.is_compiled(scope, function, isolate)
    if ctypes.c_bool.from_address(ctypes.addressof(scope) + _COMPILED).value:
        return False
    handle = api.keep(isolate, function)
    try:
        return bool(found.compile(isolate, handle, _CLEAR_EXCEPTION, scope, _NO_SOURCE_POSITIONS))
    finally:
        api.drop(handle)
