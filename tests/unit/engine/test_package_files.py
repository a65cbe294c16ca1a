"""The operations that node:fs reads a package by."""

from __future__ import annotations

import json

import msgspec
import pytest

from edge.engine.package_files import MAX_READ, PackageFiles
from edge.errors import HostCallError
from edge.packages.bundle import Bundle


@pytest.fixture
def ops():
    files = {"index.js": b"code", "data/a.bin": bytes(range(256)), "data/b": b""}
    return PackageFiles(Bundle.build(files, {"link": "data"})).ops()


def ask(ops, name, **args):
    return ops[name](msgspec.Raw(json.dumps(args).encode()), b"")


def test_stat_tells_kind_size_and_real_path(ops):
    """Links are followed; what is not there is null."""
    assert ask(ops, "package.stat", path="/app/data/a.bin").value == {
        "kind": "file",
        "size": 256,
        "real": "/app/data/a.bin",
    }
    assert ask(ops, "package.stat", path="/app/link").value == {"kind": "folder", "size": 0, "real": "/app/data"}
    assert ask(ops, "package.stat", path="/app/none").value is None


def test_list_names_what_is_in_a_folder_with_its_kind(ops):
    """Null for what is no folder."""
    assert ask(ops, "package.list", path="/app").value == [("data", "folder"), ("index.js", "file"), ("link", "link")]
    assert ask(ops, "package.list", path="/app/index.js").value is None


def test_read_gives_the_part_that_was_asked_for(ops):
    """Fewer bytes at the end of a file, none behind it."""
    assert ask(ops, "package.read", path="/app/data/a.bin", offset=254, length=10).data == b"\xfe\xff"
    assert ask(ops, "package.read", path="/app/link/a.bin", offset=300, length=10).data == b""


@pytest.mark.parametrize(
    "path", ["", "/", "/app/../etc/passwd", "/etc/passwd", "app/index.js", "/app//index.js", "/app/./data"]
)
def test_a_path_outside_of_the_package_or_not_normal_is_not_there(ops, path):
    """The runtime normalises; whoever took it over finds nothing else."""
    assert ask(ops, "package.stat", path=path).value is None
    with pytest.raises(HostCallError):
        ask(ops, "package.read", path=path, offset=0, length=1)


@pytest.mark.parametrize(
    "args", [{"offset": -1, "length": 1}, {"offset": 0, "length": MAX_READ + 1}, {"offset": 0.5, "length": 1}]
)
def test_offsets_and_lengths_are_bounded(ops, args):
    """One operation never makes more than a mebibyte."""
    with pytest.raises((msgspec.ValidationError, HostCallError)):
        ask(ops, "package.read", path="/app/index.js", **args)
