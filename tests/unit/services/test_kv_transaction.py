"""Writes that wait for the response of their invocation: what it sees of them, and when others do."""

from __future__ import annotations

import pytest

from edge.services.kv.failures import KVConflictError, KVLimitError, KVUnavailableError, QuotaExceededError
from edge.services.kv.limits import Limits
from edge.services.kv.memory import MemoryStore
from edge.services.kv.records import Add, Check, Delete, Set
from edge.services.kv.redis import RedisStore
from edge.services.kv.sqlite import SqliteStore
from edge.services.kv.transaction import Transaction

LIMITS = Limits(page=3, batch=20, batch_size=1000, quota=2000)


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(request, tmp_path):
    backends = {
        "memory": MemoryStore,
        "sqlite": lambda **options: SqliteStore(tmp_path / "kv.db", **options),
        "redis": lambda **options: RedisStore(request.getfixturevalue("redis_url"), **options),
    }
    async with backends[request.param](limits=LIMITS) as store:
        yield store


@pytest.fixture
def waiting(store):
    return Transaction(store, "ns")


async def number(store, key="n"):
    entry = await store.get("ns", key)
    return entry and float(entry.value)


async def keys(store, **options):
    return [item.key for item in (await store.list("ns", **options)).keys]


async def test_writes_are_seen_by_their_invocation_alone_until_the_commit(store, waiting):
    """All kinds of writes and reads, then all of them at once."""
    await store.set("ns", "old", b"1")
    await store.set("ns", "gone", b"1")
    await waiting.set("ns", "new", b"2", metadata=b"{}")
    await waiting.atomic("ns", [], [Set("old", b"3"), Add("n", 2), Add("n", 3)])
    assert await waiting.delete("ns", "gone")
    assert await waiting.incr("ns", "n", 4) == 9
    assert await keys(waiting) == ["n", "new", "old"]
    assert {key: entry.value for key, entry in (await waiting.get_many("ns", ["new", "old", "gone", "n"])).items()} == {
        "new": b"2",
        "old": b"3",
        "n": b"9",
    }
    assert [await waiting.has("ns", key) for key in ("new", "gone", "n", "x")] == [True, False, True, False]
    assert await keys(store) == ["gone", "old"]
    assert (await store.get("ns", "old")).value == b"1"
    await waiting.commit()
    assert await keys(store) == ["n", "new", "old"]
    entries = await store.get_many("ns", ["n", "new", "old"])
    assert [(entry.value, entry.metadata) for entry in entries.values()] == [(b"9", None), (b"2", b"{}"), (b"3", None)]
    assert len({entry.versionstamp for entry in entries.values()}) == 1


async def test_dropped_writes_have_never_been(store, waiting):
    """Those of a clear as well."""
    await store.set("ns", "k", b"1")
    await waiting.clear("ns")
    await waiting.set("ns", "new", b"2")
    assert await keys(waiting) == ["new"]
    assert waiting.drop() == 1
    assert await keys(store) == ["k"]


async def test_a_clear_and_what_follows_it_happen_at_once(store, waiting):
    """Sizes too are those of what is left."""
    for name in "abc":
        await store.set("ns", name, b"1")
    await waiting.set("ns", "lost", b"1")
    await waiting.clear("ns")
    assert await waiting.incr("ns", "a") == 1
    assert [await waiting.has("ns", name) for name in ("a", "b", "lost")] == [True, False, False]
    await store.set("ns", "later", b"1")
    await waiting.commit()
    assert await keys(store) == ["a"]
    assert (await store.size("ns")).bytes == 2


async def test_after_the_commit_writes_do_not_wait(store, waiting):
    """It is the store itself, whether it was committed or dropped."""
    await waiting.commit()
    await waiting.set("ns", "k", b"1")
    assert await store.has("ns", "k")
    assert await waiting.incr("ns", "n") == 1
    assert await number(store) == 1
    assert await waiting.delete("ns", "k")
    assert await waiting.atomic("ns", [Check("k", None)], [Set("k", b"2")])
    await waiting.clear("ns")
    assert await keys(store) == await keys(waiting) == []
    dropped = Transaction(store, "ns")
    dropped.drop()
    await dropped.set("ns", "k", b"1")
    assert await store.has("ns", "k")


async def test_a_check_that_held_must_hold_at_the_commit(store, waiting):
    """Otherwise nothing happens."""
    stamp = await store.set("ns", "k", b"1")
    assert await waiting.atomic("ns", [Check("k", "0" * 20)], [Set("k", b"x")]) is None
    assert await waiting.atomic("ns", [Check("k", stamp)], [Set("other", b"2")])
    await store.set("ns", "k", b"3")
    with pytest.raises(KVConflictError, match="send the request again"):
        await waiting.commit()
    assert await keys(store) == ["k"]


