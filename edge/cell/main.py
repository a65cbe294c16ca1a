"""What a cell does between its birth and its end: it readies V8, seals itself, and obeys the gateway.

Once sealed it can open nothing, so whatever is loaded lazily is loaded by `preload` in the zygote.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from edge.cell import allocator, limits, mapped_files, own_memory
from edge.cell.blank import reserve_code_range
from edge.cell.home import Making
from edge.cell.hosted import OUT_OF_MEMORY
from edge.cell.isolates import Isolates
from edge.cell.link import Link
from edge.cell.paper import Paper, Witness
from edge.cell.post import Post
from edge.cell.seat import Imaging
from edge.cell.warm_up import warm_up
from edge.engine import bundles, dll, v8_driver
from edge.engine.mailbox import perform
from edge.engine.process import die_with_parent
from edge.engine.runtime_ops import RUNTIME_OPS
from edge.errors import SandboxError
from edge.wire.cell import Broken, Ready

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from edge.cell.base import Base
    from edge.engine.snapshot import Blob

BROKEN = 70
"""Exit status of a cell that an error of ours has ended (EX_SOFTWARE)."""

CPU_SECONDS = 3600
"""Of CPU time in a cell's life: a backstop for a gateway that has stopped looking; it replaces cells earlier."""

# What cannot be raised in a callback of V8 ends the process by libc alone.  A thread of V8 gets a new stack of Python
# frames for each callback; with no memory for it, a hook written in Python could not be called either: the error
# would be dropped, and the invocation wait for its deadline.
_abort = ctypes.PyDLL(None).abort
_abort.argtypes, _abort.restype = [ctypes.py_object], None

_REHEARSAL = (
    (b'{"op":"url.to_ascii","args":{"domain":"b\\u00fccher.example"}}', b""),
    (b'{"op":"url.to_ascii","args":{"domain":"xn--bcher-kva.example"}}', b""),
    (b'{"op":"crypto.digest","args":{"algorithm":"sha256"}}', b"message"),
    (b'{"op":"crypto.hmac","args":{"algorithm":"sha256","key_length":3}}', b"key"),
)
"""Operations that load modules or tables when they are used first."""


def preload() -> None:
    """Load everything that a cell may need: in the zygote, before it is frozen.  Makes no isolate and no thread."""
    own_memory.prepare()
    dll.library()
    own_memory.settle()
    dll.versions()  # reads a file; a code cache names them
    v8_driver.driver()
    bundles.script("runtime")
    bundles.chunks()
    for head, data in _REHEARSAL:
        perform(RUNTIME_OPS, head, data)
    with suppress(OSError):  # no such file: not Linux
        mapped_files.load(Path("/proc/self/maps").read_text("utf-8", "replace"))


class Birthright(NamedTuple):
    """What a cell has from its parent, if that has it: the runtime's snapshot, and an isolate of it."""

    runtime: Blob | None = None
    base: Base | None = None


def run_cell(channel: socket.socket, birthright: Birthright, *, sandboxed: bool) -> NoReturn:
    """Be a cell, until the gateway closes its end of `channel`.  For a new child of a process that has preloaded."""
    _end_on_errors()
    try:
        _live(channel, birthright, sandboxed=sandboxed)
    except BaseException as error:  # noqa: BLE001 - there is nobody to tell
        _end(error)
    os._exit(0)


def _live(channel: socket.socket, birthright: Birthright, *, sandboxed: bool) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):  # they reach the whole group; the gateway drains, and ends us then
        signal.signal(number, signal.SIG_IGN)
    allocator.keep_little()
    link = Link(channel)
    post = Post(link)
    try:
        be = _sealed if sandboxed else _bare
        isolates, layers = be(channel, link, post, birthright)
    except (SandboxError, OSError) as error:
        link.send(Broken(str(error)))
        link.receive()  # to be ended for that reason, and not to have ended for none
        os._exit(BROKEN)
    link.send(Ready(layers, isolates.hindrance, isolates.born))
    post.serve(isolates)


def _sealed(channel: socket.socket, link: Link, post: Post, birthright: Birthright) -> tuple[Isolates, list[str]]:
    """Get ready in a sandbox; with the names of its layers.  Raises SandboxError."""
    from edge.cell import sandbox  # noqa: PLC0415 - loaded by the zygote; other platforms have none

    with sandbox.open_for_oneself():
        making = _making(birthright)
    sandbox.confine(channel.fileno(), *(_files(making) if making else ()))
    if birthright.base is None:
        reserve_code_range()
        sandbox.trim_code_range()
    sandbox.limit_cpu(CPU_SECONDS)
    names = sandbox.seal(image=making.paper.file if making else None).names
    isolates = Isolates(link, _imaging(making, birthright, post, sandbox.close))
    post.start(isolates)  # Landlock restricts the threads that are made after it
    _warm_up(making)
    return isolates, list(names)


def _bare(channel: socket.socket, link: Link, post: Post, birthright: Birthright) -> tuple[Isolates, list[str]]:
    """Get ready without one: still with no descriptor but the socket, and no longer than the parent."""
    descriptor = channel.fileno()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX"))
    die_with_parent(os.getppid())
    if birthright.base is None:
        reserve_code_range()
    making = _making(birthright)
    if making is not None and birthright.base is None:
        limits.trim_code_range()  # for as much as an image can hold
    isolates = Isolates(link, _imaging(making, birthright, post, lambda: None))
    post.start(isolates)
    _warm_up(making)
    return isolates, []


def _making(birthright: Birthright) -> Making | None:
    """What images of V8's memory are made with, where there can be any."""
    memory = own_memory.known()
    if memory is None or v8_driver.driver() is None:
        return None
    try:
        making = Making(Paper(), Witness(), memory, birthright.base)
    except OSError:
        return None
    if making.base is not None:
        making.base.inherited(making.witness)
    return making


def _files(making: Making) -> list[int]:
    return [making.paper.file, *making.witness.files]


def _imaging(making: Making | None, birthright: Birthright, post: Post, close: Callable[[], None]) -> Imaging | None:
    if making is not None:
        return Imaging(making, birthright.runtime, post.wait, close)
    if (memory := own_memory.known()) is not None:
        memory.ignore()
    return None


def _warm_up(making: Making | None) -> None:
    if making is not None and making.base is not None:
        warm_up(making.base, making.witness)


def _end_on_errors() -> None:
    """An error on any thread, also inside a callback of V8, ends the process: nothing is left half done."""
    sys.unraisablehook = _abort
    threading.excepthook = lambda report: _end(report.exc_value)


def _end(error: BaseException | None) -> NoReturn:
    os._exit(OUT_OF_MEMORY if isinstance(error, MemoryError) else BROKEN)
