"""V8's extras binding: functions for embedders that no script can name.

Two of them read and set the value that V8 carries along promise jobs and awaits, which tells the runtime
whose code runs (`runtime/bootstrap/async_context.js`); and the object itself is a place that both C++ and the
runtime know, and nobody else (`rejections.py`).  V8 gives it to C++ alone, so it is laid on the global object for
a moment, before user code runs; the runtime takes it away.

The symbols are V8's C++ ones, as in `dll.py`: `Local<T>` is one pointer, `Maybe<bool>` two bytes.
"""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.engine import dll

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., int | None]

PROPERTY = b"__edge_extras"
"""Where the runtime looks for the binding (`runtime/bootstrap/globals.js`)."""

_JUST_TRUE = 0x0101
_INTERNALIZED = 1
_HANDLE = ctypes.c_void_p


class _Symbols(NamedTuple):
    current_isolate: Function
    current_context: Function
    binding: Function
    global_object: Function
    new_string: Function
    create_property: Function


_SIGNATURES: dict[str, tuple[str, Any, list[Any]]] = {
    "current_isolate": ("_ZN2v87Isolate10GetCurrentEv", _HANDLE, []),
    "current_context": ("_ZN2v87Isolate17GetCurrentContextEv", _HANDLE, [_HANDLE]),
    "binding": ("_ZN2v87Context22GetExtrasBindingObjectEv", _HANDLE, [_HANDLE]),
    "global_object": ("_ZN2v87Context6GlobalEv", _HANDLE, [_HANDLE]),
    "new_string": (
        "_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi",
        _HANDLE,
        [_HANDLE, ctypes.c_char_p, ctypes.c_int, ctypes.c_int],
    ),
    # Not `Set`: that would run a setter, should a package have left one there.
    "create_property": (
        "_ZN2v86Object18CreateDataPropertyENS_5LocalINS_7ContextEEENS1_INS_4NameEEENS1_INS_5ValueEEE",
        ctypes.c_uint16,
        [_HANDLE, _HANDLE, _HANDLE, _HANDLE],
    ),
}


@functools.cache
def _symbols() -> _Symbols | None:
    """The functions, or None where this build of the library lacks one."""
    library = dll.library()
    found = {}
    for name, (symbol, result, arguments) in _SIGNATURES.items():
        function = dll.symbol(library, symbol)
        if function is None:
            return None
        function.restype, function.argtypes = result, arguments
        found[name] = function
    return _Symbols(**found)


def install() -> bool:
    """Lay the binding on the caller's global object (about 5 us); false when it cannot be had.

    To be called inside a callback from the isolate's script, on its thread: a context is entered there, and the
    handles made here die with the callback.
    """
    symbols = _symbols()
    isolate = symbols.current_isolate() if symbols is not None else None
    context = symbols.current_context(isolate) if symbols is not None and isolate else None
    if symbols is None or not context:
        return False
    name = symbols.new_string(isolate, PROPERTY, _INTERNALIZED, len(PROPERTY))
    made = symbols.create_property(symbols.global_object(context), context, name, symbols.binding(context))
    return made == _JUST_TRUE
