"""The store of answers: bounded, purged, shared, and never in the way."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
import trio

from edge.services.cache import reader
from edge.services.cache.failures import CacheUnavailableError
from edge.services.cache.records import Head, New, Purge, Times
from edge.services.cache.store import CacheStore
from edge.services.cache.writer import MAX_VARIANTS, Used
from edge.units import KIB, MIB

NOW = 1_800_000_000.0


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture(params=["file", "memory"])
async def store(request, tmp_path):
    path = tmp_path / "data" / "cache.sqlite3" if request.param == "file" else None
    async with CacheStore(path, clock=Clock()) as opened:
        yield opened


def new(key="k", body=b"body", *, url="https://example.com/a?b=c", space="s", function="f", until=NOW + 60, **more):
    selection = more.pop("selection", ())
    head = Head(url=url, status=200, headers=(("x", "1"),), times=Times(60), received=NOW, selection=selection)
    return New(space, key.encode(), function, head, body, until=until, **more)


async def body(store, key="k", space="s"):
    found = await store.find(space, key.encode())
    return [(await store.content(entry)).data for entry in found.entries]


async def test_what_was_put_is_found(store):
    """With its head; under its key and space only; until its time is over; the newer in place of the older."""
    assert await body(store) == []
    assert await store.put(new(body=b"x" * 200_000))
    assert await body(store) == [b"x" * 200_000]
    [entry] = (await store.find("s", b"k")).entries
    assert (entry.head, entry.size) == (new().head, 200_000)
    assert await body(store, "other") == await body(store, space="t") == []
    assert await store.put(new(body=b"two"))
    assert await body(store) == [b"two"]
    store.clock.now = NOW + 60
    assert await body(store) == []


async def test_content_is_in_memory_once(store):
    """However many are sending it; what has gone is None."""
    await store.put(new(body=b"x" * 100_000))
    [entry] = (await store.find("s", b"k")).entries
    first = await store.content(entry)
    assert await store.content(entry) is first
    await store.forget("s", b"k")
    assert await store.content(entry) is first
    del first
    assert await store.content(entry) is None
    await store.put(new(body=b"x" * 100_000))
    [entry] = (await store.find("s", b"k")).entries
    found = []

    async def load():
        found.append(await store.content(entry))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(load)
    assert len({id(one) for one in found}) == 1
    assert store._loading == {}


async def test_variants_of_a_key(store):
    """One each, the newest first, and not too many."""
    for n in range(MAX_VARIANTS + 5):
        await store.put(new(body=b"%d" % n, selection=(("x", str(n)),)))
    found = await body(store)
    assert len(found) == MAX_VARIANTS
    assert found[0] == b"%d" % (MAX_VARIANTS + 4)
    await store.put(new(body=b"again", selection=(("x", "9"),)))
    assert (await body(store))[0] == b"again"
    assert len(await body(store)) == MAX_VARIANTS


PURGES = {
    "a URL": (Purge(urls=("example.com/a?b=c",)), {"b", "c", "d"}),
    "no such URL": (Purge(urls=("example.com/a",)), {"a", "b", "c", "d"}),
    "a prefix": (Purge(prefixes=("example.com/a",)), {"c", "d"}),
    "a host": (Purge(prefixes=("example.com/",)), {"d"}),
    "a tag": (Purge(tags=("red",)), {"b", "c"}),
    "several": (Purge(urls=("other.com/a",), tags=("blue",)), {"a", "c"}),
    "a function": (Purge(function="g"), {"a", "b", "c"}),
    "a function's tag": (Purge(tags=("red",), function="g"), {"a", "b", "c"}),
    "everything": (Purge(), set()),
}


@pytest.mark.parametrize(("purge", "left"), PURGES.values(), ids=PURGES)
async def test_purges(store, purge, left):
    """By URL, prefix, tag and function; how many is answered."""
    await store.put(new("a", b"a", tags=frozenset({"red"})))
    await store.put(new("b", b"b", url="http://example.com/ab", tags=frozenset({"blue"})))
    await store.put(new("c", b"c", url="https://example.com/c"))
    await store.put(new("d", b"d", url="https://other.com/a", tags=frozenset({"red"}), function="g"))
    assert await store.purge(purge) == 4 - len(left)
    assert {key for key in "abcd" if await body(store, key)} == left


async def test_what_was_asked_for_before_a_purge_is_not_kept(store):
    """It may be what was meant."""
    before = (await store.find("s", b"k")).purges
    await store.purge(Purge(urls=("something.else/",)))
    assert not await store.put(new(purges=before))
    assert await body(store) == []
    after = (await store.find("s", b"k")).purges
    assert await store.put(new(purges=after))
    [entry] = (await store.find("s", b"k")).entries
    assert not await store.update(entry, entry.head, NOW + 99, before)
    renewed = Head(url="https://example.com/a?b=c", status=200, headers=(), times=Times(99), received=NOW)
    assert await store.update(entry, renewed, NOW + 99, after)
    store.clock.now = NOW + 90
    assert (await store.find("s", b"k")).entries[0].head == renewed
    assert await body(store) == [b"body"]


async def test_changes_to_a_url_remove_what_there_is_in_its_space(store):
    """RFC 9111 section 4.4."""
    await store.put(new("a"))
    await store.put(new("b", space="t"))
    await store.invalidate("s", "https://example.com/a?b=c")
    assert (await body(store, "a"), await body(store, "b", "t")) == ([], [b"body"])


async def test_it_holds_no_more_than_its_size(store):
    """What was not used for longest goes first; one that is too large is not kept at all."""
    store.size, store.max_entry = 100 * KIB, 50 * KIB
    for n in range(30):
        store.clock.now = NOW + n / 100
        assert await store.put(new(f"k{n}", b"x" * 10 * KIB, function=f"f{n}"))
        [first] = await body(store, "k0")
        opened = store._open
        await opened.writes.call(Used(dict(opened.writer.used)))
    usage = await store.usage()
    assert usage.bytes <= 100 * KIB
    assert 2 <= usage.entries < 10
    assert first
    assert not await body(store, "k1")
    assert await body(store, "k29")
    assert not await store.put(new("large", b"x" * 50 * KIB))
    assert not await store.put(new("larger", b"x" * 51 * KIB))


async def test_one_function_fills_no_more_than_its_share(store):
    """The others' entries stay."""
    store.size = 100 * KIB
    await store.put(new("mine", b"x" * 10 * KIB, function="quiet"))
    for n in range(30):
        store.clock.now = NOW + n / 100
        await store.put(new(f"k{n}", b"x" * 10 * KIB, function="noisy"))
    assert await body(store, "mine")
    assert (await store.usage()).bytes < 64 * KIB


