from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from edge.packages.cache import CompiledCache


def cache_of(max_count=10, max_bytes=1000):
    evicted = []
    cache = CompiledCache(max_count, max_bytes, len, trio.Event, lambda key, value: evicted.append(key))
    return cache, evicted


def builder(value):
    async def build():
        await trio.lowlevel.checkpoint()
        return value

    return build


async def put(cache, key, value="x"):
    async with cache.use(key, builder(value)):
        pass


async def test_a_value_is_built_once_and_then_found():
    """The second use is a hit."""
    cache, _ = cache_of()
    async with cache.use("a", builder("one")) as first:
        assert first == "one"
    async with cache.use("a", builder("two")) as second:
        assert second == "one"
    statistics = cache.statistics()
    assert (statistics.size, statistics.bytes, statistics.hits, statistics.misses, statistics.hit_rate) == (
        1,
        3,
        1,
        1,
        0.5,
    )
    assert cache_of()[0].statistics().hit_rate == 0


async def test_the_least_recently_used_goes_first_by_count():
    """Using one makes it young."""
    cache, evicted = cache_of(max_count=2)
    await put(cache, "a")
    await put(cache, "b")
    await put(cache, "a")
    await put(cache, "c")
    assert evicted == ["b"]
    assert "a" in cache
    assert "c" in cache
    assert cache.statistics().evictions == 1


async def test_bytes_are_bounded_too():
    """One large value pushes out several small ones."""
    cache, evicted = cache_of(max_bytes=10)
    for key in "abc":
        await put(cache, key, "xxx")
    await put(cache, "d", "x" * 8)
    assert evicted == ["a", "b", "c"]
    assert cache.statistics().bytes == 8


async def test_what_is_in_use_is_not_evicted():
    """The next one goes instead, and it goes itself once it is released."""
    cache, evicted = cache_of(max_count=1)
    async with cache.use("a", builder("x")):
        async with cache.use("a", builder("x")), cache.use("b", builder("x")):
            assert evicted == []
            assert cache.statistics().pinned == 2
            assert cache.statistics().size == 2
        assert "a" in cache
        assert evicted == ["b"]
        await put(cache, "c")
        assert evicted == ["b", "c"]
    assert cache.statistics().size == 1
    assert cache.statistics().pinned == 0


async def test_a_value_too_large_for_the_cache_is_usable_and_then_gone():
    """A package larger than the whole cache still runs."""
    cache, evicted = cache_of(max_bytes=10)
    async with cache.use("a", builder("x" * 100)) as value:
        assert len(value) == 100
    assert evicted == ["a"]
    assert cache.statistics().bytes == 0


async def test_a_discarded_value_lives_until_its_users_are_done():
    """A new one can be built beside it."""
    cache, evicted = cache_of()
    async with cache.use("a", builder("old")) as old:
        cache.discard("a")
        cache.discard("a")
        assert "a" not in cache
        async with cache.use("a", builder("new")) as new:
            assert (old, new) == ("old", "new")
        assert evicted == []
    assert evicted == ["a"]
    assert cache.statistics().bytes == 3
    cache.clear()
    assert evicted == ["a", "a"]
    assert cache.statistics().bytes == 0


class Build:
    """A build that ends when it is told to."""

    def __init__(self, fail=False):
        self.started = 0
        self.finish = trio.Event()
        self.fail = fail

    async def __call__(self):
        self.started += 1
        await self.finish.wait()
        if self.fail:
            raise RuntimeError("does not compile")
        return "built"


async def test_concurrent_users_share_one_build():
    """A hundred requests for a cold package compile it once."""
    cache, _ = cache_of()
    build = Build()
    got = []

    async def user():
        async with cache.use("a", build) as value:
            got.append(value)

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(user)
        await wait_all_tasks_blocked()
        build.finish.set()
    assert got == ["built"] * 100
    assert build.started == 1
    assert cache.statistics().misses == 100


async def test_builds_of_other_keys_do_not_wait():
    """A slow package holds back nobody else."""
    cache, _ = cache_of()
    slow = Build()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(use_and_wait, cache, "slow", slow)
        await wait_all_tasks_blocked()
        await put(cache, "quick")
        slow.finish.set()


async def use_and_wait(cache, key, build, scope=None):
    with scope or trio.CancelScope():
        async with cache.use(key, build):
            pass


async def test_all_waiters_get_the_error_and_the_next_tries_again():
    """A broken package is not compiled once per waiter, and not remembered as broken either."""
    cache, _ = cache_of()
    build = Build(fail=True)
    failed = []

    async def user():
        with pytest.raises(RuntimeError, match="does not compile"):
            async with cache.use("a", build):
                raise AssertionError("unreachable")
        failed.append(1)

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(user)
        await wait_all_tasks_blocked()
        build.finish.set()
    assert len(failed) == 5
    assert build.started == 1
    build.fail = False
    await use_and_wait(cache, "a", build)
    assert build.started == 2
    assert "a" in cache


async def test_when_the_builder_is_cancelled_another_takes_over():
    """A client that leaves takes nobody with it."""
    cache, _ = cache_of()
    build = Build()
    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(use_and_wait, cache, "a", build, scope)
        await wait_all_tasks_blocked()
        for _ in range(3):
            nursery.start_soon(use_and_wait, cache, "a", build)
        await wait_all_tasks_blocked()
        scope.cancel()
        await wait_all_tasks_blocked()
        assert build.started == 2
        build.finish.set()
    assert build.started == 2
    assert "a" in cache
    assert cache.statistics().pinned == 0


async def test_an_error_in_the_body_releases_the_value():
    """Pins cannot leak."""
    cache, _ = cache_of()
    with pytest.raises(KeyError):
        async with cache.use("a", builder("x")):
            raise KeyError
    assert cache.statistics().pinned == 0


async def test_a_waiter_that_is_cancelled_leaves_the_build_alone():
    """The builder goes on for the others."""
    cache, _ = cache_of()
    build = Build()
    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(use_and_wait, cache, "a", build)
        await wait_all_tasks_blocked()
        nursery.start_soon(use_and_wait, cache, "a", build, scope)
        await wait_all_tasks_blocked()
        scope.cancel()
        await wait_all_tasks_blocked()
        build.finish.set()
    assert build.started == 1
    assert "a" in cache
