"""Native code inside a sealed process: what it tries, and how that must end.

`ATTACKS` are jobs of tests/support/cell_zygote.py; each returns what the kernel answered, a negative number being an
error.  `EXPECTED` has the answer that is right: an error, or the signal that ends the process.  Each call is made with
arguments that it would succeed with, outside of a sandbox, as far as that harms nobody.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from edge.cell.syscalls import of_this_machine
from edge.units import GIB, MIB

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from edge.engine.snapshot import Blob

    Job = Callable[[socket.socket, Blob], Any]

ATTACKS: dict[str, Job] = {}
EXPECTED: dict[str, int] = {}

MOST = 256
"""MiB that an attack on memory takes at most in one way, should nothing stop it."""

DEATH = -int(signal.SIGSYS)

# Calls that the sandbox has no name for: x86_64, aarch64 (None: it has no such call).
NUMBERS = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept4": (288, 242), "setsockopt": (54, 208), "sendmsg": (46, 211), "recvmsg": (47, 212), "execve": (59, 221),
    "execveat": (322, 281), "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117), "dup": (32, 23),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "memfd_create": (319, 279), "keyctl": (250, 219),
    "memfd_secret": (447, 447), "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "bpf": (321, 280),
    "setrlimit": (160, 164), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "chroot": (161, 51),
    "perf_event_open": (298, 241), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mlock": (149, 228),
    "mq_open": (240, 180), "timer_create": (222, 107), "timerfd_create": (283, 85), "eventfd2": (290, 19),
    "epoll_create1": (291, 20), "pipe2": (293, 59), "inotify_init1": (294, 26), "setuid": (105, 146),
    "setresuid": (117, 147), "setgroups": (116, 159), "personality": (135, 92), "vmsplice": (278, 75),
    "splice": (275, 76), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "setsid": (112, 157), "process_madvise": (440, 440),
    "mbind": (237, 235), "kcmp": (312, 272), "syslog": (103, 116), "remap_file_pages": (216, 234),
    "unlinkat": (263, 35), "mkdirat": (258, 34), "openat2": (437, 437), "getppid": (110, 173), "signalfd4": (289, 74),
    "landlock_add_rule": (445, 445), "name_to_handle_at": (303, 264), "modify_ldt": (154, None), "capset": (126, 91),
    "sched_setscheduler": (144, 119), "arch_prctl": (158, None), "finit_module": (313, 273), "sendmmsg": (307, 269),
}  # fmt: skip
_COLUMN = {"x86_64": 0, "aarch64": 1}[of_this_machine().name]

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def number(name: str) -> int | None:
    return NUMBERS[name][_COLUMN] if name in NUMBERS else of_this_machine().numbers.get(name)


def raw(call: int, *arguments: Any) -> int:
    """The kernel's answer."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result: int = _libc.syscall(ctypes.c_long(call), *wide)
    return -ctypes.get_errno() if result == -1 else result


def call(name: str, *arguments: Any) -> int:
    found = number(name)
    assert found is not None
    return raw(found, *arguments)


def attack(expected: int) -> Callable[[Job], Job]:
    """Register a job of several steps."""

    def add(job: Job) -> Job:
        ATTACKS[job.__name__] = job
        EXPECTED[job.__name__] = expected
        return job

    return add


def try_call(title: str, expected: int, name: str, *arguments: Any) -> None:
    """Register one call."""
    if number(name) is not None:
        ATTACKS[title] = lambda _channel, _blob: call(name, *arguments)
        EXPECTED[title] = expected


_AT_CWD = -100
_us = os.getpid()  # the zygote's, at most: whoever asks for it from a namespace of its own asks for somebody else
_vector = functools.partial(ctypes.create_string_buffer, 64)
_path = b"/etc/passwd"
_program = b"/bin/true"
_strings = (ctypes.c_char_p * 2)(_program, None)

