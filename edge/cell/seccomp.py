"""The system calls of a sealed process, as a seccomp filter (https://docs.kernel.org/userspace-api/seccomp_filter.html).

What is not named here kills the process.  Calls that V8, libc or Python try and can do without fail with an error.
Where arguments decide, they are checked, with both halves of those that the kernel reads as 64 bits:

- Memory can only be private, anonymous, and writable or without access.  The kernel charges just that to
  RLIMIT_DATA: not shared or growing mappings, not writable ones in the place of others, and not read-only ones,
  whose page tables alone can fill a machine.
  V8 makes parts of its heap and of its tables read-only, or inaccessible, and aborts when it cannot; that takes
  them out of the charge, with what they hold.  V8 frees what it makes inaccessible.  Machine code that has taken
  the process over need not: its resident memory is for the gateway to watch.
- A thread can be made, a process cannot (`clone3` hides its flags in memory, so libc is made to use `clone`).
- Data goes over the connected socket, without addresses, descriptors and out-of-band data.

`program` is a pure function of the architecture.
"""

from __future__ import annotations

import ctypes
import errno
from typing import TYPE_CHECKING, NamedTuple

from edge.cell.kernel import system_call
from edge.cell.syscalls import X86_64
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.cell.syscalls import Architecture

_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1

KILL = 0x80000000  # SECCOMP_RET_KILL_PROCESS
ALLOW = 0x7FFF0000  # SECCOMP_RET_ALLOW
_ERRNO = 0x00050000  # SECCOMP_RET_ERRNO, with the error in the low half

# Codes of classic BPF (linux/bpf_common.h): load a word, compare and jump, mask, return.
_LOAD, _MASK, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_ABOVE, _JUMP_AT_LEAST, _JUMP_BITS = 0x15, 0x25, 0x35, 0x45

# Offsets in struct seccomp_data.
_NUMBER, _AUDIT, _ARGUMENTS = 0, 4, 16

_X32_BIT = 0x40000000

PROT_NONE, PROT_READ, PROT_READ_WRITE, PROT_ALL = 0, 1, 3, 7
_MAP_REQUIRED = 0x22  # PRIVATE | ANONYMOUS
_MAP_FIXED = 0x10
_MAP_IMAGE = 0x12  # PRIVATE | FIXED
_MAP_ALLOWED = _MAP_REQUIRED | _MAP_FIXED | 0x4000 | 0x20000 | 0x100000  # and NORESERVE, STACK, FIXED_NOREPLACE
_READ_ONLY_AT_ONCE = 256 * KIB
_MADVISE_ALLOWED = (4, 8)  # DONTNEED, FREE
_THREAD_FLAGS = (0x3D0F00, 0x7D0F00)
"""What pthread_create of glibc and of musl ask of clone: all that makes a thread, and no namespace."""
_FUTEX_ALLOWED = (0, 1, 3, 4, 5, 9, 10)  # wait, wake, requeue, cmp_requeue, wake_op, wait_bitset, wake_bitset
_FUTEX_OPERATION = 0x7F  # the rest are flags: private, realtime
_SEND_ALLOWED = 0x40 | 0x4000  # MSG_DONTWAIT, MSG_NOSIGNAL
_RECEIVE_ALLOWED = 0x02 | 0x40 | 0x100  # MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL

ALLOWED = (
    *("read", "pread64", "write", "poll", "ppoll", "munmap", "brk", "close"),
    *("gettid", "getpid", "sched_yield", "sched_getaffinity", "set_robust_list", "rseq", "sigaltstack"),
    *("clock_gettime", "clock_getres", "gettimeofday", "getrandom", "nanosleep", "clock_nanosleep"),
    *("rt_sigprocmask", "rt_sigreturn", "restart_syscall", "exit", "exit_group"),
)

