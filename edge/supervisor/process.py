"""A child process as the kernel shows it: nothing here asks the child, so nothing here can be lied to.

The child is known by its pidfd (pidfd_open(2)) and stays unreaped until `wait` has seen it end, so its pid cannot
mean another process.  All sizes are in bytes, all times in seconds of CPU.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec
import trio

from edge.errors import EngineCrashError
from edge.units import KIB

if TYPE_CHECKING:
    from types import TracebackType

_CPUCLOCK_SCHED = 2
_PAGE = resource.getpagesize()
_REAP_INTERVAL = 0.001
"""A traced child is reported to its tracer before it is to us: then wait4(2) has to be asked again."""


class Exit(msgspec.Struct, frozen=True):
    """How a process ended: `status` when it exited, else `signal`; its peak resident size and its CPU time.

    To a process that has called exec the kernel also counts the size that it had before, as a copy of its parent.
    """

    status: int | None
    signal: int
    maxrss: int
    cpu: float


class ChildProcess:
    """A child of this process.  As an async context manager it is killed and reaped at the end of the block.

    Takes charge of `pid` at once: raises EngineCrashError, with the child killed and reaped, when the kernel gives
    no descriptor for it.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.exit: Exit | None = None
        self._clock = ~pid << 3 | _CPUCLOCK_SCHED
        self._ended = trio.Event()
        self._watched = False
        self._cpu_seen = 0.0
        self._pages_seen = [0] * 7
        try:
            self._pidfd = os.pidfd_open(pid)
        except OSError as error:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise EngineCrashError(f"a new process cannot be watched: {error.strerror}") from error

    @property
    def pidfd(self) -> int:
        """The descriptor; -1 once the process is reaped."""
        return self._pidfd

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        with trio.CancelScope(shield=True):
            await self.wait()

    # -- its end

    def kill(self) -> None:
        """SIGKILL; nothing happens to one that has ended."""
        if self.exit is None:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    async def wait(self) -> Exit:
        """Until it has ended and is reaped; any number of tasks may wait.

        Whoever watches is trusted to go on: when that task is cancelled, the process is killed and reaped first.
        """
        if self.exit is None and self._watched:
            await self._ended.wait()
        elif self.exit is None:
            self._watched = True
            try:
                await trio.lowlevel.wait_readable(self._pidfd)
            finally:
                with trio.CancelScope(shield=True):
                    await self._finish()
        assert self.exit is not None  # set before _ended
        return self.exit

    async def _finish(self) -> None:
        """Kill what has not ended, reap it and close its descriptor."""
        self.kill()  # changes nothing in the status of one that has ended
        await trio.lowlevel.wait_readable(self._pidfd)
        while not self._reap():  # noqa: ASYNC110 - no event tells
            await trio.sleep(_REAP_INTERVAL)
        os.close(self._pidfd)
        self._pidfd = -1
        self._ended.set()

    def _reap(self) -> bool:
        try:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody else took the status, as wait(-1) anywhere in this process would.
            self.exit = Exit(None, 0, 0, 0.0)
            return True
        if pid == 0:
            return False
        code = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        self.exit = Exit(None if code < 0 else code, max(-code, 0), usage.ru_maxrss * KIB, cpu)
        return True

    @property
    def ended(self) -> bool:
        """Whether it has, reaped or not."""
        if self.exit is not None:
            return True
        try:
            return os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # see _reap
            return True

    # -- what it uses

    def cpu_time(self) -> float:
        """What all its threads have used; of one that has ended, in all."""
        if self.exit is not None:
            return self.exit.cpu
        with contextlib.suppress(OSError):  # it ends just now
            self._cpu_seen = time.clock_gettime(self._clock)
        return self._cpu_seen

    def runnable(self) -> bool:
        """Whether a thread of it runs, or would if there were a processor for it (proc_pid_stat(5), state R)."""
        with contextlib.suppress(OSError, IndexError):  # it ends just now
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                if (thread / "stat").read_bytes().rpartition(b")")[2].split()[0] == b"R":
                    return True
        return False

    def data_size(self) -> int:
        """Private writable memory, touched or not: what RLIMIT_DATA is compared with, and the main thread's stack."""
        return self._pages()[5] * _PAGE

    def resident(self) -> int:
        """Resident memory, shared pages too."""
        return self._pages()[1] * _PAGE

    def anonymous(self) -> int:
        """Resident memory that belongs to no file: its own, and what it shares with its zygote unchanged."""
        _, resident, of_files, *_ = self._pages()
        return (resident - of_files) * _PAGE

    def _pages(self) -> list[int]:
        """/proc/PID/statm (proc(5)): size, resident, shared, text, lib, data, dt; all 0 when it is not to be seen.

        So it is when the process has ended, and where /proc hides it.  When we have no descriptor to spare, it is
        what was seen last.
        """
        try:
            with open(f"/proc/{self.pid}/statm", "rb", buffering=0) as file:  # noqa: PTH123 - twice as fast
                text = file.read() if self.exit is None else b""
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            text = b""
        except OSError:
            return self._pages_seen
        self._pages_seen = [int(pages) for pages in text.split()] or [0] * 7
        return self._pages_seen

    def limit_data(self, size: int) -> None:
        """Move its RLIMIT_DATA; what it holds already is not touched.  Raises EngineCrashError when not permitted."""
        if self.exit is not None:
            return
        try:
            _, hard = resource.prlimit(self.pid, resource.RLIMIT_DATA)
            soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
            resource.prlimit(self.pid, resource.RLIMIT_DATA, (soft, hard))
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise EngineCrashError(
                "the memory of a cell cannot be limited from outside",
                hint="give the gateway CAP_SYS_RESOURCE, or run cells as the gateway's own user",
            ) from error