# -- files
try_call("open a file", -errno.EACCES, "openat", _AT_CWD, _path, os.O_RDONLY)
try_call("open a file the old way", -errno.EACCES, "open", _path, os.O_RDONLY)
try_call("open a file the new way", DEATH, "openat2", _AT_CWD, _path, _vector(), 24)
try_call("make a file", -errno.EACCES, "openat", _AT_CWD, b"/tmp", os.O_RDWR | os.O_TMPFILE, 0o600)
try_call("make a directory", DEATH, "mkdirat", _AT_CWD, b"/tmp/edge-cell-attack", 0o700)
try_call("remove a file", DEATH, "unlinkat", _AT_CWD, b"/tmp/edge-cell-attack", 0)
try_call("look at a file", -errno.EACCES, "newfstatat", _AT_CWD, _path, _vector(), 0)
try_call("look at a file in detail", -errno.EACCES, "statx", _AT_CWD, _path, 0, 0, (ctypes.c_char * 512)())
try_call("a file's handle", DEATH, "name_to_handle_at", _AT_CWD, _path, _vector(), _vector(), 0)
try_call("watch files", DEATH, "inotify_init1", 0)
try_call("change the root", DEATH, "chroot", b"/")
try_call("mount", DEATH, "mount", None, b"/", None, 0x44000, None)

# -- descriptors
try_call("a second descriptor", DEATH, "dup", 0)
try_call("a descriptor by fcntl", -errno.EBADF, "fcntl", 0, 0, 0)
try_call("a pipe", DEATH, "pipe2", _vector(), 0)
try_call("memory as a file", DEATH, "memfd_create", b"x", 0)
try_call("secret memory", DEATH, "memfd_secret", 0)
try_call("an event counter", DEATH, "eventfd2", 0, 0)
try_call("an epoll", DEATH, "epoll_create1", 0)
try_call("a timer as a file", DEATH, "timerfd_create", 1, 0)
try_call("signals as a file", DEATH, "signalfd4", -1, _vector(), 8, 0)
try_call("a ring", DEATH, "io_uring_setup", 4, (ctypes.c_char * 120)())
try_call("faults as a file", DEATH, "userfaultfd", 1)
try_call("a program in the kernel", DEATH, "bpf", 0, _vector(), 64)
try_call("performance counters", DEATH, "perf_event_open", (ctypes.c_char * 128)(), 0, -1, -1, 0)
try_call("a module", DEATH, "finit_module", 0, b"", 0)
try_call("splice", DEATH, "splice", 0, None, 1, None, 1, 0)
try_call("vmsplice", DEATH, "vmsplice", 1, _vector(), 0, 0)

# -- sockets
try_call("a socket of the internet", DEATH, "socket", 2, 1, 0)
try_call("a socket of this machine", DEATH, "socket", 1, 1, 0)
try_call("a socket of the kernel", DEATH, "socket", 16, 3, 0)
try_call("a pair of sockets", DEATH, "socketpair", 1, 1, 0, _vector())
try_call("send a descriptor", DEATH, "sendmsg", 3, _vector(), 0)
try_call("send many", DEATH, "sendmmsg", 3, _vector(), 0, 0)
try_call("receive a descriptor", DEATH, "recvmsg", 3, _vector(), 0)
try_call("change the socket", DEATH, "setsockopt", 3, 1, 7, _vector(), 4)
try_call("connect", DEATH, "connect", 3, b"\1\0\0x", 4)
try_call("bind", DEATH, "bind", 3, b"\1\0\0x", 4)
try_call("listen", DEATH, "listen", 3, 1)
try_call("accept", DEATH, "accept4", 3, None, None, 0)
try_call("send out of band", -errno.EOPNOTSUPP, "sendto", 3, b"x", 1, 1, None, 0)
try_call("receive out of band", -errno.EOPNOTSUPP, "recvfrom", 3, _vector(), 1, 1, None, None)
try_call("send to an address", -errno.EISCONN, "sendto", 3, b"x", 1, 0, b"\1\0\0x", 4)

