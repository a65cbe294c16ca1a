"""One gateway follows another on the same sockets, under load: nothing fails, and nothing is done twice."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import threading

import pytest

from edge.fleet.handover import NAME
from tests.support.gateway_process import PROGRAM, environment, is_running, run_edge, until, write_files
from tests.support.handover import Load, Upgradable, gone
from tests.support.socket_peer import CLOSE, SocketPeer

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)

CONFIG = """
[server]
grace = "3s"
[queue]
retention = "1h"
[functions.count]
schedule = ["* * * * *"]
[functions.sockets]
[[routes]]
path = "/count"
function = "count"
[[routes]]
path = "/sockets"
function = "sockets"
"""
COUNT = """
const answer = async (req, res) => {
  if (req.path === '/scheduled') return res.send(await kv.incr('scheduled'));
  if (req.query.stream) {
    res.write('first ');
    await sleep(Number(req.query.stream));
    return res.end('last');
  }
  if (req.query.read) return res.json(await kv.get(req.query.read));
  res.send(String(await kv.incr(req.get('x-key') ?? 'count')));
};
module.exports = answer;
"""
SOCKETS = """
export default { fetch(request) {
  const pair = new WebSocketPair();
  pair[1].accept();
  pair[1].addEventListener('message', (event) => pair[1].send(`echo ${event.data}`));
  return new Response(null, { status: 101, webSocket: pair[0] });
} };
"""
FILES = {
    "functions/count/index.js": COUNT,
    "functions/sockets/index.mjs": SOCKETS,
    "functions/sockets/package.json": '{"type": "module", "main": "index.mjs"}',
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    """The folder's path is longer than what the kernel takes for a socket."""
    folder = tmp_path_factory.mktemp("handover-" + "x" * 120)
    write_files(folder, FILES | {"edge.toml": CONFIG})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        name = f"edge-test-{secrets.token_hex(8)}"
        systemd.bind(f"\0{name}")
        env = {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "400000"}
        running = Upgradable(folder, "--config", "edge.toml", "--take-over", env=env)
        running.systemd = Systemd(systemd)
        try:
            yield running.start()
        finally:
            running.close()
            systemd.shutdown(socket.SHUT_RD)


class Systemd:
    """What was said to the service manager."""

    def __init__(self, sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket = sock
        self.heard = []  # (process id, variables)
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self):
        with contextlib.suppress(OSError):
            while True:
                data, extra, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(12))
                if not data:
                    return
                pid = struct.unpack("3i", extra[0][2])[0]
                self.heard.append((pid, dict(line.split("=", 1) for line in data.decode().split("\n"))))

    def said(self, name, value=None):
        return [pid for pid, words in list(self.heard) if name in words and value in {None, words[name]}]


def test_with_nobody_to_take_over_from_it_simply_starts(edge):
    """So that the option may always be there; without it, addresses that are taken are an error that names it."""
    assert edge.log(event="nobody_to_take_over_from")
    taken = run_edge("serve", "-c", "edge.toml", "--listen", f"127.0.0.1:{edge.port}", cwd=edge.folder)
    assert taken.returncode == 1
    assert b"--take-over" in taken.stderr


def test_a_gateway_on_other_addresses_is_not_taken_over(edge):
    """Several may share a data folder, and with it what they store."""
    options = ["--listen", "127.0.0.1:00", "--admin", "127.0.0.1:00", "--ready-file", "other.json", "--take-over"]
    command = [*PROGRAM, "serve", "-c", "edge.toml", *options]
    with (
        (edge.folder / "other.log").open("wb") as log,
        subprocess.Popen(command, cwd=edge.folder, env=environment(), stdout=log, stderr=log) as other,
    ):
        try:
            until((edge.folder / "other.json").exists, 30)
            assert edge.alive()
            assert edge.post("/count").status_code == 200
        finally:
            other.terminate()
            assert other.wait(15) == 0
    text = (edge.folder / "other.log").read_text()
    assert '"event": "not_taken_over"' in text
    assert '"event": "handover_unavailable"' in text
    assert (edge.folder / ".edge" / NAME).exists()


def test_systemd_hears_of_readiness_reloads_and_that_it_is_alive(edge):
    """By SIGHUP; and ready again after that."""
    until(lambda: edge.systemd.said("READY", "1"))
    until(lambda: len(edge.systemd.said("WATCHDOG")) > 2)
    edge.send(signal.SIGHUP)
    until(lambda: edge.systemd.said("RELOADING", "1"))
    until(lambda: len(edge.systemd.said("READY", "1")) == 2)
    order = [name for _, words in edge.systemd.heard for name in ("READY", "RELOADING") if name in words]
    assert order == ["READY", "RELOADING", "READY"]


