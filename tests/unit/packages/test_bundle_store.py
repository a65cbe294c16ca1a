from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.errors import OutsideError, PackageError
from edge.packages.blob_cache import BlobCache
from edge.packages.bundle import Bundle
from edge.packages.store import BundleStore, Cleanup

ROOT = Path(__file__).parents[3]


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        self.now += 1
        return self.now


def package(text="x", size=0):
    return Bundle.build({"index.js": text.encode() + bytes(size)})


@pytest.fixture
def store(tmp_path):
    return BundleStore(tmp_path / "store", Clock())


def file_of(store, name):
    return store._folder / f"{name.removeprefix('sha256:')}.bundle"


def test_what_was_put_is_got(store):
    """Under its hash, also by another process, here another store on the same folder."""
    name = store.put(package("hello"))
    assert name == package("hello").hash
    again = BundleStore(store._folder)
    assert again.get(name).read("index.js") == b"hello"
    assert [(entry.hash, entry.size) for entry in again.list()] == [(name, len(package("hello").buffer))]


def test_putting_twice_writes_once(store):
    """The same content is the same package."""
    name = store.put(package())
    inode = file_of(store, name).stat().st_ino
    assert store.put(package()) == name
    assert file_of(store, name).stat().st_ino == inode
    assert len(store.list()) == 1


def test_a_bundle_in_use_is_shared(store):
    """All who get it read the same memory, which is the file itself."""
    name = store.put(package("x", 100_000))
    bundle = store.get(name)
    assert store.get(name) is bundle
    assert type(bundle.buffer.obj).__name__ == "mmap"


@pytest.mark.parametrize(
    "name", ["sha256:" + "0" * 64, "sha256:../../etc/passwd", "sha256:", "x", "sha256:" + "0" * 63 + "/"]
)
def test_what_is_not_there_is_a_package_error(store, name):
    """Names that are no hashes never become file names."""
    with pytest.raises(PackageError):
        store.get(name)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "swap", "longer"])
def test_a_damaged_file_is_put_aside_and_healed_by_another_put(store, damage):
    """It is reported once, is then missing, and never answers for the package."""
    name = store.put(package("hello"))
    path = file_of(store, name)
    good = path.read_bytes()
    other = bytes(package("other").buffer)
    path.write_bytes(
        {"flip": good[:-1] + b"X", "cut": good[:-1], "empty": b"", "swap": other, "longer": good + b"x"}[damage]
    )
    fresh = BundleStore(store._folder)
    with pytest.raises(PackageError, match=r"damaged and was put aside \(deploy it again\)"):
        fresh.get(name)
    with pytest.raises(PackageError, match="the store has no package"):
        fresh.get(name)
    assert path.with_suffix(".damaged").exists()
    assert fresh.put(package("hello")) == name
    assert fresh.get(name).read("index.js") == b"hello"


def test_putting_heals_a_damaged_file_too(store):
    """A deploy is the moment to notice."""
    name = store.put(package("hello"))
    path = file_of(store, name)
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    fresh = BundleStore(store._folder)
    fresh.put(package("hello"))
    assert fresh.get(name).read("index.js") == b"hello"


def test_a_deleted_bundle_stays_readable_for_its_users(store):
    """Requests in flight finish."""
    name = store.put(package("hello"))
    bundle = store.get(name)
    assert store.delete(name)
    assert not store.delete(name)
    assert bundle.read("index.js") == b"hello"
    assert store.list() == []


def test_cleanup_deletes_what_was_used_longest_ago(store):
    """Until the rest fits."""
    names = [store.put(package(text, 1000)) for text in "abc"]
    store.get(names[0])
    size = store.list()[0].size
    deleted = store.cleanup(Cleanup(max_bytes=2 * size, min_age=0))
    assert [entry.hash for entry in deleted] == [names[1]]
    assert {entry.hash for entry in store.list()} == {names[0], names[2]}


