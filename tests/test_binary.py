"""The launcher of the single binary, with a small program in place of Python: what it unpacks, and when it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BINARY = ROOT / "scripts" / "lib" / "binary"
sys.path.insert(0, str(BINARY))

from payload import TRAILER, File, executable, index_of, read_files  # noqa: E402

SHOW = b'#!/bin/sh\necho "$0|$*|${PYTHONPATH-unset}|${OTHER-unset}"\n'
WAIT = b"#!/bin/sh\necho up\nread line\n"
TEXT = bytes(range(256)) * 1000
SECONDS = 20

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def launcher(tmp_path_factory) -> bytes:
    """launcher.c, by the compiler of this system (`scripts/build-binary` brings its own)."""
    if shutil.which("cc") is None or not Path("/usr/include/zstd.h").exists():
        pytest.skip("needs a C compiler and libzstd-dev")
    output = tmp_path_factory.mktemp("launcher") / "launcher"
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-format-truncation", "-o", output]
    subprocess.run(["cc", *flags, BINARY / "launcher.c", "-lzstd"], check=True, timeout=60)
    return output.read_bytes()


class Program:
    """One built executable and the folder that it unpacks into."""

    def __init__(self, folder: Path, launcher: bytes, python: bytes = SHOW) -> None:
        files = [
            File("bin/python3", 0o755, python),
            File("lib/deep/er/text", 0o644, TEXT),
            File("program.py", 0o644, b""),
        ]
        self.path = folder / "edge"
        self.folder = folder / "unpacked"
        self.path.write_bytes(executable(launcher, files, 3))
        self.path.chmod(0o755)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        environment = {"PATH": os.environ["PATH"], "EDGE_UNPACK_DIR": str(self.folder), **variables}
        return subprocess.Popen(
            [self.path, *arguments], env=environment, text=True, stdin=-1, stdout=-1, stderr=subprocess.STDOUT
        )

    def run(self, *arguments: str, code: int = 0, **variables: str) -> str:
        process = self.start(*arguments, **variables)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == code, output
        return output.strip()

    def unpacked(self) -> Path:
        """The one folder with files."""
        [found] = [path for path in self.folder.iterdir() if path.name != ".lock"]
        return found


@pytest.fixture
def program(tmp_path, launcher) -> Program:
    return Program(tmp_path, launcher)


def test_what_was_packed_is_unpacked_and_started_with_the_arguments_given(program):
    """Python is isolated from settings of another one, and gets the path of the executable as its first argument."""
    output = program.run("serve", "a b", PYTHONPATH="/elsewhere", OTHER="kept")
    folder = program.unpacked()
    assert output == f"{folder}/bin/python3|-I {folder}/program.py {program.path} serve a b|unset|kept"
    assert (folder / "lib/deep/er/text").read_bytes() == TEXT
    assert (folder / "lib/deep/er/text").stat().st_mode & 0o777 == 0o644


def test_files_are_written_once_and_again_where_one_is_missing_or_cut(program):
    """Cleaners of temporary folders and lost power leave gaps."""
    program.run()
    text = program.unpacked() / "lib/deep/er/text"
    first = text.stat().st_ino
    program.run()
    assert text.stat().st_ino == first
    text.unlink()
    program.run()
    assert text.read_bytes() == TEXT
    text.write_bytes(TEXT[:-1])
    program.run()
    assert text.read_bytes() == TEXT


def test_processes_that_start_together_unpack_once_and_all_run(program):
    """One works, the others wait for it."""
    started = [program.start(str(number)) for number in range(8)]
    outputs = [process.communicate(timeout=SECONDS)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 8, outputs
    assert len({output.split("|")[0] for output in outputs}) == 1
    assert program.unpacked().is_dir()


def test_a_damaged_file_says_so_and_leaves_nothing_behind(program):
    """A byte of the data, of the index, or the end of the file."""
    whole = program.path.read_bytes()
    magic, index, index_size, data, data_size, _ = TRAILER.unpack(whole[-TRAILER.size :])
    assert magic == b"edgebin1"
    for at in (data + data_size // 2, index + index_size - 3):
        program.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "this file is damaged: download or build it again" in program.run(code=1)
    assert [path.name for path in program.folder.iterdir()] == [".lock"]
    program.path.write_bytes(whole[:-100])
    assert "this file is incomplete" in program.run(code=1)


def test_numbers_of_the_trailer_that_lead_elsewhere_are_refused(program):
    """However large: nothing outside the file is read."""
    whole = program.path.read_bytes()
    fields = list(TRAILER.unpack(whole[-TRAILER.size :]))
    for field in range(1, 5):
        for value in (2**64 - 1, len(whole)):
            broken = [*fields[:field], value, *fields[field + 1 :]]
            program.path.write_bytes(whole[: -TRAILER.size] + TRAILER.pack(*broken))
            assert "edge: this file is" in program.run(code=1)


def test_a_folder_that_others_can_write_to_is_not_trusted(program):
    """They could have put a program there."""
    program.folder.mkdir()
    program.folder.chmod(0o777)
    assert "Operation not permitted" in program.run(code=1)
    program.folder.chmod(0o755)
    program.run()
    program.unpacked().chmod(0o775)
    program.run()
    assert program.unpacked().stat().st_mode & 0o777 == 0o755


def test_a_link_to_a_folder_of_somebody_else_is_not_followed(program, tmp_path):
    """In a folder such as /var/tmp anybody can make one."""
    (tmp_path / "theirs").mkdir()
    program.folder.symlink_to(tmp_path / "theirs")
    assert "Operation not permitted" in program.run(code=1)
    assert list((tmp_path / "theirs").iterdir()) == []


def test_without_a_named_folder_the_first_usable_one_is_taken(program, tmp_path):
    """The service's, then the user's; those that cannot be used are named when none can."""
    program.folder = ""
    output = program.run(HOME=str(tmp_path), CACHE_DIRECTORY=f"{tmp_path}/service:{tmp_path}/other")
    assert output.startswith(f"{tmp_path}/service/program/")
    assert program.run(HOME=str(tmp_path)).startswith(f"{tmp_path}/.cache/edge/")
    (tmp_path / "file").touch()
    output = program.run(HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "file"))
    assert output.startswith(f"{tmp_path}/.cache/edge/")
    program.folder = tmp_path / "file" / "edge"
    first, second = program.run(code=1).splitlines()
    assert first == f"edge: cannot unpack into {tmp_path}/file/edge: Not a directory"
    assert "set EDGE_UNPACK_DIR" in second


def test_another_build_removes_what_nobody_uses_and_keeps_what_somebody_does(tmp_path, launcher):
    """A running gateway loads modules late; one that has ended leaves 160 MB."""
    old = Program(tmp_path, launcher, WAIT)
    with old.start() as process:
        assert process.stdout.readline() == "up\n"
        folder = old.unpacked()
        (old.folder / ".new-99").mkdir()
        new = Program(tmp_path, launcher)
        new.run()
        assert folder.is_dir()
        assert not (old.folder / ".new-99").exists()
        process.communicate("end\n", timeout=SECONDS)
    shutil.rmtree(next(path for path in new.folder.iterdir() if path not in {folder, new.folder / ".lock"}))
    new.run()
    assert not folder.exists()
    assert new.unpacked().is_dir()


def test_a_missing_interpreter_of_the_system_is_explained(tmp_path, launcher):
    """On a system without glibc the kernel only says that there is no such file."""
    program = Program(tmp_path, launcher, b"#!/no/such/loader\n")
    assert "this system has no glibc" in program.run(code=1)


def test_what_cannot_be_packed_is_refused(tmp_path):
    """Paths that leave the folder, links, and names that would break the index."""
    for path in ("../up", "/absolute", "a//b", "line\nbreak"):
        with pytest.raises(ValueError, match="cannot be packed"):
            index_of([File(path, 0o644, b"")])
    (tmp_path / "link").symlink_to("elsewhere")
    with pytest.raises(ValueError, match="neither a file nor a folder"):
        read_files(tmp_path)
