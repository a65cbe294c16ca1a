"""WebSockets that functions open: the package ws, fetch, a proxy; and Hono's helper for those of clients."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hatch_build import Node
from tests.support.gateway_process import gateway
from tests.support.npm_packages import Lock, installed
from tests.support.socket_peer import RefusedError, SocketPeer, frame

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DATA = Path(__file__).parents[1] / "data" / "websocket_client"
CLIENTS = "tests/data/realtime/clients"
EXPECTED = {
    "messages": [
        "chat",
        "edge",
        True,
        [[True, False, "text ✓"], [True, True, "bytes"], [True, True, "as bytes"], [True, True, "\x01\x02"]],
        "are you there",
        4001,
        "bye",
        True,
        "WebSocket is not open: readyState 3 (CLOSED)",
    ],
    "events": [["open", "x", [1005, True]], "function", 1],
    "terminate": [
        1006,
        "WebSocket was closed before the connection was established",
        "Opening handshake has timed out",
    ],
    "stream": "one two ",
    "proxy": [101, "chat", "through fetch", 403, None],
}


@pytest.fixture(scope="module")
def packages():
    """The folder with the packages."""
    return installed(CLIENTS, "socket-clients")


@pytest.fixture(scope="module")
def server(packages):
    """The port of a server of the package ws."""
    command = [Node().node, DATA / "server.mjs", packages / "node_modules"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield int(process.stdout.readline())
        process.stdin.close()


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, packages, server):
    """A gateway whose functions may reach that server."""
    folder = tmp_path_factory.mktemp("websocket_client")
    shutil.copytree(DATA / "functions", folder / "functions")
    Lock(packages).copy(["hono"], folder / "functions" / "hono")
    allowed = f'egress.allow=["127.0.0.1:{server}"]'
    with gateway(folder, "--functions", str(folder / "functions"), "--set", allowed) as running:
        yield running


@pytest.mark.parametrize("name", EXPECTED)
def test_the_package_ws_in_a_function(edge, server, name):
    """As a client, by its own API; servers are refused."""
    answer = edge.get(f"/ws?test={name}&port={server}")
    assert answer.json() == EXPECTED[name]


def test_what_ws_says_when_there_is_no_connection(edge, server):
    """Errors come as events, with the policy's reason; wrong arguments and servers throw."""
    refused, port, private, *thrown = edge.get(f"/ws?test=refused&port={server}").json()
    assert refused == ["Unexpected server response: 404", "ERR_WEBSOCKET_HANDSHAKE", 1006]
    assert (port[1], port[2]) == ("ERR_EGRESS_DENIED", 1006)
    assert (private[1], private[2]) == ("ERR_EGRESS_DENIED", 1006)
    assert thrown[0] == "SyntaxError: Invalid URL: nonsense"
    assert thrown[1] == "SyntaxError: An invalid or duplicated subprotocol was specified"
    assert "server functionality is not supported in a serverless environment" in thrown[2]
    assert thrown[3] == "Error: WebSocket is not open: readyState 0 (CONNECTING)"


def test_hono_upgrades(edge):
    """Its helper for Workers, unchanged."""
    assert edge.get("/hono/plain").text == "plain"
    with SocketPeer(f"ws://127.0.0.1:{edge.port}/hono/ws?name=ann") as client:
        client.send("hello")
        assert client.message() == "ann: hello"
        assert client.close(1000).code == 1000
    edge.logged(event="function_log", text="hono is closed")


def test_a_function_passes_a_socket_on(edge, server):
    """Messages both ways, larger ones too; the closing code of the client; and the answer of a server that refuses."""
    path = f"/proxy?port={server}&path="
    with SocketPeer(f"ws://127.0.0.1:{edge.port}{path}/echo", {"Sec-WebSocket-Protocol": "chat"}) as client:
        assert client.header("sec-websocket-protocol") == "chat"
        for message in ("hello", b"bytes", "x" * 1_000_000):
            client.send(message)
            assert client.message() == message
        client.raw(b"".join(frame(1, b"%d" % number) for number in range(200)))
        assert [client.message() for _ in range(200)] == [str(number) for number in range(200)]
        assert client.close(4002).code == 4002
    with pytest.raises(RefusedError) as refused:
        SocketPeer(f"ws://127.0.0.1:{edge.port}{path}/status/403")
    assert refused.value.status == 403
