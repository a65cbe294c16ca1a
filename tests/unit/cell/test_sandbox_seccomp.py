"""The seccomp filter, evaluated case by case by a small interpreter of classic BPF; nothing is installed."""

from __future__ import annotations

import errno
import struct

import pytest

from edge.cell import seccomp
from edge.cell.seccomp import ALLOW, ALLOWED, KILL, REFUSED, program
from edge.cell.syscalls import AARCH64, ARCHITECTURES, X86_64

EVERY = pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
HIGH = 1 << 32
ANY = (0xFFFFFFFFFFFFFFFF,) * 6


def evaluate(instructions, number, arguments=(), audit=None):
    """The action for one call, as the kernel would find it (linux/filter.h; struct seccomp_data)."""
    filled = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, audit, 0xFFFFFFFFFFFF, *(value & 0xFFFFFFFFFFFFFFFF for value in filled))
    accumulator, place = 0, 0
    while True:
        code, jt, jf, k = instructions[place]
        place += 1
        match code:
            case 0x20:
                assert k % 4 == 0
                (accumulator,) = struct.unpack_from("<I", data, k)
            case 0x54:
                accumulator &= k
            case 0x15:
                place += jt if accumulator == k else jf
            case 0x25:
                place += jt if accumulator > k else jf
            case 0x35:
                place += jt if accumulator >= k else jf
            case 0x45:
                place += jt if accumulator & k else jf
            case 0x06:
                return k
            case _:
                raise AssertionError(f"operation {code:#x}")


def verdict(architecture, name, *arguments):
    """What the filter does with a call: allow, kill, or the name of an error."""
    return read(evaluate(program(architecture), architecture.numbers[name], arguments, architecture.audit))


def read(action):
    if action >> 16 == 0x0005:
        return errno.errorcode[action & 0xFFFF]
    return {ALLOW: "allow", KILL: "kill"}[action]


def mmap(protection, flags):
    return (0, 4096, protection, flags, -1, 0)


def mprotect(size, protection):
    return (0x7F0000000000, size, protection, 0)


PRIVATE, SHARED, ANONYMOUS, STACK, FIXED, NORESERVE, FIXED_NOREPLACE = 2, 1, 0x20, 0x20000, 0x10, 0x4000, 0x100000
OURS = PRIVATE | ANONYMOUS
GLIBC, MUSL = 0x3D0F00, 0x7D0F00
KIB = 1024

CASES = [
    ("mmap", mmap(3, OURS), "allow"),
    ("mmap", mmap(0, OURS), "allow"),
    ("mmap", mmap(0, OURS | NORESERVE), "allow"),
    ("mmap", mmap(0, OURS | FIXED | NORESERVE), "allow"),
    ("mmap", mmap(3, OURS | FIXED), "EPERM"),
    ("mmap", mmap(3, OURS | FIXED | NORESERVE | STACK), "EPERM"),
    ("mmap", mmap(1, OURS | FIXED), "EPERM"),
    ("mmap", mmap(3, OURS | STACK | FIXED_NOREPLACE), "allow"),
    *[("mmap", mmap(protection, OURS), "EPERM") for protection in (1, 2, 4, 5, 6, 7, 8, 0x13, 0x1000003)],
    *[("mmap", mmap(3, PRIVATE), "EPERM"), ("mmap", mmap(3, ANONYMOUS), "EPERM"), ("mmap", mmap(3, 0), "EPERM")],
    *[("mmap", mmap(3, SHARED | ANONYMOUS), "EPERM"), ("mmap", mmap(3, 3 | ANONYMOUS), "EPERM")],
    *[("mmap", mmap(3, OURS | flag), "EPERM") for flag in (0x40, 0x100, 0x800, 0x2000, 0x8000, 0x40000, 0x4000000)],
    *[("mmap", mmap(3 + HIGH, OURS), "EPERM"), ("mmap", mmap(3, OURS + HIGH), "EPERM")],
    *[("mmap", mmap(HIGH, OURS), "EPERM"), ("mmap", mmap(3, OURS + (1 << 63)), "EPERM")],
    *[("mprotect", mprotect(1 << 40, protection), "allow") for protection in (0, 3, 7)],
    *[("mprotect", mprotect(size, 1), "allow") for size in (4 * KIB, 64 * KIB, 256 * KIB)],
    *[("mprotect", mprotect(size, 1), "EINVAL") for size in (256 * KIB + 1, 1 << 31, HIGH, HIGH + 4096)],
    *[("mprotect", mprotect(4096, protection), "EINVAL") for protection in (2, 4, 5, 6, 8, 0x1000003, 0x2000003)],
    *[("mprotect", mprotect(4096, protection + HIGH), "EINVAL") for protection in (0, 1, 3, 7)],
    *[("pkey_mprotect", mprotect(1 << 30, 7), "allow"), ("pkey_mprotect", mprotect(1 << 30, 1), "EINVAL")],
    *[("pkey_mprotect", mprotect(4096, 5), "EINVAL"), ("pkey_mprotect", mprotect(4096, 3 + HIGH), "EINVAL")],
    *[("madvise", (0, 4096, advice), "allow") for advice in (4, 8, 4 + HIGH)],  # the kernel reads 32 bits of it
    *[("madvise", (0, 4096, advice), "EINVAL") for advice in (0, 1, 3, 9, 12, 14, 16, 22, 23, 100, 102, -1)],
    *[("clone", (flags, 0x7F00, 0, 0, 0), "allow") for flags in (GLIBC, MUSL)],
    *[("clone", (flags, 0, 0, 0, 0), "EPERM") for flags in (0, 17, 0x8011, 0x4111, 0x100, GLIBC | 17, GLIBC - 0x10000)],
    *[("clone", (GLIBC | flag, 0, 0, 0, 0), "EPERM") for flag in (1 << 28, 1 << 29, 1 << 17, 1 << 25, 1 << 30, 1 << 7)],
    *[("clone", (GLIBC + HIGH, 0, 0, 0, 0), "EPERM"), ("clone3", (0, 88), "ENOSYS")],
    *[("futex", (0, op | flags), "allow") for op in (0, 1, 3, 4, 5, 9, 10) for flags in (0, 128, 128 | 256)],
    *[("futex", (0, 128 + HIGH), "allow")],  # a C int, whose upper half may hold anything
    *[("futex", (0, op | flags), "ENOSYS") for op in (2, 6, 7, 8, 11, 12, 13, 14, 127) for flags in (0, 128, 256)],
    *[("sendto", (3, 1, 9, flags, 0, 0), "allow") for flags in (0, 0x40, 0x4000, 0x4040)],
    *[("sendto", (3, 1, 9, flags, 0, 0), "ENOTSUP") for flags in (1, 4, 0x4001, 0x8000, 0x20000000, 0x4000000)],
    *[("sendto", (3, 1, 9, 0, address, 16), "EISCONN") for address in (1, HIGH, 0x7F0000000000)],
    *[("recvfrom", (3, 1, 9, flags, 5, 5), "allow") for flags in (0, 2, 0x40, 0x100)],
    *[("recvfrom", (3, 1, 9, flags, 0, 0), "ENOTSUP") for flags in (1, 3, 0x20, 0x2000, 0x40000000)],
    *[("openat", (-100, 1, 0), "EACCES"), ("prctl", (38, 1), "EINVAL"), ("mremap", (1, 1, 2, 1), "ENOMEM")],
    *[("kill", (1, 9), "EPERM"), ("tgkill", (1, 1, 9), "EPERM"), ("prlimit64", (0, 2), "EPERM")],
    *[("seccomp", (1, 1, 0), "kill"), ("landlock_restrict_self", (3, 0), "kill"), ("capset", (0, 0), "kill")],
]


