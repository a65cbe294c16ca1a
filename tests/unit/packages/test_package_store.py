"""Uploaded packages: an object store, and the cache of it on disk."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.errors import PackageError, StoreUnavailableError
from edge.packages.bundle import Bundle
from edge.packages.object_folder import FolderObjects
from edge.packages.object_store import open_objects
from edge.packages.package_store import CacheLimits, PackageStore
from edge.packages.store import BundleStore
from edge.units import DAYS, HOURS, MIB

NONE = "sha256:" + "0" * 64


def package(text="x", size=0):
    return Bundle.build({"index.js": text.encode() + bytes(size)})


class Counted(FolderObjects):
    """A folder that counts what is read of it, and that can be down."""

    reads = 0
    down = False

    def stream(self, key):
        if self.down:
            raise StoreUnavailableError("cannot read from the package store: it does not answer")
        self.reads += 1
        return super().stream(key)


class Clock:
    """Time that passes when it is told to."""

    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def remote(tmp_path):
    return Counted(tmp_path / "remote")


@pytest.fixture
def open_store(tmp_path, remote):
    def make(name="cache", **limits):
        caps = CacheLimits(**{"size": 100 * MIB, "age": 30 * DAYS, **limits})
        return PackageStore(BundleStore(tmp_path / name), remote, caps)

    return make


def object_of(remote, name):
    return remote._folder / f"packages/{name.removeprefix('sha256:')}.bundle"


def test_another_machine_gets_what_one_has_put(open_store, remote):
    """Once from the store, and from its own disk from then on, also after a restart."""
    name = open_store("one").put(package("hello"))
    other = open_store("other")
    assert not other.has(name)
    assert other.get(name).read("index.js") == b"hello"
    assert other.get(name).hash == name
    assert open_store("other").get(name).hash == name
    assert remote.reads == 1


def test_what_is_cached_serves_while_the_store_is_down(open_store, remote):
    """What is not says so, and is got when the store is back."""
    store = open_store("one")
    cached = store.put(package("cached"))
    missing = open_store("other").put(package("missing"))
    remote.down = True
    assert store.get(cached).hash == cached
    with pytest.raises(StoreUnavailableError):
        store.get(missing)
    remote.down = False
    store.answers()
    assert store.get(missing).hash == missing


def test_a_store_that_did_not_answer_is_not_asked_again_at_once(tmp_path, remote):
    """A start with many packages waits once, not once for each of them."""
    names = [PackageStore(BundleStore(tmp_path / "one"), remote, CacheLimits(1, 1)).put(package(t)) for t in "abc"]
    clock = Clock()
    store = PackageStore(BundleStore(tmp_path / "two"), remote, CacheLimits(1, 1), clock)
    remote.down = True
    with pytest.raises(StoreUnavailableError):
        store.get(names[0])
    remote.down = False
    for name in names:
        with pytest.raises(StoreUnavailableError, match="does not answer"):
            store.get(name)
    assert remote.reads == 0
    clock.now += 16
    assert [store.get(name).hash for name in names] == names


def test_a_package_that_is_nowhere_is_told(open_store):
    """With what to do."""
    with pytest.raises(PackageError, match="edge versions"):
        open_store().get(NONE)
    with pytest.raises(PackageError, match="not a package hash"):
        open_store().get("sha256:../../etc/passwd")


@pytest.mark.parametrize("damage", [b"", b"EDGEPKG1", b"x" * 5000])
def test_other_bytes_than_the_hash_says_are_never_used(open_store, remote, damage):
    """Cut short, or exchanged by whoever can write to the bucket.  Deploying again heals the store."""
    name = open_store("one").put(package("hello"))
    object_of(remote, name).write_bytes(damage)
    other = open_store("other")
    with pytest.raises(PackageError, match="something else"):
        other.get(name)
    assert not other.has(name)
    assert open_store("one").put(package("hello")) == name
    assert other.get(name).hash == name


def test_a_package_under_the_name_of_another_one_is_never_used(open_store, remote):
    """It is a good bundle, but not this one."""
    name, other = (open_store("one").put(package(text)) for text in ("good", "evil"))
    object_of(remote, name).write_bytes(object_of(remote, other).read_bytes())
    with pytest.raises(PackageError, match="something else"):
        open_store("other").get(name)


def test_a_damaged_cache_is_filled_again(open_store, remote, tmp_path):
    """A bit that fell over on the disk is no reason to fail; it is found whenever the file is opened."""
    store = open_store()
    name = store.put(package("hello"))
    assert store.get(name).hash == name
    file = tmp_path / "cache" / f"{name.removeprefix('sha256:')}.bundle"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert store.get(name).hash == name
    assert remote.reads == 1


def test_an_endless_object_is_not_read_to_its_end(open_store, remote, tmp_path, monkeypatch):
    """It stops where no package can be longer, and leaves nothing behind."""
    monkeypatch.setattr("edge.packages.store.MAX_BUNDLE", 3 * MIB)
    remote.put(f"packages/{'0' * 64}.bundle", b"")
    parts = iter([bytes(1 * MIB)] * 100)
    monkeypatch.setattr(remote, "stream", lambda key: parts)
    with pytest.raises(PackageError, match="something else"):
        open_store().get(NONE)
    assert sum(map(len, parts)) == 96 * MIB
    assert list((tmp_path / "cache").iterdir()) == []


def test_many_who_want_the_same_package_get_it_once(open_store, remote):
    """They wait for the first one."""
    name = open_store("one").put(package("hello", 1 * MIB))
    store = open_store("other")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: store.get(name).hash, range(8)))
    assert found == [name] * 8
    assert remote.reads == 1


def test_the_cache_is_bounded(open_store, tmp_path):
    """By bytes and by age; what is used, or was a moment ago, stays, and all of it can be got again."""
    store = open_store(size=2 * MIB + 65536, age=1 * DAYS)
    names = [store.put(package(str(number), 1 * MIB)) for number in range(4)]
    assert store.evict() == ()
    for age, name in enumerate(reversed(names), 1):
        path = tmp_path / "cache" / f"{name.removeprefix('sha256:')}.bundle"
        moment = path.stat().st_mtime - age * HOURS
        os.utime(path, (moment, moment))
    assert [entry.hash for entry in store.evict(keep={names[0]})] == [names[1], names[2]]
    assert [store.has(name) for name in names] == [True, False, False, True]
    assert store.get(names[1]).hash == names[1]


def test_what_no_function_mentions_is_an_orphan_after_a_while(open_store, remote):
    """Not at once: an upload stores the package first, and putting it again makes it young."""
    store = open_store()
    used, old, again = (store.put(package(text)) for text in ("used", "old", "again"))
    remote.put("packages/readme.txt", b"")
    for name in (used, old, again):
        os.utime(object_of(remote, name), (1, 1))
    store.put(package("again"))
    store.put(package("new"))
    assert list(store.orphans({used})) == [old]
    store.delete(old)
    assert list(store.orphans({used})) == []
    with pytest.raises(PackageError):
        store.get(old)


def test_without_a_store_the_folder_is_it(tmp_path):
    """Nothing is evicted from it."""
    store = PackageStore(BundleStore(tmp_path), None, CacheLimits(size=0, age=0))
    name = store.put(package("hello"))
    assert store.evict() == ()
    assert store.get(name).hash == name
    assert list(store.orphans((), min_age=-1)) == [name]
    store.delete(name)
    with pytest.raises(PackageError):
        store.get(name)


@pytest.mark.integration
def test_a_large_package_goes_through_a_real_store(s3, monkeypatch, tmp_path):
    """In several parts, both ways."""
    s3.set_environ(monkeypatch)
    limits = CacheLimits(size=100 * MIB, age=0)

    def store(name):
        return PackageStore(BundleStore(tmp_path / name), open_objects(s3.url(tmp_path.name)), limits)

    bundle = Bundle.build({"index.js": b"", "data.bin": os.urandom(12 * MIB)})
    name = store("one").put(bundle)
    assert bytes(store("other").get(name).buffer) == bytes(bundle.buffer)
    assert list(store("other").orphans((), min_age=-10)) == [name]
