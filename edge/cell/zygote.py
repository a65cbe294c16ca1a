"""The zygote: has everything loaded, and clones itself for cells and builds.

Started by the gateway (edge.supervisor.zygote_process) as `python -m edge.cell.zygote FD sandboxed|bare`.  On FD come
orders, one byte each, with descriptors (SCM_RIGHTS):

    c   one socket: a cell that speaks over it (edge.cell.main)
    b   one socket: a snapshot build that speaks over it (edge.engine.builder_child)
    p   two files: the snapshots of runtime and transform, which builds start from, and of the first of which an
        isolate is made, which all cells have (edge.cell.base)

Each is answered with `<q`: the pid of the new process (0 for `p`), or the negated errno of what went wrong.  Before
the first order is read, a frame of msgpack tells the sandbox's layers: their names, and why others are missing.

The zygote holds no secret, no tenant's code and no descriptor but FD (and standard error, for its own tracebacks).
It has one thread.  Its clones are children of its parent (CLONE_PARENT), so that they live and die with the gateway.
"""

from __future__ import annotations

import errno
import gc
import os
import select
import signal
import socket
import struct
import sys
import traceback
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import msgspec

from edge.cell import base, own_memory, preload
from edge.cell.main import Birthright, run_cell
from edge.cell.paper import Witness
from edge.engine import base_snapshots
from edge.engine.builder_child import serve_build
from edge.engine.process import die_with_parent, name_process
from edge.engine.snapshot import Blob
from edge.engine.transform import Transformer
from edge.errors import SandboxError
from edge.wire.frames import frame

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = tuple[tuple[str, ...], dict[str, str], Callable[[], int]]
    """Names of layers, why others are missing, and how to make children."""

ANSWER = struct.Struct("<q")
CELL, BUILD, PRIME = b"c", b"b", b"p"
FAILED = 70
"""Exit status of a child that an error of ours has ended (EX_SOFTWARE)."""

_DESCRIPTORS = 2  # at most, in one order
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Zygote:
    """Obeys orders.  `fork` is like os.fork; `sandboxed` says whether children have to seal themselves."""

    def __init__(self, control: socket.socket, fork: Callable[[], int], *, sandboxed: bool) -> None:
        self._control = control
        self._fork = fork
        self._sandboxed = sandboxed
        self._bases: tuple[Blob, Blob] | None = None
        self._birthright = Birthright()

    def serve(self) -> None:
        """Until the gateway closes its end."""
        while True:
            order, descriptors, _, _ = socket.recv_fds(self._control, 1, _DESCRIPTORS)
            if not order:
                return
            self._control.sendall(ANSWER.pack(self._obey(order, descriptors)))

    def _obey(self, order: bytes, descriptors: list[int]) -> int:
        try:
            if order == PRIME:
                return self._prime(*descriptors)
            if order == BUILD and self._bases is None:
                return -errno.ENODATA
            if order not in {CELL, BUILD}:
                return -errno.EINVAL
            return self._fork() or self._be(order, descriptors[0])
        except OSError as error:
            return -(error.errno or errno.EIO)
        except ValueError:
            return -errno.EBADMSG
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _prime(self, runtime: int, transform: int) -> int:
        self._bases = Blob(_snapshot(runtime)), Blob(_snapshot(transform))
        if self._birthright.runtime is None:
            self._birthright = _birthright(self._bases[0], sandboxed=self._sandboxed)
        gc.freeze()
        return 0

    def _be(self, order: bytes, descriptor: int) -> NoReturn:
        """In the new process: all that it does.  Leaves without a trace of the zygote's own clean-up."""
        status = FAILED
        name_process("edge-cell" if order == CELL else "edge-build")
        try:
            channel = socket.socket(fileno=descriptor)
            channel.setblocking(True)
            if order == CELL:
                run_cell(channel, self._birthright, sandboxed=self._sandboxed)
            self._build(channel)
            status = 0
        except BaseException:  # noqa: BLE001 - nothing of the zygote may run here
            traceback.print_exc()  # nowhere, once it is confined
        finally:
            os._exit(status)

    def _build(self, channel: socket.socket) -> None:
        assert self._bases is not None  # _obey has checked it
        if (memory := own_memory.known()) is not None:
            memory.ignore()
        runtime, transform = self._bases
        confine = partial(_seal if self._sandboxed else self._confine, channel)
        serve_build(channel, runtime, Transformer(transform), confine)

    def _confine(self, channel: socket.socket) -> None:
        """What is left of a sandbox without one: no terminal, and no descriptor that is not the build's own."""
        self._control.close()
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        os.close(quiet)
        die_with_parent(os.getppid())
        _leave_if_abandoned(channel)


