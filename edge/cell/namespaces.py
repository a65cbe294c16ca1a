"""Namespaces of a process without a network, without others' mounts and without others to talk to.

https://man7.org/linux/man-pages/man7/namespaces.7.html.  Each is entered where the kernel, and what runs us,
permits it; a cell is sealed without them too.
"""

from __future__ import annotations

import os
from pathlib import Path

from edge.cell.kernel import PR_SET_DUMPABLE, checked, libc, prctl

CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

NAMESPACES = {
    "net_namespace": 0x40000000,
    "mount_namespace": 0x00020000,
    "ipc_namespace": 0x08000000,
    "uts_namespace": 0x04000000,
}
"""Layer -> CLONE_NEW* flag."""

_MS_REC_PRIVATE = 0x4000 | 0x40000


def enter(names: list[str]) -> dict[str, str]:
    """Enter the namespaces; those that did not work, with the reason."""
    reasons = {}
    for name in names:
        try:
            checked(libc.unshare(NAMESPACES[name]), "unshare")
            if name == "mount_namespace":
                checked(libc.mount(None, b"/", None, _MS_REC_PRIVATE, None), "mount")
        except OSError as error:
            reasons[name] = os.strerror(error.errno or 0)
    return reasons


def enter_user_namespace() -> str:
    """Enter a user namespace in which only the own user and group exist; "" when done, else why not.

    The process has all capabilities there until it drops them.  It must have one thread.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        checked(libc.unshare(CLONE_NEWUSER), "unshare")
    except OSError as error:
        return os.strerror(error.errno or 0)
    try:
        prctl(PR_SET_DUMPABLE, 1)  # else the maps belong to root
        Path("/proc/self/setgroups").write_text("deny", "utf-8")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "utf-8")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "utf-8")
    except OSError as error:
        return f"its users cannot be set: {os.strerror(error.errno or 0)}"
    return ""
