"""An HTTP server on loopback for functions to fetch from; it counts what it is asked."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path == "/slow":
            self.server.release.wait(10)
        if self.path == "/elsewhere":
            self._answer(302, b"", location=self.headers["x-to"])
            return
        body = b'{"path": "%s", "count": %d}' % (self.path.encode(), len(self.server.asked))
        self._answer(200, body)

    def do_POST(self):
        self.server.asked.append(self.path)
        self._answer(200, self.rfile.read(int(self.headers["content-length"])))

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200

    def handle_error(self, *_):
        """A client that leaves is no error."""


def local_origin():
    """A running server: `address` is HOST:PORT, `asked` the paths so far, `release` lets `/slow` answer."""
    return serving(_Handler, asked=[])


@contextlib.contextmanager
def serving(handler, **attributes):
    """A running server of this handler: `address` is HOST:PORT, `release` an event that is set at the end."""
    server = Server(("127.0.0.1", 0), handler)
    server.release = threading.Event()
    server.address = f"127.0.0.1:{server.server_port}"
    for name, value in attributes.items():
        setattr(server, name, value)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