REFUSED: dict[str, int] = {
    # Files: V8, libc and Python look for some, and go on without.
    **dict.fromkeys(("open", "openat", "readlink", "readlinkat", "stat", "lstat", "newfstatat", "statx"), errno.EACCES),
    **dict.fromkeys(("access", "faccessat", "faccessat2", "getcwd"), errno.EACCES),
    **dict.fromkeys(("fstat", "fcntl"), errno.EBADF),
    "ioctl": errno.ENOTTY,
    "lseek": errno.ESPIPE,
    # abort() signals itself first, and ends by an illegal instruction when it cannot.
    **dict.fromkeys(("kill", "tgkill", "rt_sigaction"), errno.EPERM),
    # libc's realloc copies instead.  A read-only mapping that grows would not be charged.
    "mremap": errno.ENOMEM,
    "clone3": errno.ENOSYS,
    "pkey_alloc": errno.ENOSPC,
    **dict.fromkeys(("prctl", "pkey_free"), errno.EINVAL),
    **dict.fromkeys(("uname", "getrlimit", "prlimit64", "sched_setaffinity"), errno.EPERM),
    **dict.fromkeys(("sched_getparam", "sched_getscheduler"), errno.EPERM),
    **dict.fromkeys(("sysinfo", "getrusage", "times", "getcpu", "mincore", "membarrier"), errno.ENOSYS),
    "get_mempolicy": errno.ENOSYS,
}


class Instruction(NamedTuple):
    """struct sock_filter: operation, instructions to skip when the comparison holds and when not, operand."""

    code: int
    jt: int
    jf: int
    k: int


def program(architecture: Architecture, image: int | None = None) -> list[Instruction]:
    """The filter of a sealed process.

    With `image`, a descriptor: as long as no function runs in it.  That file may be mapped privately in the place of
    what there is, and the filter without `image` can be added.
    """
    body = [_load(_AUDIT), Instruction(_JUMP_EQUAL, 1, 0, architecture.audit), _give(KILL), _load(_NUMBER)]
    if architecture is X86_64:
        body += [Instruction(_JUMP_AT_LEAST, 0, 1, _X32_BIT), _give(KILL)]
    for name, check in _CHECKED.items():
        first = _image(image) if name == "mmap" and image is not None else []
        body += _rule(architecture, name, [*first, *check()])
    if image is not None:
        body += _rule(architecture, "seccomp", [_give(ALLOW)])
    for name in ALLOWED:
        body += _rule(architecture, name, [_give(ALLOW)])
    for name, error in REFUSED.items():
        body += _rule(architecture, name, [refusal(error)])
    return [*body, _give(KILL)]


class Filter:
    """A program as the kernel takes it."""

    def __init__(self, instructions: list[Instruction]) -> None:
        array = (_Filter * len(instructions))(*(_Filter(*instruction) for instruction in instructions))
        self._program = _Program(len(array), array)

    def install(self) -> None:
        """Put it on every thread of this process.  Raises OSError; needs no_new_privs."""
        stray = system_call("seccomp", _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(self._program))
        if stray:
            raise OSError(errno.ESRCH, f"seccomp: thread {stray} has a filter of its own")


def install(instructions: list[Instruction]) -> None:
    """Put the filter on every thread of this process.  Raises OSError; needs no_new_privs."""
    Filter(instructions).install()


class _Filter(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Filter)))


# -- parts of a program


def _load(offset: int) -> Instruction:
    return Instruction(_LOAD, 0, 0, offset)


def _give(action: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, action)


def refusal(error: int) -> Instruction:
    """Let the call fail with `error`."""
    return _give(_ERRNO | error)


def _rule(architecture: Architecture, name: str, block: list[Instruction]) -> list[Instruction]:
    """`block` for one call.  Every way through it ends, so the number is still loaded for the next rule."""
    number = architecture.numbers.get(name)
    return [] if number is None else [Instruction(_JUMP_EQUAL, 0, len(block), number), *block]


def _low(argument: int) -> Instruction:
    return _load(_ARGUMENTS + 8 * argument)


def _zero_above(argument: int, error: int) -> list[Instruction]:
    """Refuse unless the high half of an argument is zero."""
    return [_load(_ARGUMENTS + 8 * argument + 4), Instruction(_JUMP_EQUAL, 1, 0, 0), refusal(error)]