# -- processes
try_call("execute", DEATH, "execve", _program, _strings, None)
try_call("execute by descriptor", DEATH, "execveat", _AT_CWD, _program, _strings, None, 0)
try_call("fork", DEATH, "fork")
try_call("vfork", DEATH, "vfork")
try_call("fork by clone", -errno.EPERM, "clone", int(signal.SIGCHLD), None, None, None, None)
try_call("fork by clone3", -errno.ENOSYS, "clone3", (ctypes.c_uint64 * 8)(0, 0, 0, 0, signal.SIGCHLD), 64)
try_call("a sibling", -errno.EPERM, "clone", 0x8000 | signal.SIGCHLD, None, None, None, None)
try_call("a child in our memory", -errno.EPERM, "clone", 0x100 | 0x4000 | signal.SIGCHLD, None, None, None, None)
try_call("a thread in a namespace", -errno.EPERM, "clone", 0x3D0F00 | 0x10000000, None, None, None, None)
try_call("a flag beyond 32 bits", -errno.EPERM, "clone", 0x3D0F00 | 1 << 33, None, None, None, None)
try_call("signal the parent", -errno.EPERM, "kill", _us, 0)
try_call("signal everybody", -errno.EPERM, "kill", -1, 0)
try_call("signal a thread", -errno.EPERM, "tgkill", _us, _us, 0)
try_call("signal a thread of anybody", DEATH, "tkill", _us, 0)
try_call("queue a signal", DEATH, "rt_sigqueueinfo", _us, 0, _vector())
try_call("a descriptor of a process", DEATH, "pidfd_open", _us, 0)
try_call("signal by descriptor", DEATH, "pidfd_send_signal", 3, 0, None, 0)
try_call("a descriptor of another process", DEATH, "pidfd_getfd", 3, 0, 0)
try_call("be traced", DEATH, "ptrace", 0, 0, None, None)
try_call("trace the parent", DEATH, "ptrace", 0x4206, _us, None, None)
try_call("read another's memory", DEATH, "process_vm_readv", _us, _vector(), 1, _vector(), 1, 0)
try_call("write another's memory", DEATH, "process_vm_writev", _us, _vector(), 1, _vector(), 1, 0)
try_call("advise another", DEATH, "process_madvise", 3, _vector(), 1, 4, 0)
try_call("compare processes", DEATH, "kcmp", _us, _us, 0, 0, 0)
try_call("who is the parent", DEATH, "getppid")
try_call("a session", DEATH, "setsid")

# -- rights
try_call("raise a limit", DEATH, "setrlimit", 7, (ctypes.c_uint64 * 2)(1024, 1024))
try_call("raise a limit the new way", -errno.EPERM, "prlimit64", 0, 2, (ctypes.c_uint64 * 2)(-1, -1), None)
try_call("limits of the parent", -errno.EPERM, "prlimit64", _us, 2, None, _vector())
try_call("leave the namespaces", DEATH, "unshare", 0x10000000)
try_call("join a namespace", DEATH, "setns", 3, 0)
try_call("become root", DEATH, "setuid", 0)
try_call("become root wholly", DEATH, "setresuid", 0, 0, 0)
try_call("join groups", DEATH, "setgroups", 0, None)
try_call("take capabilities", DEATH, "capset", _vector(), _vector())
try_call("be looked into", -errno.EINVAL, "prctl", 4, 1, 0, 0, 0)
try_call("outlive the parent", -errno.EINVAL, "prctl", 1, 0, 0, 0, 0)
try_call("another filter", DEATH, "seccomp", 0, 0, None)
try_call("another ruleset", DEATH, "landlock_create_ruleset", None, 0, 1)
try_call("a rule", DEATH, "landlock_add_rule", 3, 1, _vector(), 0)
try_call("a key", DEATH, "keyctl", 0, -3, 1)
try_call("another personality", DEATH, "personality", 0xFFFFFFFF)
try_call("real time", DEATH, "sched_setscheduler", 0, 1, _vector())
try_call("segments", DEATH, "modify_ldt", 0, _vector(), 16)
try_call("thread pointers", DEATH, "arch_prctl", 0x1003, _vector())
try_call("the kernel's log", DEATH, "syslog", 10, None, 0)

