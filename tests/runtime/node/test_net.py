"""node:net against real servers."""

from __future__ import annotations

import pytest

from edge.services.sockets import SocketLimits
from tests.runtime.fetch.network_rig import until
from tests.runtime.node.network_rig import body, network

pytestmark = pytest.mark.integration


async def test_sockets_behave_as_nodes(tmp_path):
    """Events, halves that end by themselves, back-pressure, errors: one function, many cases."""
    code = body("sockets_behave_as_nodes")
    async with network(tmp_path, code) as net:
        out = await net.answer()
        await until(lambda: net.plain.open == 0)
    assert out["text"] == "ready\nabbye"
    assert out["events"] == ["connect", "ready", "finish", "end", "close false"]
    assert out["counts"] == [11, 7, "closed", True]
    assert out["family"] == ["127.0.0.1", True, "IPv4", "IPv4"]
    assert (out["mirrored"], out["drained"], out["paused"]) == (True, True, 500_000)
    assert out["refused"] == {
        "message": "connect ECONNREFUSED 127.0.0.1:1",
        "code": "ECONNREFUSED",
        "errno": -111,
        "syscall": "connect",
        "address": "127.0.0.1",
        "port": 1,
    }
    assert out["unknown"]["code"] in ("ENOTFOUND", "EAI_AGAIN")
    assert out["unknown"]["syscall"] == "getaddrinfo"
    assert out["reset"] == "ECONNRESET"
    assert (out["path"], out["long"]) == ("EACCES", "ENOTFOUND")
    assert out["port"] == ["ERR_SOCKET_BAD_PORT", "ERR_MISSING_ARGS", "ERR_INVALID_ARG_TYPE", "ERR_INVALID_ARG_TYPE"]
    assert (out["timeout"], out["abort"]) == (True, "ABORT_ERR")
    assert out["lookup"] == ["db.example", "127.0.0.1", 4, "db.example"]
    assert out["badLookup"] == "ERR_INVALID_IP_ADDRESS"
    assert (out["again0"], out["again1"], out["onread"]) == ("0\n", "1\n", "hello world\n")


async def test_what_the_policy_refuses_says_so(tmp_path):
    """With Node's code for it, before anything is dialled."""
    code = body("what_the_policy_refuses_says_so")
    async with network(tmp_path, code, allow=["127.0.0.1:PORT"]) as net:
        private, metadata, other = await net.answer()
        assert net.plain.total == 0
    for error in (private, metadata, other):
        assert error["code"] == "EACCES"
        assert error["errno"] == -13
        assert error["message"].startswith("Network policy blocked connection to ")


async def test_rules_about_http_grant_no_bare_connection(tmp_path):
    """Neither those with a scheme nor those with methods or a path: nobody could hold them."""
    code = "return Response.json((await failure(net.connect(port, '127.0.0.1'))).code);"
    for entry in ("http://127.0.0.1:PORT", {"host": "127.0.0.1", "port": "PORT", "methods": ["GET"]}):
        async with network(tmp_path / str(type(entry)), code, allow=[entry]) as net:
            assert await net.answer() == "EACCES"
            assert net.plain.total == 0


async def test_an_invocation_has_so_many_sockets(tmp_path):
    """A thousand are refused with a number, and closed ones make room."""
    code = body("an_invocation_has_so_many_sockets")
    async with network(tmp_path, code, limits=SocketLimits(sockets=50)) as net:
        out = await net.answer()
        await until(lambda: net.plain.total == 51)
        assert net.dialer.quota.open == 0
    assert out["open"] == 50
    assert (
        out["refusal"]
        == "EMFILE this invocation has 50 sockets open, the limit of egress.limits.sockets; close some first"
    )


async def test_a_reader_that_is_slow_slows_the_peer(tmp_path):
    """Nothing piles up in the gateway: what nobody reads stays at the peer."""
    code = """
      const socket = net.connect(port, '127.0.0.1');
      socket.write('flood\\n');
      await once(socket, 'readable');
      await sleep(600);
      return Response.json(socket.readableLength);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() <= 128 * 1024
        sent = net.plain.sent
    # What the system's own buffers take: a few MiB on loopback.
    assert sent < 16 * 1024 * 1024


async def test_sockets_end_with_their_invocation(tmp_path):
    """However many there are, whatever they do."""
    code = """
      const all = Array.from({ length: 5 }, () => net.connect(port, '127.0.0.1'));
      for (const socket of all) { socket.write('hang\\n'); await once(socket, 'data'); }
      return Response.json(all.length);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() == 5
        await until(lambda: net.plain.open == 0)
        assert (net.plain.total, net.dialer.quota.open) == (5, 0)
