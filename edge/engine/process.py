"""What a process of ours asks of the kernel and of libc."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


def die_with_parent(parent: int) -> None:
    """Be killed when the process `parent`, which must be our parent, ends (Linux; elsewhere nothing).

    The parent may have gone before the call: then we end here.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def end_after(seconds: float) -> None:
    """End this process then, whatever it does.

    The handler is C's `_exit`: Python's would wait for the interpreter, and the default action does not reach the
    first process of a namespace of pids (pid_namespaces(7)).
    """
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    libc.signal.restype = ctypes.c_void_p
    libc.signal(signal.SIGALRM, ctypes.cast(libc._exit, ctypes.c_void_p))  # noqa: SLF001 - that is its name in C
    signal.setitimer(signal.ITIMER_REAL, seconds)


def name_process(name: str) -> None:
    """What `ps` and `top` call this process, in up to 15 characters (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def give_back() -> None:
    """Give memory that libc has free back to the system, in all arenas; takes some ms.  See malloc_trim(3)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
    if trim is not None:
        trim(0)
