"""Giving up rights: the user, and capabilities."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

from edge.cell.kernel import (
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_CAPBSET_READ,
    PR_SET_NO_NEW_PRIVS,
    prctl,
    system_call,
)

NOBODY = 65534

_KILL, _SETGID, _SETUID, _SYS_RESOURCE = 5, 6, 7, 24
_NEEDED = {_KILL: "CAP_KILL", _SETGID: "CAP_SETGID", _SETUID: "CAP_SETUID", _SYS_RESOURCE: "CAP_SYS_RESOURCE"}
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def effective_capabilities() -> int:
    """A bit per capability that this process has now."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("\nCapEff:")[1].split(None, 1)[0], 16)


def become_nobody() -> str:
    """Change from root to a user that owns nothing; "" when done, else why not.

    Not done where the gateway, which is the same root, could not govern such processes any more: setting their
    memory limit takes CAP_SYS_RESOURCE, which containers usually lack, and killing them CAP_KILL.
    """
    if os.getuid() != 0 or os.geteuid() != 0:
        return "not started as root"
    held = effective_capabilities()
    lacking = [name for bit, name in _NEEDED.items() if not held >> bit & 1]
    if lacking:
        return f"root lacks {', '.join(lacking)}"
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError as error:  # a user namespace that has no such user
        return f"user {NOBODY} cannot be had: {os.strerror(error.errno or 0)}"
    return ""


def drop_capabilities() -> None:
    """Have none in any set, so that none can come back.  Raises OSError."""
    with contextlib.suppress(PermissionError):  # that set only matters to programs that are executed
        _empty_bounding_set()
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    nothing = (ctypes.c_uint32 * 6)()
    system_call("capset", ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), ctypes.byref(nothing))


def _empty_bounding_set() -> None:
    for capability in range(64):
        try:
            if prctl(PR_CAPBSET_READ, capability):
                prctl(PR_CAPBSET_DROP, capability)
        except PermissionError:
            raise
        except OSError:
            return  # one more than the kernel knows


def forbid_new_privileges() -> None:
    """No program that is executed gets more rights than this process.  Raises OSError."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
