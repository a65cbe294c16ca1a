"""The only file that loads mini-racer's library and declares its symbols.

mini-racer's own C functions (`mr_*`) are declared by the package itself.  The C++ symbols below belong
to V8 and are exported by accident of the build: they hold for the pinned version of mini-racer alone,
and `snapshots_available` tells whether they are there and behave (see `snapshot.py`).
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from importlib import metadata, resources
from typing import Any, NamedTuple

from py_mini_racer import init_mini_racer
from py_mini_racer._dll import mr_callback_func

FLAGS = (
    "--single-threaded",
    "--no-verify-snapshot-checksum",
    "--no-freeze-flags-after-init",
    "--no-extensible-ro-snapshot",
    "--no-detect-ineffective-gcs-near-heap-limit",
    "--baseline-batch-compilation-threshold=32768",
    "--no-memory-protection-keys",
)
"""V8 flags.  Single-threaded: forked children have one thread; a background thread would be lost in them.

The read-only heap is shared by all isolates of a process and comes from the first one's snapshot, so no snapshot
may extend it: with the default, an isolate of a second package aborts the process (`index < size()`).

Ineffective collections: V8 would give up at 80 % of a heap's limit when collecting garbage takes more time than the
script.  Time has limits of its own here, and the memory was promised.

The threshold is eight times the default: an isolate of one request ends before code of its baseline compiler has paid
off (0.1 ms of a first answer); larger programs still get it, and what is hot is optimised as ever.

Memory protection keys (PKU), where the processor has them: only threads that are born of the one that has allocated a
key may touch what it protects.  A thread that was there before V8 came up ends the process when it makes an isolate.
"""

ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "en_US.UTF-8"}
"""Time zone and locale of every function."""

CREATE_SNAPSHOT = (
    "_ZN2v88internal30CreateSnapshotDataBlobInternalENS_15SnapshotCreator20FunctionCodeHandlingEPKc"
    "NS_4base5FlagsINS0_8Snapshot14SerializerFlagEiiEE"
)
DEFAULT_SNAPSHOT = "_ZN2v88internal8Snapshot19DefaultSnapshotBlobEv"
CURRENT_ISOLATE = "_ZN2v87Isolate10GetCurrentEv"
TERMINATE = "_ZN2v87Isolate18TerminateExecutionEv"
ALLOW_ATOMICS_WAIT = "_ZN2v87Isolate19SetAllowAtomicsWaitEb"

NEAR_HEAP_LIMIT = "_ZN2v87Isolate24AddNearHeapLimitCallbackEPFmPvmmES1_"
FORGET_HEAP_LIMIT = "_ZN2v87Isolate27RemoveNearHeapLimitCallbackEPFmPvmmEm"
SET_FLAGS = "_ZN2v82V818SetFlagsFromStringEPKc"
HEAP_STATISTICS = "_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE"
ENTROPY_SOURCE = "_ZN2v82V816SetEntropySourceEPFbPhmE"
OOM_HANDLER = "_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcRKNS_10OOMDetailsEE"

RawValue = Any
"""A `POINTER(RawValueHandle)`: ctypes has no static type for it."""

callback_type = mr_callback_func
entropy_type = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_size_t)
oom_handler_type = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_void_p)
near_heap_limit_type = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)

_lock = threading.Lock()


def _fill_with_entropy(address: int, size: int) -> bool:
    """V8's seeds from the kernel by system call: a sealed process cannot open /dev/urandom."""
    ctypes.memmove(address, os.urandom(size), size)
    return True


_entropy_callback = entropy_type(_fill_with_entropy)


class StartupData(ctypes.Structure):
    """v8::StartupData."""

    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_int))


class Kind:
    """Types of a value handle (mini-racer's value.h)."""

    NULL = 1
    BOOL = 2
    INTEGER = 3
    DOUBLE = 4
    STRING = 5
    ARRAY = 6
    OBJECT = 10
    UNDEFINED = 11
    FUNCTION = 100
    SHARED_ARRAY_BUFFER = 101
    EXECUTE_ERROR = 200
    PARSE_ERROR = 201
    OOM = 202
    TERMINATED = 204
    FIRST_ERROR = 200


class Versions(NamedTuple):
    """What a snapshot depends on."""

    mini_racer: str
    v8: str


def path() -> str:
    """Where the library is."""
    return str(resources.files("py_mini_racer") / "libmini_racer.so")


@functools.cache
def library() -> ctypes.CDLL:
    """The library with V8 initialised in this process; the first call costs about 100 ms.

    V8 takes time zone and locale from the process's environment when it needs them first.  Functions see the
    same everywhere, also where their snapshots are built.
    """
    with _lock:
        os.environ.update(ENVIRONMENT)
        handle = init_mini_racer(flags=FLAGS, ignore_duplicate_init=True)
    _declare(handle)
    if symbol(handle, ENTROPY_SOURCE) is not None:
        symbol(handle, ENTROPY_SOURCE)(_entropy_callback)
    return handle


def _declare(handle: ctypes.CDLL) -> None:
    signatures: dict[str, tuple[list[Any], Any]] = {
        CREATE_SNAPSHOT: ([ctypes.c_int, ctypes.c_char_p, ctypes.c_int], StartupData),
        DEFAULT_SNAPSHOT: ([], ctypes.POINTER(StartupData)),
        CURRENT_ISOLATE: ([], ctypes.c_void_p),
        TERMINATE: ([ctypes.c_void_p], None),
        ALLOW_ATOMICS_WAIT: ([ctypes.c_void_p, ctypes.c_bool], None),
        NEAR_HEAP_LIMIT: ([ctypes.c_void_p, near_heap_limit_type, ctypes.c_void_p], None),
        FORGET_HEAP_LIMIT: ([ctypes.c_void_p, near_heap_limit_type, ctypes.c_size_t], None),
        SET_FLAGS: ([ctypes.c_char_p], None),
        HEAP_STATISTICS: ([ctypes.c_void_p, ctypes.c_void_p], None),
        ENTROPY_SOURCE: ([entropy_type], None),
        OOM_HANDLER: ([ctypes.c_void_p, oom_handler_type], None),
    }
    for name, (arguments, result) in signatures.items():
        function = symbol(handle, name)
        if function is not None:
            function.argtypes = arguments
            function.restype = result


def symbol(handle: ctypes.CDLL, name: str) -> Any:
    """A symbol, or None where this build of the library does not export it."""
    try:
        return getattr(handle, name)
    except AttributeError:
        return None


@functools.cache
def versions() -> Versions:
    """Versions of mini-racer and V8."""
    return Versions(metadata.version("mini-racer"), library().mr_v8_version().decode())
