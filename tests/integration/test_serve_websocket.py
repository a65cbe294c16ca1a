"""WebSockets of clients, answered by functions of the web contract with a WebSocketPair."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import signal
import socket
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest

from tests.support.gateway_process import gateway, until
from tests.support.socket_peer import CLOSE, PING, PONG, TEXT, RefusedError, SocketPeer, frame

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DATA = Path(__file__).parents[1] / "data" / "websocket"
CONFIG = """
[server]
grace = "1s"
websocket = { max_message = "1MiB", max_per_function = 120 }
[engine]
max_pool_size = 20
[functions.echo]
cpu = "700ms"
timeout = "10s"
memory = "32MiB"
wait_until = "2s"
[functions.few]
package = "echo"
cpu = "700ms"
timeout = "2s"
[functions.shared]
reuse = true
memory = "32MiB"
env = { GENERATION = "NUMBER" }
[functions.hostile]
[functions.express]
[functions.event]
[functions.declared]
package = "event"
contract = "event"
"""
ROUTES = "".join(
    f'[[routes]]\npath = "/{name}/*rest"\nfunction = "{name}"\nstrip_prefix = true\n'
    f'[[routes]]\npath = "/{name}"\nfunction = "{name}"\nstrip_prefix = true\n'
    for name in ("echo", "few", "shared", "hostile", "express", "event", "declared")
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with functions that speak WebSocket."""
    files = {"edge.toml": CONFIG + ROUTES}
    for path in DATA.rglob("*.*"):
        files[f"functions/{path.relative_to(DATA)}"] = path.read_text()
    with gateway(tmp_path_factory.mktemp("websocket"), files=files) as running:
        yield running


def peer(edge, path, headers=None):
    """A client of the gateway."""
    return SocketPeer(f"ws://127.0.0.1:{edge.port}{path}", headers)


def test_messages_go_both_ways_whole_and_in_order(edge):
    """Text of all planes, bytes, nothing, and as much as may be; a thousand in one go."""
    with peer(edge, "/echo") as client:
        for message in ("hello", "zwölf 🎉 \0", "", b"", bytes(range(256)), "x" * 2**20, os.urandom(2**20)):
            client.send(message)
            assert client.message() == message
        client.raw(b"".join(frame(TEXT, b"%d" % number) for number in range(1000)))
        assert [client.message() for _ in range(1000)] == [str(number) for number in range(1000)]


def test_a_message_comes_in_pieces_and_pings_are_answered_in_between(edge):
    """The gateway answers pings itself; the function does not hear of them."""
    with peer(edge, "/echo") as client:
        client.raw(frame(TEXT, b"in ", fin=False) + frame(PING, b"?") + frame(0, "stücken".encode()))
        assert client.read() == (PONG, b"?", True, 0)
        assert client.message() == "in stücken"


def test_what_comes_with_the_handshake_is_not_lost(edge):
    """A client may not wait for the answer: what it sends at once is for the socket."""
    key = base64.b64encode(bytes(16))
    head = b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    head += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", edge.port), 5) as sock:
        sock.sendall(head + frame(TEXT, b"early"))
        wanted, data = frame(TEXT, b"early", masked=False), b""
        while not data.endswith(wanted) and (more := sock.recv(65536)):
            data += more
    answer, _, frames = data.partition(b"\r\n\r\n")
    assert b"sec-websocket-accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=" in answer
    assert frames == wanted


def test_the_head_of_the_answer_is_the_functions_but_for_what_is_the_protocols(edge):
    """Its headers and its choice of a subprotocol; not what could break the handshake."""
    with peer(edge, "/echo", {"Sec-WebSocket-Protocol": "chat, superchat"}) as client:
        assert client.header("sec-websocket-protocol") == "superchat"
        assert (client.header("x-said"), client.header("set-cookie")) == ("hello", "a=1")
        assert client.header("connection") == "Upgrade"
        assert client.header("sec-websocket-accept") != "mine"
        assert client.header("edge-outcome") == "ok"
        assert re.fullmatch(r"[\w-]+", client.header("edge-request-id") or "")
    with pytest.raises(RefusedError) as refused:
        peer(edge, "/echo?choose=other", {"Sec-WebSocket-Protocol": "chat"})
    assert (refused.value.status, b"bad_response" in refused.value.body) == (502, True)


