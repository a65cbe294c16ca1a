"""A program in a terminal of its own, as somebody sits before it; every wait has a deadline."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import time

from tests.support.gateway_process import PROGRAM, environment

PATIENCE = 30.0
# The terminal is the program's own: Ctrl-C reaches it, and it may read keys.
_IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs `edge ARGUMENTS` in `cwd` on a pseudo-terminal."""

    def __init__(self, *arguments, cwd, **env):
        self.text = ""  # what was not yet waited for, with its colours
        self._descriptor, theirs = pty.openpty()
        command = [sys.executable, "-c", _IN_TERMINAL, *PROGRAM, *arguments]
        variables = environment(TERM="xterm", COLUMNS="200", **env)
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self._process = subprocess.Popen(command, cwd=cwd, env=variables, start_new_session=True, **streams)
        os.close(theirs)

    @property
    def pid(self):
        """Of the program."""
        return self._process.pid

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
            if self._process.poll() is not None:
                return self._process.returncode
        raise AssertionError(f"it did not end within {seconds} s, but said:\n{plain(self.text)}")

    def close(self):
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(AssertionError):
                self.wait_ended(10)
        self._process.kill()
        self._process.wait(5)
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