# -- memory
_PRIVATE, _SHARED, _ANONYMOUS = 2, 1, 0x20
_R, _RW, _RX, _RWX = 1, 3, 5, 7


def _try_map(title: str, protection: int, flags: int) -> None:
    try_call(title, -errno.EPERM, "mmap", None, 4096, protection, flags, -1, 0)


_try_map("shared memory", _RW, _SHARED | _ANONYMOUS)
_try_map("shared memory, validated", _RW, 3 | _ANONYMOUS)
_try_map("memory that grows down", _RW, _PRIVATE | _ANONYMOUS | 0x100)
_try_map("locked memory", _RW, _PRIVATE | _ANONYMOUS | 0x2000)
_try_map("huge pages", _RW, _PRIVATE | _ANONYMOUS | 0x40000)
_try_map("populated memory", _RW, _PRIVATE | _ANONYMOUS | 0x8000)
_try_map("a flag of the map beyond 32 bits", _RW, _PRIVATE | _ANONYMOUS | 1 << 40)
_try_map("an access beyond 32 bits", _RW | 1 << 32, _PRIVATE | _ANONYMOUS)
_try_map("read-only memory", _R, _PRIVATE | _ANONYMOUS)
_try_map("write-only memory", 2, _PRIVATE | _ANONYMOUS)
_try_map("memory that runs", _RX, _PRIVATE | _ANONYMOUS)
_try_map("memory that is written and runs", _RWX, _PRIVATE | _ANONYMOUS)
_try_map("a file in memory", _R, _PRIVATE)
try_call("shared memory by key", DEATH, "shmget", 0, 4096, 0o1600)
try_call("semaphores", DEATH, "semget", 0, 1, 0o1600)
try_call("messages", DEATH, "msgget", 0, 0o1600)
try_call("a message queue", DEATH, "mq_open", b"edge", 0o102, 0o600, None)
try_call("a timer", DEATH, "timer_create", 1, None, _vector())
try_call("lock memory", DEATH, "mlock", _vector(), 64)
try_call("bind memory", DEATH, "mbind", 0, 0, 0, None, 0, 0)
try_call("remap a file", DEATH, "remap_file_pages", 0, 0, 0, 0, 0)
try_call("a priority futex", -errno.ENOSYS, "futex", (ctypes.c_int * 1)(), 6, 0, None, None, 0)
try_call("requeue to a priority futex", -errno.ENOSYS, "futex", (ctypes.c_int * 2)(), 11, 0, None, None, 0)

if _COLUMN == 0:
    ATTACKS["a call of x32"] = lambda _channel, _blob: raw(0x40000000 | 39)
    EXPECTED["a call of x32"] = DEATH
ATTACKS["a call that does not exist"] = lambda _channel, _blob: raw(5000)
EXPECTED["a call that does not exist"] = DEATH


def _map(size: int, protection: int = _RW) -> int:
    return call("mmap", None, size, protection, _PRIVATE | _ANONYMOUS, -1, 0)


@attack(-errno.EINVAL)
def a_huge_read_only_region(_channel: socket.socket, _blob: Blob) -> int:
    """Address space costs nothing; made readable, its page tables would."""
    return call("mprotect", _map(64 * GIB, 0), 64 * GIB, _R)


@attack(-errno.EPERM)
def writable_memory_in_the_place_of_other(_channel: socket.socket, _blob: Blob) -> int:
    """The kernel charges only what is new of it, and takes address space without access for charged."""
    return call("mmap", _map(GIB, 0), GIB, _RW, _PRIVATE | _ANONYMOUS | 0x10, -1, 0)


@attack(-errno.EINVAL)
def write_only_by_mprotect(_channel: socket.socket, _blob: Blob) -> int:
    return call("mprotect", _map(4096), 4096, 2)


