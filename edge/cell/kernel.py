"""Calls into the kernel that Python has no function for."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from edge.cell.syscalls import of_this_machine

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_GET_TID_ADDRESS = 40
PR_SET_THP_DISABLE = 41
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def checked(result: int, what: str) -> int:
    """The result of a call of libc.  Raises OSError (named after the call, not after a file) when it is negative."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def system_call(name: str, *arguments: Any) -> int:
    """A system call by its name; numbers are passed with 64 bits.  Raises OSError."""
    number = of_this_machine().numbers[name]
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return checked(libc.syscall(ctypes.c_long(number), *wide), name)


def prctl(option: int, *arguments: int) -> int:
    """An operation on this process or thread.  Raises OSError."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return checked(libc.prctl(ctypes.c_int(option), *padded), f"prctl {option}")
