"""One semantics on every backend: each test runs against all of them, with a clock moved by hand."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.services.kv.failures import KVInputError, KVLimitError, KVUnavailableError, QuotaExceededError
from edge.services.kv.limits import Limits
from edge.services.kv.memory import MemoryStore
from edge.services.kv.records import Add, Check, Delete, Listed, Set, Usage
from edge.services.kv.redis import RedisStore
from edge.services.kv.sqlite import SqliteStore
from edge.services.kv.transaction import Transaction

START = 1_700_000_000_000
LIMITS = Limits(key=20, value=100_000, metadata=50, page=10, batch=8, batch_size=150_000, quota=300_000)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def backends(request, tmp_path):
    return {
        "memory": MemoryStore,
        "sqlite": lambda **options: SqliteStore(tmp_path / "kv.db", **options),
        "redis": lambda **options: RedisStore(request.getfixturevalue("redis_url"), **options),
    }


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def backend(request, tmp_path, clock):
    """For what an invocation whose writes wait does not see: other namespaces, sizes, more than a batch."""
    async with backends(request, tmp_path)[request.param](limits=LIMITS, clock=clock) as store:
        yield store


@pytest.fixture(params=["memory", "sqlite", "redis", "overlay"])
async def store(request, tmp_path, clock):
    """`overlay`: what an invocation sees of a store while its writes wait for its response."""
    name = "memory" if request.param == "overlay" else request.param
    async with backends(request, tmp_path)[name](limits=LIMITS, clock=clock) as store:
        yield Transaction(store, "ns") if request.param == "overlay" else store


async def names(store, **options):
    return [item.key for item in (await store.list("ns", **options)).keys]


async def test_a_value_comes_back_as_it_was_set(store):
    """Value, kind, metadata, expiry and versionstamp."""
    stamp = await store.set("ns", "k", b"\x00\xff", kind="bytes", metadata=b'{"a":1}', expires_at=START + 5)
    entry = await store.get("ns", "k")
    assert (entry.value, entry.kind, entry.metadata) == (b"\x00\xff", "bytes", b'{"a":1}')
    assert (entry.expires_at, entry.versionstamp) == (START + 5, stamp)
    assert await store.get_many("ns", ["k", "nope", "k"]) == {"k": entry}


async def test_a_set_replaces_everything(store):
    """Metadata and expiry of an earlier set are gone."""
    await store.set("ns", "k", b"1", metadata=b"1", expires_at=START + 5)
    await store.set("ns", "k", b"", kind="text")
    entry = await store.get("ns", "k")
    assert (entry.value, entry.kind, entry.metadata, entry.expires_at) == (b"", "text", None, None)


async def test_delete_answers_whether_the_key_was_there(store):
    """True once."""
    await store.set("ns", "k", b"1")
    assert [await store.delete("ns", "k"), await store.delete("ns", "k")] == [True, False]
    assert await store.get("ns", "k") is None
    assert await store.has("ns", "k") is False


async def test_namespaces_do_not_see_each_other(backend):
    """Not in reads, listings, sizes or clear."""
    await backend.set("a", "k", b"1")
    await backend.set("b", "k", b"2")
    await backend.clear("a")
    assert await backend.get("a", "k") is None
    assert (await backend.get("b", "k")).value == b"2"
    assert (await backend.list("a")).keys == ()
    assert await backend.size("a") == Usage()


async def test_a_cleared_namespace_can_be_used_again(backend):
    """Its old keys stay gone."""
    await backend.set("ns", "old", b"1")
    await backend.clear("ns")
    await backend.set("ns", "new", b"2")
    assert await names(backend) == ["new"]
    assert await backend.size("ns") == Usage(4, 1)


async def test_an_expired_entry_is_absent_for_every_operation(store, clock):
    """From the very millisecond, in reads, listings, sizes, checks, deletes and sums."""
    await store.set("ns", "k", b"5", kind="json", expires_at=START + 10)
    clock.now += 9
    assert await store.has("ns", "k") is True
    clock.now += 1
    assert await store.has("ns", "k") is False
    assert await store.get("ns", "k") is None
    assert await store.get_many("ns", ["k"]) == {}
    assert await names(store) == []
    assert await store.size("ns") == Usage()
    assert await store.atomic("ns", [Check("k", None)], []) is not None
    assert await store.delete("ns", "k") is False
    assert await store.incr("ns", "k") == 1
    assert (await store.get("ns", "k")).expires_at is None


async def test_versionstamps_grow_over_all_keys_and_namespaces(store):
    """Also over deletes, so that a check never takes a new entry for the old one."""
    first = await store.set("a", "k", b"1")
    await store.delete("a", "k")
    second = await store.set("b", "k", b"1")
    third = await store.set("a", "k", b"1")
    assert first < second < third
    assert await store.atomic("a", [Check("k", first)], [Delete("k")]) is None


async def test_a_failed_check_changes_nothing(store):
    """All mutations or none."""
    stamp = await store.set("ns", "k", b"1")
    checks = [Check("k", stamp), Check("other", "0" * 20)]
    assert await store.atomic("ns", checks, [Set("k", b"2"), Set("n", b"3")]) is None
    assert (await store.get("ns", "k")).versionstamp == stamp
    assert await store.has("ns", "n") is False


async def test_mutations_of_one_atomic_see_each_other_in_order(store):
    """Results tell what each found; all entries have the commit's versionstamp."""
    mutations = [
        Add("n", 5),
        Add("n", -2),
        Set("t", b"1", "json"),
        Add("t", 0.5),
        Delete("t"),
        Delete("t"),
        Set("u", b"x"),
    ]
    commit = await store.atomic("ns", [], mutations)
    assert commit.results == (5, 3, True, 1.5, True, False, True)
    assert {item.versionstamp for item in (await store.get_many("ns", ["n", "t", "u"])).values()} == {
        commit.versionstamp
    }
    assert await names(store) == ["n", "u"]


