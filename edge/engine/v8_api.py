"""V8's API for scripts and contexts, called inside a callback from an isolate's script, on its thread.

Handles made there die with the callback, but for those that `keep` makes.  The symbols are V8's C++ ones, as in
`dll.py`: `Local<T>` is one pointer, `Maybe<bool>` two bytes; where one is missing, `api()` is None.
"""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.engine import dll

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., Any]

Handle = ctypes.c_void_p
TRY_CATCH_WORDS = 16  # more than the class has
CONSUME_CODE_CACHE, EAGER_COMPILE = 1, 2  # v8::ScriptCompiler::CompileOptions
_MORE = 32  # words behind the fields that are known


class CachedData(ctypes.Structure):
    """v8::ScriptCompiler::CachedData."""

    _fields_ = (("data", Handle), ("length", ctypes.c_int), ("rejected", ctypes.c_bool), ("policy", ctypes.c_int))


class Source(ctypes.Structure):
    """v8::ScriptCompiler::Source: text and origin; what else it has is left at zero."""

    _fields_ = (
        ("text", Handle),
        ("name", Handle),
        ("line", ctypes.c_int),
        ("column", ctypes.c_int),
        ("options", ctypes.c_int),
        ("source_map", Handle),
        ("host_options", Handle),
        ("cached", Handle),
        ("task", Handle),
        ("more", ctypes.c_uint64 * _MORE),
    )


class _Callback(ctypes.Structure):
    """A function and its data, by value."""

    _fields_ = (("function", Handle), ("data", Handle))


class Api(NamedTuple):
    """The functions."""

    current_isolate: Function
    current_context: Function
    new_string: Function
    compile: Function
    bind: Function
    run: Function
    create_cache: Function
    free_cache: Function
    version_tag: Function
    catch: Function
    uncatch: Function
    exception: Function
    has_terminated: Function
    message: Function
    line: Function
    column: Function
    terminate: Function
    cancel_termination: Function
    binding: Function
    element: Function
    set_element: Function
    keep: Function
    drop: Function
    new_context: Function
    global_object: Function
    context_of: Function
    enter: Function
    leave: Function
    allow_code: Function
    token: Function
    set_token: Function


_COMPILE = (
    "_ZN2v814ScriptCompiler20CompileUnboundScriptEPNS_7IsolateEPNS0_6SourceENS0_14CompileOptionsENS0_13NoCacheReasonE"
)
_NEW_CONTEXT = (
    "_ZN2v87Context3NewEPNS_7IsolateEPNS_22ExtensionConfigurationENS_10MaybeLocalINS_14ObjectTemplateEEE"
    "NS5_INS_5ValueEEENS_33DeserializeInternalFieldsCallbackEPNS_14MicrotaskQueueE"
    "NS_30DeserializeContextDataCallbackENS_29DeserializeAPIWrapperCallbackE"
)

