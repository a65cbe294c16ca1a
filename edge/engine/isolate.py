"""One V8 isolate: made from a snapshot, given turns, terminated, disposed.

Each isolate has a thread of its own, made by mini-racer.  `turn` only queues work there; results come
back on that thread through `on_result`.  Nothing here waits for user code except `dispose`, which waits
until a termination is noticed (V8 polls for it; some builtins never do, see SECURITY).

The runtime's `entry` function is called with the payload as `this`, which mini-racer passes as a string
without parsing any source, and with an empty argument list that was made before user code ran.
"""

from __future__ import annotations

import ctypes
import itertools
import queue
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from edge.engine import dll, extras, rejections, snapshot, v8_driver
from edge.engine.mailbox import Mailbox
from edge.engine.scripts import CACHED, Scripts
from edge.engine.text_place import TextPlace
from edge.errors import EngineCrashError
from edge.runtime.ops import of_isolate
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.mailbox import Passing, SyncOps

_KIND_BITS = 3
_EVALUATE, _TURN, _BELL, _REST = 1, 2, 3, 4
_HANDSHAKE_TIMEOUT = 10.0  # seconds; nothing but the runtime's own code runs in it

DEFAULT_HEAP = 512 * MIB
MAX_SEMI_SPACE = 8  # MiB
HEAP_SLACK = 64 * MIB
"""By how much a heap may grow each time it hits its limit, so that a termination can unwind instead of aborting."""

_USED_HEAP_SIZE, _EXTERNAL_MEMORY = 4, 7  # the fields' places in v8::HeapStatistics, in words
_HEAP_STATISTICS_WORDS = 32  # more than the structure has

_serials = itertools.count(1)
_isolates: dict[int, Isolate] = {}