def test_compression_is_agreed_on(edge):
    """Long messages come compressed, in no context of others."""
    with peer(edge, "/echo", {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}) as client:
        assert "permessage-deflate" in (client.header("sec-websocket-extensions") or "")
        client.send("long " * 1000)
        got = client.read()
        assert (got.rsv, len(got.payload) < 100) == (4, True)


def test_closing_handshakes_of_clients(edge):
    """The answer has the code of the client, whose reason the function hears; then the connection ends."""
    with peer(edge, "/echo") as client:
        got = client.close(4000, "tschüß")
        assert (got.code, got.reason, client.at_end()) == (4000, "", True)
    edge.logged(event="function_log", text="closed 4000 tschüß true")
    with peer(edge, "/echo") as client:
        assert client.close(None).code == 1005
    edge.logged(event="function_log", text="closed 1005  true")
    peer(edge, "/echo").sock.close()
    edge.logged(event="function_log", text="closed 1006  false")


def test_a_function_closes_its_socket(edge):
    """What it sent before is sent before; the invocation ends when the client has answered."""
    with peer(edge, "/echo?first=1&bye=1") as client:
        assert client.message() == "first"
        got = client.read()
        assert (got.opcode, got.code, got.reason) == (CLOSE, 1000, "bye")
        client.raw(frame(CLOSE, b"\x03\xe8"))
        assert client.at_end()
    with peer(edge, "/echo") as client:
        client.send("close")
        got = client.read()
        assert (got.opcode, got.code, got.reason) == (CLOSE, 4321, "as you wish")


@pytest.mark.parametrize(
    ("what", "outcome"),
    [("throw", "exception"), ("reject", "exception"), ("loop", "cpu"), ("memory", "memory"), ("fail later", "ok")],
)
def test_a_function_that_fails_ends_its_socket_with_1011(edge, what, outcome):
    """The client learns which error it was, and nothing of its text; the operator learns the rest."""
    with peer(edge, "/echo") as client:
        rid = client.header("edge-request-id")
        client.send(what)
        while (got := client.read()).opcode != CLOSE:
            assert got.payload == b"reject"  # it failed after that
        code = {"cpu": "cpu_limit", "memory": "memory_limit"}.get(outcome, "function_error")
        assert (got.opcode, got.code, got.reason) == (CLOSE, 1011, code)
    [entry] = edge.logged(event="request", request_id=rid)
    assert (entry["outcome"], entry["close_said"]) == ("exception" if outcome == "ok" else outcome, 1011)


def test_each_message_has_a_cpu_budget_of_its_own(edge):
    """What 700 ms do not allow in one go they allow again and again, longer than the function's timeout."""
    with peer(edge, "/few") as client:
        began = time.monotonic()
        while time.monotonic() < began + 2.5:
            client.send("work 200")
            assert client.message() == "work 200"


def test_work_goes_on_after_the_socket_has_closed(edge):
    """What was given to waitUntil has its time from then on."""
    with peer(edge, "/echo") as client:
        client.send("later")
        assert client.message() == "later"
        client.close()
    edge.logged(event="function_log", text="later is done")


