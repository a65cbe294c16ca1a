"""A TCP server for tests: it does what the first line says, and counts its connections; TLS if it has a context."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import ssl
import threading
import time
from contextlib import contextmanager


class Origin(socketserver.ThreadingTCPServer):
    """`open` connections now, `total` ever; `sent` bytes that the system took of what is endless."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), _Session)
        self.context = context
        self.total = 0
        self.sent = 0
        self.live = set()
        self.lines = []

    @property
    def port(self):
        """Where it listens."""
        return self.server_address[1]

    @property
    def open(self):
        """Connections that are there now."""
        return len(self.live)

    def handle_error(self, request, client_address):
        """Peers leave: that is what is tested."""


class _Session(socketserver.BaseRequestHandler):
    """`echo`, `line TEXT`, `count N`, `hang`, `reset`, `cut`, `flood`, `starttls`, or a request over HTTP."""

    def setup(self):
        self.server.total += 1
        self.server.live.add(self)
        self.stream = self.request

    def finish(self):
        self.server.live.discard(self)
        with contextlib.suppress(OSError):
            self.stream.close()

    def _secure(self):
        self.stream = self.server.context.wrap_socket(self.stream, server_side=True)

    def _line(self):
        line = b""
        while not line.endswith(b"\n") and (byte := self.stream.recv(1)):
            line += byte
            if line == b"\x16":  # a handshake of TLS
                self.stream.sendall(b"this is no TLS\n")
                return ""
        text = line.decode("latin-1").rstrip("\r\n")
        if text:
            self.server.lines.append(text)
        return text

    def handle(self):
        if self.server.context is not None:
            self._secure()
        while text := self._line():
            word, _, rest = text.partition(" ")
            if " HTTP/1." in text:
                self._http(text)
            elif getattr(self, f"do_{word}")(rest) is False:
                return

    def do_echo(self, _rest):
        self.stream.sendall(b"ready\n")
        while data := self.stream.recv(65536):
            self.stream.sendall(data)
        self.stream.sendall(b"bye")
        return False

    def do_line(self, rest):
        self.stream.sendall(f"{rest}\n".encode("latin-1"))

    def do_count(self, rest):
        left = int(rest)
        while left > 0:
            piece = b"x" * min(left, 65536)
            self.stream.sendall(piece)
            left -= len(piece)
        return False

    def do_hang(self, _rest):
        self.stream.sendall(b"hanging\n")
        while self.stream.recv(65536):
            pass
        return False

    def do_reset(self, _rest):
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        return False

    def do_flood(self, _rest):
        self.stream.settimeout(0.2)
        with contextlib.suppress(TimeoutError, ssl.SSLError):
            while True:
                self.server.sent += self.stream.send(b"f" * 65536)
        self.stream.settimeout(None)
        while self.stream.recv(65536):
            pass
        return False

    def do_starttls(self, _rest):
        self.stream.sendall(b"go\n")
        self.server_context = self.server.tls
        self.stream = self.server.tls.wrap_socket(self.stream, server_side=True)

    # -- HTTP, as raw as it can be

    def _http(self, first):
        headers = []
        while line := self._line():
            headers.append(line)
        named = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in headers}
        method, target, _ = first.split(" ")
        if named.get("expect") == "100-continue":
            self.stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(named)
        scripted = SCRIPTS.get(target.partition("?")[0])
        if scripted is not None:
            self.stream.sendall(scripted)
            framed = any(mark in scripted.lower() for mark in (b"length", b"chunked", b" 101 "))
            if not framed or b"close" in scripted:
                self.stream.shutdown(socket.SHUT_WR)
            if b" 101 " in scripted:
                while data := self.stream.recv(65536):
                    self.stream.sendall(data.upper())
            return
        if target == "/slow":
            time.sleep(1)
        answer = {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")[:100]}
        answer |= {"size": len(body), "port": self.client_address[1]}
        text = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        self.stream.sendall(head.encode() + (b"" if method == "HEAD" else text))

    def _read(self, size):
        data = b""
        while len(data) < size and (piece := self.stream.recv(min(65536, size - len(data)))):
            data += piece
        return data

    def _body(self, named):
        if "chunked" not in named.get("transfer-encoding", ""):
            return self._read(int(named.get("content-length", 0)))
        body = b""
        while size := int(self._line(), 16):
            body += self._read(size)
            self._line()
        while self._line():
            pass
        return body


SCRIPTS = {
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
    b"3\r\none\r\n3;a=b\r\ntwo\r\n0\r\nX-T: v\r\n\r\n",
    "/hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok",
    "/until-end": b"HTTP/1.1 200 OK\r\n\r\nall of it",
    "/cut": b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Type: a\r\nTransfer-Encoding: identity\r\n\r\n",
    "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc",
    "/empty": b"HTTP/1.1 204 No Content\r\nX-Length: 1\r\n\r\n",
    "/both": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "/lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "/folded": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\r\n b\r\n\r\nok",
    "/bare": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "/header": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "/chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "/noise": b"SSH-2.0-OpenSSH\r\n",
    "/long": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20000 + b"\r\nContent-Length: 2\r\n\r\nok",
    "/extra": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    "/upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nfirst",
    "/moved": b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
}


@contextmanager
def origin(context=None, tls=None):
    """The server while the context lasts; `tls` is the context of `starttls`."""
    server = Origin(context)
    server.tls = tls
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        for session in tuple(server.live):
            with contextlib.suppress(OSError):
                session.request.shutdown(socket.SHUT_RDWR)
        server.server_close()
