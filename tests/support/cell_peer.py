"""The other end of a cell's socket, played: a process that does as it is told, and the zygote that makes it.

As a program it is a cell without isolates.  What it does at its birth is named on its command line; afterwards each
event of a run is an order, `["verb", argument...]` in JSON, so that a test says itself what its peer does.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

import msgspec

from edge.wire.cell import (
    Answer,
    Ask,
    Assign,
    Assigned,
    Broken,
    Command,
    Drop,
    Measure,
    Measured,
    Ready,
    Report,
    Result,
    Run,
    Terminate,
)
from edge.wire.frames import LENGTH, FrameReader, frame

ROOT = Path(__file__).resolve().parents[2]
BIRTHS = ("good", "dead", "silent", "broken", "eager", "large", "unassignable", "deaf", "lingering")


def order(verb: str, *arguments: object) -> bytes:
    """An event that makes the peer do something."""
    return msgspec.json.encode([verb, *arguments])


class PeerZygote:
    """Starts peers; remembers their pids."""

    def __init__(self, birth: str = "good") -> None:
        self.birth = birth
        self.pids: list[int] = []

    async def spawn(self, kind: str) -> tuple[int, socket.socket]:
        """See edge.supervisor.cell.Spawner."""
        assert kind == "cell"
        ours, theirs = socket.socketpair()
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            arguments = [sys.executable, __file__, str(theirs.fileno()), self.birth, str(os.getpid())]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.pids.append(_start(arguments, environment))
        return self.pids[-1], ours


def _start(arguments: list[str], environment: dict[str, str]) -> int:
    return os.posix_spawn(arguments[0], arguments, environment)


class Peer:
    """Everything that the program does."""

    def __init__(self, channel: socket.socket, birth: str, parent: int) -> None:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._channel = channel
        self._birth = birth
        self._parent = parent
        self._reader = FrameReader(1 << 30)
        self._decoder = msgspec.msgpack.Decoder(Command)
        self._answers: list[Answer] = []
        self._cpu = 0.0
        self._isolate = 0
        self._stubborn = False
        self._mute = False
        self._heard: list[str] = []

    def live(self) -> None:
        """From birth to the end of the gateway."""
        self._be_born()
        while True:
            for command in self._receive():
                self._heard.append(type(command).__name__)
                self._obey(command)

    def _be_born(self) -> None:
        match self._birth:
            case "dead":
                os._exit(3)
            case "silent":
                self.do_sleep()
            case "broken":
                self._send(Broken("no system call filter"))
            case "eager":
                self._send(Result(1, []))
            case "large":
                self._raw(LENGTH.pack(64 * 1024 + 1))
                self.do_sleep()
            case "lingering":
                self._channel.close()
                self.do_sleep()
        self._send(Ready(["played"], "library" if self._birth == "unable" else ""))
        if self._birth == "deaf":
            self.do_sleep()

    def _obey(self, command: Command) -> None:
        match command:
            case Assign():
                self._send(Broken("no isolate could be made") if self._birth == "unassignable" else Assigned())
            case Run():
                for event in command.events:
                    self._execute(command.isolate, *msgspec.json.decode(event))
            case Terminate() if not self._stubborn:
                self._send(Result(command.isolate, [], "engine"))
            case Measure() if not self._mute:
                self._send(Measured(command.isolate, self._cpu + 0.5))
            case Answer() | Drop() | Terminate() | Measure():
                pass

    def _execute(self, isolate: int, verb: str, *arguments: object) -> None:
        self._isolate = isolate
        getattr(self, f"do_{verb}")(*arguments)

    # -- orders

    def do_owe(self) -> None:
        """Run on: the result comes with Terminate."""

    def do_result(self, text: str, cpu: float, heap: int = 1000) -> None:
        self._cpu = cpu
        self._send(Result(self._isolate, [text.encode()], "", cpu, heap))

    def do_crowded(self) -> None:
        self._send(Result(self._isolate, [], crowded=True))

    def do_fault(self, fault: str) -> None:
        self._send(Result(self._isolate, [], fault))

    def do_heard(self) -> None:
        """Report the names of all commands so far."""
        self._send(Result(self._isolate, [name.encode() for name in self._heard]))

    def do_results(self, count: int, number: int) -> None:
        """Results of any isolate, in one piece."""
        self._raw(frame(msgspec.msgpack.encode(Result(number, []))) * count)

    def do_texts(self, count: int) -> None:
        self._send(Result(self._isolate, [b"x"] * count))

    def do_bytes(self, size: int) -> None:
        """A result with a text of so many zeros, of which only a piece is held at a time."""
        empty = msgspec.msgpack.encode(Result(self._isolate, [b""]))
        before, after = empty.split(b"\xc4\x00")
        self._raw(LENGTH.pack(len(empty) + 3 + size) + before + b"\xc6" + size.to_bytes(4, "big"))
        for start in range(0, size, 1 << 16):
            self._raw(bytes(min(1 << 16, size - start)))
        self._raw(after)

    def do_report(self, name: str) -> None:
        self._send({"ready": Ready([]), "assigned": Assigned(), "broken": Broken("enough")}[name])

    def do_measured(self, number: int, cpu: float) -> None:
        self._send(Measured(number, cpu))

    def do_raw(self, digits: str) -> None:
        self._raw(bytes.fromhex(digits))

    def do_announce(self, size: int) -> None:
        self._raw(LENGTH.pack(size))

    def do_ask(self, head: str, size: int) -> None:
        self._send(Ask(self._isolate, head.encode(), bytes(size)))

    def do_ask_and(self, what: str) -> None:
        """Ask, and do not wait for the answer: in one piece."""
        ask = Ask(self._isolate, b"{}", b"")
        then = {"ask": ask, "result": Result(self._isolate, [])}[what]
        self._raw(b"".join(frame(msgspec.msgpack.encode(report)) for report in (ask, then)))

    def do_answered(self) -> None:
        """Wait for an answer and report its head and the size of its bytes."""
        while not self._answers:
            self._answers += [command for command in self._receive() if isinstance(command, Answer)]
        answer = self._answers.pop(0)
        self._send(Result(self._isolate, [answer.head, b"%d" % len(answer.data)]))

    def do_flood(self, size: int) -> NoReturn:
        """Report what nobody asked for until there is nobody left."""
        while True:
            self._raw(frame(msgspec.msgpack.encode(Measured(1, 0.0))) * size)

    def do_burn(self, seconds: float) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    def do_hold(self, size: int) -> None:
        """Touch so much memory, and keep it."""
        self._held = b"x" * size

    def do_allocate(self, size: int) -> None:
        """Report whether so much more memory can be had."""
        try:
            self._held = bytes(size)
        except MemoryError:
            self.do_result("refused", 0.0)
        else:
            self.do_result("granted", 0.0)

    def do_stubborn(self) -> None:
        self._stubborn = True

    def do_mute(self) -> None:
        self._mute = True

    def do_close(self) -> None:
        self._channel.shutdown(socket.SHUT_WR)

    def do_die(self, number: int) -> None:
        os.kill(os.getpid(), number)

    def do_exit(self, status: int) -> NoReturn:
        os._exit(status)

    def do_sleep(self) -> NoReturn:
        """Do not even listen."""
        while os.getppid() == self._parent:
            time.sleep(0.5)
        os._exit(0)

    # -- the socket

    def _send(self, report: Report) -> None:
        self._raw(frame(msgspec.msgpack.encode(report)))

    def _raw(self, data: bytes) -> None:
        try:
            self._channel.sendall(data)
        except OSError:
            os._exit(0)

    def _receive(self) -> list[Command]:
        data = self._channel.recv(1 << 16)
        if not data:
            os._exit(0)
        return [self._decoder.decode(part) for part in self._reader.feed(data)]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    number, birth, parent = sys.argv[1:]
    Peer(socket.socket(fileno=int(number)), birth, int(parent)).live()
