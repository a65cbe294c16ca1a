"""Packages that have not changed are known from stamps alone; one that may have is read again."""

from __future__ import annotations

import os
import time

import pytest

from edge.packages.reads import PackageReads, Read

OLD = 1_000_000_000


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder of packages in which nothing has changed for ten seconds."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "index.js").write_text("1")
    (tmp_path / "two.tar.gz").write_bytes(b"not read")
    (tmp_path / "three.js").write_text("3")
    later(monkeypatch)
    return tmp_path


def later(monkeypatch, seconds=10):
    """Let the clock run ahead of everything on the disk."""
    now = time.time_ns() + seconds * OLD
    monkeypatch.setattr("edge.packages.stamp.time.time_ns", lambda: now)


@pytest.mark.parametrize("references", [["one"], ["two"], ["one", "three.js"], ["sha256:" + "0" * 64]])
def test_what_has_not_changed_is_known(root, references):
    """A folder, an archive, several at once, and what can never change."""
    reads = PackageReads()
    place = tuple(references)
    reads.put("f", place, reads.look(root, references), Read("sha256:1", "made of it"))
    assert reads.find("f", place, reads.look(root, references)) == Read("sha256:1", "made of it")
    assert reads.find("g", place, reads.look(root, references)) is None
    assert reads.find("f", ("elsewhere",), reads.look(root, references)) is None


def changes(root):
    yield lambda: (root / "one" / "index.js").write_text("longer")
    yield lambda: (root / "one" / "index.js").write_text("2")  # as long as before
    yield lambda: (root / "one" / "new.js").write_text("")
    yield (root / "one" / "new.js").unlink
    yield lambda: (root / "one" / "link").symlink_to("index.js")
    yield lambda: (root / "three.js").write_text("33")


def test_every_change_is_noticed(root, monkeypatch):
    """Of content, of names, of links, of what is beside the package; also with the old time put back."""
    reads = PackageReads()
    references = ["one", "three.js"]
    for change in changes(root):
        times = (root / "one" / "index.js").stat()
        before = reads.look(root, references)
        reads.put("f", (), before, Read("sha256:1", None))
        assert reads.find("f", (), reads.look(root, references)) is not None
        change()
        os.utime(root / "one" / "index.js", ns=(times.st_atime_ns, times.st_mtime_ns))
        later(monkeypatch)
        assert reads.find("f", (), reads.look(root, references)) is None


def test_what_was_changed_just_now_is_not_trusted_to_be_the_same(root, monkeypatch):
    """A second change in the same step of the file system's clock would show in nothing."""
    monkeypatch.undo()
    (root / "one" / "index.js").write_text("2")
    reads = PackageReads()
    reads.put("f", (), reads.look(root, ["one"]), Read("sha256:1", None))
    assert reads.find("f", (), reads.look(root, ["one"])) is None


def test_of_what_is_not_there_nothing_is_known(root, monkeypatch):
    """Reading it tells why; names that are no longer in use are forgotten."""
    monkeypatch.undo()
    reads = PackageReads()
    missing = reads.look(root, ["one", "missing"])
    assert not missing.settled
    reads.put("f", (), missing, Read("sha256:1", None))
    assert reads.find("f", (), reads.look(root, ["one", "missing"])) is None
    stamp = reads.look(root, ["one"])
    reads.put("f", (), stamp, Read("sha256:1", None))
    reads.keep([])
    assert reads.find("f", (), stamp) is None