def test_too_large_messages_end_with_1009(edge):
    """By the header of their frame, by the sum of their fragments, and by what they unfold to."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = (deflater.compress(bytes(2**28)) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]
    half = frame(TEXT, b"x" * 600_000, fin=False)
    for wire in (bytes([0x82, 0xFF]) + struct.pack("!Q", 2**40) + bytes(4), half + frame(0, b"x" * 600_000), None):
        with peer(edge, "/echo", {"Sec-WebSocket-Extensions": "permessage-deflate"}) as client:
            client.raw(wire or frame(TEXT, bomb, rsv=4))
            assert client.read().code == 1009


def test_handshakes_that_are_none(edge):
    """Each is answered, and no function is called; without `Upgrade` it is a request like any other."""
    for headers, status in (
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Key": "short"}, 400),
        ({"Sec-WebSocket-Protocol": "a b"}, 400),
        ({"Sec-WebSocket-Protocol": "a, a"}, 400),
    ):
        with pytest.raises(RefusedError) as refused:
            peer(edge, "/echo", headers)
        assert refused.value.status == status
    assert edge.code("/echo")[0] == 426
    with pytest.raises(RefusedError) as refused:
        peer(edge, "/nothing")
    assert refused.value.status == 404


def test_functions_that_have_no_socket_to_give(edge):
    """Those of other contracts answer as they do; events have no WebSockets, which the client is told."""
    for path, status, body in (
        ("/express", 200, b"plain websocket"),
        ("/declared", 501, b"event contract"),
        ("/event", 501, b"event contract"),
        ("/hostile/plain", 200, b"no socket"),
        ("/hostile/twice", 200, b"accepted 101"),
    ):
        with pytest.raises(RefusedError) as refused:
            peer(edge, path)
        assert (refused.value.status, body in refused.value.body) == (status, True), refused.value
    assert edge.code("/hostile/unasked") == (502, "bad_response", "bad-response")


def test_a_socket_that_the_function_never_accepts_is_closed(edge):
    """After a second: nobody is there."""
    with peer(edge, "/hostile/never") as client:
        got = client.read()
        assert (got.opcode, got.code) == (CLOSE, 1011)


def test_a_function_that_breaks_its_builtins_still_has_its_socket(edge):
    """The runtime uses none of them."""
    with peer(edge, "/hostile/polluted") as client:
        client.send("still here")
        assert client.message() == "still here"
        client.send(b"bytes")
        assert client.message() == b"bytes"


def test_sockets_of_a_reused_isolate_hear_each_other(edge):
    """Module state is shared by those that share an isolate."""
    with peer(edge, "/shared") as one, peer(edge, "/shared") as two:
        one.send("all hello")
        assert (one.message(), two.message()) == ("hello", "hello")


def test_a_client_that_reads_nothing_costs_the_function_its_socket_only(edge):
    """What waits to be sent is bounded; everybody else is served meanwhile."""
    with peer(edge, "/few") as client:
        client.send("flood 300")
        began = time.monotonic()
        with peer(edge, "/few") as other:
            other.send("hello")
            assert other.message() == "hello"
        assert time.monotonic() - began < 5
    with peer(edge, "/few") as client:
        client.send("flood 200")
        assert [client.message()[:4].split()[0] for _ in range(200)] == [str(number) for number in range(200)]


def test_a_client_that_floods_is_held_back(edge):
    """While the function works nothing is read; the gateway's memory does not grow with what is sent."""
    with peer(edge, "/few") as client:
        before = edge.rss()
        client.send("slow")
        sent = 0
        client.sock.settimeout(0.3)
        try:
            while sent < 200:
                client.sock.sendall(frame(TEXT, b"work 20"))
                client.sock.sendall(frame(2, bytes(500_000)))
                sent += 1
        except TimeoutError:
            pass
        assert edge.rss() - before < 64 * 2**20


def test_pings_without_end_do_not_keep_others_from_being_served(edge):
    """They are answered one by one."""
    with peer(edge, "/echo") as client:
        client.sock.settimeout(1)
        stop = threading.Event()

        def drink():
            while not stop.is_set():
                try:
                    client.sock.recv(1 << 20)
                except (TimeoutError, OSError):
                    return

        drinker = threading.Thread(target=drink)
        drinker.start()
        flood = frame(PING, b"") * 2000
        end = time.monotonic() + 1
        slowest = 0.0
        while time.monotonic() < end:
            client.raw(flood)
            began = time.monotonic()
            assert edge.code("/hostile/plain")[0] == 200
            slowest = max(slowest, time.monotonic() - began)
        stop.set()
    drinker.join(5)
    assert slowest < 1


def open_sockets(edge, function):
    """How many the gateway counts."""
    found = re.search(rf'edge_websockets_open{{function="{function}"}} (\d+)', edge.operate("GET", "/metrics").text)
    return int(found[1]) if found else 0


