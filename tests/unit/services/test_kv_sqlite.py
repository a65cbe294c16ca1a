"""What only the SQLite backend promises: durability, sharing, recovery, and that nobody waits for the wrong thing."""

from __future__ import annotations

import sqlite3
import stat

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.errors import InternalError
from edge.services.kv import sqlite_writer
from edge.services.kv.failures import KVCorruptError, KVUnavailableError
from edge.services.kv.records import Add, Set, Usage
from edge.services.kv.sqlite import INLINE_VALUE, SqliteStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "kv.db"


@pytest.fixture
async def store(path):
    async with SqliteStore(path) as store:
        yield store


def rows(path, query="SELECT count(*) FROM entries"):
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchone()[0]
    finally:
        db.close()


class Locked:
    """Another process in the middle of a write."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_):
        self.db.execute("ROLLBACK")
        self.db.close()


async def test_everything_is_there_after_reopening(path):
    """Values, sizes, and versionstamps that go on growing."""
    async with SqliteStore(path) as store:
        before = await store.set("ns", "k", b"v", metadata=b"1")
    async with SqliteStore(path) as store:
        entry = await store.get("ns", "k")
        assert (entry.value, entry.metadata, entry.versionstamp) == (b"v", b"1", before)
        assert await store.size("ns") == Usage(3, 1)
        assert await store.set("ns", "l", b"") > before


async def test_closing_finishes_the_writes_that_were_taken(path):
    """And leaves one file without a log beside it."""
    async with trio.open_nursery() as nursery, SqliteStore(path) as store:
        for number in range(100):
            nursery.start_soon(store.set, "ns", str(number), b"")
        await wait_all_tasks_blocked()
    assert rows(path) == 100
    assert [file.name for file in path.parent.iterdir()] == ["kv.db"]


async def test_only_the_owner_may_read_the_file(store, path):
    """Neither the database nor what lies beside it."""
    await store.set("ns", "k", b"secret")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"kv.db": 0o600, "kv.db-wal": 0o600, "kv.db-shm": 0o600}


async def test_writes_of_many_tasks_share_transactions(store, path):
    """What queues up behind one commit is in the next."""
    async with trio.open_nursery() as nursery:
        with Locked(path):
            for number in range(200):
                nursery.start_soon(store.set, "ns", str(number), b"")
            await wait_all_tasks_blocked()
            before = store.statistics()
    after = store.statistics()
    assert after.requests - before.requests == 200
    assert after.transactions - before.transactions <= 2


async def test_reads_wait_for_no_writer(store, path):
    """They see what was committed last, whoever is writing."""
    await store.set("ns", "small", b"1")
    await store.set("ns", "large", b"x" * (INLINE_VALUE + 1))
    async with trio.open_nursery() as nursery:
        with Locked(path):
            nursery.start_soon(store.set, "ns", "small", b"2")
            await wait_all_tasks_blocked()
            with trio.fail_after(1):
                assert (await store.get("ns", "small")).value == b"1"
                assert len((await store.get("ns", "large")).value) == INLINE_VALUE + 1
                assert len((await store.list("ns")).keys) == 2
    assert (await store.get("ns", "small")).value == b"2"


async def test_a_cancelled_write_takes_nobody_with_it(store, path):
    """The caller is free at once, the writes beside it are acknowledged."""
    async with trio.open_nursery() as nursery:
        with Locked(path):
            nursery.start_soon(store.set, "ns", "before", b"")
            with trio.move_on_after(0.01) as scope:
                await store.set("ns", "cancelled", b"")
            nursery.start_soon(store.set, "ns", "after", b"")
            await wait_all_tasks_blocked()
        assert scope.cancelled_caught
    assert {"before", "after"} <= {item.key for item in (await store.list("ns")).keys}


async def test_a_write_that_finds_the_store_locked_fails_and_is_not_done(path, monkeypatch):
    """Within the busy timeout, with an error that says so."""
    monkeypatch.setattr("edge.services.kv.sqlite.BUSY_TIMEOUT", 0.05)
    async with SqliteStore(path) as store:
        with Locked(path), pytest.raises(KVUnavailableError, match="locked"):
            await store.set("ns", "k", b"")
        assert await store.has("ns", "k") is False
        await store.set("ns", "k", b"")


async def test_a_full_disk_fails_the_write_that_does_not_fit_and_no_other(store, path):
    """Though all were in one transaction; the store works on."""
    await store.set("ns", "before", b"")
    pages = rows(path, "PRAGMA page_count")
    store._writer._db.execute(f"PRAGMA max_page_count = {pages + 10}")
    failed = []

    async def write(key, size):
        try:
            await store.set("ns", key, b"x" * size)
        except KVUnavailableError as error:
            failed.append((key, "full" in str(error)))

    async with trio.open_nursery() as nursery:
        with Locked(path):
            for key, size in [("a", 10), ("big", 1_000_000), ("b", 10)]:
                nursery.start_soon(write, key, size)
            await wait_all_tasks_blocked()
    assert failed == [("big", True)]
    assert [item.key for item in (await store.list("ns")).keys] == ["a", "b", "before"]
    assert (await store.size("ns")).entries == 3


async def test_a_bug_that_one_request_meets_stays_with_it(store, monkeypatch):
    """The thread lives on and the transaction is rolled back."""
    decide = sqlite_writer.decide

    def faulty(found, checks, mutations, stamp, **options):
        if mutations[0].key == "poison":
            raise ZeroDivisionError
        return decide(found, checks, mutations, stamp, **options)

    monkeypatch.setattr(sqlite_writer, "decide", faulty)
    with pytest.raises(InternalError, match="a bug of edge"):
        await store.set("ns", "poison", b"")
    await store.set("ns", "k", b"")
    assert await store.get("ns", "poison") is None


async def test_the_sweep_removes_what_has_expired(path):
    """Rows go from the disk, a bit at a time, and the sizes with them."""
    now = 1000
    async with SqliteStore(path, clock=lambda: now) as store:
        for start in range(0, 900, 300):
            await store.atomic("ns", [], [Set(f"{start + i}", b"x", expires_at=1001) for i in range(300)])
        await store.set("ns", "stays", b"x", expires_at=1002)
        now = 1001
        assert rows(path) == 901
        await store.sweep()
        assert rows(path) == 901 - sqlite_writer.SWEEP_ROWS
        await store.sweep()
        assert rows(path) == 1
        assert rows(path, "SELECT bytes FROM namespaces") == 6


async def test_clear_takes_one_step_and_the_sweep_does_the_rest(store, path):
    """However many keys there were."""
    for start in range(0, 2000, 1000):
        await store.atomic("ns", [], [Set(f"{start + i}", b"x") for i in range(1000)])
    await store.clear("ns")
    await store.set("ns", "new", b"x")
    assert await store.size("ns") == Usage(4, 1)
    for _ in range(6):
        await store.sweep()
    assert rows(path) == 1
    assert rows(path, "SELECT count(*) FROM namespaces") == 1


async def test_what_expired_while_nobody_ran_is_swept_after_the_start(path):
    """By the store itself."""
    async with SqliteStore(path, clock=lambda: 1000) as store:
        await store.set("ns", "k", b"x", expires_at=1001)
    async with SqliteStore(path, clock=lambda: 2000):
        with trio.fail_after(5):
            while rows(path):  # noqa: ASYNC110 -- the file is all there is to see of the store's own sweep
                await trio.sleep(0.01)


async def test_two_stores_on_one_file_lose_nothing(path):
    """As two gateway processes have them: sums add up, versionstamps never repeat."""
    stamps = []
    async with SqliteStore(path) as one, SqliteStore(path) as two:

        async def count(store):
            for _ in range(20):
                commit = await store.atomic("ns", [], [Add("n", 1)])
                stamps.append(commit.versionstamp)

        async with trio.open_nursery() as nursery:
            for store in (one, two) * 5:
                nursery.start_soon(count, store)
        assert (await one.get("ns", "n")).value == (await two.get("ns", "n")).value == b"200"
    assert len(set(stamps)) == 200


async def test_stores_may_open_a_new_file_at_the_same_time(path):
    """Whoever comes first makes the tables."""

    async def use(key):
        async with SqliteStore(path) as store:
            await store.set("ns", key, b"")

    async with trio.open_nursery() as nursery:
        for key in "abcdef":
            nursery.start_soon(use, key)
    assert rows(path) == 6


async def test_a_damaged_file_is_refused_with_its_name(path):
    """At the start, with what to do."""
    async with SqliteStore(path) as store:
        for number in range(50):
            await store.set("ns", str(number), b"x" * 1000)
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 9] = b"\x5a" * (4096 * 4)
    path.write_bytes(data)
    with pytest.raises(KVCorruptError, match=r"kv\.db is damaged.*restore a backup"):
        await SqliteStore(path).__aenter__()


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"not a database at all " * 50, KVCorruptError, "is damaged: file is not a database"),
        ("CREATE TABLE t (a)", KVCorruptError, "database of another program"),
        ("PRAGMA application_id = 1701078885; PRAGMA user_version = 99", KVCorruptError, "format 99"),
        (None, KVUnavailableError, "cannot open the KV database"),
    ],
)
async def test_a_file_that_is_not_ours_is_refused_and_left_alone(path, content, error, message):
    """Another program's, a newer format, garbage, a folder."""
    path.parent.mkdir()
    if content is None:
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        db = sqlite3.connect(path)
        db.executescript(content)
        db.close()
    with pytest.raises(error, match=message):
        await SqliteStore(path).__aenter__()
    if isinstance(content, bytes):
        assert path.read_bytes() == content


async def test_cancelled_at_the_door_it_still_closes(path):
    """Leaving under cancellation drains and frees all the same."""
    with trio.CancelScope() as scope:
        async with SqliteStore(path) as store:
            await store.set("ns", "k", b"")
            scope.cancel()
    assert rows(path) == 1
    assert [file.name for file in path.parent.iterdir()] == ["kv.db"]