_SIGNATURES: dict[str, tuple[str, Any, list[Any]]] = {
    "current_isolate": ("_ZN2v87Isolate10GetCurrentEv", Handle, []),
    "current_context": ("_ZN2v87Isolate17GetCurrentContextEv", Handle, [Handle]),
    "new_string": (
        "_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi",
        Handle,
        [Handle, ctypes.c_char_p, ctypes.c_int, ctypes.c_int],
    ),
    "compile": (
        _COMPILE,
        Handle,
        [Handle, Handle, ctypes.c_int, ctypes.c_int],
    ),
    "bind": ("_ZN2v813UnboundScript20BindToCurrentContextEv", Handle, [Handle]),
    "run": ("_ZN2v86Script3RunENS_5LocalINS_7ContextEEE", Handle, [Handle, Handle]),
    "create_cache": ("_ZN2v814ScriptCompiler15CreateCodeCacheENS_5LocalINS_13UnboundScriptEEE", Handle, [Handle]),
    "free_cache": ("_ZN2v814ScriptCompiler10CachedDataD1Ev", None, [Handle]),
    "version_tag": ("_ZN2v814ScriptCompiler20CachedDataVersionTagEv", ctypes.c_uint32, []),
    "catch": ("_ZN2v88TryCatchC1EPNS_7IsolateE", None, [Handle, Handle]),
    "uncatch": ("_ZN2v88TryCatchD1Ev", None, [Handle]),
    "exception": ("_ZNK2v88TryCatch9ExceptionEv", Handle, [Handle]),
    "has_terminated": ("_ZNK2v88TryCatch13HasTerminatedEv", ctypes.c_bool, [Handle]),
    "message": ("_ZNK2v88TryCatch7MessageEv", Handle, [Handle]),
    "line": ("_ZNK2v87Message13GetLineNumberENS_5LocalINS_7ContextEEE", ctypes.c_uint64, [Handle, Handle]),
    "column": ("_ZNK2v87Message14GetStartColumnEv", ctypes.c_int, [Handle]),
    "terminate": (dll.TERMINATE, None, [Handle]),
    "cancel_termination": ("_ZN2v87Isolate24CancelTerminateExecutionEv", None, [Handle]),
    "binding": ("_ZN2v87Context22GetExtrasBindingObjectEv", Handle, [Handle]),
    "element": ("_ZN2v86Object3GetENS_5LocalINS_7ContextEEEj", Handle, [Handle, Handle, ctypes.c_uint32]),
    # Not `Set`: that would run a setter, should user code have left one on Object.prototype.
    "set_element": (
        "_ZN2v86Object18CreateDataPropertyENS_5LocalINS_7ContextEEEjNS1_INS_5ValueEEE",
        ctypes.c_uint16,
        [Handle, Handle, ctypes.c_uint32, Handle],
    ),
    "keep": ("_ZN2v812api_internal18GlobalizeReferenceEPNS_8internal7IsolateEm", Handle, [Handle, ctypes.c_size_t]),
    "drop": ("_ZN2v812api_internal13DisposeGlobalEPm", None, [Handle]),
    "new_context": (
        _NEW_CONTEXT,
        Handle,
        [Handle, Handle, Handle, Handle, _Callback, Handle, _Callback, _Callback],
    ),
    "global_object": ("_ZN2v87Context6GlobalEv", Handle, [Handle]),
    "context_of": ("_ZN2v86Object18GetCreationContextEPNS_7IsolateE", Handle, [Handle, Handle]),
    "enter": ("_ZN2v87Context5EnterEv", None, [Handle]),
    "leave": ("_ZN2v87Context4ExitEv", None, [Handle]),
    "allow_code": ("_ZN2v87Context30AllowCodeGenerationFromStringsEb", None, [Handle, ctypes.c_bool]),
    "token": ("_ZN2v87Context16GetSecurityTokenEv", Handle, [Handle]),
    "set_token": ("_ZN2v87Context16SetSecurityTokenENS_5LocalINS_5ValueEEE", None, [Handle, Handle]),
}


@functools.cache
def api() -> Api | None:
    """The functions, or None where this build of the library lacks one."""
    library = dll.library()
    if any(dll.symbol(library, symbol) is None for symbol, _, _ in _SIGNATURES.values()):
        return None
    # Prototypes of our own: a symbol that others declare too must not change under them.
    return Api(
        **{
            name: ctypes.CFUNCTYPE(result, *arguments)((symbol, library))
            for name, (symbol, result, arguments) in _SIGNATURES.items()
        }
    )


def place(found: Api, words: object, context: int) -> tuple[int, int] | None:
    """Line and column, from 1, of what a v8::TryCatch has caught."""
    message = found.message(words)
    if not message:
        return None
    line = int(found.line(message, context))  # v8::Maybe<int>: whether there is one, then the number
    return (line >> 32, int(found.column(message)) + 1) if line & 1 else None


def text(found: Api, isolate: int, data: bytes) -> int | None:
    """A string of the isolate; None when it is too long."""
    made: int | None = found.new_string(isolate, data, 0, len(data))
    return made


def kept(found: Api, isolate: int, local: int) -> int:
    """A handle that outlives the callback, until `drop`."""
    address = ctypes.c_size_t.from_address(local).value
    made: int = found.keep(isolate, address)
    return made


def fresh_context(found: Api, isolate: int) -> int | None:
    """A new context, as the isolate's snapshot has it."""
    nothing = _Callback()
    made: int | None = found.new_context(isolate, None, None, None, nothing, None, nothing, nothing)
    return made
