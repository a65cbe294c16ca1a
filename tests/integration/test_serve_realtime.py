"""RealtimeNamespaces, spoken to by Socket.IO's own client, and by clients that break its rules."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from hatch_build import Node
from tests.support.gateway_process import gateway
from tests.support.npm_packages import installed
from tests.support.socket_peer import SocketPeer

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DATA = Path(__file__).parents[1] / "data" / "realtime"
POLL = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def packages():
    """The folder with Socket.IO's client."""
    return installed("tests/data/realtime/clients", "socket-clients")


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with functions that export namespaces."""
    files = {f"functions/{path.relative_to(DATA / 'functions')}": path.read_text() for path in DATA.rglob("index.*")}
    folder = tmp_path_factory.mktemp("realtime")
    with gateway(folder, "--functions", str(folder / "functions"), files=files) as running:
        yield running


@pytest.mark.parametrize("transports", ["all", "polling", "websocket"])
def test_clients_of_socket_io_and_a_namespace(edge, packages, transports):
    """Handshake, events, acknowledgements, bytes, rooms, refusals and partings, over each transport."""
    command = [Node().node, DATA / "clients" / "chat.mjs", edge.url, transports, packages / "node_modules"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + edge.text()[-2000:]
    assert json.loads(done.stdout) == {
        "greeted": ["welcome", "hello Ann, you are ann"],
        "others": ["joined", "Bob"],
        "said": ["said", "Bob", "hello ✓"],
        "notToSender": True,
        "handshake": [True, "ann", {"name": "Ann"}, "127.0.0.1", True, True],
        "rooms": ["lobby", "extra"],
        "left": ["lobby"],
        "count": [1, 2, 1],
        "bytes": [True, True, [255, 2, 1]],
        "bytesToAll": [1, 2, 255],
        "inOrder": True,
        "afterThrow": ["lobby"],
        "selected": [[], ["offer"], ["elsewhere", "direct"]],
        "refused": {"message": "you are not welcome", "data": {"reason": "name"}},
        "broken": {"message": "function_error"},
        "nowhere": {"message": "Invalid namespace"},
        "plain": {"message": "Invalid namespace"},
        "byPath": "string",
        "routed": "routed",
        "pushed": "pushed",
        "transport": "polling" if transports == "polling" else "websocket",
        "kicked": "io server disconnect",
        "reasons": [["Bob", "server namespace disconnect"], ["Cid", "client namespace disconnect"]],
    }
    assert edge.log(event="realtime", name="throw", outcome="exception")


def test_a_namespace_answers_no_requests(edge):
    """404, as when no route of a Router matches."""
    assert edge.get("/chat").status_code == 404


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("EIO=3&transport=polling", 5),
        ("EIO=4&transport=smoke", 0),
        ("EIO=4&transport=websocket", 3),
        ("EIO=4&transport=polling&sid=unknown", 1),
    ],
)
def test_requests_that_are_not_engine_io(edge, query, code):
    """Each gets the error that the protocol has for it."""
    answer = edge.get(f"/socket.io/?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def opened(edge):
    """The path of a session that polls."""
    answer = edge.get(POLL)
    handshake = json.loads(answer.text[1:])
    assert (answer.text[0], handshake["upgrades"], len(handshake["sid"]) >= 20) == ("0", ["websocket"], True)
    return f"{POLL}&sid={handshake['sid']}"


@pytest.mark.parametrize(
    "body",
    [
        "9",
        "4",
        "47",
        "45",
        "4251-[]",
        "42{}",
        "42[]",
        "40[]",
        "bnot base64!",
        "40\x1e40",
        "bAAAA",
        "\ud800",
        '42["$disconnect"]',
    ],
)
def test_a_client_that_breaks_the_protocol_is_put_out(edge, body):
    """Its session is gone; nobody else notices."""
    path = opened(edge)
    edge.post(path, content=body.encode("utf-8", "surrogatepass"))
    assert edge.post(path, content="3").status_code == 400 or edge.get(path).text == "6"


def answered(edge, auth, **headers):
    """What a client gets that connects to /guard."""
    with SocketPeer(f"ws://127.0.0.1:{edge.port}/socket.io/?EIO=4&transport=websocket", headers) as client:
        client.message()
        client.send(f"40/guard,{json.dumps(auth)}")
        return client.message()


def test_a_namespace_of_a_router_refuses_clients(edge):
    """The client is told why, and is not connected."""
    assert answered(edge, {}) == '44/guard,{"message":"not you","data":""}'


def test_what_a_refusal_says_is_one_packet(edge):
    """Neither half of one that is too large, nor what a middleware says to browsers."""
    assert len(answered(edge, {"size": 60_000})) > 60_000
    assert answered(edge, {"size": 70_000}) == '44/guard,{"message":"refused"}'
    assert answered(edge, {}, **{"x-guard": "1"}).startswith('44/guard,{"message":')


def test_a_path_that_only_looks_like_that_of_socket_io(edge):
    """The name of a host in the request line, which ends alike."""
    with socket.create_connection(("127.0.0.1", edge.port), timeout=5) as client:
        client.sendall(b"GET http://socket.io?EIO=4&transport=polling HTTP/1.1\r\nHost: socket.io\r\n\r\n")
        assert b" 500 " not in client.recv(4096).split(b"\r\n")[0]


def test_too_much_at_once_is_refused(edge):
    """More than a message may have, in one body."""
    path = opened(edge)
    assert edge.post(path, content=b"4" * (10 * 2**20 + 1)).status_code in {400, 413}


def test_an_event_flood_waits_for_its_turn(edge):
    """A client that sends without end is held back while its events are handled one by one, in order."""
    with SocketPeer(f"ws://127.0.0.1:{edge.port}/socket.io/?EIO=4&transport=websocket") as client:
        assert client.message().startswith("0{")
        client.send('40/chat,{"name":"Flo"}')
        assert client.message().startswith("40/chat,")
        assert client.message().startswith('42/chat,["welcome"')
        for number in range(300):
            client.send(f'42/chat,{number}["count"]')
        answers = []
        while len(answers) < 300:
            message = client.message()
            if message == "2":
                client.send("3")
            elif message.startswith("43"):
                answers.append(message)
        assert answers == [f"43/chat,{number}[{number + 1}]" for number in range(300)]


def test_sockets_are_counted(edge):
    """Events by outcome, as the metrics have them."""
    assert 'edge_realtime_events_total{function="chat",outcome="ok"}' in edge.operate("GET", "/metrics").text
