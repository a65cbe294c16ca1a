"""What the parts of the sandbox compute: rights of Landlock, the code range among mappings."""

from __future__ import annotations

import pytest

from edge.cell import landlock, limits
from edge.cell.landlock import ruleset
from edge.errors import SandboxError
from edge.units import MIB


# https://docs.kernel.org/userspace-api/landlock.html#previous-limitations
@pytest.mark.parametrize(
    ("abi", "expected"),
    [
        (1, (0x1FFF, 0, 0, 8)),
        (2, (0x3FFF, 0, 0, 8)),  # REFER
        (3, (0x7FFF, 0, 0, 8)),  # TRUNCATE
        (4, (0x7FFF, 3, 0, 16)),  # TCP
        (5, (0xFFFF, 3, 0, 16)),  # IOCTL_DEV
        (6, (0xFFFF, 3, 3, 24)),  # scopes
        (7, (0xFFFF, 3, 3, 24)),
        (8, (0xFFFF, 3, 3, 24)),
        (9, (0x1FFFF, 3, 3, 24)),  # RESOLVE_UNIX
    ],
)
def test_every_right_of_an_abi_is_denied(abi, expected):
    """And none that it does not know, for which the kernel would refuse the ruleset."""
    assert ruleset(abi) == expected


def test_threads_are_restricted_together_from_abi_8_on():
    """Before, each thread restricts itself alone."""
    assert [landlock.covers_all_threads(abi) for abi in (1, 7, 8, 9)] == [False, False, True, True]


MAPS = """\
555555554000-555555556000 r--p 00000000 fe:00 123                        /usr/bin/python3.11
7f0000000000-7f0020000000 rwxp 00000000 00:00 0
7f0040000000-7f0060000000 rw-p 00000000 00:00 0
7f0070000000-7f0070001000 rwxp 00000000 00:00 0 [anon:small code]
7f0080000000-7f00a0000000 ---p 00000000 00:00 0
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
"""


def test_the_code_range_is_the_huge_mapping_that_is_written_and_runs():
    """Neither small ones nor ones with other access."""
    assert limits.code_ranges(MAPS) == [(0x7F0000000000, 0x7F0020000000)]


def test_without_a_code_range_nothing_is_trimmed(tmp_path, monkeypatch):
    """V8 has none without a compiler, and this process's has not been made."""
    fake_maps(monkeypatch, tmp_path, "7f0040000000-7f0060000000 rw-p 00000000 00:00 0\n")
    assert limits.trim_code_range() == 0


def test_two_code_ranges_are_one_too_many(tmp_path, monkeypatch):
    """It is unclear which one V8 fills."""
    fake_maps(monkeypatch, tmp_path, MAPS + "7f1000000000-7f1020000000 rwxp 00000000 00:00 0\n")
    with pytest.raises(SandboxError, match="V8 has 2 code ranges"):
        limits.trim_code_range()


def test_a_small_code_range_is_kept_whole(tmp_path, monkeypatch):
    """More is kept than there is."""
    fake_maps(monkeypatch, tmp_path, MAPS)
    assert limits.trim_code_range(keep=512 * MIB) == 0


def fake_maps(monkeypatch, folder, text):
    """Let the process read these mappings of itself."""
    file = folder / "maps"
    file.write_text(text)
    monkeypatch.setattr(limits, "Path", lambda _: file)
