from __future__ import annotations

import errno
import os
import socket
import tempfile
import time
from pathlib import Path

import pytest

from edge.errors import PackageError
from edge.packages import folder as folder_module
from edge.packages.bundle import Bundle
from edge.packages.folder import folder_state, read_folder
from edge.packages.limits import PackageLimits


@pytest.fixture
def package(tmp_path):
    root = tmp_path / "hello"
    (root / "lib").mkdir(parents=True)
    (root / "index.js").write_text("exports.a = 1")
    (root / "lib" / "é.txt").write_text("data")
    return root


def read(root, **limits):
    return read_folder(root, PackageLimits(**limits)).bundle


def test_a_folder_is_the_bundle_of_its_files(package):
    """Names and contents, nothing else."""
    assert read(package).hash == Bundle.build({"index.js": b"exports.a = 1", "lib/é.txt": b"data"}).hash


def test_modes_times_and_empty_folders_do_not_change_the_hash(package):
    """The hash is over content."""
    before = read(package).hash
    (package / "empty").mkdir()
    (package / "index.js").chmod(0o755)
    os.utime(package / "index.js", (1, 1))
    assert read(package).hash == before


def test_files_of_tools_are_left_out(package):
    """Version control, editors and file managers leave things that are no part of the package."""
    before = read(package).hash
    for name in (
        ".git/config",
        ".DS_Store",
        "lib/.index.js.swp",
        "a.js~",
        "__MACOSX/x",
        "._index.js",
        ".idea/x",
        "#a#",
    ):
        path = package / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("junk")
    (package / ".#index.js").symlink_to("user@host.1234")
    assert read(package).hash == before
    (package / ".gitignore").write_text("x")
    assert read(package).is_file(".gitignore")


def test_links_inside_are_followed(package):
    """Relative ones, and absolute ones that lead into the package."""
    (package / "relative.js").symlink_to("index.js")
    (package / "absolute.js").symlink_to(package / "index.js")
    (package / "lib" / "up").symlink_to("..")
    bundle = read(package)
    assert bundle.read("relative.js") == bundle.read("absolute.js") == bundle.read("lib/up/lib/up/index.js")


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "lib/../../secret"])
def test_links_that_lead_out_are_refused_by_name(package, target):
    """A package cannot take the host's files with it."""
    (package.parent / "secret").write_text("secret")
    (package / "lib" / "leak.txt").symlink_to(target if target.startswith("/") else f"../{target}")
    with pytest.raises(PackageError, match=r"the link 'lib/leak.txt' leads out of the package"):
        read(package)


def test_a_config_map_mount_is_a_package(tmp_path):
    """Kubernetes mounts files as links through a link to a folder with a date in its name."""
    (tmp_path / "..2024_01").mkdir()
    (tmp_path / "..2024_01" / "index.js").write_text("1")
    (tmp_path / "..data").symlink_to("..2024_01")
    (tmp_path / "index.js").symlink_to("..data/index.js")
    assert read(tmp_path).read("index.js") == b"1"


def test_pipes_and_sockets_are_refused_without_waiting(package, monkeypatch):
    """Opening a named pipe would block for ever; none is opened."""
    os.mkfifo(package / "lib" / "pipe")
    with pytest.raises(PackageError, match="'lib/pipe' is neither a file nor a folder"):
        read(package)
    (package / "lib" / "pipe").unlink()
    monkeypatch.chdir(package)  # the name of a socket may have 107 bytes at most
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        with pytest.raises(PackageError, match="'socket' is neither"):
            read(package)


def test_an_unreadable_file_is_named(tmp_path):
    """The message has the package's own path and the reason, and nothing of the host."""
    with tempfile.TemporaryDirectory(prefix="edge-unreadable-") as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "secret.js").write_text("x")
        (root / "secret.js").chmod(0)
        (root / "closed").mkdir(mode=0)
        effective = os.geteuid()
        if effective == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(PackageError, match=r"cannot read '(secret.js|closed)': permission denied") as caught:
                read(root)
        finally:
            os.seteuid(effective)
        assert name not in str(caught.value)
        (root / "closed").chmod(0o700)


def test_a_missing_folder_is_named_without_its_host_path(tmp_path):
    """Messages reach people who may not know the host."""
    with pytest.raises(PackageError, match="there is no package folder 'nope'") as caught:
        read(tmp_path / "nope")
    assert str(tmp_path) not in str(caught.value)


