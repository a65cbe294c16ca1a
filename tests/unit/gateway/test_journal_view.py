"""What operators are told of invocations, from the lines of a journal."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.errors import NotFoundError, OverloadedError, UnsupportedError
from edge.gateway import journal_view
from edge.gateway.journal_view import BACKLOG, JournalView
from edge.invocation import Outcome, Receipt
from edge.services.journal.filters import Filter
from edge.services.journal.journal import Journal
from edge.services.journal.segments import Bounds
from edge.units import MIB

BOUNDS = Bounds(3600.0, 64 * MIB, 100_000)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path, BOUNDS) as journal:
        yield journal


@pytest.fixture
def view(journal):
    return JournalView(journal, lambda: True)


def request(journal, name, **fields):
    receipt = Receipt(Outcome.OK, id=name, wall=0.5)
    journal.put("info", "request", {"function": "f", "request_id": name, "outcome": "ok", **fields}, receipt)


async def test_an_invocation_that_said_too_much_is_shown_with_its_latest_lines(journal, view):
    """And says that there are more."""
    for number in range(BACKLOG + 500):
        journal.put("info", "function_log", {"function": "f", "request_id": "r", "text": str(number)})
    request(journal, "r")
    found = await view.invocation("r")
    assert (found["logs_cut"], len(found["logs"]), found["logs"][-1]["text"]) == (True, BACKLOG - 1, str(BACKLOG + 499))
    assert found["receipt"]["durations"]["run_ms"] == 500.0


async def test_of_requests_with_the_same_id_the_latest_is_shown(journal, view):
    """A client chooses the id; `logs` are those of all of them."""
    request(journal, "same", path="/1")
    request(journal, "same", path="/2")
    assert (await view.invocation("same"))["path"] == "/2"
    assert "logs_cut" not in await view.invocation("same")


async def test_one_that_has_written_lines_and_ends_in_this_moment_is_known(journal, view):
    """Its client can have the answer a moment before the receipt is made."""
    journal.put("info", "function_log", {"function": "f", "request_id": "r", "text": "hello"})

    async def end():
        await trio.sleep(0.05)
        request(journal, "r")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(end)
        found = await view.invocation("r")
    assert (found["outcome"], found["logs"][0]["text"]) == ("ok", "hello")


async def test_only_invocations_are_listed(journal, view):
    """No answers of the gateway itself, no attempts of what the queue lists; pages are full all the same."""
    for number in range(4):
        request(journal, f"r{number}")
        journal.put("info", "request", {"function": "f", "request_id": "accepted", "status": 202})
        attempt = {"trigger": "deferred", "function": "f", "request_id": "d", "outcome": "ok"}
        journal.put("info", "invocation", attempt, Receipt(Outcome.OK, id="d"))
    assert [one["id"] for one, _ in await view.recent(Filter(), 3, "")] == ["r3", "r2", "r1"]


async def test_an_id_with_a_dot_is_an_id_all_the_same(journal, view):
    """Of a client that counts its requests, say; what it is not is somebody else's invocation."""
    request(journal, "batch.7", path="/seven")
    assert (await view.invocation("batch.7"))["path"] == "/seven"
    with pytest.raises(NotFoundError):
        await view.invocation("batch")
    with pytest.raises(NotFoundError):
        await view.invocation("batch.7.1")


async def test_a_line_that_was_tampered_with_harms_nobody(journal, view, tmp_path):
    """A receipt that is none, fields of other types."""
    journal.flush()
    lines = [
        {"timestamp": "2026-01-01T00:00:00Z", "event": "request", "request_id": "bad", "receipt": {"outcome": 5}},
        {"timestamp": "2026-01-01T00:00:00Z", "event": "request", "request_id": "bad", "receipt": [], "function": "f"},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (tmp_path / "1768464000000-00000000.jsonl").write_text(text)
    found = await view.invocation("bad")
    assert (found["receipt"], found["id"]) == (None, "bad")


async def test_without_a_journal_that_is_said(tmp_path):
    """With the key that changes it."""
    with pytest.raises(UnsupportedError) as caught:
        await JournalView(Journal(tmp_path, None), lambda: True).page(Filter(), 10, "")
    assert "log.journal" in str(caught.value)


async def test_those_who_follow_are_counted_and_let_go_of(journal, view, monkeypatch):
    """One too many is refused; a stream that its reader closes makes room."""
    monkeypatch.setattr(journal_view, "MAX_FOLLOWERS", 1)
    with trio.fail_after(10):
        events = await view.follow(Filter(), 0, "")
        assert await anext(events) == b": the journal of a gateway\n\n"
        with pytest.raises(OverloadedError):
            await view.follow(Filter(), 0, "")
        await events.aclose()
        again = await view.follow(Filter(), 0, "")
        await anext(again)
        request(journal, "r")
        assert b'"request_id":"r"' in await anext(again)
        await again.aclose()


async def test_those_who_come_at_once_are_counted_too(view):
    """However long it takes to read what is there; and who goes before it has been read makes room."""
    found = []

    async def follow():
        with suppress(OverloadedError):
            found.append(await view.follow(Filter(), 0, ""))

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow)
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        async with trio.open_nursery() as nursery:
            for _ in range(3 * journal_view.MAX_FOLLOWERS):
                nursery.start_soon(follow)
        assert len(found) == journal_view.MAX_FOLLOWERS
        for events in found:
            await events.aclose()
        await (await view.follow(Filter(), 0, "")).aclose()