def _seal(channel: socket.socket) -> None:
    """Everything that the kernel can refuse to a build.  Raises SandboxError."""
    from edge.cell import sandbox  # noqa: PLC0415 - loaded by `main`; other platforms have none

    sandbox.confine(channel.fileno())
    sandbox.trim_code_range()
    sandbox.seal()


def _birthright(runtime: Blob, *, sandboxed: bool) -> Birthright:
    """What cells get; they do without an isolate where there can be none."""
    from edge.cell import sandbox  # noqa: PLC0415 - see _seal

    with sandbox.open_for_oneself() if sandboxed else nullcontext():
        try:
            witness = Witness()
        except OSError:  # not Linux, or /proc is hidden
            return Birthright(runtime)
        try:
            return Birthright(runtime, base.made(runtime, witness))
        finally:
            witness.close()


def _leave_if_abandoned(channel: socket.socket) -> None:
    """End when the gateway went before the kernel was asked to end us with it: its sockets have been closed by then."""
    watch = select.poll()
    watch.register(channel, 0)
    if watch.poll(0):
        os._exit(0)


def _snapshot(descriptor: int) -> bytes:
    """A base snapshot.  Its file's offset is shared with the gateway and stays where it is.  Raises ValueError."""
    size = os.fstat(descriptor).st_size
    return base_snapshots.checked(os.pread(descriptor, size, 0), "a base snapshot")


def main(control: int, *, sandboxed: bool) -> None:
    """Get ready, tell the layers, serve."""
    name_process("edge-zygote")
    die_with_parent(os.getppid())
    for number in _IGNORED:  # of terminals and service managers: the gateway drains, and ends us when it is done
        signal.signal(number, signal.SIG_IGN)
    preload.everything()
    names, missing, fork = _enter_sandbox() if sandboxed else _stay_outside()
    channel = socket.socket(fileno=control)
    channel.sendall(frame(msgspec.msgpack.encode((names, missing))))
    gc.collect()
    gc.freeze()
    Zygote(channel, fork, sandboxed=sandboxed).serve()


def _enter_sandbox() -> Start:
    """Drop what the zygote need not have.  V8 is up by then: its files may not be readable any more.

    Where that is not to be had at all, children say so, as they cannot seal themselves.
    """
    from edge.cell import clone, sandbox  # noqa: PLC0415 - see _seal

    try:
        layers = sandbox.enter_zygote()
        new_pids = sandbox.new_pid_namespaces_work()
        sandbox.last_filter()
    except SandboxError as error:
        return (), {"sandbox": error.message}, _plain_fork()
    except OSError as error:
        return (), {"sandbox": f"{error.filename or 'the kernel'}: {error.strerror}"}, _plain_fork()
    return layers.names, layers.missing, partial(clone.clone, new_pid_namespace=new_pids)


def _stay_outside() -> Start:
    return (), {"sandbox": "it is switched off"}, _plain_fork()


def _plain_fork() -> Callable[[], int]:
    """Like os.fork: with children of our parent where that is known to work, else with our own."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        from edge.cell import clone, syscalls  # noqa: PLC0415 - see _seal

        syscalls.of_this_machine()
    except (OSError, SandboxError):
        return os.fork
    return partial(clone.clone, new_pid_namespace=False, fallback=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sandboxed=sys.argv[2] == "sandboxed")
    os._exit(0)  # V8's library does not end in order beside another allocator (edge.cell.own_memory)