def test_cleanup_deletes_what_is_too_old(store):
    """Whatever room there is."""
    old = store.put(package("old"))
    store._clock.now += 10_000
    new = store.put(package("new"))
    assert [entry.hash for entry in store.cleanup(Cleanup(max_age=5000, min_age=0))] == [old]
    assert [entry.hash for entry in store.list()] == [new]


def test_cleanup_never_deletes_what_is_in_use(store):
    """Open in this process, named by the caller, or used a moment ago."""
    names = [store.put(package(text, 1000)) for text in "abc"]
    held = store.get(names[0])
    deleted = store.cleanup(Cleanup(max_bytes=0, min_age=0), keep={names[1]})
    assert [entry.hash for entry in deleted] == [names[2]]
    store.put(package("young"))
    assert store.cleanup(Cleanup(max_bytes=0), keep={names[1]}) == ()
    del held
    assert names[0] in {entry.hash for entry in store.cleanup(Cleanup(max_bytes=0, min_age=0), keep={names[1]})}


def test_other_files_in_the_folder_are_left_alone(store):
    """A store deletes what it wrote."""
    (store._folder / "notes.bundle").write_text("mine")
    (store._folder / "README").write_text("mine")
    assert store.list() == []
    assert store.cleanup(Cleanup(max_bytes=0, min_age=0)) == ()
    assert (store._folder / "notes.bundle").exists()


def test_a_disk_that_fails_is_an_outside_error(tmp_path):
    """Which names no path of the host."""
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutsideError, match="cannot open the package store: ") as caught:
        BundleStore(tmp_path / "file" / "store")
    assert str(tmp_path) not in str(caught.value)


def test_a_write_that_fails_at_the_last_moment_leaves_nothing(store, monkeypatch):
    """The file appears under its name whole, by a rename, or not at all."""

    def failing(source, target):
        assert Path(source).read_bytes() == bytes(package().buffer)
        assert not Path(target).exists()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OutsideError, match="cannot write to the package store: Input/output error"):
        store.put(package())
    assert list(store._folder.iterdir()) == []


def test_leftovers_of_killed_writers_are_removed_when_old(tmp_path):
    """Young ones may be another process's work."""
    folder = tmp_path / "store"
    folder.mkdir()
    for name, age in ((".partial-old", 7200), (".partial-young", 10)):
        (folder / name).write_text("x")
        os.utime(folder / name, (time.time() - age,) * 2)
    BundleStore(folder)
    assert [path.name for path in folder.iterdir()] == [".partial-young"]


WRITER = """
import sys
from pathlib import Path
from edge.packages.blob_cache import BlobCache
from edge.packages.bundle import Bundle
from edge.packages.store import BundleStore
from edge.packages.blob_cache import BlobCache
store, cache = BundleStore(Path(sys.argv[1]) / "s"), BlobCache(Path(sys.argv[1]) / "c", 10**9)
for number in range(10**6):
    name = store.put(Bundle.build({"index.js": b"%d" % number * 50_000}))
    cache.put(name.removeprefix("sha256:"), b"%d" % number * 50_000)
    print(name, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_no_wrong_entry(tmp_path):
    """Killed ten times in the middle of its writes: what it said was stored is there, and everything there is whole."""
    promised = []
    for kill_after in range(1, 11):
        command = [sys.executable, "-c", WRITER, str(tmp_path / str(kill_after))]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            lines = [writer.stdout.readline().strip() for _ in range(kill_after)]
            writer.send_signal(signal.SIGKILL)
            lines += writer.stdout.read().split()
        store = BundleStore(tmp_path / str(kill_after) / "s")
        cache = BlobCache(tmp_path / str(kill_after) / "c", 10**9)
        assert len(lines) >= kill_after
        for name in lines:
            content = store.get(name).read("index.js")
            assert cache.get(name.removeprefix("sha256:")) == content
        for entry in store.list():
            assert store.get(entry.hash).hash == entry.hash
            assert cache.get(entry.hash.removeprefix("sha256:")) in {None, store.get(entry.hash).read("index.js")}
        promised += lines
    assert len(promised) >= 55
