from __future__ import annotations

import shutil

import pytest

from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.limits import PackageLimits
from edge.packages.load import load_package, locate_package
from edge.packages.store import BundleStore

HASH = Bundle.build({"index.js": b"1"}).hash


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "functions"
    (root / "hello").mkdir(parents=True)
    (root / "hello" / "index.js").write_text("1")
    for name, form in (("targz", "gztar"), ("zipped", "zip"), ("team/deep", "zip")):
        shutil.make_archive(str(root / name), form, root, "hello")
    return root


@pytest.mark.parametrize(
    "reference", ["hello", "./hello", "hello/", "targz", "targz.tar.gz", "zipped", "zipped.zip", "team/deep"]
)
def test_a_reference_is_a_folder_or_an_archive(root, reference):
    """With or without the archive's suffix."""
    assert load_package(root, reference).hash == HASH


def test_a_folder_wins_over_an_archive(root):
    """It is what somebody is working on."""
    shutil.copy(root / "zipped.zip", root / "hello.zip")
    assert locate_package(root, "hello").is_dir()


def test_a_hash_is_taken_from_the_store(root, tmp_path):
    """And only from there."""
    store = BundleStore(tmp_path / "store")
    store.put(Bundle.build({"index.js": b"1"}))
    assert load_package(root, HASH, store).hash == HASH
    with pytest.raises(PackageError, match="the store has no package"):
        load_package(root, "sha256:" + "0" * 64, store)
    with pytest.raises(PackageError, match="is not a package hash"):
        load_package(root, "sha256:../../x", store)
    with pytest.raises(PackageError, match="there is no package store"):
        load_package(root, HASH)


@pytest.mark.parametrize(
    "reference",
    ["../secret", "/etc", "hello/../../secret", "", ".", "..", "a\\b", "C:/x", "a\0b", "hello//x", "./../secret"],
)
def test_a_reference_cannot_leave_the_root(root, reference):
    """Whatever the config says."""
    (root.parent / "secret").mkdir()
    (root.parent / "secret" / "index.js").write_text("secret")
    with pytest.raises(PackageError, match=r"cannot be used: .*\(name a folder or archive under packages.root\)"):
        load_package(root, reference)


@pytest.mark.parametrize("name", ["link", "link.zip"])
def test_a_link_out_of_the_root_is_refused(root, name):
    """A link inside of it is fine."""
    shutil.copytree(root / "hello", root.parent / "outside")
    shutil.copy(root / "zipped.zip", root.parent / "outside.zip")
    (root / name).symlink_to(root.parent / name.replace("link", "outside"))
    with pytest.raises(PackageError, match=r"is a link that leads out of packages.root") as caught:
        load_package(root, "link")
    assert str(root.parent) not in str(caught.value)
    (root / "alias").symlink_to("hello")
    assert load_package(root, "alias").hash == HASH


def test_what_is_not_there_says_what_was_looked_for(root):
    """And nothing about the host."""
    with pytest.raises(
        PackageError,
        match=r"no package 'nope' under packages.root; looked for nope/, nope.tar.gz, nope.tgz, nope.zip, nope.tar",
    ):
        load_package(root, "nope")
    with pytest.raises(PackageError, match="looked for") as caught:
        load_package(root / "gone", "hello")
    assert str(root) not in str(caught.value)


def test_limits_are_passed_on(root):
    """To folders and archives alike."""
    for reference in ("hello", "zipped"):
        with pytest.raises(PackageError, match="more than 0 files"):
            load_package(root, reference, limits=PackageLimits(files=0))


def test_a_file_that_is_no_archive_is_refused(root):
    """By its content, not by its name."""
    (root / "fake.zip").write_text("hello")
    with pytest.raises(PackageError, match="no archive that edge reads"):
        load_package(root, "fake")
