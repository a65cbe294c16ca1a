"""An isolate that the calling thread drives itself: no thread of its own, no hand-over, no waiting.

What `Isolate` does for many at once, this does for the one that a cell runs at a time (edge.cell.home): `turn` returns
when the code has run.  Everything but `terminate` and `cpu_time` belongs to the thread that made it.
"""

from __future__ import annotations

import ctypes
import threading
import time
from typing import TYPE_CHECKING

from edge.engine import dll, extras, rejections, uncompiled, v8_api, v8_driver
from edge.engine.isolate import Result, limit_next_heap, near_heap_limit, trusted
from edge.engine.mailbox import Mailbox
from edge.engine.scripts import Scripts
from edge.engine.text_place import TextPlace
from edge.errors import EngineCrashError
from edge.runtime.ops import of_isolate
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.mailbox import Passing, SyncOps
    from edge.engine.snapshot import Blob

_DO_NOT_WAIT = 0  # v8::platform::MessageLoopBehavior
_THROW, _HAS_SIDE_EFFECT = 0, 0  # v8::ConstructorBehavior, v8::SideEffectType
YOUNG = 1  # MiB of young objects that need no more memory to be mapped
_TASKS = 10_000  # of V8's own that one turn may run
_HEAP_STATISTICS_WORDS = 32  # more than the structure has
_USED_HEAP_SIZE, _EXTERNAL_MEMORY = 4, 7  # its fields' places, in words