@attack(-errno.EINVAL)
def growing_by_mprotect(_channel: socket.socket, _blob: Blob) -> int:
    return call("mprotect", _map(4096), 4096, _RW | 0x01000000)


@attack(-errno.EINVAL)
def beyond_32_bits_by_mprotect(_channel: socket.socket, _blob: Blob) -> int:
    return call("mprotect", _map(4096), 4096, _RW | 1 << 35)


@attack(-errno.ENOMEM)
def growing_by_mremap(_channel: socket.socket, _blob: Blob) -> int:
    return call("mremap", _map(4096), 4096, 8192, 1, 0)


@attack(-errno.EINVAL)
def pages_shared_with_others(_channel: socket.socket, _blob: Blob) -> int:
    """MADV_MERGEABLE tells what others have in memory."""
    return call("madvise", _map(4096), 4096, 12)


@attack(-errno.EINVAL)
def memory_for_the_child(_channel: socket.socket, _blob: Blob) -> int:
    """MADV_POPULATE_WRITE."""
    return call("madvise", _map(4096), 4096, 23)


@attack(DEATH)
def another_thread_opens_a_socket(_channel: socket.socket, _blob: Blob) -> int:
    """Threads made after the seal are sealed."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(call("socket", 1, 1, 0)))
    thread.start()
    thread.join()
    return found[0]


def open_descriptors(channel: socket.socket, _blob: Blob) -> list[int]:
    """Every descriptor but the channel: closing tells which ones are open."""
    return [fd for fd in range(70_000) if fd != channel.fileno() and call("close", fd) == 0]


def all_memory(_channel: socket.socket, _blob: Blob) -> dict[str, int]:
    """MiB that can be had and written to in each way, one after the other; nothing is given back."""
    return {
        "mapped": _written(lambda: _map(MIB)),
        "unlocked": _written(_unlocked),
        "running": _written(lambda: _unlocked(_RWX)),
        "fixed": _written(lambda: call("mmap", _map(MIB, 0), MIB, _RW, _PRIVATE | _ANONYMOUS | 0x10, -1, 0)),
        "placed": _written(lambda: call("mmap", _free_place(), MIB, _RW, _PRIVATE | _ANONYMOUS | 0x100000, -1, 0)),
        "unreserved": _written(lambda: call("mmap", None, MIB, _RW, _PRIVATE | _ANONYMOUS | 0x4000, -1, 0)),
        "stacks": _written(lambda: call("mmap", None, MIB, _RW, _PRIVATE | _ANONYMOUS | 0x20000, -1, 0)),
        "heap": _written(_heap),
    }


def _written(get: Callable[[], int]) -> int:
    count = 0
    while count < MOST:
        address = get()
        if address < 0:
            return count
        ctypes.memset(address, 1, MIB)
        count += 1
    return count


def _unlocked(protection: int = _RW) -> int:
    address = _map(MIB, 0)
    error = call("mprotect", address, MIB, protection)
    return error or address


def _free_place() -> int:
    address = _map(MIB, 0)
    call("munmap", address, MIB)
    return address


def _heap() -> int:
    end = call("brk", 0)
    return end if call("brk", end + MIB) == end + MIB else -1


def hidden_memory(channel: socket.socket, _blob: Blob) -> int:
    """MiB written to and then made inaccessible, which the kernel takes out of the charge, with what is in them."""
    count = 0
    while count < MOST and (address := _map(MIB)) >= 0:
        ctypes.memset(address, 1, MIB)
        call("mprotect", address, MIB, 0)
        count += 1
    channel.sendall(b"%d\n" % count)
    channel.recv(1)
    return count


def threads(_channel: socket.socket, _blob: Blob) -> int:
    """How many threads can be had at once."""
    hold, made = threading.Event(), 0
    try:
        for _ in range(2000):
            threading.Thread(target=hold.wait, daemon=True).start()
            made += 1
    except RuntimeError:
        pass
    finally:
        hold.set()
    return made


ATTACKS |= {job.__name__: job for job in (open_descriptors, all_memory, hidden_memory, threads)}
