"""What a sealed process must still be able to do: each job gets its socket and a snapshot, and returns what to tell."""

from __future__ import annotations

import hashlib
import hmac
import json
import mmap
import os
import queue
import struct
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from edge.engine.isolate import Isolate
from edge.engine.mailbox import perform
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.units import MIB

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from edge.engine.snapshot import Blob

SCRIPT = """
Object.defineProperty(globalThis, '__edge', {
  configurable: true,
  value() {
    'use strict';
    if (typeof this === 'function') return new SharedArrayBuffer(65536);
    return String((0, eval)(String(this)));
  },
});
"""
"""To be added to the real runtime: a runtime that evaluates what each turn brings."""


def run(blob: Blob, *turns: str) -> list[str]:
    """The results of turns in an isolate of their own."""
    results: queue.SimpleQueue[Any] = queue.SimpleQueue()
    isolate = Isolate(blob, RUNTIME_OPS, results.put)
    try:
        for turn in turns:
            isolate.turn(turn.encode())
        found = [results.get(timeout=20) for _ in turns]
        return [result.text.decode() if not result.failed else f"failed {result.failed}" for result in found]
    finally:
        isolate.dispose()


def isolates(_channel: socket.socket, blob: Blob) -> Any:
    """200 isolates, one after the other: what each drew, the milliseconds each took, the threads that are left."""
    drawn, times = [], []
    for _ in range(200):
        started = time.perf_counter()
        drawn += run(blob, "Math.random()")
        times.append((time.perf_counter() - started) * 1000)
    return {"drawn": drawn, "median": sorted(times)[100], "threads": threading.active_count()}


def isolates_at_once(_channel: socket.socket, blob: Blob) -> Any:
    """20 isolates together, made by several threads, each working."""
    results: queue.SimpleQueue[str] = queue.SimpleQueue()
    code = "let s = 0; for (let i = 0; i < 100000; i++) s += Math.sqrt(i); s > 0"
    workers = [threading.Thread(target=lambda: results.put(run(blob, code)[0])) for _ in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [results.get_nowait() for _ in workers]


JAVASCRIPT = {
    "collections": "let a = []; for (let i = 0; i < 200; i++) { a = new Array(100000).fill(i + .5); } a.length",
    "buffers": "let b = []; for (let i = 0; i < 100; i++) { b = [new Uint8Array(1 << 20).fill(1)]; } b[0].length",
    "resized": "let r = new ArrayBuffer(8, {maxByteLength: 1 << 24}); r.resize(1 << 22); r.byteLength",
    "compiled": "let t = 0; for (let i = 0; i < 200; i++) { const f = new Function('x', `let y = x;"
    " for (let i = 0; i < 3000; i++) y = y * 31 + ${i} | 0; return y`); t += f(1) && 1 } t",
    "wasm": "const w = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,"
    "127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]))).exports.add(20, 3);"
    " const m = new WebAssembly.Memory({initial: 16, maximum: 64}); m.grow(10); w + m.buffer.byteLength / 65536",
    "regexp": "'x'.repeat(10000).replace(/(?<a>x)(x)/g, '$2').length",
    "intl": "new Intl.NumberFormat('de-DE').format(1234567.5) + new Date(0).toLocaleDateString('en-GB')",
    "strings": "let s = ''; for (let i = 0; i < 1e5; i++) s += i; JSON.parse(JSON.stringify([s, {a: [1]}]))[0].length",
    "thrown": "try { (function f() { f() })() } catch (e) { e.constructor.name }",
    "temporal": "typeof Temporal === 'undefined' ? 'none' : Temporal.Now.instant().epochMilliseconds > 0",
    "weak": "const k = new WeakRef({}); const f = new FinalizationRegistry(() => 0); f.register({}, 1);"
    " new Map([[1n, Symbol('x')]]).size",
    "proxies": "new Proxy(class A { #p = 1; get p() { return this.#p } }, {}).name",
    "generators": "[...(function* () { for (let i = 0; i < 1e4; i++) yield i })()].length",
}


def javascript(_channel: socket.socket, blob: Blob) -> Any:
    """Parts of V8 that want memory, tables and code of their own kind, alone and all in one isolate, twice over."""
    alone = {name: run(blob, code)[0] for name, code in JAVASCRIPT.items()}
    scopes = [f"(() => eval({json.dumps(code)}))()" for code in JAVASCRIPT.values()]
    together = run(blob, *scopes, *scopes)
    return {"alone": alone, "together": together}


def python(channel: socket.socket, _blob: Blob) -> Any:
    """The parts of Python that a cell is made of."""
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    threads = [threading.Thread(target=numbers.put, args=(index,)) for index in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    grown = bytearray()
    for _ in range(64):
        grown += bytes(MIB)
    with mmap.mmap(-1, MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory[:5] = b"alone"
        assert memory[:5] == b"alone"
    assert json.loads(json.dumps({"a": [1.5, "ü"]})) == {"a": [1.5, "ü"]}
    assert msgspec.msgpack.decode(msgspec.msgpack.encode([1, b"x"])) == [1, b"x"]
    assert zlib.decompress(zlib.compress(bytes(grown), 1)) == grown
    assert struct.unpack("<q", struct.pack("<q", -1)) == (-1,)
    assert len(os.urandom(32)) == 32
    digests = [hashlib.new(name, b"x").hexdigest() for name in ("md5", "sha1", "sha256", "sha512", "sha3_256")]
    hmac.new(b"k", b"m", "sha256").hexdigest()
    channel.sendall(b"")
    head, _ = perform(RUNTIME_OPS, b'{"op":"crypto.digest","args":{"algorithm":"sha256"}}', b"message")
    assert "error" not in json.loads(head)
    assert threading.Event().wait(0.001) is False
    time.sleep(0.001)
    try:
        open("/etc/hostname")  # noqa: PTH123, SIM115 - it must fail
    except PermissionError:
        pass
    else:
        raise AssertionError
    return [sorted(numbers.get_nowait() for _ in threads) == list(range(30)), len(set(digests)), len(grown)]


def allocations(_channel: socket.socket, _blob: Blob) -> Any:
    """How many MiB can be had, a MiB at a time, and are written to."""
    held = []
    try:
        while len(held) < 256:
            held.append(bytearray(MIB))
    except MemoryError:
        count = len(held)
        held.clear()
        return count
    return len(held)


def objects(_channel: socket.socket, blob: Blob) -> Any:
    """A function that wants more than it may have."""
    return run(blob, "try { let a = []; for (;;) a.push(new Array(100000).fill(1.5)) } catch (e) { String(e) }")


def leave(_channel: socket.socket, _blob: Blob) -> Any:
    """End with a status of its own."""
    os._exit(86)


def abort(_channel: socket.socket, _blob: Blob) -> Any:
    """What libc does when it is at its wits' end."""
    os.abort()


def wait(channel: socket.socket, _blob: Blob) -> Any:
    """Until the gateway closes the socket."""
    return len(channel.recv(1))


def wait_for_ever(_channel: socket.socket, _blob: Blob) -> Any:
    """Whatever the gateway does with the socket."""
    threading.Event().wait()


def spin(_channel: socket.socket, blob: Blob) -> Any:
    """Use the CPU, in Python and in JavaScript."""
    run(blob, "for (;;);")


WORK: dict[str, Callable[[socket.socket, Blob], Any]] = {
    job.__name__: job
    for job in (
        *(isolates, isolates_at_once, javascript, python, allocations, objects),
        *(leave, abort, wait, wait_for_ever, spin),
    )
}