@EVERY
@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_a_rule_decides_by_the_arguments(architecture, name, arguments, expected):
    """What is allowed, what fails and what kills, with arguments at the edges of each rule."""
    assert verdict(architecture, name, *arguments) == expected


@EVERY
def test_what_is_not_named_kills(architecture):
    """Of all numbers there are, in use or not, only the named ones do anything else."""
    filters = program(architecture)
    named = {architecture.numbers.get(name) for name in (*ALLOWED, *REFUSED, *seccomp._CHECKED)}
    for number in set(range(2048)) - named:
        assert read(evaluate(filters, number, (), architecture.audit)) == "kill", number


@EVERY
def test_what_is_allowed_is_allowed_with_any_arguments(architecture):
    """And what is refused is refused with any."""
    for name in ALLOWED:
        if name in architecture.numbers:
            assert verdict(architecture, name, *ANY) == "allow"
    for name, error in REFUSED.items():
        if name in architecture.numbers:
            assert verdict(architecture, name, *ANY) == errno.errorcode[error]


@EVERY
def test_a_call_of_another_architecture_kills(architecture):
    """Numbers mean other calls there: i386 and 32-bit ARM calls can be made by 64-bit processes."""
    other = {0x40000003, 0x40000028, X86_64.audit, AARCH64.audit} - {architecture.audit}
    for audit in other:
        for number in range(450):
            assert read(evaluate(program(architecture), number, (), audit)) == "kill"


def test_x32_calls_kill():
    """They have the same architecture as x86_64's, and a bit in the number."""
    for number in range(600):
        assert read(evaluate(program(X86_64), 0x40000000 | number, (), X86_64.audit)) == "kill"
    assert read(evaluate(program(X86_64), 0xFFFFFFFF, (), X86_64.audit)) == "kill"


@EVERY
def test_no_call_has_two_rules(architecture):
    """The second would never be reached."""
    names = [*ALLOWED, *REFUSED, *seccomp._CHECKED]
    assert len(names) == len(set(names))
    assert set(names) <= set(X86_64.numbers)


@EVERY
def test_the_kernel_will_take_the_program(architecture):
    """Short enough, every jump lands inside, and the end is a return (the checks of net/core/filter.c)."""
    filters = program(architecture)
    assert len(filters) <= 4096
    for place, (code, jt, jf, k) in enumerate(filters):
        assert place + 1 + max(jt, jf) < len(filters) or code == 0x06
        assert 0 <= jt <= 255
        assert 0 <= jf <= 255
        assert 0 <= k <= 0xFFFFFFFF
    assert filters[-1] == (0x06, 0, 0, KILL)
