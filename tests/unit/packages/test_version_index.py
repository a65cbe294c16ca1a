"""Documents of versions in a store that several gateways change at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from edge.errors import NotFoundError, OutsideError, PreconditionError, StoreUnavailableError
from edge.packages.object_folder import FolderObjects
from edge.packages.object_store import open_objects
from edge.packages.version_index import VersionIndex

DEEP = b'{"x": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"


def package(number):
    return f"sha256:{number:064x}"


def add(number, *, active=False):
    def make(document):
        after = document.added(package(number), 0)
        return after.activated(after.versions[-1].number) if active else after

    return make


class Fallible(FolderObjects):
    """A folder that can be down, and that can lose the answer to a swap."""

    down = False
    loses = False

    def get(self, key, limit):
        self._check()
        return super().get(key, limit)

    def list(self, prefix):
        self._check()
        return super().list(prefix)

    def swap(self, key, content, etag):
        self._check()
        found = super().swap(key, content, etag)
        return None if self.loses else found

    def _check(self):
        if self.down:
            raise StoreUnavailableError("down")


@pytest.fixture
def objects(tmp_path):
    return Fallible(tmp_path / "store")


def test_what_one_gateway_changes_another_one_sees(objects):
    """After it has looked; and it is told what is different."""
    one, other = VersionIndex(objects), VersionIndex(objects)
    assert other.refresh() == frozenset()
    one.change("hello", add(1, active=True))
    one.change("bye", add(2))
    assert other.of("hello").is_empty
    assert other.refresh() == {"hello", "bye"}
    assert other.refresh() == frozenset()
    assert other.active("hello").package == package(1)
    assert other.active("bye") is None
    assert other.resolve("bye@v1").package == other.resolve("bye@latest").package == package(2)
    assert other.resolve("hello").number == 1
    assert sorted(other.documents) == ["bye", "hello"]
    assert other.packages() == {package(1), package(2)}


def test_what_is_not_there_is_not_found(objects):
    """A function, a version, and what can be neither."""
    index = VersionIndex(objects)
    index.change("hello", add(1))
    for reference in ("nobody@v1", "hello@v2", "hello"):
        with pytest.raises(NotFoundError):
            index.resolve(reference)
    for name in ("../hello", "", "a/b", ".lock"):
        with pytest.raises(NotFoundError):
            index.change(name, add(1))


def test_a_document_that_says_what_it_said_is_not_written(objects):
    """Its etag stays."""
    index = VersionIndex(objects)
    before = index.change("hello", add(1, active=True))
    assert index.change("hello", lambda document: document.activated(1)) == before


@pytest.mark.parametrize("kind", ["file", pytest.param("s3", marks=[pytest.mark.integration, pytest.mark.slow])])
def test_no_change_is_lost_when_many_are_made_at_once(kind, tmp_path, request, monkeypatch):
    """Each upload has a number of its own, whichever gateway took it."""
    url = (tmp_path / "store").as_uri()
    if kind == "s3":
        server = request.getfixturevalue("s3")
        server.set_environ(monkeypatch)
        url = server.url(tmp_path.name)
    indexes = [VersionIndex(open_objects(url)) for _ in range(3)]

    def upload(number):
        document = indexes[number % 3].change("hello", add(number))
        return next(version.number for version in document.versions if version.package == package(number))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(upload, range(12))) == [*range(1, 13)]
    for index in indexes:
        index.refresh()
        assert [version.number for version in index.of("hello").versions] == [*range(1, 13)]


def test_a_change_can_insist_on_the_state_that_was_seen(objects):
    """Otherwise it fails, with what it is now."""
    index = VersionIndex(objects)
    first = index.change("hello", add(1), if_match='"0"')
    assert first.etag == '"1"'
    second = index.change("hello", add(2), if_match='W/"7", "1"')
    with pytest.raises(PreconditionError, match='"2"'):
        index.change("hello", add(3), if_match=first.etag)
    assert index.of("hello") == second
    assert index.change("hello", add(3), if_match="*").revision == 3


def test_a_change_whose_answer_was_lost_is_made_once(objects):
    """It finds its own mark when it looks again."""
    index = VersionIndex(objects)
    objects.loses = True
    index.change("hello", add(1))
    assert len(index.of("hello").versions) == 1
    assert VersionIndex(objects).change("hello", lambda document: document).revision == 1


def test_what_was_seen_is_known_again_while_the_store_is_down(objects, tmp_path):
    """A gateway that starts then serves what was active."""
    VersionIndex(objects, tmp_path / "seen.json").change("hello", add(1, active=True))
    objects.down = True
    index = VersionIndex(objects, tmp_path / "seen.json")
    index.recall()
    assert index.active("hello").package == package(1)
    with pytest.raises(StoreUnavailableError):
        index.refresh()
    assert index.active("hello").package == package(1)
    objects.down = False
    assert index.refresh() == frozenset()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", DEEP, b'{"a": {"etag": "\xff"}}'])
def test_a_damaged_memory_is_none(objects, tmp_path, content):
    """The store knows better anyway."""
    (tmp_path / "seen.json").write_bytes(content)
    index = VersionIndex(objects, tmp_path / "seen.json")
    index.recall()
    assert not index.documents


@pytest.mark.parametrize(
    "content", [b"{", DEEP, b'{"function": "\xff"}', b'{"function": "other"}', b'{"function": "hello", "format": 2}']
)
def test_a_document_that_cannot_be_read_leaves_what_was_known(objects, content):
    """The other functions go on, and nobody overwrites it."""
    index = VersionIndex(objects)
    index.change("hello", add(1, active=True))
    objects.put("functions/hello.json", content)
    VersionIndex(objects).change("bye", add(2))
    assert index.refresh() == {"bye"}
    assert index.active("hello").number == 1
    assert list(index.problems) == ["hello"]
    with pytest.raises(OutsideError):
        index.change("hello", add(2))
    assert objects.get("functions/hello.json", 300_000).content == content


def test_a_document_that_is_gone_is_gone(objects):
    """Somebody emptied the store; what else is in it is not ours."""
    index = VersionIndex(objects)
    index.change("hello", add(1, active=True))
    objects.put("functions/notes.txt", b"")
    objects.delete("functions/hello.json")
    assert index.refresh() == {"hello"}
    assert index.active("hello") is None
    VersionIndex(objects).change("hello", add(2, active=True))
    assert index.refresh() == {"hello"}
    assert index.active("hello").package == package(2)
