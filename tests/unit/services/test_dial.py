"""The one way out: what every kind of connection goes through."""

from __future__ import annotations

import ipaddress

import pytest
import trio
from fetch_rig import Names, client_of, fetching, ok, read_all, replies, serving

from edge.services.dial.dialer import Dialer
from edge.services.dial.failure import DialError
from edge.services.dial.listeners import OwnListeners
from edge.services.dial.quota import Quota
from edge.services.egress.policy import Policy
from edge.services.explanation import explain

pytestmark = pytest.mark.integration

LOOPBACK = Policy.from_config(["127.0.0.0/8"])


def dialer_of(policy=LOOPBACK, **options):
    """A dialer whose names all lead here."""
    return Dialer(policy, resolver=Names(), **options)


async def test_a_connection_is_a_stream_to_the_checked_address():
    """It knows both of its ends, and is counted until it is closed."""
    async with serving(replies(ok())) as server:
        quota = Quota(2, "egress.limits.connections", Quota(5, "egress.max_connections"))
        dialer = dialer_of(quota=quota)
        async with await dialer.connect("tcp", "db.test", server.port) as stream:
            assert (stream.address, stream.port) == (ipaddress.ip_address("127.0.0.1"), server.port)
            assert stream.local[0] == "127.0.0.1"
            assert [one.open for one in quota.chain] == [1, 1]
            await stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
            await stream.aclose()
        assert [one.open for one in quota.chain] == [0, 0]


@pytest.mark.parametrize(
    ("scheme", "host", "stage"),
    [
        ("tcp", "10.0.0.1", "ip"),
        ("tcp", "0x0a.1", "ip"),
        ("tls", "[::1]", "ip"),
        ("tcp", "::ffff:127.0.0.1", "ip"),
        ("tcp", "fe80::1%eth0", "parse"),
        ("tcp", "a b", "parse"),
        ("tcp", "", "parse"),
    ],
)
async def test_what_is_refused_is_not_dialled(scheme, host, stage):
    """With the stage, and the verdict when there is one."""
    with pytest.raises(DialError) as caught:
        await dialer_of().connect(scheme, host, 80)
    assert caught.value.stage == stage
    assert (caught.value.verdict is None) == (stage == "parse")


async def test_limits_of_a_function_and_of_all_are_told_apart():
    """Number and key are in the message; a closed connection makes room."""
    everybody = Quota(3, "egress.max_connections")
    async with serving(replies(ok())) as server:
        one = dialer_of(quota=Quota(2, "egress.limits.connections", everybody))
        other = dialer_of(quota=Quota(2, "egress.limits.connections", everybody))
        streams = [await dialer.connect("tcp", "db.test", server.port) for dialer in (one, one, other)]
        with pytest.raises(DialError, match=r"2 outgoing connections are open, the limit of egress.limits.connections"):
            await one.connect("tcp", "db.test", server.port)
        with pytest.raises(DialError, match=r"3 outgoing connections are open, the limit of egress.max_connections"):
            await other.connect("tcp", "db.test", server.port)
        assert everybody.open == 3
        await streams.pop().aclose()
        streams.append(await other.connect("tcp", "db.test", server.port))
        for stream in streams:
            await stream.aclose()
        assert everybody.open == 0


async def test_a_connection_that_fails_is_not_counted():
    """Refused, or given up while it was being made."""
    quota = Quota(2, "egress.limits.connections")
    dialer = dialer_of(quota=quota)
    with pytest.raises(DialError, match=r"connect to db\.test:1 failed") as caught:
        await dialer.connect("tcp", "db.test", 1)
    assert caught.value.js_code == "ECONNREFUSED"

    class Silent:
        async def connect(self, address, port):
            await trio.sleep_forever()

    slow = Dialer(LOOPBACK, resolver=Names(), network=Silent(), quota=quota, timeout=0.05)
    with pytest.raises(DialError, match=r"took longer than 0.05s") as caught:
        await slow.connect("tcp", "db.test", 1)
    assert caught.value.js_code == "ETIMEDOUT"
    assert quota.open == 0