async def test_what_incr_and_delete_said_must_be_so_at_the_commit(store):
    """A number is given to one, and one finds what both delete."""
    first, second, third = (Transaction(store, "ns") for _ in range(3))
    assert [await first.incr("ns", "n"), await second.incr("ns", "n")] == [1, 1]
    await first.commit()
    with pytest.raises(KVConflictError):
        await second.commit()
    assert await number(store) == 1
    assert [await third.delete("ns", "n"), await third.delete("ns", "missing")] == [True, False]
    await store.set("ns", "missing", b"1")  # that it was not there is no promise
    await third.commit()
    assert await keys(store) == []


async def test_sums_that_nobody_was_told_never_conflict(store):
    """`atomic().incr()` adds to whatever is there, and deletes whatever is there."""
    several = [Transaction(store, "ns") for _ in range(5)]
    for each in several:
        await each.atomic("ns", [], [Add("n", 2), Delete("k")])
        await each.atomic("ns", [], [Add("n", 1)])
        assert await number(each) == 3
    for each in several:
        await each.commit()
    assert await number(store) == 15


async def test_versions_within_an_invocation_can_be_checked(store, waiting):
    """Of what it has written, and of a sum for as long as it is what it was."""
    await waiting.set("ns", "k", b"1")
    stamp = (await waiting.get("ns", "k")).versionstamp
    assert await waiting.atomic("ns", [Check("k", stamp)], [Set("k", b"2")])
    assert await waiting.atomic("ns", [Check("k", stamp)], [Set("k", b"3")]) is None
    await waiting.atomic("ns", [], [Add("n", 1)])
    stamp = (await waiting.get("ns", "n")).versionstamp
    assert (await waiting.get("ns", "n")).versionstamp == stamp
    await store.incr("ns", "n", 10)
    assert await waiting.atomic("ns", [Check("n", stamp)], [Set("x", b"")]) is None
    assert await number(waiting) == 11
    stamp = (await waiting.get("ns", "n")).versionstamp
    assert await waiting.atomic("ns", [Check("n", stamp)], [Set("x", b"")])
    await store.incr("ns", "n")
    with pytest.raises(KVConflictError):
        await waiting.commit()


async def test_adding_to_what_has_become_no_number_is_a_conflict(store, waiting):
    """It was one when the function asked."""
    await waiting.atomic("ns", [], [Add("n", 1), Set("k", b"1")])
    await store.set("ns", "n", b"text", kind="text")
    with pytest.raises(KVConflictError, match="incr needs a number"):
        await waiting.commit()
    assert await keys(store) == ["n"]


async def test_pages_of_a_listing_hold_what_was_written_and_not_what_was_deleted(store, waiting):
    """In order, without gaps and repetitions, whatever the size of a page."""
    for name in "acegikm":
        await store.set("ns", f"p{name}", b"1", kind="json")
    await waiting.atomic("ns", [], [Set("pb", b""), Set("pz", b""), Set("q", b""), Add("pf", 1), Add("pg", 1)])
    for name in ("pa", "pe", "pi", "pk"):
        await waiting.delete("ns", name)
    for limit in (1, 2, 3):
        seen, cursor = [], None
        while cursor is not None or not seen:
            page = await waiting.list("ns", "p", limit, cursor)
            assert 0 < len(page.keys) <= limit
            seen += [item.key for item in page.keys]
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == ["pb", "pc", "pf", "pg", "pm", "pz"]


async def test_what_waits_is_bounded_and_the_quota_holds_at_the_commit(store, waiting):
    """With the limits and what to do in the message."""
    for index in range(20):
        await waiting.set("ns", f"k{index}", b"")
    with pytest.raises(KVLimitError, match="may name 20 keys; this one has 21"):
        await waiting.set("ns", "more", b"")
    await waiting.set("ns", "k1", b"x" * 900)
    await waiting.set("ns", "k1", b"y" * 900)
    with pytest.raises(KVLimitError, match="may write 1000 bytes; this one has 1100"):
        await waiting.set("ns", "k2", b"x" * 200)
    for name in ("one", "two"):
        await store.set("ns", name, b"x" * 900)
    with pytest.raises(QuotaExceededError):
        await waiting.commit()
    assert await keys(store) == ["one", "two"]


async def test_a_store_that_cannot_be_used_is_told_without_saying_where_it_is():
    """The cause is in the log."""
    async with MemoryStore() as store:
        waiting = Transaction(store, "ns")
        await waiting.set("ns", "k", b"1")
    with pytest.raises(KVUnavailableError, match="whether the writes have happened is not known"):
        await waiting.commit()