def _one_of(values: Iterable[int], error: int) -> list[Instruction]:
    """Allow when the loaded word is one of `values`, else refuse."""
    listed = list(values)
    tests = [Instruction(_JUMP_EQUAL, len(listed) - index, 0, value) for index, value in enumerate(listed)]
    return [*tests, refusal(error), _give(ALLOW)]


def _within(bits: int, error: int) -> list[Instruction]:
    """Refuse when the loaded word has a bit outside `bits`."""
    return [Instruction(_JUMP_BITS, 0, 1, ~bits & 0xFFFFFFFF), refusal(error)]


# -- the calls whose arguments decide


def _image(file: int) -> list[Instruction]:
    """Allow the file of the image to be mapped; what asks for anything else goes on to the next check."""
    return [
        _low(3),
        Instruction(_JUMP_EQUAL, 0, 3, _MAP_IMAGE),
        _low(4),
        Instruction(_JUMP_EQUAL, 0, 1, file),
        _give(ALLOW),
    ]


def _mmap() -> list[Instruction]:
    kind = [*_zero_above(3, errno.EPERM), _low(3), *_within(_MAP_ALLOWED, errno.EPERM), *_has_all(_MAP_REQUIRED)]
    access = [*_zero_above(2, errno.EPERM), _low(2), Instruction(_JUMP_EQUAL, 0, 1, PROT_NONE), _give(ALLOW)]
    # What a fixed mapping replaces is taken from what it is charged, even when that was not charged itself.
    placed = [_low(3), Instruction(_JUMP_BITS, 0, 1, _MAP_FIXED), refusal(errno.EPERM)]
    return [*kind, *access, *placed, _low(2), *_one_of((PROT_READ_WRITE,), errno.EPERM)]


def _has_all(bits: int) -> list[Instruction]:
    return [Instruction(_MASK, 0, 0, bits), Instruction(_JUMP_EQUAL, 1, 0, bits), refusal(errno.EPERM)]


def _mprotect() -> list[Instruction]:
    anywhere = _one_of((PROT_READ_WRITE, PROT_NONE, PROT_ALL), errno.EINVAL)
    small = [
        *_zero_above(1, errno.EINVAL),
        _low(1),
        Instruction(_JUMP_ABOVE, 0, 1, _READ_ONLY_AT_ONCE),
        refusal(errno.EINVAL),
    ]
    read_only = [Instruction(_JUMP_EQUAL, 0, len(small) + 1, PROT_READ), *small, _give(ALLOW)]
    return [*_zero_above(2, errno.EINVAL), _low(2), *read_only, *anywhere]


def _madvise() -> list[Instruction]:
    return [_low(2), *_one_of(_MADVISE_ALLOWED, errno.EINVAL)]


def _clone() -> list[Instruction]:
    return [*_zero_above(0, errno.EPERM), _low(0), *_one_of(_THREAD_FLAGS, errno.EPERM)]


def _futex() -> list[Instruction]:
    return [_low(1), Instruction(_MASK, 0, 0, _FUTEX_OPERATION), *_one_of(_FUTEX_ALLOWED, errno.ENOSYS)]


def _sendto() -> list[Instruction]:
    no_address = [*_zero_above(4, errno.EISCONN), _low(4), Instruction(_JUMP_EQUAL, 1, 0, 0), refusal(errno.EISCONN)]
    return [*no_address, _low(3), *_within(_SEND_ALLOWED, errno.EOPNOTSUPP), _give(ALLOW)]


def _recvfrom() -> list[Instruction]:
    return [_low(3), *_within(_RECEIVE_ALLOWED, errno.EOPNOTSUPP), _give(ALLOW)]


_CHECKED: dict[str, Callable[[], list[Instruction]]] = {
    "futex": _futex,
    "mprotect": _mprotect,
    "madvise": _madvise,
    "mmap": _mmap,
    "recvfrom": _recvfrom,
    "sendto": _sendto,
    "clone": _clone,
    "pkey_mprotect": _mprotect,
}
"""The most frequent first: the kernel goes through the program from the top."""
