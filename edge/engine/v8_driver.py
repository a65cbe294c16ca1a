"""V8's API for driving an isolate on the calling thread, without a thread of mini-racer's.

The symbols are V8's C++ ones, as in `dll.py`: `Local<T>` is one pointer; where one is missing, `driver()` is None.
`CreateParams` is filled by offset, so its size and defaults are checked before it is believed.
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
function_callback = ctypes.CFUNCTYPE(None, Handle)
"""v8::FunctionCallback; the argument is a v8::FunctionCallbackInfo."""

# v8::Isolate::CreateParams, in bytes from its beginning.
_PARAMS_SIZE = 0xA0
_SNAPSHOT, _ALLOCATOR, _ALLOW_ATOMICS_WAIT = 0x40, 0x60, 0x80
_ROOM = 0x400  # more than the class has

# v8::base::RandomNumberGenerator: the initial seed, then the two words of its state.
_RANDOM_STATE = 8
RANDOM_BYTES = 16

utf8_value = ctypes.c_size_t * 4
"""Room for a v8::String::Utf8Value: more than it has."""


class Driver(NamedTuple):
    """The functions."""

    init_params: Function
    allocator: Function
    new_isolate: Function
    enter: Function
    leave: Function
    leave_context: Function
    announce_end: Function
    dispose: Function
    next_handle: Function
    level: Function
    limit: Function
    delete_extensions: Function
    platform: Function
    pump: Function
    checkpoint: Function
    call: Function
    compile: Function
    new_function: Function
    open_text: Function
    close_text: Function
    shared_data: Function
    shared_length: Function
    collect: Function
    random: Function
    reset_random: Function


_NEW_FUNCTION = (
    "_ZN2v88Function3NewENS_5LocalINS_7ContextEEEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS1_INS_4DataEEE"
    "iNS_19ConstructorBehaviorENS_14SideEffectTypeE"
)

_SIGNATURES: dict[str, tuple[str, Any, list[Any]]] = {
    "init_params": ("_ZN2v87Isolate12CreateParamsC1Ev", None, [Handle]),
    "allocator": ("_ZN2v811ArrayBuffer9Allocator19NewDefaultAllocatorEv", Handle, []),
    "new_isolate": ("_ZN2v87Isolate3NewERKNS0_12CreateParamsE", Handle, [Handle]),
    "enter": ("_ZN2v87Isolate5EnterEv", None, [Handle]),
    "leave": ("_ZN2v87Isolate4ExitEv", None, [Handle]),
    "leave_context": ("_ZN2v87Context4ExitEv", None, [Handle]),
    "announce_end": (
        "_ZN2v88platform21NotifyIsolateShutdownEPNS_8PlatformEPNS_7IsolateE",
        None,
        [Handle, Handle],
    ),
    "dispose": ("_ZN2v87Isolate7DisposeEv", None, [Handle]),
    "next_handle": ("_ZN2v88internal11HandleScope20current_next_addressEPNS0_7IsolateE", Handle, [Handle]),
    "level": ("_ZN2v88internal11HandleScope21current_level_addressEPNS0_7IsolateE", Handle, [Handle]),
    "limit": ("_ZN2v88internal11HandleScope21current_limit_addressEPNS0_7IsolateE", Handle, [Handle]),
    "delete_extensions": ("_ZN2v88internal11HandleScope16DeleteExtensionsEPNS0_7IsolateE", None, [Handle]),
    "platform": ("_ZN2v88internal2V818GetCurrentPlatformEv", Handle, []),
    "pump": (
        "_ZN2v88platform15PumpMessageLoopEPNS_8PlatformEPNS_7IsolateENS0_19MessageLoopBehaviorE",
        ctypes.c_bool,
        [Handle, Handle, ctypes.c_int],
    ),
    "checkpoint": ("_ZN2v87Isolate26PerformMicrotaskCheckpointEv", None, [Handle]),
    "call": (
        "_ZN2v88Function4CallENS_5LocalINS_7ContextEEENS1_INS_5ValueEEEiPS5_",
        Handle,
        [Handle, Handle, Handle, ctypes.c_int, Handle],
    ),
    "compile": (
        "_ZN2v86Script7CompileENS_5LocalINS_7ContextEEENS1_INS_6StringEEEPNS_12ScriptOriginE",
        Handle,
        [Handle, Handle, Handle],
    ),
    "new_function": (
        _NEW_FUNCTION,
        Handle,
        [Handle, function_callback, Handle, ctypes.c_int, ctypes.c_int, ctypes.c_int],
    ),
    "open_text": ("_ZN2v86String9Utf8ValueC1EPNS_7IsolateENS_5LocalINS_5ValueEEE", None, [Handle, Handle, Handle]),
    "close_text": ("_ZN2v86String9Utf8ValueD1Ev", None, [Handle]),
    "shared_data": ("_ZNK2v817SharedArrayBuffer4DataEv", Handle, [Handle]),
    "shared_length": ("_ZNK2v817SharedArrayBuffer10ByteLengthEv", ctypes.c_size_t, [Handle]),
    "collect": ("_ZN2v87Isolate21LowMemoryNotificationEv", None, [Handle]),
    "random": ("_ZN2v88internal7Isolate23random_number_generatorEv", Handle, [Handle]),
    "reset_random": (
        "_ZN2v88internal10MathRandom12ResetContextENS0_6TaggedINS0_7ContextEEE",
        None,
        [ctypes.c_size_t],
    ),
}


@functools.cache
def driver() -> Driver | None:
    """The functions, or None where this build of the library lacks one or lays its structures out otherwise."""
    library = dll.library()
    if any(dll.symbol(library, symbol) is None for symbol, _, _ in _SIGNATURES.values()):
        return None
    # Prototypes of our own: a symbol that others declare too must not change under them.
    found = Driver(
        **{
            name: ctypes.CFUNCTYPE(result, *arguments)((symbol, library))
            for name, (symbol, result, arguments) in _SIGNATURES.items()
        }
    )
    return found if _as_expected(found) else None


def _as_expected(found: Driver) -> bool:
    """Whether CreateParams is what the offsets are of: all zero but for one flag, and no longer."""
    filled = ctypes.create_string_buffer(b"\xff" * _ROOM, _ROOM)
    found.init_params(filled)
    expected = bytearray(_PARAMS_SIZE)
    expected[_ALLOW_ATOMICS_WAIT] = 1
    words = bytes(filled)
    padding = slice(_ALLOW_ATOMICS_WAIT + 1, _ALLOW_ATOMICS_WAIT + 8)  # is left as it was
    return (
        words[: padding.start] == expected[: padding.start]
        and words[padding.stop : _PARAMS_SIZE] == expected[padding.stop :]
        and words[_PARAMS_SIZE:_ROOM] == b"\xff" * (_ROOM - _PARAMS_SIZE)
    )


def new_isolate(found: Driver, snapshot: dll.StartupData) -> int:
    """An isolate of a snapshot, which must stay where it is; the limits are those of V8's flags."""
    params = ctypes.create_string_buffer(_ROOM)
    found.init_params(params)
    address = ctypes.addressof(params)
    ctypes.c_size_t.from_address(address + _SNAPSHOT).value = ctypes.addressof(snapshot)
    ctypes.c_size_t.from_address(address + _ALLOCATOR).value = found.allocator()
    isolate: int = found.new_isolate(params)
    return isolate


def text_of(found: Driver, words: ctypes.Array[ctypes.c_size_t], isolate: int, value: int) -> bytes:
    """A value as a text, in UTF-8; `words` is a utf8_value."""
    found.open_text(words, isolate, value)
    text = ctypes.string_at(words[0], words[1]) if words[0] else b""
    found.close_text(words)
    return text


def reseed(generator: int, entropy: bytes) -> None:
    """Give a generator of V8's another state: 16 bytes, not all of them zero."""
    ctypes.memmove(generator + _RANDOM_STATE, entropy, RANDOM_BYTES)
