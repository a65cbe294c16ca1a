"""Promises that are rejected while nobody handles them: V8 tells an embedder in C++, and nobody else.

V8 calls back when such a promise is rejected and when a handler comes after all; a promise that is handled in time
costs nothing.  The callback runs in the middle of a script, on the isolate's thread, and passes what it gets to the
function that the runtime has left in V8's extras binding (`runtime/bootstrap/extras.js`): about 10 us.

The symbols are V8's C++ ones, as in `dll.py` and `extras.py`; where they are missing, such promises go unnoticed.
"""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.engine import dll

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., int | None]

_HANDLE = ctypes.c_void_p
_PLACE = 0
"""Where the runtime's function is in the binding."""
_TRY_CATCH_WORDS = 16  # more than the class has


class _Message(ctypes.Structure):
    """v8::PromiseRejectMessage; it comes by value."""

    _fields_ = (("promise", _HANDLE), ("event", ctypes.c_int), ("value", _HANDLE))


_callback_type = ctypes.CFUNCTYPE(None, _Message)


class _Symbols(NamedTuple):
    current_isolate: Function
    current_context: Function
    binding: Function
    element: Function
    integer: Function
    call: Function
    catch: Function
    uncatch: Function
    set_callback: Function


_SIGNATURES: dict[str, tuple[str, Any, list[Any]]] = {
    "current_isolate": ("_ZN2v87Isolate10GetCurrentEv", _HANDLE, []),
    "current_context": ("_ZN2v87Isolate17GetCurrentContextEv", _HANDLE, [_HANDLE]),
    "binding": ("_ZN2v87Context22GetExtrasBindingObjectEv", _HANDLE, [_HANDLE]),
    "element": ("_ZN2v86Object3GetENS_5LocalINS_7ContextEEEj", _HANDLE, [_HANDLE, _HANDLE, ctypes.c_uint32]),
    "integer": ("_ZN2v87Integer3NewEPNS_7IsolateEi", _HANDLE, [_HANDLE, ctypes.c_int]),
    "call": (
        "_ZN2v88Function4CallENS_5LocalINS_7ContextEEENS1_INS_5ValueEEEiPS5_",
        _HANDLE,
        [_HANDLE, _HANDLE, _HANDLE, ctypes.c_int, ctypes.c_void_p],
    ),
    "catch": ("_ZN2v88TryCatchC1EPNS_7IsolateE", None, [ctypes.c_void_p, _HANDLE]),
    "uncatch": ("_ZN2v88TryCatchD1Ev", None, [ctypes.c_void_p]),
    "set_callback": (
        "_ZN2v87Isolate24SetPromiseRejectCallbackEPFvNS_20PromiseRejectMessageEE",
        None,
        [_HANDLE, _callback_type],
    ),
}


@functools.cache
def _symbols() -> _Symbols | None:
    """The functions, or None where this build of the library lacks one."""
    library = dll.library()
    found = {}
    for name, (symbol, result, arguments) in _SIGNATURES.items():
        if dll.symbol(library, symbol) is None:
            return None
        # A prototype of our own: a symbol that others declare too must not change under them.
        found[name] = ctypes.CFUNCTYPE(result, *arguments)((symbol, library))
    return _Symbols(**found)


def watch(isolate: int) -> None:
    """Have the isolate's runtime told of such promises from now on; the isolate's function must be in its place."""
    symbols = _symbols()
    if symbols is not None:
        symbols.set_callback(isolate, _callback)


def _tell(message: _Message) -> None:
    """The runtime's function must not throw here: near the end of the stack it cannot even be called."""
    symbols = _symbols()
    assert symbols is not None  # or there would be no callback
    isolate = symbols.current_isolate()
    context = symbols.current_context(isolate)
    function = symbols.element(symbols.binding(context), context, _PLACE)
    catcher = (ctypes.c_size_t * _TRY_CATCH_WORDS)()
    symbols.catch(catcher, isolate)
    try:
        if function:
            values = (_HANDLE * 3)(symbols.integer(isolate, message.event), message.promise, message.value)
            symbols.call(function, context, message.promise, 3 if message.value else 2, values)
    finally:
        symbols.uncatch(catcher)


_callback = _callback_type(_tell)
