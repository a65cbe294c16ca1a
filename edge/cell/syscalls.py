"""System call numbers of the architectures that a cell can be confined on.

Only the calls that the sandbox names: what it allows, what it answers with an error, and what it uses itself.
aarch64 has the numbers of the kernel's include/uapi/asm-generic/unistd.h, x86_64 those of
arch/x86/entry/syscalls/syscall_64.tbl; aarch64 lacks the older calls (poll, open, stat and their like).
"""

from __future__ import annotations

import functools
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from edge.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Architecture(NamedTuple):
    """`audit` is the AUDIT_ARCH_* value of linux/audit.h that the kernel gives to a filter; all are little-endian."""

    name: str
    audit: int
    numbers: Mapping[str, int]


X86_64 = Architecture(
    "x86_64",
    0xC000003E,
    {
        "read": 0, "pread64": 17, "write": 1, "close": 3, "recvfrom": 45, "sendto": 44, "poll": 7, "ppoll": 271,
        "futex": 202, "mmap": 9, "mprotect": 10, "pkey_mprotect": 329, "munmap": 11, "mremap": 25, "madvise": 28,
        "brk": 12, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sigaltstack": 131, "restart_syscall": 219,
        "sched_yield": 24, "sched_getaffinity": 204, "nanosleep": 35, "clock_nanosleep": 230, "clock_gettime": 228,
        "clock_getres": 229, "gettimeofday": 96, "getrandom": 318, "getpid": 39, "gettid": 186, "clone": 56,
        "clone3": 435, "rseq": 334, "set_robust_list": 273, "exit": 60, "exit_group": 231, "open": 2, "openat": 257,
        "readlink": 89, "readlinkat": 267, "stat": 4, "lstat": 6, "fstat": 5, "newfstatat": 262, "statx": 332,
        "access": 21, "faccessat": 269, "faccessat2": 439, "getcwd": 79, "ioctl": 16, "fcntl": 72, "lseek": 8,
        "prctl": 157, "rt_sigaction": 13, "kill": 62, "tgkill": 234, "uname": 63, "sysinfo": 99, "getrusage": 98,
        "times": 100, "getcpu": 309, "mincore": 27, "membarrier": 324, "getrlimit": 97, "prlimit64": 302,
        "get_mempolicy": 239, "sched_getparam": 143, "sched_getscheduler": 145, "sched_setaffinity": 203,
        "pkey_alloc": 330, "pkey_free": 331, "seccomp": 317, "landlock_create_ruleset": 444,
        "landlock_restrict_self": 446, "capset": 126,
    },
)  # fmt: skip

AARCH64 = Architecture(
    "aarch64",
    0xC00000B7,
    {
        "read": 63, "pread64": 67, "write": 64, "close": 57, "recvfrom": 207, "sendto": 206, "ppoll": 73, "futex": 98,
        "mmap": 222, "mprotect": 226, "pkey_mprotect": 288, "munmap": 215, "mremap": 216, "madvise": 233, "brk": 214,
        "rt_sigprocmask": 135, "rt_sigreturn": 139, "sigaltstack": 132, "restart_syscall": 128, "sched_yield": 124,
        "sched_getaffinity": 123, "nanosleep": 101, "clock_nanosleep": 115, "clock_gettime": 113, "clock_getres": 114,
        "gettimeofday": 169, "getrandom": 278, "getpid": 172, "gettid": 178, "clone": 220, "clone3": 435, "rseq": 293,
        "set_robust_list": 99, "exit": 93, "exit_group": 94, "openat": 56, "readlinkat": 78, "fstat": 80,
        "newfstatat": 79, "statx": 291, "faccessat": 48, "faccessat2": 439, "getcwd": 17, "ioctl": 29, "fcntl": 25,
        "lseek": 62, "prctl": 167, "rt_sigaction": 134, "kill": 129, "tgkill": 131, "uname": 160, "sysinfo": 179,
        "getrusage": 165, "times": 153, "getcpu": 168, "mincore": 232, "membarrier": 283, "getrlimit": 163,
        "prlimit64": 261, "get_mempolicy": 236, "sched_getparam": 121, "sched_getscheduler": 120,
        "sched_setaffinity": 122, "pkey_alloc": 289, "pkey_free": 290, "seccomp": 277,
        "landlock_create_ruleset": 444, "landlock_restrict_self": 446, "capset": 91,
    },
)  # fmt: skip

ARCHITECTURES = {architecture.name: architecture for architecture in (X86_64, AARCH64)}


@functools.cache
def of_this_machine() -> Architecture:
    """The architecture that this process runs on.  Raises SandboxError when cells do not know it."""
    uname = os.uname()
    found = ARCHITECTURES.get(uname.machine)
    if uname.sysname != "Linux" or found is None or struct.calcsize("P") != 8:
        raise SandboxError(
            f"cells cannot be confined on {uname.sysname} {uname.machine}",
            hint="they need 64-bit Linux on x86_64 or aarch64",
        )
    return found
