"""What only the store on Redis can meet: servers that die, hang, refuse and come back; several gateways."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING

import pytest
import trio
import trustme
from coredis import Redis

from edge.services.kv import redis as module
from edge.services.kv.failures import KVCorruptError, KVUnavailableError
from edge.services.kv.records import Add, Check, Delete, Set
from edge.services.kv.redis import RedisStore, server_of
from edge.services.kv.redis_layout import atomic_arguments, keys_of
from tests.support.redis_server import free_port, programs, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.redis_server import RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """One that may be killed, and keeps what it has acknowledged."""
    if not programs():
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    with redis_server(tmp_path, "--appendonly", "yes", "--appendfsync", "always", program=programs()[0]) as server:
        yield server


async def test_a_server_that_dies_is_an_error_and_nothing_that_was_acknowledged_is_lost(server: RedisServer) -> None:
    """It is used again as soon as it is back, without a restart."""
    async with RedisStore(server.url) as store:
        for number in range(50):
            await store.set("ns", f"k{number}", b"%d" % number)
        server.kill()
        for operation in (store.get, store.has, store.delete):
            with pytest.raises(KVUnavailableError):
                await operation("ns", "k0")
        server.start()
        found = await store.get_many("ns", [f"k{number}" for number in range(50)])
        assert [found[f"k{number}"].value for number in range(50)] == [b"%d" % number for number in range(50)]
        await store.set("ns", "k", b"again")


async def test_a_store_opens_without_its_server(server: RedisServer) -> None:
    """A gateway whose store is not there serves all that needs none."""
    server.kill()
    async with RedisStore(server.url) as store:
        with pytest.raises(KVUnavailableError, match="no connection to the server that"):
            await store.get("ns", "k")
        server.start()
        await store.set("ns", "k", b"1")


async def test_a_password_that_is_wrong_or_missing_is_said(server: RedisServer) -> None:
    """By what to change, not by the password."""
    assert server("CONFIG", "SET", "requirepass", "right") == b"+OK\r\n"
    for credentials, said in (("", "asks for a password"), (":wrong@", "does not take the user or password")):
        async with RedisStore(server.url.replace("//", f"//{credentials}")) as store:
            with pytest.raises(KVUnavailableError, match=said) as caught:
                await store.get("ns", "k")
        assert "wrong" not in str(caught.value)


async def test_a_server_that_hangs_is_given_up(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """And asked again the next time."""
    monkeypatch.setattr(module, "ANSWER_TIMEOUT", 0.3)
    async with RedisStore(server.url) as store:
        await store.set("ns", "k", b"1")
        server.process.send_signal(signal.SIGSTOP)
        with pytest.raises(KVUnavailableError):
            await store.get("ns", "k")
        server.process.send_signal(signal.SIGCONT)
        entry = await store.get("ns", "k")
    assert entry is not None
    assert entry.value == b"1"


async def test_answers_of_cancelled_calls_are_not_taken_for_those_of_others(redis_url: str) -> None:
    """However many share a connection."""
    async with RedisStore(redis_url) as store:
        for number in range(20):
            await store.set("ns", f"k{number}", b"%d" % number)
        choose = random.Random(1)
        done = 0

        async def ask(number: int, patience: float) -> None:
            nonlocal done
            with trio.move_on_after(patience):
                entry = await store.get("ns", f"k{number}")
                assert entry is not None
                assert entry.value == b"%d" % number
                done += 1

        for _ in range(40):
            async with trio.open_nursery() as nursery:
                for _ in range(25):
                    nursery.start_soon(ask, choose.randrange(20), choose.choice([0.0, 0.0005, 0.002, 5]))
    assert done > 100


async def test_gateways_that_share_a_server_count_together(redis_url: str) -> None:
    """No increment is lost and none is seen twice, and of concurrent checks one wins."""
    async with RedisStore(redis_url) as one, RedisStore(redis_url) as two:
        seen: list[float] = []
        wins: list[str] = []

        async def client(store: RedisStore) -> None:
            seen.extend([await store.incr("ns", "n") for _ in range(10)])
            if await store.atomic("ns", [Check("lock", None)], [Set("lock", b"")]) is not None:
                wins.append("one")

        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(client, (one, two)[number % 2])
    assert sorted(seen) == list(range(1, 501))
    assert wins == ["one"]


async def test_a_server_that_refuses_writes_says_why(redis_url: str, shared_redis: RedisServer) -> None:
    """Out of memory, here; reads go on."""
    async with RedisStore(redis_url) as store:
        await store.set("ns", "k", b"1")
        shared_redis("CONFIG", "SET", "maxmemory", "1")
        try:
            with pytest.raises(KVUnavailableError, match="maxmemory"):
                await store.set("ns", "k", b"2")
            assert await store.has("ns", "k")
        finally:
            shared_redis("CONFIG", "SET", "maxmemory", "0")


async def test_tls_is_checked(tmp_path: Path) -> None:
    """With an authority of one's own; a certificate of nobody's is refused."""
    if not programs():
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    port = free_port()
    files = ("--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "ca.pem")
    options = ("--tls-port", str(port), *files, "--tls-auth-clients", "no")
    with redis_server(tmp_path, *options, program=programs()[0]):
        async with RedisStore(f"rediss://127.0.0.1:{port}?ssl_ca_certs={tmp_path}/ca.pem") as store:
            await store.set("ns", "k", b"1")
        async with RedisStore(f"rediss://127.0.0.1:{port}") as store:
            with pytest.raises(KVUnavailableError):
                await store.get("ns", "k")


async def test_a_password_is_not_told(redis_url: str) -> None:
    """Functions see what a store says."""
    async with RedisStore(redis_url.replace("//", "//me:hunter2@")) as store:
        with pytest.raises(KVUnavailableError) as caught:
            await store.get("ns", "k")
    assert "hunter2" not in str(caught.value)
    assert server_of("rediss://me:hunter2@db.example:7000/3") == "db.example:7000"


async def test_what_another_program_wrote_there_is_refused(redis_url: str, shared_redis: RedisServer) -> None:
    """Not taken for an entry."""
    shared_redis("HSET", keys_of("ns").data, "hk", "junk", "vk", "1")
    async with RedisStore(redis_url) as store:
        with pytest.raises(KVCorruptError, match="something else"):
            await store.get("ns", "k")


async def test_scripts_are_loaded_again_when_the_server_has_forgotten_them(
    redis_url: str, shared_redis: RedisServer
) -> None:
    """After a restart, or on another server."""
    async with RedisStore(redis_url) as store:
        await store.set("ns", "k", b"1")
        shared_redis("SCRIPT", "FLUSH")
        await store.set("ns", "k", b"2")
        assert (await store.list("ns")).keys


async def test_many_expired_keys_are_passed_over_in_a_listing(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one script looks at; the sweep takes them from the server."""
    monkeypatch.setattr(module, "LOOKED_AT", 10)
    now = [1000]
    async with RedisStore(redis_url, clock=lambda: now[0]) as store:
        for number in range(100):
            await store.set("ns", f"a{number:03}", b"1", expires_at=2000)
        await store.set("ns", "b", b"1")
        now[0] = 2000
        page = await store.list("ns", limit=2)
        assert ([item.key for item in page.keys], page.cursor) == (["b"], None)
        await store.sweep()
        usage = await store.size("ns")
    assert (usage.entries, usage.bytes) == (1, 2)


async def test_a_server_that_was_emptied_learns_again_which_namespaces_there_are(redis_url: str) -> None:
    """Otherwise what expires there would stay until the gateway starts again."""
    async with RedisStore(redis_url) as store:
        await store.set("ns", "k", b"1")
        async with Redis.from_url(redis_url) as client:
            await client.flushdb()
        await store.sweep()
        await store.set("ns", "k", b"2")
        assert await store.namespaces() == ["ns"]


def test_all_keys_of_a_namespace_lie_in_one_slot_of_a_cluster() -> None:
    """One hash tag (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags)."""
    keys = keys_of("my.ns")
    assert {key.partition("{")[2].partition("}")[0] for key in keys} == {"my.ns"}
    assert len(set(keys)) == len(keys)


def test_a_versionstamp_of_somebody_elses_making_fits_nothing() -> None:
    """It is neither taken for a number nor for absence."""
    arguments = atomic_arguments(5, 10, [Check("k", "0x1F"), Check("k", None)], [Add("n", 1.5), Delete("d")])
    assert arguments == ["5", "10", "0", "2", "k", "?", "k", "", "2", "n", "add", "1.5", "d", "delete"]
