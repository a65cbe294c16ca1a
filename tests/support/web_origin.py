"""A small web site on loopback that functions fetch from: pages, JSON, echoes, and answers with any status."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = "<!doctype html>\n<title>Origin</title>\n<a href='http://origin.example/next'>next</a>\n"
PAGES = {
    "/json": ("application/json", json.dumps({"says": "from the origin", "list": [1, 2, 3]})),
    "/html": ("text/html;charset=UTF-8", PAGE),
    "/text": ("text/plain", "plain text of the origin"),
    "/image.png": ("image/png", "not really an image"),
    "/secrets": ("text/plain", "card 4111 1111 1111 1111, mail ada@example.com, key sk_live_0123456789abcdef"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "origin", ""

    def _serve(self):
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if path == "/slow":
            self.server.release.wait(10)
        if path == "/echo":
            told = {
                "method": self.command,
                "query": self.path.partition("?")[2],
                "type": self.headers.get("content-type", ""),
                "length": self.headers.get("content-length"),
                "body": body.decode("latin-1"),
                "custom": {k.lower(): v for k, v in self.headers.items() if k.lower().startswith("x-")},
            }
            self._answer(200, "application/json", json.dumps(told))
        elif path.startswith("/status/"):
            self._answer(int(path.rpartition("/")[2]), "text/plain", path)
        elif path == "/moved":
            self._answer(302, "text/plain", "", location="/json")
        elif path in PAGES:
            self._answer(200, *PAGES[path])
        else:
            self._answer(404, "text/plain", "the origin has no such page")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _answer(self, status, kind, text, **headers):
        body = text.encode()
        self.send_response(status)
        fields = {"Content-Type": kind, "Content-Length": len(body), "X-Origin": "yes", "X-Powered-By": "origin"}
        for name, value in {**fields, **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that leaves is no error."""


@contextlib.contextmanager
def web_origin():
    """A running server; `url` is its address without a slash at the end."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.release = threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
