"""A process that the zygote has forked where the system has no way to make it ours: not on Linux."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import trio

_INTERVAL = 0.01


class Grandchild:
    """The zygote ignores SIGCHLD, so that the kernel reaps it; there is nothing but its pid to know it by."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = False

    def kill(self) -> None:
        """SIGKILL, unless it has been seen to end."""
        if not self._ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> None:
        """Until it has ended."""
        while not self._ended:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                self._ended = True
            else:
                await trio.sleep(_INTERVAL)
