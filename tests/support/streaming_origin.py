"""An HTTP server on loopback whose bodies come and go in pieces, under the control of a test."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler

from tests.support.local_origin import serving

PATIENCE = 10.0
"""Seconds that a handler waits for its test."""


class _Handler(BaseHTTPRequestHandler):
    """One method per path: `GET /drip` is `get_drip`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        getattr(self, f"get_{self.path[1:].partition('?')[0]}")()

    def do_POST(self):
        getattr(self, f"post_{self.path[1:].partition('?')[0]}")()

    # -- responses

    def get_drip(self):
        """`one`, and after `release` `two`; notices when the client leaves in between."""
        self._head(200, ("Transfer-Encoding", "chunked"))
        self._chunk(b"one")
        self._wait()
        self._chunk(b"two")
        self._chunk(b"")

    def get_endless(self):
        """Pieces of 64 KiB until the client has gone; `server.sent` counts them."""
        self._head(200, ("Transfer-Encoding", "chunked"))
        try:
            while True:
                self._chunk(bytes(65536))
                self.server.sent += 65536
        except OSError:
            self.server.gone.set()

    def get_truncated(self):
        """Half of what was announced."""
        self._head(200, ("Content-Length", "10"), ("Connection", "close"))
        self.wfile.write(b"trunc")
        self.close_connection = True

    def get_reset(self):
        """A part of the body, and after `release` a reset."""
        self._head(200, ("Content-Length", "10"))
        self.wfile.write(b"res")
        self.server.release.wait(PATIENCE)
        self._reset()

    def get_early(self):
        """No head at all."""
        self._reset()

    def get_silent(self):
        """No head before `release`; notices when the client leaves."""
        self._wait()
        self._answer(b"late")

    def get_hints(self):
        """Early hints before the response."""
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n")
        self._answer(b"after hints")

    def get_nothing(self):
        """A status without a body, and bytes that nobody asked for behind it."""
        self.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 Smuggled\r\ncontent-length: 4\r\n\r\nevil")

    def get_hello(self):
        self._answer(b"hello")

    def get_coded(self):
        """What `server.coded` holds: content coding and bytes."""
        coding, data = self.server.coded
        self._head(200, ("Content-Encoding", coding), ("Content-Length", str(len(data))), ("X-Asked", "yes"))
        self.wfile.write(data)

    # -- request bodies

    def post_collect(self):
        """Each piece goes to `server.pieces` as it comes; the answer has size and digest of all."""
        digest, size = hashlib.sha256(), 0
        for piece in self._pieces():
            self.server.pieces.put(piece)
            digest.update(piece)
            size += len(piece)
        self._answer(f"{size} {digest.hexdigest()}".encode())

    def post_stuck(self):
        """Reads nothing before `release`."""
        self.server.begun.set()
        self.server.release.wait(PATIENCE)
        size = sum(map(len, self._pieces()))
        self._answer(str(size).encode())

    def post_echo(self):
        """Sends back what comes, as it comes."""
        self._head(200, ("Transfer-Encoding", "chunked"))
        for piece in self._pieces():
            self._chunk(piece)
        self._chunk(b"")

    def post_refuse(self):
        """Answers without reading."""
        self._answer(b"no", 413)
        self.server.release.wait(PATIENCE)
        self.close_connection = True

    def post_moved(self):
        """To /collect, with the same method and body."""
        for _ in self._pieces():
            pass
        self._answer(b"", 307, ("Location", "/collect"))

    # -- parts

    def _pieces(self):
        """The body, chunk by chunk.  A client that leaves in the middle sets `server.gone`."""
        if "content-length" in self.headers:
            left = int(self.headers["content-length"])
            while left and (piece := self.rfile.read(min(left, 65536))):
                left -= len(piece)
                yield piece
            return
        while True:
            line = self.rfile.readline()
            size = int(line, 16) if line else 0
            piece = self.rfile.read(size + 2)[:-2]
            if not line or len(piece) < size:
                self.server.gone.set()
                raise ConnectionError
            if size == 0:
                return
            yield piece

    def _wait(self):
        """For `release`, or the end of the connection."""
        self.connection.settimeout(0.01)
        while not self.server.release.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1, socket.MSG_PEEK):
                    self.server.gone.set()
                    raise ConnectionError
        self.connection.settimeout(None)

    def _head(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _answer(self, body, status=200, *headers):
        self._head(status, ("Content-Length", str(len(body))), *headers)
        self.wfile.write(body)

    def _reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        raise ConnectionError

    def log_message(self, *_):
        pass


def streaming_origin():
    """A context of a server: `address`; `release`, `begun` and `gone` are events, `pieces` a queue, `sent` bytes."""
    begun, gone = threading.Event(), threading.Event()
    return serving(_Handler, begun=begun, gone=gone, pieces=queue.SimpleQueue(), sent=0, coded=("identity", b""))