def test_limits_hold_while_reading(package):
    """Number, size, depth and path length each stop the walk with the limit in the message."""
    with pytest.raises(PackageError, match="more than 1 files, which is the limit"):
        read(package, files=1)
    with pytest.raises(PackageError, match=r"the limit is 5 \(5 bytes\)"):
        read(package, total=5)
    with pytest.raises(PackageError, match="2 levels deep, the limit is 1"):
        read(package, depth=1)
    with pytest.raises(PackageError, match="8 bytes, the limit is 7"):
        read(package, path=7)


def test_a_huge_sparse_file_is_refused_before_it_is_read(package):
    """The size that the file system gives is enough."""
    with (package / "huge").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(PackageError, match="the limit is 256MiB"):
        read(package)


def test_names_that_are_not_utf8_are_refused(package):
    """They could not be in an archive of the same package."""
    (Path(os.fsdecode(os.fsencode(package) + b"/\xff.js"))).write_text("x")
    with pytest.raises(PackageError, match="not valid UTF-8") as caught:
        read(package)
    str(caught.value).encode()


def test_a_file_replaced_by_a_link_while_it_is_read_is_not_followed(package, monkeypatch):
    """Between listing and opening, an attacker may swap a file: the open refuses links, and the retry names it."""
    (package.parent / "secret").write_text("secret")
    real = os.open
    refused = []

    def swapping(path, flags, *args, **kwargs):
        if path == "index.js" and not (package / "index.js").is_symlink():
            (package / "index.js").unlink()
            (package / "index.js").symlink_to("../secret")
        try:
            return real(path, flags, *args, **kwargs)
        except OSError as error:
            refused.append((path, error.errno))
            raise

    monkeypatch.setattr(folder_module.os, "open", swapping)
    with pytest.raises(PackageError, match=r"'index.js' leads out"):
        read(package)
    assert refused == [("index.js", errno.ELOOP)]


def test_a_folder_that_settles_is_read_again(package, monkeypatch):
    """A file that vanishes in the middle costs another attempt, not an error."""
    (package / "gone.js").write_text("x")
    real = os.open

    def vanishing(path, flags, *args, **kwargs):
        (package / "gone.js").unlink(missing_ok=True)
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(folder_module.os, "open", vanishing)
    assert read(package).files == ["index.js", "lib/é.txt"]


def test_a_folder_that_never_settles_is_an_error(package, monkeypatch):
    """Reading does not go on for ever."""
    real = os.open

    def growing(path, flags, *args, **kwargs):
        with (package / "index.js").open("a") as file:
            file.write("x")
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(folder_module.os, "open", growing)
    with pytest.raises(PackageError, match="keeps changing while it is read"):
        read(package)


def test_the_signature_changes_with_the_folder_and_only_then(package):
    """An unchanged folder need not be read again."""
    seen = [folder_state(package)[0]]
    assert folder_state(package)[0] == seen[0] == read_folder(package).signature

    def changed():
        seen.append(folder_state(package)[0])
        return seen[-1] not in seen[:-1]

    (package / "new.js").write_text("x")
    assert changed()
    (package / "new.js").rename(package / "newer.js")
    assert changed()
    (package / "link").symlink_to("lib")
    assert changed()
    (package / "newer.js").write_text("longer")
    assert changed()
    status = (package / "newer.js").stat()
    (package / "replacement").write_text("LONGER")
    os.utime(package / "replacement", ns=(status.st_atime_ns, status.st_mtime_ns))
    (package / "replacement").rename(package / "newer.js")
    assert changed(), "same size and time, another file"


@pytest.mark.slow
def test_five_thousand_files_are_read_quickly(tmp_path, capsys):
    """The time is printed for people; the content is what is asserted."""
    for number in range(5000):
        path = tmp_path / f"node_modules/m{number // 50}/lib/f{number}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"exports.n = {number};" * 50)
    started = time.perf_counter()
    package = read_folder(tmp_path)
    read_at = time.perf_counter()
    again = folder_state(tmp_path)[0]
    signed_at = time.perf_counter()
    digest = package.bundle.hash
    hashed_at = time.perf_counter()
    reopened = Bundle.open(package.bundle.buffer)
    opened_at = time.perf_counter()
    with capsys.disabled():
        times = (read_at - started, signed_at - read_at, hashed_at - signed_at, opened_at - hashed_at)
        print("\n5,000 files: read {:.3f} s, signature {:.3f} s, hash {:.3f} s, open {:.3f} s".format(*times))  # noqa: T201 - for people
    assert again == package.signature
    assert reopened.hash == digest
    assert len(reopened.files) == 5000