def test_a_hundred_sockets_of_a_plain_function_share_a_few_isolates(edge):
    """They have no need of `reuse`; a request still has an isolate of its own; too many are told 503."""
    until(lambda: not open_sockets(edge, "echo"), 10, "the end of those of other tests")
    opened = [peer(edge, "/echo") for _ in range(120)]
    try:
        active = re.search(r'edge_isolates\{state="active"\} (\d+)', edge.operate("GET", "/metrics").text)
        assert int(active[1]) < 15
        for number, client in enumerate(opened):
            client.send(f"{number}")
        assert [client.message() for client in opened] == [str(number) for number in range(120)]
        with pytest.raises(RefusedError) as refused:
            peer(edge, "/echo")
        assert (refused.value.status, b"overloaded" in refused.value.body) == (503, True)
        assert "retry-after" in refused.value.head.lower()
        assert edge.code("/echo")[0] == 426
    finally:
        for client in opened:
            client.sock.close()


def test_metrics_and_the_log_know_of_sockets(edge):
    """Open ones and messages as they are now; a line when one opens, another when it has ended."""
    with peer(edge, "/few") as client:
        client.send("hello")
        client.message()
        text = edge.operate("GET", "/metrics").text
        assert 'edge_websockets_open{function="few"} 1.0' in text
        assert re.search(r'edge_websocket_messages_total\{direction="in",function="few"\} \d', text)
        client.close(1000)
        rid = client.header("edge-request-id")
    [entry] = edge.logged(event="request", request_id=rid)
    assert (entry["status"], entry["close_code"], entry["messages_in"], entry["messages_out"]) == (101, 1000, 1, 1)
    assert len(edge.log(event="websocket", request_id=rid)) == 1
    text = edge.operate("GET", "/metrics").text
    assert 'edge_websockets_closed_total{code="1000",function="few"}' in text


def test_sockets_outlive_twenty_reloads_on_their_generation(edge):
    """A hundred of them talk all the while; none is dropped, none changes, and new ones get the new generation."""
    path = edge.folder / "edge.toml"
    clients = [peer(edge, "/shared") for _ in range(100)]
    failures: list[BaseException] = []
    stop = threading.Event()

    def talk(mine):
        try:
            while not stop.is_set():
                for client in mine:
                    client.send("on")
                    assert client.message() == "on NUMBER"
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    talkers = [threading.Thread(target=talk, args=(clients[at::4],)) for at in range(4)]
    for talker in talkers:
        talker.start()
    for number in range(20):
        path.write_text((CONFIG + ROUTES).replace("NUMBER", str(number)))
        answer = edge.operate("POST", "/config/reload")
        assert answer.status_code == 200, answer.text
    stop.set()
    for talker in talkers:
        talker.join(20)
    assert not failures
    with peer(edge, "/shared") as newest:
        newest.send("on")
        assert newest.message() == "on 19"
    for client in clients:
        assert client.close(1000).code == 1000
        client.sock.close()


def test_a_cell_that_is_killed_ends_its_sockets_with_1011(edge, engine_mode):
    """In their own time: its clients are told, and the next one finds another cell."""
    if engine_mode == "embedded":
        return
    with peer(edge, "/few") as client:
        client.send("hello")
        client.message()
        for pid in edge.named("edge-cell"):
            with contextlib.suppress(ProcessLookupError):  # a blank one may be replaced meanwhile
                os.kill(pid, signal.SIGKILL)
        got = client.read()
        assert (got.opcode, got.code, got.reason) == (CLOSE, 1011, "engine_crash")

    def answered():
        try:
            with peer(edge, "/few") as client:
                client.send("again")
                return client.message() == "again"
        except RefusedError:
            return False  # in a cell that was being killed

    until(answered, 5, "another cell")


def test_a_gateway_that_stops_says_1001_after_its_grace(edge):
    """Until then sockets are used as before; half open ones do not hold it up."""
    client, deaf = peer(edge, "/few"), peer(edge, "/few")
    edge.send(signal.SIGTERM)
    until(lambda: edge.log(event="shutting_down"), 5, "shutdown")
    client.send("still")
    assert client.message() == "still"
    got = client.read()
    assert (got.opcode, got.code) == (CLOSE, 1001)
    began = time.monotonic()
    assert edge.wait(15) == 0
    assert time.monotonic() - began < 8
    deaf.sock.close()
    client.sock.close()
