"""A program in a terminal of its own, as somebody sits before it; every wait has a deadline."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import sys
import time

from tests.support.gateway_process import environment

PATIENCE = 30.0
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs `edge ARGUMENTS` in `cwd` on a pseudo-terminal."""

    def __init__(self, *arguments, cwd, **env):
        self.text = ""  # what was not yet waited for, with its colours
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            command = [sys.executable, "-m", "edge", *arguments]
            os.execve(command[0], command, environment(TERM="xterm", COLUMNS="200", **env))

    def wait_for(self, pattern, seconds=PATIENCE):
        """The match of a pattern in what comes, colours left out; everything up to its end is done with."""
        end = time.monotonic() + seconds
        while (found := re.search(pattern, plain(self.text), re.DOTALL)) is None:
            assert time.monotonic() < end, f"{pattern!r} did not come within {seconds} s, but:\n{plain(self.text)}"
            assert self._read(0.2), f"it ended without {pattern!r}, but:\n{plain(self.text)}"
        self.text = plain(self.text)[found.end() :]
        return found

    def _read(self, seconds):
        """False when nothing will come any more."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def press(self, keys):
        """Type."""
        os.write(self._descriptor, keys.encode())

    def wait_ended(self, seconds=PATIENCE):
        """The exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it did not end within {seconds} s, but said:\n{plain(self.text)}")

    def close(self):
        """End it, whatever it does."""
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            with contextlib.suppress(AssertionError):
                self.wait_ended(10)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._descriptor)


def plain(text):
    """Without colours, with ends of lines as elsewhere."""
    return _ESCAPE.sub("", text).replace("\r\n", "\n")


@contextlib.contextmanager
def terminal(*arguments, cwd, **env):
    """A Terminal that ends with the context."""
    opened = Terminal(*arguments, cwd=cwd, **env)
    try:
        yield opened
    finally:
        opened.close()