def test_a_program_that_cannot_start_leaves_the_old_one_serving(edge):
    """Of a new version that is broken, or a config that is: exit code 1, and the log says so."""
    file = edge.folder / "edge.toml"
    text = file.read_text()
    with Load(edge.port) as load:
        file.write_text(text.replace("grace", "gracious"))
        edge.send(signal.SIGUSR2)
        entry = edge.logged(event="upgrade_failed")[0]
        file.write_text(text)
    assert entry["reason"] == "it ended with code 1"
    assert load.failures == []
    assert edge.alive()
    assert edge.ready()["pid"] == edge.process.pid


def test_strangers_at_the_socket_of_the_handover_change_nothing(edge):
    """Garbage, silence, another protocol, and one that takes the sockets and goes away."""
    link = edge.folder / ".edge"
    directory = os.open(link, os.O_RDONLY)
    path = f"/proc/self/fd/{directory}/{NAME}"
    assert (link / NAME).stat().st_mode & 0o777 == 0o600
    words = [b"GET / HTTP/1.1\r\n\r\n", b"", b'{"protocol": 99}\n', b"[]\n", b"x" * 100_000]
    for word in words:
        with socket.socket(socket.AF_UNIX) as stranger, contextlib.suppress(ConnectionError):
            stranger.connect(path)
            stranger.settimeout(5)
            stranger.sendall(word)
            stranger.shutdown(socket.SHUT_WR)
            stranger.recv(65536)
    with socket.socket(socket.AF_UNIX) as successor:
        successor.connect(path)
        successor.settimeout(5)
        successor.sendall(b'{"protocol": 1, "unknown": true}\n')
        data, descriptors, _, _ = socket.recv_fds(successor, 65536, 10)
        offer = json.loads(data)
        assert [each["role"] for each in offer["sockets"]] == ["public", "admin"]
        assert len(descriptors) == 2
        with socket.socket(socket.AF_UNIX) as second:
            second.connect(path)
            second.settimeout(5)
            assert "error" in json.loads(second.recv(65536))
        for descriptor in descriptors:
            os.close(descriptor)
    os.close(directory)
    edge.logged(event="handover_failed", reason="the successor went away before it served")
    assert edge.post("/count").status_code == 200
    assert edge.alive()


def test_the_program_is_replaced_under_load_without_one_failure(edge):
    """SIGUSR2: kept and new connections, a stream, a WebSocket, deferred invocations and the store go on."""
    before, counted = edge.process, edge.get("/count?read=count").json() or 0
    with (
        Load(edge.port) as load,
        SocketPeer(f"ws://127.0.0.1:{edge.port}/sockets") as peer,
        socket.create_connection(("127.0.0.1", edge.port)) as streaming,
    ):
        deferred = [edge.operate("POST", "/invoke-async/count", headers={"x-key": "deferred"}).json() for _ in range(5)]
        edge.send(signal.SIGUSR2)
        edge.logged(event="handover_began")
        streaming.settimeout(15)
        streaming.sendall(b"GET /count?stream=2000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"first" in _read_until(streaming, b"first")
        pid = edge.successor(before.pid)
        asked = load.answers
        peer.send("still there?")
        assert peer.message() == "echo still there?", "it stays with the process that it began with"
        until(lambda: load.answers > asked + 20)
        assert b"last" in _read_until(streaming, b"last")
        farewell = peer.read()
        assert (farewell.opcode, farewell.code) == (CLOSE, 1001), "when the grace of the old one is over"
        assert gone(before) == 0
        edge.client.close()
        asked = load.answers
        until(lambda: load.answers > asked + 20)
    assert load.failures == []
    edge.client = type(edge.client)(trust_env=False, timeout=10)
    assert edge.get("/count?read=count").json() == counted + load.answers, "each counted, none twice"
    until(lambda: edge.get("/count?read=deferred").json() == 5)
    for one in deferred:
        until(lambda one=one: edge.operate("GET", f"/invocations/{one['id']}").json()["status"] == "succeeded")
    assert is_running(pid)
    assert edge.log(event="shutting_down", handed_over=True)
    until(lambda: pid in edge.systemd.said("WATCHDOG"))
    os.kill(pid, signal.SIGTERM)
    until(lambda: not is_running(pid), 10)
    assert edge.systemd.said("MAINPID") == [before.pid], "the old one names its successor"
    assert edge.systemd.said("MAINPID", str(pid))
    assert edge.systemd.said("STOPPING") == [pid], "the service stops when the last one does"
    assert edge.systemd.said("READY")[-1] == pid
    assert not (edge.folder / ".edge" / NAME).exists()


def _read_until(sock, word):
    data = b""
    while word not in data and (more := sock.recv(65536)):
        data += more
    return data
