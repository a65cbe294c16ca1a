"""The store on a real cluster of three servers: namespaces on all of them, slots that move, nodes that die."""

from __future__ import annotations

import pytest
import trio

from edge.services.kv import redis_link
from edge.services.kv.failures import KVUnavailableError
from edge.services.kv.records import Add, Check, Set
from edge.services.kv.redis import RedisStore
from edge.services.rate.buckets import LocalBuckets, RedisBuckets
from edge.services.rate.gcra import Rate
from edge.services.rate.table import SlotTable
from tests.support.redis_cluster import redis_cluster
from tests.support.redis_server import programs

NAMES = [f"ns{number}" for number in range(12)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if not programs():
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def slot_of(cluster, name):
    return int(cluster.nodes[0]("CLUSTER", "KEYSLOT", f"{{{name}}}").strip(b":\r\n"))


def node_of(cluster, name):
    return cluster.nodes[slot_of(cluster, name) * 3 // 16384]


async def test_namespaces_lie_on_all_nodes_and_each_is_whole(cluster):
    """Scripts find their keys together; so does the sweep, and a limit."""
    assert len({node_of(cluster, name).port for name in NAMES}) == 3
    async with RedisStore(cluster.url) as store:
        for name in NAMES:
            stamp = await store.set(name, "k", b"1", kind="json")
            assert await store.atomic(name, [Check("k", stamp)], [Add("k", 2), Set("b", b"", expires_at=1)])
            assert await store.incr(name, "k") == 4
            assert [item.key for item in (await store.list(name)).keys] == ["k"]
            assert list(await store.get_many(name, ["k", "b"])) == ["k"]
        assert await store.namespaces() == sorted(NAMES)
        await store.sweep()
        for name in NAMES:
            assert (await store.size(name)).entries == 1
            await store.clear(name)
            assert not await store.has(name, "k")
        buckets = RedisBuckets(store, LocalBuckets(SlotTable()))
        for number in range(9):
            key = bytes([number]) * 16
            verdicts = [await buckets.spend(key, Rate(1, 60, 1), strict=True) for _ in range(2)]
            assert [verdict.admitted for verdict in verdicts] == [True, False]


async def test_a_slot_that_moves_is_followed(cluster):
    """In every stage of it there is an answer, or an error of the store; what was acknowledged is there."""
    name = "moving"
    source, slot = node_of(cluster, name), slot_of(cluster, name)
    target = next(node for node in cluster.nodes if node is not source)
    async with RedisStore(cluster.url) as store:
        acknowledged = await store.incr(name, "n")
        for step in cluster.move(slot, name, source, target):
            with trio.move_on_after(1):
                try:
                    acknowledged = await store.incr(name, "n")
                except KVUnavailableError:
                    assert step != "done"  # before, not all keys of a script are on one node (TRYAGAIN)
        with trio.fail_after(10):
            assert await store.incr(name, "n") >= acknowledged + 1
        async with RedisStore(cluster.url) as other:
            assert await other.incr(name, "n") >= acknowledged + 2


async def test_a_node_that_dies_takes_its_namespaces_with_it_until_it_is_back(cluster):
    """Those of the others go on; an error comes within the deadline."""
    dead = cluster.nodes[2]
    lost = next(name for name in NAMES if node_of(cluster, name) is dead)
    kept = next(name for name in NAMES if node_of(cluster, name) is cluster.nodes[1])
    async with RedisStore(cluster.url) as store:
        await store.set(lost, "k", b"1")
        await store.set(kept, "k", b"1")
        dead.kill()
        with trio.fail_after(6), pytest.raises(KVUnavailableError):
            await store.get(lost, "k")
        assert (await store.get(kept, "k")).value == b"1"
        await store.set(kept, "k", b"2")
        dead.start()
        with trio.fail_after(15):
            while True:
                try:
                    assert (await store.get(lost, "k")).value == b"1"
                    break
                except KVUnavailableError:
                    await trio.sleep(0.1)


async def test_a_store_opens_without_its_cluster_and_finds_it(cluster, monkeypatch):
    """As with one server."""
    monkeypatch.setattr(redis_link, "SEARCH_INTERVAL", 0.1)
    first = cluster.nodes[0]
    name = next(name for name in NAMES if node_of(cluster, name) is cluster.nodes[1])
    first.kill()
    async with RedisStore(cluster.url) as store:
        with pytest.raises(KVUnavailableError, match="no cluster where"):
            await store.get(name, "k")
        first.start()
        with trio.fail_after(20):
            while True:
                try:
                    await store.set(name, "found", b"1")
                    break
                except KVUnavailableError:
                    await trio.sleep(0.1)
