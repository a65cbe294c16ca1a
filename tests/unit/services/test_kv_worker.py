"""The thread behind the SQLite store: groups, order, cancellation, and its death."""

from __future__ import annotations

import threading

import outcome
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.errors import InternalError
from edge.services.kv.failures import KVUnavailableError
from edge.services.kv.worker import Worker


class Gate:
    """A `run` that records its groups and waits in each until it is let go."""

    def __init__(self):
        self.groups = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def __call__(self, group):
        self.groups.append(list(group))
        self.entered.release()
        self.go.acquire(timeout=10)
        return [outcome.Value(request) for request in group]

    async def enter(self):
        await trio.to_thread.run_sync(self.entered.acquire)


async def queue_up(nursery, worker, requests, answers):
    async def call(request):
        answers.append(await worker.call(request))

    for request in requests:
        nursery.start_soon(call, request)
        await wait_all_tasks_blocked()


async def test_what_queues_up_is_one_group_until_it_weighs_enough():
    """In the order in which it came; every caller gets its own answer."""
    gate, answers = Gate(), []
    worker = Worker("test", gate, weigh=lambda request: request, max_weight=10)
    async with trio.open_nursery() as nursery:
        await queue_up(nursery, worker, [1], answers)
        await gate.enter()
        await queue_up(nursery, worker, [4, 5, 6, 2], answers)
        gate.go.release(3)
    await worker.aclose()
    assert gate.groups == [[1], [4, 5, 6], [2]]
    assert sorted(answers) == [1, 2, 4, 5, 6]


async def test_a_caller_that_leaves_disturbs_nobody():
    """Its request is run all the same."""
    gate, answers = Gate(), []
    worker = Worker("test", gate, max_weight=10)
    async with trio.open_nursery() as nursery:
        await queue_up(nursery, worker, ["first"], answers)
        await gate.enter()
        with trio.move_on_after(0):
            await worker.call("never put")
        with trio.move_on_after(0.01) as scope:
            await worker.call("left")
        await queue_up(nursery, worker, ["last"], answers)
        gate.go.release(2)
    await worker.aclose()
    assert scope.cancelled_caught
    assert gate.groups == [["first"], ["left", "last"]]
    assert sorted(answers) == ["first", "last"]


async def test_closing_runs_what_was_taken_and_refuses_the_rest():
    """Though the one who closes is cancelled."""
    gate, answers = Gate(), []
    worker = Worker("test", gate)
    async with trio.open_nursery() as nursery:
        await queue_up(nursery, worker, ["a", "b"], answers)
        gate.go.release(2)
        with trio.CancelScope() as scope:
            scope.cancel()
            await worker.aclose()
    assert gate.groups == [["a"], ["b"]]
    assert sorted(answers) == ["a", "b"]
    with pytest.raises(KVUnavailableError, match="closed"):
        await worker.call("c")
    await worker.aclose()


async def test_when_the_thread_dies_nobody_waits_for_ever():
    """Those in the group, those in the queue and those who come later get an error."""
    gate, errors = Gate(), []

    def run(group):
        gate(group)
        raise SystemExit

    worker = Worker("test", run)

    async def call(request):
        try:
            await worker.call(request)
        except InternalError as error:
            errors.append((request, type(error.__cause__)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call, "running")
        await gate.enter()
        nursery.start_soon(call, "queued")
        await wait_all_tasks_blocked()
        gate.go.release()
    assert sorted(errors) == [("queued", SystemExit), ("running", SystemExit)]
    with pytest.raises(KVUnavailableError):
        await worker.call("late")
    await worker.aclose()


async def test_the_tick_comes_between_groups_when_it_is_due():
    """And at once when it asks for it, while nothing else is to do."""
    ticks, done = [], threading.Event()

    def tick():
        ticks.append(threading.current_thread().name)
        if len(ticks) == 3:
            done.set()
        return 0.0 if len(ticks) < 3 else 1000.0

    worker = Worker("test", lambda group: [outcome.Value(None) for _ in group], tick=tick)
    assert await trio.to_thread.run_sync(done.wait, 5)
    await worker.call("request")
    await worker.aclose()
    assert ticks == ["test"] * 3
