"""node:http and node:https as clients of real servers."""

from __future__ import annotations

import pytest

from tests.runtime.fetch.network_rig import until
from tests.runtime.node.network_rig import body, network

pytestmark = pytest.mark.integration


async def test_requests_behave_as_nodes(tmp_path):
    """Bodies both ways, framings, informational responses, events in Node's order."""
    code = body("requests_behave_as_nodes")
    async with network(tmp_path, code) as net:
        out = await net.answer()
        await until(lambda: net.plain.open == net.secure.open == 0)
    host = f"Host: 127.0.0.1:{net.plain.port}"
    assert out["get"]["headers"] == [host, "Connection: keep-alive"]
    assert out["get"]["target"] == "/a?b=c"
    assert (out["post"]["method"], out["post"]["size"]) == ("POST", 6)
    assert out["post"]["headers"] == [
        *("X-One: 1", "X-One: 2", "Cookie: a=1; b=2", host, "Connection: keep-alive", "Content-Length: 6")
    ]
    assert "Authorization: Basic dTpwIHc=" in out["auth"]
    assert out["up"] == [800_001, True]
    assert out["chunked"] == ["onetwo", {"x-t": "v"}, ["X-T", "v"], True]
    assert out["untilEnd"] == ["all of it", True]
    assert out["empty"] == [204, "", "1"]
    assert out["head"] == ""
    assert out["hints"] == [103, "</a>", "Fine", "ok"]
    assert out["expect"] == "ok"
    assert out["events"] == ["socket", "finish", "response", "res end", "res close", "close"]
    assert out["secure"]["headers"] == [f"Host: localhost:{net.secure.port}", "Connection: keep-alive"]
    assert out["moved"] == "/other"


async def test_responses_that_could_be_read_in_two_ways_are_refused(tmp_path):
    """And those that end too early never look complete."""
    code = body("responses_that_could_be_read_in_two_ways_are_refused")
    async with network(tmp_path, code) as net:
        out = await net.answer()
    assert out == {
        "both": "HPE_INVALID_TRANSFER_ENCODING",
        "lengths": "HPE_UNEXPECTED_CONTENT_LENGTH",
        "folded": "HPE_INVALID_HEADER_TOKEN",
        "bare": "HPE_CR_EXPECTED",
        "header": "HPE_INVALID_HEADER_TOKEN",
        "chunk": "HPE_INVALID_CHUNK_SIZE",
        "noise": "HPE_INVALID_CONSTANT",
        "long": "HPE_HEADER_OVERFLOW",
        "short": "ECONNRESET",
        "extra": ["ok", "/next"],
    }


async def test_agents_share_connections(tmp_path):
    """Kept alive, one after the other, at most so many at a time, and never those of another host."""
    code = body("agents_share_connections")
    async with network(tmp_path, code) as net:
        out = await net.answer()
    assert out == {
        "limited": 2,
        "free": [2, 2, 0],
        "reused": [True, True],
        "destroyed": 0,
        "closed": [False],
        "global": True,
        "gone": "/after",
        "made": 1,
    }


async def test_requests_are_given_up(tmp_path):
    """By time, by the function, by a signal, before and behind the head."""
    code = body("requests_are_given_up")
    async with network(tmp_path, code) as net:
        out = await net.answer()
    assert out == {
        "timeout": ["timeout", "too slow", "close"],
        "abort": ["abort", "ECONNRESET", "close"],
        "early": ["ECONNRESET", "close"],
        "signal": ["ABORT_ERR", "close"],
        "set": ["timeout", "ECONNRESET", "close"],
        "body": [True, True],
        "refused": ["ECONNREFUSED", "close"],
        "denied": ["EACCES", "close"],
        "thrown": [
            *("ERR_INVALID_PROTOCOL", "ERR_UNESCAPED_CHARACTERS", "ERR_INVALID_HTTP_TOKEN", "ERR_INVALID_ARG_TYPE"),
            *("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "ERR_INVALID_ARG_TYPE", "ERR_INVALID_URL"),
            *("ERR_INVALID_HTTP_TOKEN", "ERR_INVALID_CHAR"),
        ],
    }


async def test_protocols_are_changed(tmp_path):
    """Upgrade gives the socket, with what came behind the head; so does CONNECT through a proxy."""
    code = """
      const req = http.get(`${base}/upgrade`, { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
      const [res, socket, head] = await once(req, 'upgrade');
      socket.write('more');
      const [data] = await once(socket, 'data');
      socket.destroy();
      const lost = http.get(`${base}/upgrade`);
      await once(lost, 'close');
      return Response.json([res.statusCode, `${head}`, `${data}`, lost.destroyed]);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() == [101, "first", "MORE", True]


async def test_a_change_of_protocols_has_a_connection_of_its_own(tmp_path):
    """Where the policy knows paths, it is the first request of its connection, whatever the agent has kept."""
    code = """
      const agent = new http.Agent({ keepAlive: true });
      await ask(`${base}/v1`, { agent });
      const req = http.get(`${base}/upgrade`, { agent, headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
      const [res, socket, head] = await once(req, 'upgrade');
      socket.write('frames');
      const answer = `${head}${(await once(socket, 'data'))[0]}`;
      socket.destroy();
      return Response.json([res.statusCode, req.reusedSocket, answer]);
    """
    rule = {"host": "127.0.0.1", "port": "PORT", "scheme": "http", "methods": ["GET"], "path": "/*"}
    async with network(tmp_path, code, allow=[rule]) as net:
        status, reused, answer = await net.answer()
    assert (status, reused, answer) == (101, False, "firstFRAMES")


async def test_methods_and_paths_are_held_to_on_every_request(tmp_path):
    """Also on a connection that is there already, and over TLS; other clients' connections get nowhere."""
    code = body("methods_and_paths_are_held_to_on_every_request")
    rules = [
        {"host": "127.0.0.1", "port": "PORT", "scheme": "http", "methods": ["GET"], "path": "/v1/*"},
        {"host": "localhost", "port": "TLS", "scheme": "https", "methods": ["GET"], "path": "/v1/*", "private": True},
    ]
    async with network(tmp_path, code, allow=rules) as net:
        out = await net.answer()
    assert out.pop("allowed")[0] > 0
    assert out.pop("secure") == "/v1/s"
    assert out == dict.fromkeys(("path", "method", "dots", "host", "securePath", "sni", "smuggled"), "EACCES")
    assert [line for line in net.plain.lines if " HTTP/1" in line] == [
        "GET /v1/a HTTP/1.1",
        "GET /v1/b HTTP/1.1",
        "GET /v1/a HTTP/1.1",
    ]