def limit_next_heap(library: ctypes.CDLL, memory: int, young: int = 0, least: int | None = None) -> None:
    """Heap limit, in bytes, of the isolate that is made next; V8 reads the flags while it configures the heap.

    With `least` it may be lowered later, down to that.

    The limit is that of what survives.  Young objects come on top, in three spaces; those are kept small, or they
    would take most of a small memory.  They begin with `young` MiB (0: as little as V8 likes).
    """
    set_flags = dll.symbol(library, dll.SET_FLAGS)
    if set_flags is not None:
        megabytes = max(memory // MIB, 16)
        most = min(max((megabytes if least is None else least // MIB) // 32, 1), MAX_SEMI_SPACE)
        limits = b"--max-old-space-size=%d --max-semi-space-size=%d --min-semi-space-size=%d"
        set_flags(limits % (megabytes, most, young))


class Result(NamedTuple):
    """What came of one call: text, or a failure of the engine (`failed` names it)."""

    text: bytes
    failed: int = 0


class Limited(Protocol):
    """An isolate that a heap limit can stop."""

    out_of_memory: bool

    def heap_used(self) -> int: ...

    def terminate(self) -> None: ...


def _at_limit(isolate: Limited | None, current: int, initial: int) -> int:
    """On the isolate's thread, inside a collection that freed too little: stop, with room to unwind in.

    V8 asks here too when a buffer outside the heap was refused; that is a RangeError in the function.  An isolate that
    is being disposed of does not tell what it uses, and may still run: it needs the room as well.
    """
    if isolate is not None and 0 < isolate.heap_used() < current // 2:
        return current
    if isolate is not None:
        isolate.out_of_memory = True
        isolate.terminate()
    return max(current, initial) + HEAP_SLACK


def near_heap_limit(isolate: Limited) -> object:
    """A callback for one isolate, which must outlive it."""
    return dll.near_heap_limit_type(lambda _data, current, initial: _at_limit(isolate, current, initial))


def trusted(ops: SyncOps) -> Callable[[], bytes | None] | None:
    """What gives a code cache that the host vouches for, where it does."""
    ask = ops.get(CACHED)
    return (lambda: ask(msgspec.Raw(b"null"), b"").data or None) if ask is not None else None


_near_heap_limit_callback = dll.near_heap_limit_type(
    lambda serial, current, initial: _at_limit(_isolates.get(serial), current, initial)
)


@dll.callback_type
def _on_value(callback_id: int, raw_val_handle: dll.RawValue) -> None:
    isolate = _isolates.get(callback_id >> _KIND_BITS)
    if isolate is not None:
        kind = callback_id & ((1 << _KIND_BITS) - 1)
        isolate._receive(kind, raw_val_handle)  # noqa: SLF001 - the callback is part of the class


class Isolate:
    """A fresh isolate.  Making one blocks for 1 to 2.5 ms.

    `on_result` is called on the isolate's own thread, once for each call that `turn` queued.  `memory` is
    the limit of the heap in bytes: beyond it execution is terminated and `out_of_memory` is set (buffers
    outside the heap do not count).  Raises EngineCrashError when the runtime does not come up.
    """

    def __init__(
        self,
        blob: snapshot.Blob | None,
        ops: SyncOps,
        on_result: Callable[[Result], None],
        *,
        source: str = "",
        memory: int = DEFAULT_HEAP,
    ) -> None:
        self.on_result = on_result
        self.created = time.monotonic()
        self._blob = blob
        self._serial = next(_serials)
        self._library = dll.library()
        self._answers: queue.SimpleQueue[dll.RawValue] = queue.SimpleQueue()
        self._pointer: int | None = None
        self._clock: int | None = None
        self._box: Mailbox | None = None
        self._alive = threading.Lock()
        self._disposed = False
        self.uses = 0
        _isolates[self._serial] = self
        self.out_of_memory = self.terminated = False
        with snapshot.starting_from(blob):
            limit_next_heap(self._library, memory)
            self._context: int = self._library.mr_init_context(_on_value)
        try:
            self._shake_hands(ops, source)
        except BaseException:
            self.dispose()
            raise

    # -- what the host does

    def turn(self, payload: bytes) -> None:
        """Queue one call of the runtime with `payload`; b"" only drains."""
        self._call(self._string(payload), _TURN)

    def terminate(self) -> None:
        """Stop whatever runs, as soon as V8 notices.  Safe at any time, from any thread."""
        self.terminated = True
        with self._alive:
            if not self._disposed and self._pointer is not None:
                dll.symbol(self._library, dll.TERMINATE)(self._pointer)

    def cpu_time(self) -> float:
        """Seconds of CPU that the isolate's thread has used."""
        with self._alive:
            if self._disposed or self._clock is None:
                return 0.0
            return time.clock_gettime(self._clock)

    def heap_used(self) -> int:
        """Bytes of the heap in use, garbage included; for the isolate's own thread.  0 where V8 does not tell."""
        return self.memory_used()[0]

    def memory_used(self) -> tuple[int, int]:
        """The same, and the bytes of buffers outside the heap that its objects hold."""
        statistics = dll.symbol(self._library, dll.HEAP_STATISTICS)
        if statistics is None or self._pointer is None or self._disposed:
            return 0, 0
        words = (ctypes.c_size_t * _HEAP_STATISTICS_WORDS)()
        statistics(self._pointer, ctypes.addressof(words))
        return int(words[_USED_HEAP_SIZE]), int(words[_EXTERNAL_MEMORY])

    def collect_garbage(self) -> None:
        """Have it give back all memory that nothing needs, before what is queued after this; see DirectIsolate."""
        self._post(";", _REST)

    def on_out_of_memory(self, handler: object) -> None:
        """Call `handler` (a dll.oom_handler_type, kept alive by the caller) before V8 ends the process for memory."""
        if self._pointer is not None and dll.symbol(self._library, dll.OOM_HANDLER) is not None:
            dll.symbol(self._library, dll.OOM_HANDLER)(self._pointer, handler)

    def pass_on(self, passing: Passing) -> None:
        """Have some operations answered in another place, by requests as they are (see Mailbox)."""
        if self._box is not None:
            self._box.passing = passing

    def dispose(self) -> None:
        """Free everything.  Blocks for about 0.3 ms, or for as long as running code ignores termination."""
        with self._alive:
            if self._disposed:
                return
            self._disposed = True
        self._library.mr_free_context(self._context)
        _isolates.pop(self._serial, None)
        self._box = None

    # -- making

    def _shake_hands(self, ops: SyncOps, source: str) -> None:
        if source:
            self._evaluate(source)
        self._post("__edge")
        self._post("delete globalThis.__edge;[]")
        bell = self._library.mr_make_js_callback(self._context, self._id(_BELL))  # waits until both have run
        self._entry = self._wait(dll.Kind.FUNCTION)
        self._arguments = self._wait(dll.Kind.ARRAY)
        self._call(bell, _EVALUATE)
        box = self._wait(dll.Kind.SHARED_ARRAY_BUFFER).contents
        scripts = Scripts(lambda: self.terminated, trusted(ops))
        self._box = Mailbox(
            *(box.value.value_ptr, box.len, lambda: {**ops, **of_isolate(), **scripts.ops}),
            texts=TextPlace.of(self._pointer),
        )
        if dll.symbol(self._library, dll.ALLOW_ATOMICS_WAIT) is not None:
            dll.symbol(self._library, dll.ALLOW_ATOMICS_WAIT)(self._pointer, False)  # V8's signature

    def call(self, argument: str) -> str:
        """Call the runtime's entry with one string argument and wait: for reports of a build."""
        arguments = self._evaluate(f'["{argument}"]', dll.Kind.ARRAY)
        self._library.mr_call_function(self._context, self._entry, self._arguments, arguments, self._id(_EVALUATE))
        return self._text(self._wait(dll.Kind.STRING))

    def parse_error(self, source: str) -> str | None:
        """V8's report of a syntax error in `source` (`<anonymous>:LINE: SyntaxError: ...`), or None."""
        self._post(source)
        raw = self._answers.get(timeout=_HANDSHAKE_TIMEOUT)
        found = raw.contents.type
        text = self._text(raw)
        return text.split("\n", 1)[0] if found == dll.Kind.PARSE_ERROR else None

    def _evaluate(self, source: str, kind: int = 0) -> dll.RawValue:
        self._post(source)
        return self._wait(kind)

    def _post(self, source: str, kind: int = _EVALUATE) -> None:
        handle = self._string(source.encode("utf-8", "surrogatepass"))
        self._library.mr_eval(self._context, handle, self._id(kind))
        self._library.mr_free_value(self._context, handle)

    def _wait(self, kind: int) -> dll.RawValue:
        try:
            raw = self._answers.get(timeout=_HANDSHAKE_TIMEOUT)
        except queue.Empty:
            raise EngineCrashError(f"a new isolate did not answer within {_HANDSHAKE_TIMEOUT:g} s") from None
        found = raw.contents.type
        if found >= dll.Kind.EXECUTE_ERROR or (kind and found != kind):
            detail = self._text(raw) if found in (dll.Kind.EXECUTE_ERROR, dll.Kind.PARSE_ERROR) else f"type {found}"
            raise EngineCrashError(f"the runtime did not come up: {detail}")
        return raw

    # -- plumbing

    def _id(self, kind: int) -> int:
        return self._serial << _KIND_BITS | kind

    def _string(self, data: bytes) -> dll.RawValue:
        return self._library.mr_alloc_string_val(self._context, data, len(data), dll.Kind.STRING)

    def _text(self, raw: dll.RawValue) -> str:
        value = raw.contents
        has_text = value.type == dll.Kind.STRING or value.type >= dll.Kind.FIRST_ERROR
        text = ctypes.string_at(value.value.value_ptr, value.len) if has_text and value.len else b""
        self._library.mr_free_value(self._context, raw)
        return text.decode("utf-8", "replace")

    def _call(self, this: dll.RawValue, kind: int) -> None:
        self._library.mr_call_function(self._context, self._entry, this, self._arguments, self._id(kind))
        self._library.mr_free_value(self._context, this)

    def _receive(self, kind: int, raw: dll.RawValue) -> None:
        """On the isolate's thread: a result, or the bell."""
        if kind == _TURN:
            value = raw.contents
            text = (
                ctypes.string_at(value.value.value_ptr, value.len)
                if value.type == dll.Kind.STRING and value.len
                else b""
            )
            failed = value.type if value.type >= dll.Kind.FIRST_ERROR else 0
            self._library.mr_free_value(self._context, raw)
            self.on_result(Result(text, failed))
        elif kind == _BELL:
            if self._box is not None:
                self._box.ring()
            elif extras.install():
                self._watch_rejections()
            self._library.mr_free_value(self._context, raw)
        elif kind == _REST:
            self._library.mr_free_value(self._context, raw)
            if (driver := v8_driver.driver()) is not None and self._pointer is not None:
                driver.collect(self._pointer)
        else:
            self._learn_thread()
            self._answers.put(raw)

    def _watch_rejections(self) -> None:
        """The runtime takes the binding while it shakes hands, when there is no box yet."""
        self._learn_thread()
        if self._pointer is not None:
            rejections.watch(self._pointer)

    def _learn_thread(self) -> None:
        if self._pointer is None:
            if dll.symbol(self._library, dll.CURRENT_ISOLATE) is not None:
                self._pointer = dll.symbol(self._library, dll.CURRENT_ISOLATE)()
                dll.symbol(self._library, dll.NEAR_HEAP_LIMIT)(self._pointer, _near_heap_limit_callback, self._serial)
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
