"""The queue of deferred invocations on SQLite, on disk and in memory."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import trio

from edge.errors import ConflictError, NotFoundError, OverloadedError
from edge.services.queue.owner import Owner
from edge.services.queue.records import (
    AlreadyExistsError,
    Attempt,
    Callback,
    Deferred,
    QueueCorruptError,
    QueueUnavailableError,
    Result,
    State,
    Wanted,
)
from edge.services.queue.retry import LONGEST
from edge.services.queue.store import Queue
from edge.services.queue.table import Bounds
from edge.wire.messages import Request

REQUEST = Request("POST", "http://localhost/a", "/a", headers=[("x", "y")], body=b"\x00\xff")
WIDE = Bounds(1000, 1 << 30)


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture(params=["disk", "memory"])
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Queue]:
    """Both kinds."""
    async with Queue(tmp_path if request.param == "disk" else None, clock=Clock()) as opened:
        yield opened


def wanted(name: str, function: str = "f", **fields: object) -> Wanted:
    """Something to run."""
    return Wanted(name, function, REQUEST, **fields)  # type: ignore[arg-type]


async def claim(queue: Queue, function: str = "f") -> tuple[Deferred, Request]:
    """The next one; there has to be one."""
    [found] = await queue.claim([function])
    return found


async def settle(queue: Queue, record: Deferred, state: State, **fields: object) -> bool:
    """As the runner does after an attempt."""
    attempt = Attempt(len(record.attempts) + 1, 1, "ok", 200)
    changed = msgspec.structs.replace(record, state=state, attempts=[*record.attempts, attempt], **fields)
    return await queue.settle(changed)


async def test_what_is_put_in_comes_out_in_order_and_once(queue: Queue) -> None:
    """With its request, as it was."""
    for name in ("1", "2", "3"):
        record, is_new = await queue.add(wanted(name), WIDE)
        assert (record.state, is_new) == ("queued", True)
    claimed = [*await queue.claim(["f"]), *await queue.claim(["f", "g", "f", "f"])]
    assert [record.id for record, _ in claimed] == ["1", "2", "3"]
    assert claimed[0][1] == REQUEST
    assert (await queue.get("1")).state == "running"


async def test_retries_wait_until_they_are_due(queue: Queue) -> None:
    """And come out when the clock was set back, too."""
    await queue.add(wanted("1"), WIDE)
    record, _ = await claim(queue)
    assert await settle(queue, record, State.QUEUED, due=queue.clock() + 5000, tries=1)
    assert (await queue.ready(), await queue.next_due()) == ([], queue.clock() + 5000)
    queue.clock.now += 5000  # type: ignore[attr-defined]
    assert await queue.ready() == ["f"]
    queue.clock.now -= LONGEST + 10_000  # type: ignore[attr-defined]
    assert await queue.ready() == ["f"]
    again, _ = await claim(queue)
    assert (again.tries, len(again.attempts)) == (1, 1)


async def test_one_key_is_one_invocation(queue: Queue) -> None:
    """Also when it is over; another request with the key is refused, another function has keys of its own."""
    first, _ = await queue.add(wanted("1", key="k", digest=b"a"), WIDE)
    second, is_new = await queue.add(wanted("2", key="k", digest=b"a"), WIDE)
    assert (second.id, is_new) == (first.id, False)
    record, _ = await claim(queue)
    await settle(queue, record, State.SUCCEEDED)
    third, is_new = await queue.add(wanted("3", key="k", digest=b"a"), WIDE)
    assert (third.id, third.state, is_new) == ("1", "succeeded", False)
    with pytest.raises(AlreadyExistsError):
        await queue.add(wanted("4", key="k", digest=b"b"), WIDE)
    assert (await queue.add(wanted("5", "g", key="k", digest=b"b"), WIDE))[1]


async def test_many_at_once_with_one_key_are_one(queue: Queue) -> None:
    """They share transactions."""
    found: list[tuple[str, bool]] = []

    async def one(number: int) -> None:
        record, is_new = await queue.add(wanted(str(number), key="k", digest=b"a"), WIDE)
        found.append((record.id, is_new))

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(one, number)
    assert len({name for name, _ in found}) == 1
    assert sum(is_new for _, is_new in found) == 1


async def test_the_queue_is_bounded(queue: Queue) -> None:
    """By function, and by the size of the database; what was there is answered all the same."""
    await queue.add(wanted("1", key="k"), Bounds(1, 1 << 30))
    with pytest.raises(OverloadedError, match="max_waiting"):
        await queue.add(wanted("2"), Bounds(1, 1 << 30))
    await queue.add(wanted("3", "g"), Bounds(1, 1 << 30))
    with pytest.raises(OverloadedError, match="max_size"):
        await queue.add(wanted("4", "h"), Bounds(10, 4096))
    assert not (await queue.add(wanted("5", key="k"), Bounds(1, 1)))[1]


async def test_canceling(queue: Queue) -> None:
    """What waits or runs; what comes of the run is not taken any more."""
    await queue.add(wanted("1"), WIDE)
    await queue.add(wanted("2"), WIDE)
    record, _ = await claim(queue)
    for name, before in (("1", "running"), ("2", "queued")):
        canceled, was = await queue.cancel(name)
        assert (canceled.state, was) == ("canceled", before)
        with pytest.raises(ConflictError, match="canceled"):
            await queue.cancel(name)
    assert not await settle(queue, record, State.SUCCEEDED)
    assert (await queue.get("1")).state == "canceled"
    assert await queue.claim(["f"]) == []
    with pytest.raises(NotFoundError):
        await queue.cancel("3")


async def test_running_again(queue: Queue) -> None:
    """What failed or was canceled starts anew; what did not cannot."""
    await queue.add(wanted("1"), WIDE)
    with pytest.raises(ConflictError, match="queued"):
        await queue.again("1")
    record, _ = await claim(queue)
    await settle(queue, record, State.FAILED, tries=3, reason="no", result=Result(500, body=b"x"))
    assert (await queue.get("1")).result == Result(500, body=b"x")
    again = await queue.again("1")
    assert (again.state, again.tries, again.reason, len(again.attempts)) == ("queued", 0, "", 1)
    assert (await claim(queue))[1] == REQUEST


async def test_listing(queue: Queue) -> None:
    """Newest first, by function and state, in pages."""
    for number in range(5):
        await queue.add(wanted(str(number), "fg"[number % 2]), WIDE)
    await queue.cancel("2")
    page = await queue.listing("", "", 2, None)
    assert [one.id for one in page.found] == ["4", "3"]
    rest = await queue.listing("", "", 10, page.cursor)
    assert ([one.id for one in rest.found], rest.cursor) == (["2", "1", "0"], None)
    assert [one.id for one in (await queue.listing("f", "queued", 10, None)).found] == ["4", "0"]
    assert await queue.counts() == {"queued": 4, "canceled": 1}


async def test_what_is_over_is_forgotten_in_time(queue: Queue) -> None:
    """What failed is kept for longer; its key is free again then."""
    for name in ("1", "2", "3"):
        await queue.add(wanted(name, key=name), WIDE)
    for state in (State.SUCCEEDED, State.FAILED):
        record, _ = await claim(queue)
        await settle(queue, record, state)
    queue.clock.now += 100_000  # type: ignore[attr-defined]
    assert await queue.sweep(200, 200) == 0
    assert await queue.sweep(90, 200) == 1
    assert await queue.sweep(200, 99) == 1
    assert [one.id for one in (await queue.listing("", "", 10, None)).found] == ["3"]
    assert (await queue.add(wanted("4", key="1", digest=b"other"), WIDE))[1]


async def test_callbacks_are_held_while_they_are_told(queue: Queue) -> None:
    """And given again when nothing was heard of them."""
    await queue.add(wanted("1", callback="https://a.example/"), WIDE)
    assert await queue.untold(10) == []
    await queue.cancel("1")
    (found,) = await queue.untold(10)
    assert found.callback == Callback("https://a.example/", "pending")
    assert await queue.untold(10) == []
    queue.clock.now += 120_000  # type: ignore[attr-defined]
    assert len(await queue.untold(10)) == 1
    await queue.told("1", Callback("https://a.example/", "delivered", 1), 0)
    queue.clock.now += 120_000  # type: ignore[attr-defined]
    assert await queue.untold(10) == []
    assert (await queue.get("1")).callback == Callback("https://a.example/", "delivered", 1)


async def test_a_dead_letter_is_queued_with_the_failure_or_not_at_all(queue: Queue) -> None:
    """One transaction."""
    await queue.add(wanted("1"), WIDE)
    record, _ = await claim(queue)
    failed = msgspec.structs.replace(record, state=State.FAILED)
    assert await queue.settle(failed, wanted("letter", "g", origin="1"))
    assert (await queue.get("letter")).origin == "1"
    assert not await queue.settle(failed, wanted("another", "g", origin="1"))
    with pytest.raises(NotFoundError):
        await queue.get("another")


async def test_what_a_dead_process_ran_is_found(tmp_path: Path) -> None:
    """Only when the process has ended; a living one keeps what it runs."""
    async with Queue(tmp_path) as first, Queue(tmp_path) as second:
        await first.add(wanted("1"), WIDE)
        record, _ = await claim(first)
        assert await second.orphans() == []
        first.owner.__exit__()
        ((owner, orphan),) = await second.orphans()
        assert (owner, orphan.id) == (first.owner.name, "1")
        lost = msgspec.structs.replace(orphan, state=State.QUEUED)
        assert await second.settle(lost, owner=owner)
        assert not await settle(first, record, State.SUCCEEDED)
        assert (await claim(second))[0].id == "1"


def test_owners(tmp_path: Path) -> None:
    """A lock of the kernel's says who lives; the file goes with its owner."""
    with Owner(tmp_path) as mine, Owner(tmp_path) as other:
        assert mine.is_alive(other.name)
        assert mine.is_alive(mine.name)
        assert not mine.is_alive("0123456789abcdef")
    assert list(tmp_path.iterdir()) == []


