"""The checker of histories finds what is wrong with broken stores, and nothing with ours."""

from __future__ import annotations

import random

import pytest
import trio
import trio.lowlevel

from edge.services.kv.memory import MemoryStore
from edge.services.kv.records import Check, Set
from edge.services.kv.redis import RedisStore
from edge.services.kv.sqlite import SqliteStore
from tests.support.linearizable import Call, counter_problems, register_problems

CLIENTS = 50
STEPS = 6


class LostUpdates(MemoryStore):
    """Reads, waits, and writes."""

    async def incr(self, namespace, key, by=1):
        entry = await self.get(namespace, key)
        total = int(entry.value if entry else 0) + by
        await trio.lowlevel.checkpoint()
        await self.set(namespace, key, b"%d" % total, kind="json")
        return total

    async def atomic(self, namespace, checks, mutations, *, clear=False):
        for check in checks:
            entry = await self.get(namespace, check.key)
            if check.versionstamp != (entry.versionstamp if entry else None):
                return None
        await trio.lowlevel.checkpoint()
        return await super().atomic(namespace, [], mutations, clear=clear)


class StaleReads(MemoryStore):
    """Remembers for a while what it has read."""

    def __init__(self):
        super().__init__()
        self.remembered = {}

    async def get(self, namespace, key):
        if key in self.remembered and random.random() < 0.9:
            return self.remembered[key]
        self.remembered[key] = await super().get(namespace, key)
        return self.remembered[key]


class LateReads(MemoryStore):
    """A replica that lags."""

    def __init__(self):
        super().__init__()
        self.versions = {}

    async def get(self, namespace, key):
        versions = self.versions.setdefault(key, [])
        versions.append(await super().get(namespace, key))
        return versions[max(len(versions) - 6, 0)]


class FalseRefusals(MemoryStore):
    """Refuses what it should take."""

    async def atomic(self, namespace, checks, mutations, *, clear=False):
        if checks and random.random() < 0.3:
            return None
        return await super().atomic(namespace, checks, mutations, clear=clear)


async def history(store):
    """Counter and register, as CLIENTS saw them."""
    counter, register = [], []

    async def client(number):
        for step in range(STEPS):
            began = trio.current_time()
            total = await store.incr("ns", "n")
            counter.append(Call("incr", began, trio.current_time(), total))
            began = trio.current_time()
            entry = await store.get("ns", "n")
            counter.append(Call("read", began, trio.current_time(), int(entry.value if entry else 0)))
            began = trio.current_time()
            entry = await store.get("ns", "r")
            seen = entry.versionstamp if entry else None
            register.append(Call("read", began, trio.current_time(), version=seen))
            began = trio.current_time()
            commit = await store.atomic("ns", [Check("r", seen)], [Set("r", b"%d.%d" % (number, step))])
            ended = trio.current_time()
            stamp = commit.versionstamp if commit else None
            register.append(Call("swap" if commit else "refused", began, ended, version=stamp, before=seen))
            await trio.sleep(random.random() / 1000)

    async with trio.open_nursery() as nursery:
        for number in range(CLIENTS):
            nursery.start_soon(client, number)
    return counter, register


@pytest.mark.parametrize("backend", ["memory", "sqlite", "redis"])
async def test_calls_of_fifty_clients_happen_one_after_the_other(request, tmp_path, backend):
    """All of one process; tests/integration has those of two gateways."""
    makes = {
        "memory": MemoryStore,
        "sqlite": lambda: SqliteStore(tmp_path / "kv.db"),
        "redis": lambda: RedisStore(request.getfixturevalue("redis_url")),
    }
    async with makes[backend]() as store:
        counter, register = await history(store)
    assert len(counter) == len(register) == CLIENTS * STEPS * 2
    assert {call.kind for call in register} == {"read", "swap", "refused"}
    assert counter_problems(counter) == []
    assert register_problems(register) == []


@pytest.mark.parametrize("broken", [LostUpdates, StaleReads, LateReads, FalseRefusals])
async def test_a_broken_store_is_found_out(broken):
    """Each by its own symptom."""
    symptoms = {
        LostUpdates: "given out twice|an update is lost",
        StaleReads: "which it must follow",
        LateReads: "which it must follow",
        FalseRefusals: "was the current one",
    }
    async with broken() as store:
        counter, register = await history(store)
    problems = counter_problems(counter) + register_problems(register)
    assert any(symptom in problem for problem in problems for symptom in symptoms[broken].split("|"))


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        ([Call("incr", 0, 1, 1), Call("incr", 2, 3, 2), Call("read", 4, 5, 2)], ""),
        ([Call("incr", 0, 9, 2), Call("incr", 1, 2, 1), Call("read", 3, 4, 1), Call("read", 5, 6, 2)], ""),
        ([Call("incr", 0, 1, 2), Call("incr", 2, 3, 1)], "which it must follow"),
        ([Call("incr", 0, 1, 1), Call("incr", 2, 3, 1)], "given out twice"),
        ([Call("incr", 0, 1, 1), Call("incr", 2, 3, 3)], "nobody was given 2"),
        ([Call("incr", 0, 1, 1), Call("read", 2, 3, 0)], "which it must follow"),
        ([Call("read", 0, 1, 1), Call("incr", 2, 3, 1)], "which it must follow"),
        ([Call("incr", 0, 9, 1), Call("read", 1, 2, 1), Call("read", 3, 4, 0)], "which it must follow"),
    ],
)
def test_histories_of_a_counter(calls, problem):
    """Legal ones, and one of each kind of illegal ones."""
    found = counter_problems(calls)
    assert any(problem in each for each in found) if problem else found == []


def swap(began, ended, before, version):
    return Call("swap", began, ended, version=version, before=before)


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        ([swap(0, 1, None, "a"), swap(2, 3, "a", "b"), Call("read", 4, 5, version="b")], ""),
        ([swap(0, 9, None, "a"), Call("refused", 1, 2, before=None)], ""),
        ([swap(0, 1, None, "a"), swap(0, 1, None, "b")], "an update is lost"),
        ([swap(0, 1, None, "a"), Call("read", 2, 3, version="x")], "never was"),
        ([swap(0, 1, None, "a"), Call("read", 2, 3, version=None)], "which it must follow"),
        ([swap(2, 3, None, "a"), swap(0, 1, "a", "b")], "which it must follow"),
        ([swap(0, 1, None, "a"), Call("refused", 2, 3, before="a")], "was the current one"),
        ([Call("refused", 0, 1, before=None), swap(2, 3, None, "a")], "was the current one"),
    ],
)
def test_histories_of_a_register(calls, problem):
    """Legal ones, and one of each kind of illegal ones."""
    found = register_problems(calls)
    assert any(problem in each for each in found) if problem else found == []