async def test_what_has_expired_is_swept(store):
    """So that nobody has to ask for it first."""
    await store.put(new("a", until=NOW + 5))
    await store.put(new("b", tags=frozenset({"t"})))
    store.clock.now = NOW + 10
    assert store._open.writer.sweep() > 0
    assert (await store.usage()).entries == 1
    await store.purge(Purge())
    assert await store.usage() == (await store.usage())
    assert (await store.usage()).bytes == 0


async def test_listings_are_bounded(store, monkeypatch):
    """By entries and by bytes; whoever reads one learns that there is more."""
    for n in range(4):
        await store.put(new(f"k{n}", url=f"https://example.com/a?{n}"))
    assert [entry.head.url[-1] for entry in (await store.listing("s")).entries] == ["0", "1", "2", "3"]
    found = await store.search("s", "example.com/a")
    assert (len(found.entries), found.complete) == (4, True)
    assert (await store.search("s", "example.com/")).entries == ()
    monkeypatch.setattr(reader, "PAGE_ENTRIES", 4)
    assert (await store.listing("s")).complete
    monkeypatch.setattr(reader, "PAGE_BYTES", 250)
    found = await store.listing("s")
    assert (len(found.entries) < 4, found.complete) == (True, False)
    monkeypatch.setattr(reader, "PAGE_ENTRIES", 3)
    assert not (await store.search("s", "example.com/a")).complete


async def test_names_of_caches(store):
    """In the order in which they were opened; with a name everything in it goes."""
    for name in ("b", "a", "b"):
        await store.add_name("f", name, f"s:{name}")
    await store.put(new(space="s:b"))
    assert await store.names("f") == ("b", "a")
    assert await store.names("g") == ()
    assert await store.remove_name("f", "b", "s:b")
    assert not await store.remove_name("f", "b", "s:b")
    assert await body(store, space="s:b") == []


async def test_several_processes_share_a_file(tmp_path):
    """What one puts or purges, the other sees at once; what was there is there after a restart."""
    path = tmp_path / "cache.sqlite3"
    async with CacheStore(path, clock=Clock()) as one, CacheStore(path, clock=Clock()) as two:
        await one.put(new())
        before = await two.find("s", b"k")
        assert len(before.entries) == 1
        await one.purge(Purge())
        assert await body(two) == []
        assert not await two.put(new(purges=before.purges))
        await two.put(new(body=b"later"))
    async with CacheStore(path, clock=Clock()) as again:
        assert await body(again) == [b"later"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b""])
async def test_a_damaged_file_makes_place_for_a_new_one(tmp_path, damage):
    """It held nothing that cannot be made again."""
    path = tmp_path / "cache.sqlite3"
    path.write_bytes(damage)
    async with CacheStore(path, clock=Clock()) as store:
        assert await store.put(new())
        assert await body(store) == [b"body"]


async def test_without_a_file_everything_is_a_miss(tmp_path):
    """And nothing fails, but a purge, which must not be believed to have happened."""
    (tmp_path / "file").write_text("in the way")
    async with CacheStore(tmp_path / "file" / "cache.sqlite3", clock=Clock()) as store:
        assert await store.find("s", b"k") is None
        assert not await store.put(new())
        assert (await store.listing("s")).entries == ()
        with pytest.raises(CacheUnavailableError):
            await store.purge(Purge())


async def test_damage_while_it_is_used_is_a_miss_too(tmp_path):
    """No request fails of it."""
    path = tmp_path / "cache.sqlite3"
    async with CacheStore(path, clock=Clock()) as store:
        await store.put(new(body=b"x" * MIB))
        store._open.inline._db.close()
        assert await store.find("s", b"k") is None
        assert await store.put(new("other"))


async def test_a_lock_of_another_process_holds_up_no_reads(tmp_path):
    """What is there is found; what is put waits, for as long as its caller does."""
    path = tmp_path / "cache.sqlite3"
    async with CacheStore(path, clock=Clock()) as store:
        await store.put(new())
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await body(store) == [b"body"]
            with trio.move_on_after(0.05) as scope:
                await store.put(new(body=b"later"))
            assert scope.cancelled_caught
            other.execute("COMMIT")
        await store.put(new("other"))
        assert await body(store) == [b"later"]


async def test_it_opens_nothing_before_it_is_used(tmp_path):
    """A gateway without caches has no file of it."""
    async with CacheStore(tmp_path / "cache.sqlite3"):
        pass
    assert list(tmp_path.iterdir()) == []