async def test_incr_keeps_expiry_and_metadata(store):
    """A counter with a TTL still ends when it was to."""
    await store.set("ns", "n", b"1", kind="json", metadata=b'"m"', expires_at=START + 100)
    assert await store.incr("ns", "n", 2) == 3
    entry = await store.get("ns", "n")
    assert (entry.value, entry.kind, entry.metadata, entry.expires_at) == (b"3", "json", b'"m"', START + 100)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(b"1", "text"), (b"1", "bytes"), *((json, "json") for json in (b'"1"', b"true", b"[1]", b'"\\ud800"', b"1" * 99))],
)
async def test_incr_of_what_is_no_number_is_refused(store, value, kind):
    """And leaves it, and the rest of its atomic, as it was."""
    await store.set("ns", "k", value, kind=kind)
    with pytest.raises(KVInputError, match="incr needs a number"):
        await store.atomic("ns", [], [Set("other", b"1"), Add("k", 1)])
    assert (await store.get("ns", "k")).value == value
    assert await store.has("ns", "other") is False


@pytest.mark.parametrize(
    ("start", "by"),
    [(2**53 - 1, 1), (-(2**53) + 1, -1), (2**53 - 1, 1.0), (0, 1e308), (0, float("nan")), (0, 10**400), (0.5, 10**400)],
)
async def test_incr_never_loses_count(store, start, by):
    """A sum that JavaScript cannot hold exactly, or at all, is an error and not a wrong number."""
    await store.incr("ns", "n", start)
    with pytest.raises(KVInputError, match=r"incr would"):
        await store.incr("ns", "n", by)
    assert await store.incr("ns", "n", 0) == start


async def test_a_listing_is_ordered_by_bytes_of_utf8(backend):
    """As no collation and no UTF-16 order does it."""
    keys = ["Z", "a", "a\x00b", "aa", "z", "é", "\uffee", "😀", "_"]
    for key in keys:
        await backend.set("ns", key, b"")
    assert await names(backend) == sorted(keys, key=lambda key: key.encode())


async def test_a_listing_by_prefix_has_nothing_else(store):
    """Also where the prefix ends in the last byte that UTF-8 has there."""
    for key in ["p", "p\U0010ffff", "p\U0010ffff1", "p1", "q", "o"]:
        await store.set("ns", key, b"")
    assert await names(store, prefix="p") == ["p", "p1", "p\U0010ffff", "p\U0010ffff1"]
    assert await names(store, prefix="p\U0010ffff") == ["p\U0010ffff", "p\U0010ffff1"]
    assert await names(store, prefix="p%") == []


