"""The tables of system call numbers, against the kernel's own headers and against numbers that everybody knows."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from edge.cell.syscalls import AARCH64, ARCHITECTURES, X86_64, of_this_machine
from edge.errors import SandboxError

HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),  # what aarch64 uses, whichever machine this is
}
# https://github.com/torvalds/linux: syscall_64.tbl and asm-generic/unistd.h
WELL_KNOWN = {
    "x86_64": {"read": 0, "mmap": 9, "clone": 56, "futex": 202, "openat": 257, "seccomp": 317, "clone3": 435},
    "aarch64": {"read": 63, "mmap": 222, "clone": 220, "futex": 98, "openat": 56, "seccomp": 277, "clone3": 435},
}


def published(architecture):
    """Names and numbers of a header, or the few that are known when there is none."""
    found = next((path for path in map(Path, HEADERS[architecture.name]) if path.exists()), None)
    if found is None:
        return WELL_KNOWN[architecture.name]
    numbers = {name: int(n) for name, n in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", found.read_text())}
    numbers.setdefault("newfstatat", numbers.get("fstatat", -1))  # asm-generic's name for it
    return numbers


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_numbers_are_those_of_the_kernel(architecture):
    """Every name that the header knows has the header's number."""
    known = published(architecture)
    assert {name: known.get(name, number) for name, number in architecture.numbers.items()} == architecture.numbers
    assert {name: architecture.numbers[name] for name in WELL_KNOWN[architecture.name]} == WELL_KNOWN[architecture.name]


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_no_two_calls_share_a_number(architecture):
    """A slip of the pen would allow one call under the name of another."""
    assert len(set(architecture.numbers.values())) == len(architecture.numbers)


def test_aarch64_lacks_only_what_it_really_lacks():
    """The calls that newer architectures were made without, and none besides."""
    assert set(X86_64.numbers) - set(AARCH64.numbers) == {"poll", "open", "readlink", "stat", "lstat", "access"}
    assert set(AARCH64.numbers) <= set(X86_64.numbers)


def test_this_machine_is_known():
    """Tests of the sandbox run on machines that it supports."""
    assert of_this_machine() in ARCHITECTURES.values()


def test_an_unknown_machine_is_refused(monkeypatch):
    """Without numbers there is no filter, and without a filter no cell."""
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "host", "6", "", "riscv64")))
    with pytest.raises(SandboxError, match="cannot be confined on Linux riscv64"):
        of_this_machine.__wrapped__()
