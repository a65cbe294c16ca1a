"""The snapshots of runtime and transform on disk: built when they are missing or damaged, whole or not at all."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edge.engine import base_snapshots, bundles, dll, library_file, snapshot
from edge.engine.isolate import Isolate


@pytest.fixture
def file(tmp_path):
    return base_snapshots.ensure(tmp_path / "snapshots", "runtime")


def comes_up(path):
    """Whether an isolate with the whole runtime starts from the file."""
    isolate = Isolate(snapshot.Blob(base_snapshots.read(path)), {}, lambda _: None)
    isolate.dispose()
    return True


def test_a_missing_snapshot_is_built(file):
    """The folder is made too, and nothing but the file is left in it."""
    assert comes_up(file)
    assert list(file.parent.iterdir()) == [file]


def test_a_snapshot_that_is_there_is_used(file):
    """A second start builds nothing."""
    before = file.stat()
    assert base_snapshots.ensure(file.parent, "runtime") == file
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


DAMAGE = {
    "cut short": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "one bit": lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
    "checksum": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "appended": lambda data: data + b"\0",
    "something else": lambda data: b"#!/bin/sh\n" * 10,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_snapshot_is_built_anew(file, damage):
    """V8 would crash on it (its own checksum is off), so ours is checked, and the file replaced."""
    good = file.read_bytes()
    file.write_bytes(damage(good))
    with pytest.raises(ValueError, match="damaged"):
        base_snapshots.read(file)
    assert base_snapshots.ensure(file.parent, "runtime") == file
    assert comes_up(file)
    assert list(file.parent.iterdir()) == [file]


def test_the_name_holds_what_the_snapshot_depends_on(file, monkeypatch):
    """Another version of V8, of its flags or of the JavaScript asks for another file."""
    assert bundles.fingerprint("runtime")[:32] in file.name
    unchanged = bundles.fingerprint.__wrapped__("runtime")
    changes = [
        (library_file, "versions", lambda: dll.Versions("0.0.1", "1.2.3")),
        (dll, "FLAGS", (*dll.FLAGS, "--other")),
        (bundles, "_read", lambda name: "other source"),
    ]
    found = {unchanged, bundles.fingerprint("transform")}
    for module, name, value in changes:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            found.add(bundles.fingerprint.__wrapped__("runtime"))
    assert len(found) == 2 + len(changes)
    assert unchanged == bundles.fingerprint("runtime")


def test_a_source_that_throws_makes_no_snapshot():
    """The error says so; the process can build others."""
    with pytest.raises(snapshot.SnapshotError, match="threw"):
        snapshot.build("throw new Error('no')")
    assert snapshot.build("globalThis.a = 1")


def test_versions_are_told_without_starting_v8():
    """A gateway of cells asks for no more, and V8 would take 12 MB of each of its processes."""
    code = """
from edge.engine import library_file
from py_mini_racer import _dll
told, exported = library_file.versions(), library_file.has_snapshots()
assert _dll._dll_handle is None
from edge.engine import dll, snapshot
assert told == dll.versions()
assert exported == snapshot.available()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
