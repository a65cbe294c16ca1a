"""Starting a worker: a process of its own with descriptors that it inherits."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "edge.compose.worker"


class WorkerProcess:
    """A process that was started, and our end of its channel."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        """To be made on the main thread: when the thread that made it ends, the kernel ends it.  Raises OSError."""
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                self._process = _start(theirs.fileno(), descriptors)
            except BaseException:
                self.channel.close()
                raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Nothing happens to one that has ended."""
        self._process.send_signal(number)

    def wait(self, seconds: float) -> None:
        """Reap it.  Raises subprocess.TimeoutExpired."""
        self._process.wait(seconds)


def _start(channel: int, descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    """In a process group of its own: a terminal's signals are for the parent, which passes them on once."""
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", PROGRAM, str(channel), str(os.getpid())],
        pass_fds=[channel, *descriptors],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
        process_group=0,
    )