class DirectIsolate:
    """Made from a snapshot, for ever; blocks for 1 to 3 ms.  Raises EngineCrashError."""

    def __init__(self, blob: Blob, *, memory: int, least: int | None = None) -> None:
        """With a heap of at most `memory` bytes; with `least`, it may be lowered to that (see `limit_heap`)."""
        driver, api = v8_driver.driver(), v8_api.api()
        if driver is None or api is None:
            raise EngineCrashError("this build of V8 cannot be driven directly")
        self._driver, self._api = driver, api
        self.out_of_memory = self.terminated = False
        self._library = dll.library()
        self._blob = blob
        self._data = dll.StartupData(blob.address, blob.size)
        self._box: Mailbox
        self._boxed = False  # it is that of this invocation
        self._make_ops: Callable[[], SyncOps] = dict
        self._make_passing: Callable[[], Passing | None] = lambda: None
        self._shaken = False
        self._guard = threading.Lock()  # V8 is told to stop by other threads
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._catcher = (ctypes.c_size_t * v8_api.TRY_CATCH_WORDS)()
        self._text = v8_driver.utf8_value()
        self._statistics = (ctypes.c_size_t * _HEAP_STATISTICS_WORDS)()
        self._make(memory, least)
        self._shake_hands()

    def inherited(self) -> None:
        """In a child of the process that made it, before anything else: this thread drives it from now on."""
        self._guard = threading.Lock()
        self._clock = time.pthread_getcpuclockid(threading.get_ident())

    def limit_heap(self, memory: int) -> None:
        """A heap of `memory` bytes, which cannot be more than what it was made with."""
        dll.symbol(self._library, dll.FORGET_HEAP_LIMIT)(self.pointer, self._heap_limit, max(memory // MIB, 16) * MIB)
        dll.symbol(self._library, dll.NEAR_HEAP_LIMIT)(self.pointer, self._heap_limit, 0)

    def begin(self, make_ops: Callable[[], SyncOps], make_passing: Callable[[], Passing | None] = lambda: None) -> None:
        """What comes is of a new invocation: with operations that are made when the first one is asked for.

        So is who answers some of them in another place (see Mailbox).
        """
        self.out_of_memory = self.terminated = False
        if self._boxed:
            self._box.begin(dict, None)  # what was kept for the last one goes
        self._boxed, self._make_ops, self._make_passing = False, make_ops, make_passing

    def turn(self, payload: bytes) -> Result:
        """One call of the runtime with `payload`; b"" only drains."""
        driver, isolate = self._driver, self.pointer
        handles, limit = self._next.value, self._limit.value
        driver_api = self._api
        driver_api.catch(self._catcher, isolate)
        this = driver_api.new_string(isolate, payload, 0, len(payload))
        value = driver.call(self._entry, self._context, this, 0, None) if this else None
        result = self._failed() if value is None else Result(self._read(value))
        driver_api.uncatch(self._catcher)
        self._release(handles, limit)
        return result

    def run_tasks(self) -> bool:
        """Do what V8 has put off, such as compiling WebAssembly or calling finalizers; whether there was anything."""
        handles, limit = self._next.value, self._limit.value
        ran = 0
        while ran < _TASKS and not self.terminated and self._driver.pump(self._platform, self.pointer, _DO_NOT_WAIT):
            self._driver.checkpoint(self.pointer)
            ran += 1
        self._release(handles, limit)
        return ran > 0

    def command(self, *words: str) -> str:
        """Call the runtime with strings as its arguments, which is for its own code; what it gives, as a text."""
        handles, limit = self._next.value, self._limit.value
        found = self._api
        found.catch(self._catcher, self.pointer)
        strings = [found.new_string(self.pointer, word.encode(), 0, len(word.encode())) for word in words]
        arguments = (v8_driver.Handle * len(words))(*strings)
        value = self._driver.call(self._entry, self._context, strings[0], len(words), arguments)
        text = "" if value is None else self._read(value).decode("utf-8", "replace")
        found.uncatch(self._catcher)
        self._release(handles, limit)
        if value is None:
            raise EngineCrashError(f"the runtime refused {words[0]!r}")
        return text

    def count_scripts(self) -> int:
        """How many scripts it has; see `compile_functions`."""
        return uncompiled.count_scripts(self.pointer)

    def compile_functions(self, first: int) -> int:
        """Compile what is not compiled of the scripts from number `first` on; how many functions there were."""
        handles, limit = self._next.value, self._limit.value
        count = uncompiled.compile_functions(self.pointer, first)
        self._release(handles, limit)
        return count

    def terminate(self) -> None:
        """Stop whatever runs, as soon as V8 notices.  Safe at any time, from any thread."""
        with self._guard:
            self.terminated = True
            self._api.terminate(self.pointer)

    def cpu_clock(self) -> float:
        """Seconds of CPU of the thread that drives it, since the thread began; from any thread."""
        return time.clock_gettime(self._clock)

    def heap_used(self) -> int:
        """Bytes of the heap in use, garbage included."""
        return self.memory_used()[0]

    def memory_used(self) -> tuple[int, int]:
        """The same, and the bytes of buffers outside the heap that its objects hold."""
        words = self._statistics
        dll.symbol(self._library, dll.HEAP_STATISTICS)(self.pointer, words)
        return int(words[_USED_HEAP_SIZE]), int(words[_EXTERNAL_MEMORY])

    def collect_garbage(self) -> None:
        """Give back all memory that nothing needs, for about 15 ms of CPU; code that was not used lately goes too."""
        self._driver.collect(self.pointer)

    def on_out_of_memory(self, handler: object) -> None:
        """See Isolate."""
        dll.symbol(self._library, dll.OOM_HANDLER)(self.pointer, handler)

    def forget_random(self) -> None:
        """Numbers that V8 has drawn ahead for Math.random are not kept in an image."""
        self._driver.reset_random(ctypes.c_size_t.from_address(self._context).value)

    def rewound(self, entropy: bytes) -> None:
        """V8's memory is as it was at some time before: other randomness from here on (16 bytes)."""
        v8_driver.reseed(self._generator, entropy)

    def dispose(self) -> None:
        """Give all of its memory back (1 ms, more with a large heap); it cannot be used any more."""
        driver = self._driver
        driver.leave_context(self._context)
        ctypes.c_int.from_address(driver.level(self.pointer)).value -= 1
        driver.announce_end(self._platform, self.pointer)
        driver.leave(self.pointer)
        driver.dispose(self.pointer)

    @property
    def guard(self) -> threading.Lock:
        """Held while its memory changes under it, so that nobody stops it meanwhile."""
        return self._guard

    # -- making

    def _make(self, memory: int, least: int | None) -> None:
        driver, found = self._driver, self._api
        limit_next_heap(self._library, memory, YOUNG, least)
        self.pointer: int = v8_driver.new_isolate(driver, self._data)
        driver.enter(self.pointer)
        self._next = ctypes.c_size_t.from_address(driver.next_handle(self.pointer))
        self._limit = ctypes.c_size_t.from_address(driver.limit(self.pointer))
        ctypes.c_int.from_address(driver.level(self.pointer)).value += 1  # a scope that is never left
        self._platform: int = driver.platform()
        self._generator: int = driver.random(self.pointer)
        context = v8_api.fresh_context(found, self.pointer)
        if not context:
            raise EngineCrashError("V8 made no context of the snapshot")
        self._context: int = v8_api.kept(found, self.pointer, context)
        found.enter(self._context)
        self._heap_limit = near_heap_limit(self)
        dll.symbol(self._library, dll.NEAR_HEAP_LIMIT)(self.pointer, self._heap_limit, 0)

    def _shake_hands(self) -> None:
        handles, limit = self._next.value, self._limit.value
        found, driver = self._api, self._driver
        self._entry: int = v8_api.kept(found, self.pointer, self._evaluate(b"__edge"))
        self._evaluate(b"delete globalThis.__edge")
        self._bell = v8_driver.function_callback(self._rung)  # V8 keeps its address
        bell = driver.new_function(self._context, self._bell, None, 0, _THROW, _HAS_SIDE_EFFECT)
        box = driver.call(self._entry, self._context, bell, 0, None)
        if not box:
            raise EngineCrashError("the runtime did not come up")
        place, size = driver.shared_data(box), driver.shared_length(box)
        self._box = Mailbox(place, size, dict, texts=TextPlace.of(self.pointer, self._context))
        self._shaken = True
        dll.symbol(self._library, dll.ALLOW_ATOMICS_WAIT)(self.pointer, False)  # V8's signature
        self._release(handles, limit)

    def _evaluate(self, source: bytes) -> int:
        text = self._api.new_string(self.pointer, source, 0, len(source))
        script = self._driver.compile(self._context, text, None)
        value = self._api.run(script, self._context) if script else None
        if not value:
            raise EngineCrashError(f"the runtime did not come up: {source.decode()} failed")
        return int(value)

    # -- plumbing

    def _rung(self, _info: int) -> None:
        """In the middle of a script: the doorbell; the first time the runtime asks for V8's extras."""
        if not self._shaken:
            if extras.install():
                rejections.watch(self.pointer)
            return
        box = self._box
        if not self._boxed:
            self._boxed = True
            box.begin(self._all_ops, self._make_passing())
        box.ring()

    def _all_ops(self) -> SyncOps:
        ops = self._make_ops()
        scripts = Scripts(lambda: self.terminated, trusted(ops))
        return {**ops, **of_isolate(), **scripts.ops}

    def _failed(self) -> Result:
        stopped = self.terminated or self._api.has_terminated(self._catcher)
        return Result(b"", dll.Kind.TERMINATED if stopped else dll.Kind.EXECUTE_ERROR)

    def _read(self, value: int) -> bytes:
        return v8_driver.text_of(self._driver, self._text, self.pointer, value)

    def _release(self, handles: int, limit: int) -> None:
        """Leave a v8::HandleScope, whose constructor V8 keeps inline."""
        self._next.value = handles
        if self._limit.value != limit:
            self._limit.value = limit
            self._driver.delete_extensions(self.pointer)
