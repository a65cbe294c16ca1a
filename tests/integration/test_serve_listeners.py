"""Listeners of all kinds at once: TCP, IPv6, unix sockets, the PROXY protocol with and without TLS behind it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys

import pytest

from edge.corpus.certificates import Authority
from tests.support.gateway_process import PROGRAM, environment, is_running, run_edge, until, write_files
from tests.support.handover import Upgradable, gone
from tests.unit.gateway.test_proxy_header import binary

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)

TELL = (
    "module.exports = (req, res) => res.json({ ip: req.ip, ips: req.ips, protocol: req.protocol, host: req.hostname });"
)
SYSTEMD = """
import fcntl, os, sys
at = sys.argv.index("--")
given = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[1:at]]
for place, number in enumerate(given, 3):
    os.dup2(number, place)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(given))}
os.execv(sys.argv[at + 1], sys.argv[at + 1:])
"""
OPTIONS = ("--admin", "unix:admin.sock", "--ready-file", "ready.json")
CONFIG = """
[server]
listen = [{listen}]
proxy_protocol = [{proxied}]
trusted_proxies = ["127.0.0.1", "::1"]
unix_mode = "0600"
{more}
[functions.tell]
[[routes]]
path = "/tell"
function = "tell"
"""


def free_port(family=socket.AF_INET, host="127.0.0.1"):
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        return sock.getsockname()[1]


class Started(Upgradable):
    """One that listens where its config says, or on `sockets`, which it gets as from systemd."""

    def __init__(self, folder, *arguments, sockets=()):
        super().__init__(folder, *arguments)
        self._sockets = [sock.fileno() for sock in sockets]

    def start(self):
        command = [*PROGRAM, "serve", "-c", "edge.toml", *self._arguments]
        if self._sockets:
            command = [sys.executable, "-c", SYSTEMD, *map(str, self._sockets), "--", *command]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment(),
                pass_fds=self._sockets,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(lambda: self._ready.exists() or self.process.poll() is not None, 90, "readiness")
        assert self.process.poll() is None, self.text()
        self.listen = json.loads(self._ready.read_text())["listen"]
        return self


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    folder = tmp_path_factory.mktemp("listeners")
    plain, proxied, six = free_port(), free_port(), free_port(socket.AF_INET6, "::1")
    texts = [f"127.0.0.1:{plain}", f"127.0.0.1:{proxied}", f"[::1]:{six}", "unix:edge.sock"]
    config = CONFIG.format(listen=json.dumps(texts)[1:-1], proxied=json.dumps(texts[1]), more="")
    write_files(folder, {"edge.toml": config, "functions/tell/index.js": TELL})
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(folder / "edge.sock"))  # and nobody listens
    running = Started(folder, *OPTIONS)
    running.silent = []
    try:
        running.start()
        running.plain, running.proxied, running.six = ("127.0.0.1", plain), ("127.0.0.1", proxied), ("::1", six)
        running.silent = [connect(running.proxied) for _ in range(20)]
        for number, sock in enumerate(running.silent):
            sock.sendall(b"PROXY TCP4 "[:number])
        yield running
    finally:
        for sock in running.silent:
            sock.close()
        running.close()


def ask(sock, *headers, before=b""):
    """Send a request, after `before`; the JSON of the answer, or b"" when the connection is cut."""
    head = "".join(f"{header}\r\n" for header in headers)
    try:
        sock.sendall(before + f"GET /tell HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{head}\r\n".encode())
        sock.settimeout(10)
        answer = b""
        while more := sock.recv(65536):
            answer += more
    except ConnectionError:
        return b""
    return json.loads(answer.partition(b"\r\n\r\n")[2]) if answer else b""


def connect(address):
    return socket.create_connection(address, timeout=5)


def unix(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(path))
    return sock


def test_each_listener_tells_the_client_s_address(edge):
    """IPv4, IPv6, and a unix socket, which has none; its left-over file did no harm."""
    with connect(edge.plain) as sock:
        assert ask(sock)["ip"] == "127.0.0.1"
    with connect(edge.six) as sock:
        assert ask(sock)["ip"] == "::1"
    with unix(edge.folder / "edge.sock") as sock:
        assert ask(sock)["host"] == "a.test"
    with unix(edge.folder / "edge.sock") as sock:
        assert ask(sock, "X-Forwarded-For: 9.9.9.9")["ip"] != "9.9.9.9", "unix: is not among the trusted proxies"
    assert any(text.startswith("http://[::1]:") for text in edge.listen)


def test_files_of_unix_sockets_have_the_permissions_that_they_are_to_have(edge):
    for name in ("edge.sock", "admin.sock"):
        assert stat.S_IMODE((edge.folder / name).stat().st_mode) == 0o600


PROXY = {
    "version 1": (b"PROXY TCP4 192.0.2.1 198.51.100.7 51234 443\r\n", "192.0.2.1"),
    "version 1, IPv6": (b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", "2001:db8::1"),
    "version 2": (binary(("192.0.2.9", 1), ("198.51.100.7", 443)), "192.0.2.9"),
    "a health check of the balancer": (binary(("192.0.2.9", 1), ("198.51.100.7", 443), command=0x20), "127.0.0.1"),
    "nobody known": (b"PROXY UNKNOWN\r\n", "0.0.0.0"),
}


@pytest.mark.parametrize(("header", "ip"), PROXY.values(), ids=PROXY)
@pytest.mark.parametrize("pieces", [False, True])
def test_a_trusted_balancer_says_whom_it_speaks_for(edge, header, ip, pieces):
    """Also byte by byte; and the client that it names is not trusted itself."""
    with connect(edge.proxied) as sock:
        if pieces:
            for at in range(len(header)):
                sock.sendall(header[at : at + 1])
        forged = [] if ip == "127.0.0.1" else ["X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6;proto=https"]
        told = ask(sock, *forged, before=b"" if pieces else header)
    assert (told["ip"], told["protocol"]) == (ip, "http")


@pytest.mark.parametrize(
    "before", [b"", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", b"\r\n\r\n\x00\r\nQUIT\n\x11\x11\x00\x00"]
)
def test_what_comes_without_a_header_or_with_a_bad_one_is_cut_off(edge, before):
    with connect(edge.proxied) as sock:
        assert ask(sock, before=before) == b""
    entry = edge.logged(event="proxy_protocol_refused")[-1]
    assert (entry["ip"], entry["level"]) == ("127.0.0.1", "info")


def test_a_reload_decides_who_may_speak_the_proxy_protocol(edge):
    """Without a restart; nobody who is not named."""
    file = edge.folder / "edge.toml"
    text = file.read_text()
    try:
        file.write_text(text.replace('["127.0.0.1", "::1"]', '["10.0.0.0/8"]'))
        edge.logged(event="reloaded")
        with connect(edge.proxied) as sock:
            assert ask(sock, before=PROXY["version 1"][0]) == b""
        until(lambda: edge.log(event="proxy_protocol_refused", reason="it does not come from server.trusted_proxies"))
    finally:
        file.write_text(text)
        edge.logged(2, event="reloaded")


def test_a_second_gateway_on_the_same_addresses_is_told_so_and_harms_nothing(edge):
    """Not even the files of the sockets, which it must not take for left-overs."""
    for listen, hint in (
        (f"127.0.0.1:{edge.plain[1]}", b"--take-over"),
        ("unix:edge.sock", b"another program listens"),
    ):
        tried = run_edge(
            *("serve", "--config", "edge.toml", "--set", f"server.listen={json.dumps([listen])}"),
            *("--set", "server.proxy_protocol=[]", "--admin", "127.0.0.1:0"),
            cwd=edge.folder,
        )
        assert (tried.returncode, len(tried.stderr.splitlines())) == (1, 1), tried.stderr
        assert hint in tried.stderr
    with unix(edge.folder / "edge.sock") as sock:
        assert ask(sock)["host"] == "a.test"


BAD_LISTEN = {
    "unix:/nowhere/at/all.sock": b"its folder does not exist",
    "unix:edge.toml": b"there is a file that is no socket",
    "192.0.2.1:80": b"no interface of this machine has the address",
    "no-such-name.invalid:80": b"cannot listen on no-such-name.invalid:80",
}


@pytest.mark.parametrize(("listen", "hint"), BAD_LISTEN.items())
def test_what_cannot_be_listened_on_is_an_error_that_says_what_to_do(edge, listen, hint):
    tried = run_edge(
        *("serve", "--config", "edge.toml", "--set", f"server.listen={json.dumps([listen])}"),
        *("--set", "server.proxy_protocol=[]", "--admin", "127.0.0.1:0"),
        cwd=edge.folder,
    )
    assert (tried.returncode, len(tried.stderr.splitlines())) == (1, 1), tried.stderr
    assert hint in tried.stderr


def test_headers_that_never_end_have_held_nothing_up(edge):
    """Twenty clients have been sending one since the start: after five seconds they were cut off."""
    for sock in edge.silent:
        with sock, contextlib.suppress(ConnectionError):
            sock.settimeout(7)
            assert sock.recv(10) == b""


def test_commands_reach_a_gateway_by_its_unix_sockets(edge):
    """Health of either listener, and everything that `--admin` is for."""
    for url in ("unix:edge.sock", "unix:admin.sock:/ready"):
        asked = run_edge("healthcheck", "--url", url, cwd=edge.folder)
        assert (asked.returncode, asked.stdout) == (0, b"ready: 200\n"), asked.stderr
    for url in ("unix:edge.sock:/nowhere", "unix:none.sock", "unix:"):
        assert run_edge("healthcheck", "--url", url, cwd=edge.folder).returncode == 1
    reloaded = run_edge("reload", "--admin", "unix:admin.sock", cwd=edge.folder)
    assert reloaded.returncode == 0, reloaded.stderr
    assert run_edge("reload", "--admin", "unix:none.sock", cwd=edge.folder).returncode == 1


def test_at_the_end_the_files_are_gone(edge):
    assert edge.stop() == 0
    assert not (edge.folder / "edge.sock").exists()
    assert not (edge.folder / "admin.sock").exists()


def test_sockets_of_systemd_are_served_with_tls_behind_the_header_too(tmp_path):
    """They stand for those of the config, whose keys hold for them: TLS, the PROXY protocol.  Their files stay."""
    authority = Authority()
    cert, key = authority.issue("a.test")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "edge.sock"))
        local.listen()
        texts = [f"127.0.0.1:{tcp.getsockname()[1]}", f"unix:{tmp_path}/edge.sock"]
        config = CONFIG.format(
            listen=json.dumps(texts)[1:-1],
            proxied=json.dumps(texts)[1:-1],
            more='tls = { cert = "c.pem", key = "k.pem" }',
        ).replace('"::1"]', '"::1", "unix:"]')
        files = {"functions/tell/index.js": TELL, "edge.toml": config, "c.pem": cert, "k.pem": key}
        write_files(tmp_path, files | {"ca.pem": authority.pem})
        running = Started(tmp_path, *OPTIONS, sockets=[tcp, local])
        try:
            running.start()
            header = PROXY["version 1"][0]
            context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
            with connect(tcp.getsockname()) as sock:
                sock.sendall(header)
                with context.wrap_socket(sock, server_hostname="a.test") as secure:
                    told = ask(secure)
            assert (told["ip"], told["protocol"]) == ("192.0.2.1", "https")
            with unix(tmp_path / "edge.sock") as sock:
                assert ask(sock, before=header)["ip"] == "192.0.2.1"
            first = running.process
            running.send(signal.SIGUSR2)
            successor = running.successor(first.pid)
            assert gone(first) == 0
            with unix(tmp_path / "edge.sock") as sock:
                assert ask(sock, before=header)["ip"] == "192.0.2.1", "the next one has them from the one before"
            os.kill(successor, signal.SIGTERM)
            until(lambda: not is_running(successor), 15)
            assert (tmp_path / "edge.sock").exists(), "it is systemd's"
        finally:
            running.close()
