"""A zygote of tests: it makes confined children, each of which does one thing of `JOBS` after it is sealed.

As a program: `python -m tests.support.cell_zygote SURROUNDINGS CONTROL BLOB`, with the descriptor of a control
socket and the file of a snapshot.  The gateway's part is played by whoever uses `open_zygote`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import select
import socket
import struct
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.cell import kernel, privileges, sandbox, seccomp
from edge.cell.clone import clone
from edge.cell.main import preload
from edge.cell.seccomp import Instruction
from edge.cell.syscalls import of_this_machine
from edge.engine import snapshot
from edge.engine.isolate import Isolate
from edge.units import KIB
from tests.support.cell_attack import ATTACKS
from tests.support.cell_work import WORK

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
_PID = struct.Struct("<q")
_BLANK = "globalThis.__edge = function () { return new SharedArrayBuffer(64); }"
_CONTAINER_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
"""What container engines leave to root."""

JOBS = {**WORK, **ATTACKS}
DEADLINE = 60.0


# -- surroundings: what runs a zygote may have taken from it already


def as_started() -> None:
    """Nothing."""


def nobody() -> None:
    """Root's rights."""
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def container() -> None:
    """What a container engine's default profile takes: most capabilities, and namespaces."""
    if os.geteuid() == 0:
        _keep_capabilities(_CONTAINER_CAPABILITIES)
    _refuse_namespaces()


def nobody_in_container() -> None:
    """Both."""
    _refuse_namespaces()
    nobody()


def governing_root() -> None:
    """Nothing; root is taken to have what it needs to govern processes of other users, whether it has or not."""
    privileges._NEEDED.pop(24, None)


SURROUNDINGS = {job.__name__: job for job in (as_started, nobody, container, nobody_in_container, governing_root)}


def _keep_capabilities(kept: tuple[int, ...]) -> None:
    mask = sum(1 << bit for bit in kept)
    held = privileges.effective_capabilities() & mask
    header = struct.pack("<Ii", 0x20080522, 0)
    low, high = held & 0xFFFFFFFF, held >> 32
    kernel.system_call("capset", header, struct.pack("<6I", low, low, 0, high, high, 0))


def _refuse_namespaces() -> None:
    """A filter that lets unshare, and clone with namespaces, fail with EPERM."""
    architecture = of_this_machine()
    unshare = {"x86_64": 272, "aarch64": 97}[architecture.name]
    program = [
        Instruction(0x20, 0, 0, 0),
        Instruction(0x15, 3, 0, unshare),
        Instruction(0x15, 0, 3, architecture.numbers["clone"]),
        Instruction(0x20, 0, 0, 16),
        Instruction(0x45, 0, 1, 0x7E020000),
        seccomp.refusal(1),
        Instruction(0x06, 0, 0, seccomp.ALLOW),
    ]
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install(program)


# -- the zygote


def serve(surroundings: str, control: socket.socket, blob: bytes) -> None:
    """Make a child for each name that comes with a socket; answer with its pid."""
    preload()
    snapshot.available()
    SURROUNDINGS[surroundings]()
    started = time.perf_counter()
    layers = sandbox.enter_zygote()
    entered = time.perf_counter() - started
    namespaces = sandbox.new_pid_namespaces_work()
    control.sendall(json.dumps([layers.names, layers.missing, entered, namespaces]).encode())
    gc.freeze()
    while True:
        name, descriptors, _, _ = socket.recv_fds(control, 100, 1)
        if not name:
            return
        pid = clone(new_pid_namespace=namespaces)
        if pid == 0:
            _live(name.decode(), socket.socket(fileno=descriptors[0]), snapshot.Blob(blob))
        os.close(descriptors[0])
        control.sendall(_PID.pack(pid))


def _live(name: str, channel: socket.socket, blob: snapshot.Blob) -> None:
    """Be the child; never returns."""
    try:
        times = [time.perf_counter()]
        sandbox.confine(channel.fileno())
        times.append(time.perf_counter())
        Isolate(None, {}, queue.SimpleQueue().put, source=_BLANK).dispose()
        times.append(time.perf_counter())
        trimmed = sandbox.trim_code_range()
        times.append(time.perf_counter())
        layers = sandbox.seal()
        times.append(time.perf_counter())
        tell(channel, {"layers": layers.names, "missing": layers.missing, "trimmed": trimmed, "times": times})
        channel.recv(1)
        tell(channel, JOBS[name](channel, blob))
    except BaseException:  # noqa: BLE001 - the test reads it
        tell(channel, traceback.format_exc())
    os._exit(0)


def tell(channel: socket.socket, what: Any) -> None:
    """One line of JSON."""
    channel.sendall(json.dumps(what).encode() + b"\n")


# -- the gateway's side


class Fate(NamedTuple):
    """What a child told, how it ended (exit status, or minus the signal), and bytes that it had resident at most."""

    told: Any
    ended: int
    peak: int


class Child:
    """A child that is sealed, and waits to be told to begin."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.channel = channel
        self._lines = channel.makefile("rb")
        self.ready = json.loads(self._lines.readline())
        assert isinstance(self.ready, dict), self.ready

    def begin(self) -> None:
        """Do it."""
        self.channel.sendall(b"!")

    def line(self) -> bytes:
        """What it tells next."""
        return self._lines.readline()

    def fate(self) -> Fate:
        """Its end."""
        line = self._lines.readline()
        _, status, usage = os.wait4(self.pid, 0)
        self._lines.close()
        self.channel.close()
        return Fate(json.loads(line) if line else None, os.waitstatus_to_exitcode(status), usage.ru_maxrss * KIB)


class Zygote:
    """Starts children; `layers` and `missing` are the report of `enter_zygote`."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._control = control
        self.process = process
        self.layers, self.missing, self.entered, self.pid_namespaces = json.loads(control.recv(10_000))

    def start(self, name: str) -> Child:
        """A sealed child that will do `name`."""
        ours, its = socket.socketpair()
        ours.settimeout(DEADLINE)
        with its:
            socket.send_fds(self._control, [name.encode()], [its.fileno()])
        (pid,) = _PID.unpack(self._control.recv(_PID.size))
        return Child(pid, ours)

    def run(self, name: str) -> Fate:
        """Start it, let it do its thing, and see how it ends."""
        child = self.start(name)
        child.begin()
        return child.fate()


@contextlib.contextmanager
def open_zygote(surroundings: str, blob: Path) -> Iterator[Zygote]:
    """A zygote that ends with the block; `blob` is the file of a snapshot that isolates are made of."""
    ours, its = socket.socketpair()
    ours.settimeout(DEADLINE)
    command = [sys.executable, "-m", "tests.support.cell_zygote", surroundings, str(its.fileno()), str(blob)]
    with its:
        process = subprocess.Popen(command, pass_fds=[its.fileno()], cwd=ROOT)
    with ours, process:
        yield Zygote(ours, process)
        ours.shutdown(socket.SHUT_RDWR)


def wait_for_end(pidfd: int) -> None:
    """Until the process has ended.  Raises TimeoutError."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    if not poll.poll(DEADLINE * 1000):
        raise TimeoutError


if __name__ == "__main__":
    serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])), Path(sys.argv[3]).read_bytes())
