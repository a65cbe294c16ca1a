"""Cleaning up after deploys, with the clock in hand."""

from __future__ import annotations

import os

import pytest

from edge.config.model import PackagesConfig
from edge.errors import PackageError
from edge.gateway.deploys.deployer import Deployer
from edge.gateway.deploys.follower import Follower
from edge.packages.bundle import Bundle
from edge.packages.object_folder import FolderObjects
from edge.packages.package_store import CacheLimits, PackageStore
from edge.packages.store import BundleStore
from edge.packages.uploads import Uploads
from edge.packages.version_index import VersionIndex
from edge.units import DAYS, MIB

NOW = 1_800_000_000.0


class Idle:
    """A reloader of a config that names v2 of the function."""

    def mentioned(self, function):
        return frozenset({"v2"}) if function == "hello" else frozenset()

    def behind(self):
        return frozenset()


@pytest.fixture
def parts(tmp_path):
    objects = FolderObjects(tmp_path / "store")
    packages = PackageStore(BundleStore(tmp_path / "cache"), objects, CacheLimits(100 * MIB, 0))
    uploads = Uploads(packages, VersionIndex(objects), objects)
    settings = PackagesConfig(keep_age=10 * DAYS)
    deployer = Deployer(uploads, Idle(), lambda: settings, clock=lambda: NOW)
    used = set()
    follower = Follower(uploads, Idle(), lambda: 1.0, lambda: used, deployer.prune)
    return uploads, follower, used, tmp_path / "store"


def put(uploads, folder, function, text, days):
    """An upload so many days ago."""
    package = uploads.packages.put(Bundle.build({"index.js": text.encode()}))
    uploads.index.change(function, lambda now: now.added(package, int((NOW - days * DAYS) * 1000)))
    os.utime(folder / f"packages/{package.removeprefix('sha256:')}.bundle", (1, 1))
    return package


async def test_versions_grow_old_without_an_upload_and_their_packages_go(parts):
    """What is named, used or the newest stays; a package that another function has stays too."""
    uploads, follower, used, folder = parts
    packages = {name: put(uploads, folder, "hello", name, days) for name, days in (("a", 40), ("b", 30), ("c", 20))}
    packages["d"] = put(uploads, folder, "hello", "d", 15)
    packages["e"] = put(uploads, folder, "hello", "e", 12)
    put(uploads, folder, "other", "a", 12)
    used.add(packages["d"])
    await follower.clean_up()
    assert [one.name for one in uploads.index.of("hello").versions] == ["v2", "v5"]
    assert [one.name for one in uploads.index.of("other").versions] == ["v1"]
    for name in "abde":
        assert uploads.packages.get(packages[name]).hash == packages[name]
    with pytest.raises(PackageError):
        uploads.packages.get(packages["c"])


async def test_nothing_is_deleted_while_a_document_cannot_be_read(parts):
    """Nobody knows what it needs."""
    uploads, follower, _, folder = parts
    lost = put(uploads, folder, "hello", "a", 1)
    uploads.index.change("hello", lambda now: now.emptied())
    (folder / "functions/broken.json").write_text("{")
    await follower.clean_up()
    assert uploads.packages.get(lost).hash == lost
    (folder / "functions/broken.json").unlink()
    await follower.clean_up()
    with pytest.raises(PackageError):
        uploads.packages.get(lost)
