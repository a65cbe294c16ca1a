"""Starting the zygote's process.

Needs the standard library alone: a gateway begins with it, so that the zygote loads what cells need while the gateway
loads what it needs itself.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Started(NamedTuple):
    """A process that is coming up, and our end of its socket."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    sandboxed: bool


_ahead: list[Started] = []


def start_ahead(*, sandboxed: bool) -> None:
    """Start the process that the first `start` of this kind gives out.  Never raises: then that one tries again."""
    try:
        _ahead.append(_start(sandboxed=sandboxed))
    except OSError:
        return


def start(*, sandboxed: bool) -> Started:
    """A process of nobody else.  Raises OSError."""
    for started in _ahead:
        if started.sandboxed == sandboxed:
            _ahead.remove(started)
            return started
    return _start(sandboxed=sandboxed)


def discard() -> None:
    """End what was started ahead and is not needed."""
    while _ahead:
        process, channel, _ = _ahead.pop()
        process.kill()  # before it is told by the end of its socket, which it would complain of
        process.wait()
        channel.close()


def _start(*, sandboxed: bool) -> Started:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        try:
            return Started(_run(theirs.fileno(), sandboxed=sandboxed), ours, sandboxed)
        except BaseException:
            ours.close()
            raise


def _run(control: int, *, sandboxed: bool) -> subprocess.Popen[bytes]:
    """In a session of its own: a terminal's signals are for the gateway."""
    mode = "sandboxed" if sandboxed and sys.platform == "linux" else "bare"
    paths = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    return subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", "edge.cell.zygote", str(control), mode],
        pass_fds=[control],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": paths},
        start_new_session=True,
    )
