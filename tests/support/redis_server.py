"""A real Redis or Valkey server for tests, from whatever of both the machine has."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("redis-server", "valkey-server")
"""CI installs the first, see .ci/run."""


def programs() -> list[str]:
    """Those that are here."""
    return [name for name in PROGRAMS if shutil.which(name)]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class RedisServer:
    """One server process; it can be killed and started again on its port, with what it has written."""

    def __init__(self, folder: Path, program: str, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._command = [
            *(program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""),
            *options,
        ]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Until it answers."""
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        end = time.monotonic() + 10
        while self("PING") != b"+PONG\r\n":
            assert time.monotonic() < end, (self.folder / "redis.log").read_text()
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __call__(self, *words: str) -> bytes:
        """The beginning of the answer to a command; nothing while the server does not answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as peer:
                peer.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words))
                return peer.recv(65536)
        except OSError:
            return b""


@contextmanager
def redis_server(folder: Path, *options: str, program: str = "redis-server") -> Iterator[RedisServer]:
    """A server while the context lasts."""
    server = RedisServer(folder, program, *options)
    try:
        yield server
    finally:
        server.kill()
