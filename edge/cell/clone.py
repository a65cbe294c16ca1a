"""Making a child that is its parent's sibling.

The child belongs to the process that made us: that one reaps it, and is the one whose end it is told of.  Made with
clone(2) of https://man7.org/linux/man-pages/man2/clone.2.html, called past libc: so only from a process with one
thread, where no lock of libc can be held.
"""

from __future__ import annotations

import ctypes
import os
import signal

from edge.cell.kernel import PR_GET_TID_ADDRESS, libc
from edge.cell.namespaces import CLONE_NEWPID, CLONE_NEWUSER
from edge.cell.syscalls import AARCH64, of_this_machine

_PARENT = 0x00008000
_CHILD_CLEARTID = 0x00200000
_CHILD_SETTID = 0x01000000

_holding = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock: the child goes on with it
_holding.syscall.restype = ctypes.c_long


def clone(*, new_pid_namespace: bool, fallback: bool = False) -> int:
    """Like os.fork(): 0 in the child, its pid (as we see it) in the parent; but our parent is the child's too.

    With `new_pid_namespace` the child is process 1 of a namespace of its own, in a user namespace of its own, where
    it has all capabilities until it drops them, and where limits count its threads alone.  That takes no privilege,
    so the caller needs none.  Raises OSError where the kernel does not do this, or forks if `fallback`.
    """
    try:
        return _clone(_PARENT | (CLONE_NEWUSER | CLONE_NEWPID if new_pid_namespace else 0))
    except OSError:
        if not fallback:
            raise
        return os.fork()


def new_pid_namespaces_work() -> bool:
    """Whether `clone(new_pid_namespace=True)` can be used; makes a process that ends at once (about 3 ms)."""
    try:
        pid = _clone(CLONE_NEWUSER | CLONE_NEWPID)
    except OSError:
        return False
    if pid == 0:
        os._exit(0 if os.getpid() == 1 else 1)
    return os.waitpid(pid, 0)[1] == 0


def _clone(flags: int) -> int:
    number, address = of_this_machine().numbers["clone"], _thread_id_address()
    flags |= signal.SIGCHLD | _CHILD_SETTID | _CHILD_CLEARTID
    places = (None, address) if of_this_machine() is AARCH64 else (address, None)  # child's id, thread pointer
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = _holding.syscall(ctypes.c_long(number), ctypes.c_ulong(flags), None, None, *places)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    error = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(error, f"clone: {os.strerror(error)}")
    return int(pid)


def _thread_id_address() -> ctypes.c_void_p:
    """Where libc keeps the id of this thread: the child's copy has to say the child's.  Raises OSError."""
    address = ctypes.c_void_p()
    if libc.prctl(PR_GET_TID_ADDRESS, ctypes.byref(address), None, None, None) or not address.value:
        raise OSError(ctypes.get_errno(), "prctl PR_GET_TID_ADDRESS: the kernel does not tell it")
    return address
