"""Drives cells without Trio: the gateway's part of wire/cell.py, one command and one report at a time."""

from __future__ import annotations

import functools
import itertools
import os
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

import msgspec

from edge.engine.build import BuildRequest, Built, Level, Record
from edge.engine.builder_child import build
from edge.engine.machine import Machine, Respond
from edge.engine.template import Template, modules_event
from edge.units import MIB
from edge.wire import cell as wire
from edge.wire.frames import FrameReader, frame
from edge.wire.messages import Request, Start
from tests.support.snapshot_files import runtime_blob, snapshot_files

DEADLINE = 20.0
MAIN = "/app/index.js"
RESOLUTIONS = {"node:crypto": "node:crypto"}
ROOT = Path(__file__).resolve().parents[2]
_NUMBER = struct.Struct("<q")

R = TypeVar("R", bound=wire.Message)


class End(NamedTuple):
    """How a process ended: its exit status or minus a signal, and its peak resident memory in KiB."""

    status: int
    resident: int


class CellNursery:
    """The process that cells are forked from.  Use as a context manager."""

    def __init__(self, *, born: bool = True) -> None:
        """With `born`, cells are born with an isolate, as a gateway's are."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(DEADLINE)
        with theirs:
            command = [sys.executable, "-m", "tests.support.cell_nursery", str(theirs.fileno())]
            command += [str(snapshot_files()[0])] if born else []
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait(DEADLINE)

    def cell(self, *, sandboxed: bool = False) -> Cell:
        """A new cell, ready."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"s" if sandboxed else b"c"], [theirs.fileno()])
        (pid,) = _NUMBER.unpack(self._control.recv(8))
        return Cell(self, pid, ours)

    def wait(self, pid: int) -> End:
        """Wait for a cell to end."""
        self._control.send(b"w" + _NUMBER.pack(pid))
        status, resident = struct.unpack("<qq", self._control.recv(16))
        return End(os.waitstatus_to_exitcode(status), resident)


class Cell:
    """One cell, seen from the gateway's end.  Use as a context manager."""

    def __init__(self, nursery: CellNursery, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.channel = channel
        self._nursery = nursery
        self._channel = channel
        self._reader = FrameReader(512 * MIB)
        self._reports: deque[wire.Report] = deque()
        self._numbers = itertools.count(1)
        self._ended: End | None = None
        self.ready = self.expect(wire.Ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> End:
        """Close the gateway's end, and wait for the cell's."""
        self.channel.close()
        return self.ended()

    def ended(self) -> End:
        """Wait for the process to end."""
        if self._ended is None:
            self._ended = self._nursery.wait(self.pid)
        return self._ended

    # -- messages

    def send(self, *commands: wire.Command) -> None:
        self.channel.settimeout(DEADLINE)
        self.channel.sendall(b"".join(frame(msgspec.msgpack.encode(command)) for command in commands))

    def receive(self, timeout: float = DEADLINE) -> wire.Report:
        """The next report.  Raises EOFError when the cell has gone, TimeoutError when none comes."""
        self.channel.settimeout(timeout)
        while not self._reports:
            try:
                data = self.channel.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                raise EOFError("the cell has gone")
            self._reports.extend(msgspec.msgpack.decode(part, type=wire.Report) for part in self._reader.feed(data))
        return self._reports.popleft()

    def expect(self, kind: type[R]) -> R:
        """The next report, which must be of a kind."""
        report = self.receive()
        assert isinstance(report, kind), report
        return report

    # -- what a gateway does with a cell

    def assign(
        self,
        source: str,
        *,
        memory: int = 64 * MIB,
        spare: int = 1,
        ops: tuple[str, ...] = (),
        rewind: bool = True,
    ) -> None:
        """Give the cell a function of one module."""
        self.send(assignment(source, memory=memory, spare=spare, ops=ops, rewind=rewind))
        self.expect(wire.Assigned)

    def begin(self, path: str = "/") -> int:
        """Begin an invocation in a fresh isolate; its number."""
        number = next(self._numbers)
        self.send(wire.Run(number, [start(path)]))
        return number

    def drop(self, number: int) -> None:
        self.send(wire.Drop(number))

    def invoke(self, path: str = "/") -> bytes:
        """A whole invocation that answers within its first run: the body."""
        number = self.begin(path)
        result = self.expect(wire.Result)
        assert result.isolate == number
        self.drop(number)
        return body(result)

    def expect_measured(self, number: int) -> float:
        """The CPU time of an isolate, in seconds."""
        self.send(wire.Measure(number))
        return self.expect(wire.Measured).cpu

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def cpu_seconds(self) -> float:
        """CPU time of the process so far."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def private_bytes(self) -> int:
        """Memory that the cell shares with nobody."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text("ascii").splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


@functools.cache
def package_snapshot(source: str) -> bytes:
    """The snapshot of a package of one module, as the builder makes it."""
    request = BuildRequest(MAIN, [], {}, [])
    for progress in build(request, [Record(MAIN, "cjs", source, RESOLUTIONS)], runtime_blob()):
        if isinstance(progress, Built):
            assert progress.level is Level.INITIALISED, progress.reason or progress.problem
        else:
            return progress.blob
    raise AssertionError("no snapshot")


def assignment(
    source: str, *, memory: int = 64 * MIB, spare: int = 1, ops: tuple[str, ...] = (), rewind: bool = True
) -> wire.Assign:
    """The command that gives a cell a function of one module, from a snapshot of its own."""
    return wire.Assign(package_snapshot(source), b"", memory, list(ops), spare, rewind)


def evaluated_assignment(source: str, *, memory: int = 128 * MIB, env: dict[str, str] | None = None) -> wire.Assign:
    """The same without a snapshot: its top level runs in the cell."""
    preamble = modules_event(MAIN, [Record(MAIN, "cjs", source, RESOLUTIONS)], may_eval=True, env=env)
    return wire.Assign(b"", preamble, memory + memory // 64, [], 1, rewind=True, evaluated=True)


def source_assignment(source: str, *, memory: int = 64 * MIB) -> wire.Assign:
    """The same on top of the runtime's snapshot: the module comes with each isolate's first run."""
    records = [Record(MAIN, "cjs", source, RESOLUTIONS)]
    template = Template("test", MAIN, Built(Level.SOURCE, b""), runtime_blob(), records, {}, memory=memory)
    return wire.Assign(template.blob_bytes(), template.preamble, memory, [], 1, True)


def start(path: str = "/") -> bytes:
    """The event that begins an invocation."""
    request = Request("GET", f"http://localhost{path}", path, headers=[("host", "localhost")])
    deadline = (time.time() + DEADLINE) * 1000
    return msgspec.json.encode(Start(1, request, "test", "v1", "rid", "", "", deadline, 64 * MIB, {}))


def body(result: wire.Result) -> bytes:
    """The body of the response that a result holds.  Raises the invocation's error."""
    assert not result.fault, result.fault
    machine = Machine(1)
    found = [action for text in result.texts for action in machine.turn(text) if isinstance(action, Respond)]
    if machine.error is not None:
        raise machine.error
    (response,) = found
    return response.body