async def test_a_listing_has_expiry_and_metadata_and_no_expired_entries(store, clock):
    """What `list` shows without reading values."""
    await store.set("ns", "a", b"1", metadata=b"[1]", expires_at=START + 10)
    await store.set("ns", "b", b"1", expires_at=START + 1)
    await store.set("ns", "c", b"1")
    clock.now += 1
    assert (await store.list("ns")).keys == (Listed("a", START + 10, b"[1]"), Listed("c"))


async def test_limits_of_a_listing_are_clamped(backend):
    """To one page at most and one key at least; the cursor is there exactly while there is more."""
    for number in range(11):
        await backend.set("ns", f"{number:02}", b"")
    page = await backend.list("ns", limit=1_000_000)
    assert (len(page.keys), page.cursor is None) == (10, False)
    assert (await backend.list("ns", cursor=page.cursor)).cursor is None
    assert len((await backend.list("ns", limit=-5)).keys) == 1
    assert (await backend.list("ns", prefix="0", limit=10)).cursor is None


async def test_a_cursor_survives_writes(store):
    """Keys that stay are listed once each, though the key of the cursor itself is deleted meanwhile."""
    for key in "abcdef":
        await store.set("ns", key, b"")
    page = await store.list("ns", limit=3)
    await store.delete("ns", "c")
    await store.delete("ns", "d")
    await store.set("ns", "b2", b"")
    await store.set("ns", "d2", b"")
    assert await names(store, cursor=page.cursor) == ["d2", "e", "f"]


@pytest.mark.parametrize("cursor", ["!", "a===", "YQ==", "/w", "gA", "é", "YR"])
async def test_a_foreign_cursor_is_refused(store, cursor):
    """Not guessed at."""
    with pytest.raises(KVInputError, match="not a KV cursor"):
        await store.list("ns", cursor=cursor)


@pytest.mark.parametrize("key", ["", ".", "..", "\ud800", "x" * 21, "é" * 11])
async def test_a_bad_key_is_refused_by_every_operation(store, key):
    """With a message that says what a key may be."""
    operations = [
        store.get("ns", key),
        store.get_many("ns", ["ok", key]),
        store.has("ns", key),
        store.set("ns", key, b""),
        store.delete("ns", key),
        store.incr("ns", key),
        store.atomic("ns", [Check(key, None)], []),
    ]
    for operation in operations:
        with pytest.raises(KVInputError, match="key"):
            await operation


async def test_sizes_over_a_limit_are_refused_with_limit_and_value(store):
    """Values, metadata, batches and what one operation moves."""
    for arguments, limit, value in [
        ([Set("k", b"x" * 100_001)], 100_000, 100_001),
        ([Set("k", b"", metadata=b"x" * 51)], 50, 51),
        ([Delete("k")] * 9, 8, 9),
        ([Set("a", b"x" * 100_000), Set("b", b"x" * 50_001)], 150_000, 150_001),
    ]:
        with pytest.raises(KVLimitError) as caught:
            await store.atomic("ns", [], arguments)
        assert (caught.value.limit, caught.value.value) == (limit, value)
        assert str(limit) in str(caught.value)
        assert str(value) in str(caught.value)


async def test_reading_more_than_a_batch_moves_is_refused(backend):
    """However small the request."""
    await backend.set("ns", "a", b"x" * 100_000)
    await backend.set("ns", "b", b"x" * 100_000)
    assert len((await backend.get("ns", "a")).value) == 100_000
    with pytest.raises(KVLimitError, match="150000"):
        await backend.get_many("ns", ["a", "b"])


