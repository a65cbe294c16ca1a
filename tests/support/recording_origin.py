"""An HTTP server on loopback that keeps what it was sent, and redirects where it is told."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from tests.support.local_origin import serving


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        self.server.seen.append((self.command, self.path, [*self.headers.items()], body))
        status, places = self.server.answers.get(self.path.partition("?")[0], (200, []))
        data = b"" if places else json.dumps({"path": unquote(self.path)}).encode()
        self.send_response(status)
        for place in places:
            self.send_header("Location", place)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


def recording_origin():
    """A running server: `seen` are (method, path, headers, body), `answers` path -> (status, [location])."""
    return serving(_Handler, seen=[], answers={})