async def test_unused_connections_make_room_for_others():
    """What fetch keeps for later is given up before anybody is refused."""
    everybody = Quota(1, "egress.max_connections")
    async with fetching(replies(ok())) as (server, _):
        async with client_of(quota=Quota(9, "egress.limits.connections", everybody)) as client:
            await read_all(await client.fetch("GET", f"http://a.test:{server.port}/"))
            assert everybody.open == 1
            stream = await dialer_of(quota=Quota(9, "x", everybody)).connect("tcp", "db.test", server.port)
            assert everybody.open == 1
            with pytest.raises(DialError):
                await dialer_of(quota=Quota(9, "x", everybody)).connect("tcp", "db.test", server.port)
            await stream.aclose()
            await read_all(await client.fetch("GET", f"http://a.test:{server.port}/"))
        assert everybody.open == 0


async def test_a_new_policy_holds_for_the_next_use_of_a_kept_connection():
    """As after a reload: the connection is there, and nothing more is sent over it."""
    async with fetching(replies(ok())) as (server, client):
        url = f"http://api.test:{server.port}/"
        await read_all(await client.fetch("GET", url))
        client.dialer.policy = Policy.from_config(["public"])
        with pytest.raises(Exception, match="Network policy blocked"):
            await client.fetch("GET", url)
        assert len(server.requests) == 1


async def test_own_listeners_are_own_under_every_address():
    """Bound to everything: loopback, each interface, mapped and unspecified addresses all lead to it."""
    policy = Policy.from_config(["all", "0.0.0.0/0", "::/0"])
    for bound, hosts in {
        "0.0.0.0": ["127.0.0.1", "127.9.9.9", "0.0.0.0", "::ffff:127.0.0.1"],
        "::": ["::1", "127.0.0.1", "::", "0.0.0.0", "::ffff:127.0.0.1"],
        "127.0.0.1": ["127.0.0.1", "0.0.0.0", "::ffff:127.0.0.1"],
        "::1": ["::1", "::"],
    }.items():
        dialer = Dialer(policy, own=OwnListeners([(bound, 9)]))
        for host in hosts:
            found = await explain(dialer, "GET", f"tcp://{f'[{host}]' if ':' in host else host}:9")
            assert not found.allowed, (bound, host)
            assert "own listeners" in found.reason or "ffff" in host, (bound, host, found)
    free = await explain(Dialer(policy, own=OwnListeners([("127.0.0.1", 9)])), "GET", "tcp://127.0.0.1:10")
    assert free.allowed


async def test_an_explanation_names_rule_addresses_and_reason():
    """What was parsed, what DNS said, and what follows; nothing is sent."""
    dialer = Dialer(Policy.from_config(["public"]), resolver=Names(api=["93.184.216.34", "10.0.0.1"]))
    found = await explain(dialer, "POST", "HTTPS://API.test:8443/a/../b?c#d")
    assert (found.allowed, found.stage, found.url, found.method) == (False, "ip", "https://api.test:8443/b?c", "POST")
    assert found.addresses == {"93.184.216.34": "public", "10.0.0.1": "private"}
    assert "private = true" in found.reason
    bad = await explain(dialer, "GET", "http://[::1")
    assert (bad.allowed, bad.stage) == (False, "parse")
    missing = await explain(Dialer(Policy.from_config(["public"]), resolver=Names(x=[])), "GET", "wss://x.test/")
    assert (missing.allowed, missing.reason) == (False, "x.test was not found")
    good = await explain(
        Dialer(Policy.from_config(["*.test"]), resolver=Names(a=["8.8.8.8"])), "GET", "tls://a.test:99"
    )
    assert (good.allowed, good.rule, good.addresses) == (True, "*.test", {"8.8.8.8": "public"})