async def test_the_quota_counts_live_bytes_only(backend, clock):
    """Expired entries count nothing, also before anything has swept them; replaced ones neither."""
    await backend.set("ns", "a", b"x" * 99_999, expires_at=START + 10)
    await backend.set("ns", "b", b"x" * 99_999)
    await backend.set("ns", "c", b"x" * 99_998)
    with pytest.raises(QuotaExceededError, match="300000") as caught:
        await backend.set("ns", "d", b"x")
    assert (caught.value.limit, caught.value.value) == (300_000, 300_001)
    await backend.set("ns", "c", b"x" * 99_999)
    await backend.set("other", "d", b"x")
    clock.now += 10
    with pytest.raises(QuotaExceededError, match="300001"):
        await backend.set("ns", "a", b"x" * 100_000)
    await backend.set("ns", "a", b"x" * 99_999)
    with pytest.raises(QuotaExceededError):
        await backend.set("ns", "e", b"")
    assert await backend.size("ns") == Usage(300_000, 3)


async def test_sizes_follow_every_change(backend):
    """Keys, values and metadata, in bytes."""
    await backend.set("ns", "é", b"123", metadata=b"{}")
    assert await backend.size("ns") == Usage(7, 1)
    await backend.set("ns", "é", b"1")
    await backend.incr("ns", "n", 10)
    assert await backend.size("ns") == Usage(6, 2)
    await backend.delete("ns", "é")
    assert await backend.size("ns") == Usage(3, 1)


async def test_concurrent_increments_are_all_counted(store):
    """Fifty tasks at once."""
    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(store.incr, "ns", "n")
    assert await store.incr("ns", "n", 0) == 50


async def test_of_concurrent_checks_one_wins_each_round(store):
    """Compare-and-set loops lose no update."""

    async def add():
        while True:
            entry = await store.get("ns", "n")
            value, stamp = (int(entry.value), entry.versionstamp) if entry else (0, None)
            if await store.atomic("ns", [Check("n", stamp)], [Set("n", b"%d" % (value + 1))]):
                return

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(add)
    assert (await store.get("ns", "n")).value == b"10"


async def test_a_cancelled_call_leaves_the_store_whole(store):
    """Whether its write has happened or not."""
    with trio.CancelScope() as scope:
        scope.cancel()
        await store.set("ns", "a", b"1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.set, "ns", "b", b"1")
        await wait_all_tasks_blocked() if isinstance(store, MemoryStore) else await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    await store.set("ns", "c", b"1")
    assert "c" in await names(store)


async def test_a_closed_store_says_so(tmp_path):
    """Reads and writes alike."""
    for store in (MemoryStore(), SqliteStore(tmp_path / "kv.db")):
        async with store:
            await store.set("ns", "k", b"1")
        for operation in (store.get("ns", "k"), store.set("ns", "k", b"2"), store.list("ns")):
            with pytest.raises(KVUnavailableError, match="closed"):
                await operation


@pytest.mark.parametrize("expires_at", [-1, 2**53, 2**64])
async def test_times_that_no_store_could_keep_are_refused(store, expires_at):
    """Before anything is written, whoever calls."""
    with pytest.raises(KVInputError, match="milliseconds since 1970"):
        await store.set("ns", "k", b"1", expires_at=expires_at)
    assert await store.namespaces() == []


async def test_namespaces_are_listed_by_name(backend):
    """Once something was written into them."""
    assert await backend.namespaces() == []
    for name in ("b", "a", "a.b"):
        await backend.set(name, "k", b"1")
    assert await backend.namespaces() == ["a", "a.b", "b"]


async def test_what_can_be_told_at_once_is_what_a_get_answers(store, clock):
    """Present, changed, expired, deleted and absent; a store may say that it has to wait."""
    told = 0
    await store.set("ns", "k", b"1", kind="json", metadata=b"{}")
    await store.set("ns", "short", b"1", expires_at=START + 5)
    await store.set("ns", "large", b"x" * 99_000)
    for change in (lambda: store.set("ns", "k", b"2"), lambda: store.incr("ns", "n"), lambda: store.delete("ns", "k")):
        for key in ("k", "n", "short", "large", "absent"):
            found = store.peek("ns", key)
            assert found in (None, (await store.get("ns", key),))
            told += found is not None
        await change()
        clock.now += 3
    assert told or not isinstance(store, SqliteStore)
    with pytest.raises(KVInputError):
        store.peek("ns", "")
