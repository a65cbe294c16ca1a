"""Landlock: no file, no TCP, and no signal or abstract socket beyond this process, by a second mechanism of the kernel.

https://docs.kernel.org/userspace-api/landlock.html.  A ruleset without rules denies all that it handles, to the
calling thread and the threads that it makes; from ABI 8 on, to all threads of the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
from typing import NamedTuple

from edge.cell.kernel import system_call

_CREATE_RULESET_VERSION = 1
_RESTRICT_SELF_TSYNC = 1 << 3
_FIRST_TSYNC = 8

NEWEST = 9
"""The newest ABI whose access rights are known here."""

# ABI -> number of access rights for files, TCP, and scopes, each a bit from 0 on.
_RIGHTS = {1: (13, 0, 0), 2: (14, 0, 0), 3: (15, 0, 0), 4: (15, 2, 0), 5: (16, 2, 0), 6: (16, 2, 2), 9: (17, 2, 2)}


class Ruleset(NamedTuple):
    """struct landlock_ruleset_attr, and how many bytes of it the ABI knows."""

    files: int
    tcp: int
    scopes: int
    size: int


def ruleset(abi: int) -> Ruleset:
    """Everything that an ABI can deny."""
    files, tcp, scopes = _RIGHTS[max(known for known in _RIGHTS if known <= abi)]
    size = 24 if scopes else 16 if tcp else 8
    return Ruleset((1 << files) - 1, (1 << tcp) - 1, (1 << scopes) - 1, size)


def restrict() -> int:
    """Deny everything; the ABI that did it.  Raises OSError where there is no Landlock; needs no_new_privs."""
    abi = system_call("landlock_create_ruleset", None, 0, _CREATE_RULESET_VERSION)
    used, descriptor = _create(min(abi, NEWEST))
    try:
        system_call("landlock_restrict_self", descriptor, _RESTRICT_SELF_TSYNC if abi >= _FIRST_TSYNC else 0)
    finally:
        os.close(descriptor)
    return used


def covers_all_threads(abi: int) -> bool:
    """Whether threads that were there before are restricted as well."""
    return abi >= _FIRST_TSYNC


class _Attributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def _create(abi: int) -> tuple[int, int]:
    """The ABI used and a descriptor; a kernel with a part of an ABI (backports) refuses unknown rights: try less."""
    while True:
        wanted = ruleset(abi)
        attributes = _Attributes(wanted.files, wanted.tcp, wanted.scopes)
        try:
            return abi, system_call("landlock_create_ruleset", ctypes.byref(attributes), wanted.size, 0)
        except OSError as error:
            if abi == 1 or error.errno not in (errno.EINVAL, errno.E2BIG):
                raise
            abi -= 1