async def test_what_cannot_be_read_holds_up_nothing(queue: Queue) -> None:
    """It fails, and what waits behind it runs; attempts and results that cannot be read are none."""
    for name in ("1", "2"):
        await queue.add(wanted(name, callback="https://a.example/"), WIDE)
    spoil = "UPDATE deferred SET request = x'ff00', attempts = x'c1', result = x'c1' WHERE id = '1'"
    await queue._call(lambda table: table._db.execute(spoil))
    assert (await claim(queue))[0].id == "2"
    assert await queue.claim(["f"]) == []
    spoiled = await queue.get("1")
    assert (spoiled.state, spoiled.reason) == ("failed", "its request cannot be read")
    assert (spoiled.attempts, spoiled.result) == ([], None)
    assert spoiled.callback == Callback("https://a.example/", "pending")
    with pytest.raises(NotFoundError, match="cannot be read"):
        await queue.request("1")


async def test_a_full_disk_accepts_nothing(tmp_path: Path) -> None:
    """The error says so, what was accepted stays, and it goes on when there is room again."""
    async with Queue(tmp_path) as queue:
        await queue.add(wanted("1"), WIDE)
        await queue._call(lambda table: table._db.execute("PRAGMA max_page_count = 12").fetchall())
        big = Wanted("2", "f", msgspec.structs.replace(REQUEST, body=b"x" * 100_000))
        with pytest.raises(QueueUnavailableError, match="full"):
            await queue.add(big, WIDE)
        assert (await queue.get("1")).state == "queued"
        await queue._call(lambda table: table._db.execute("PRAGMA max_page_count = 100000").fetchall())
        assert (await queue.add(big, WIDE))[1]


async def test_files_that_are_no_queue_are_refused(tmp_path: Path) -> None:
    """Damaged, of another program, of another version."""
    path = tmp_path / "queue.sqlite3"
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(QueueCorruptError, match="damaged"):
        async with Queue(tmp_path):
            pass
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE other (a)")
    with pytest.raises(QueueCorruptError, match="another program"):
        async with Queue(tmp_path):
            pass


async def test_a_closed_queue_says_so(tmp_path: Path) -> None:
    """Whoever still holds it."""
    async with Queue(tmp_path) as queue:
        pass
    with pytest.raises(QueueUnavailableError, match="closed"):
        await queue.ready()


async def test_a_file_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    """Several gateways may start at once on one folder."""
    maker = sqlite3.connect(tmp_path / "queue.sqlite3", isolation_level=None, check_same_thread=False)
    maker.execute("BEGIN IMMEDIATE")
    maker.execute("PRAGMA application_id = 1")
    timer = threading.Timer(0.2, maker.execute, ("ROLLBACK",))
    timer.start()
    async with Queue(tmp_path) as queue:
        assert await queue.counts() == {}
    timer.join()
    maker.close()
