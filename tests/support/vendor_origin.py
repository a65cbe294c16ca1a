"""A server on loopback that answers as the services of some vendors do, for their clients from npm."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CUSTOMERS = {"": ("cus_1", True), "cus_1": ("cus_2", False)}


def _chat(asked):
    if not asked.get("stream"):
        message = {"role": "assistant", "content": f"echo: {json.dumps(asked['messages'])}"}
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"message": message}]}
    parts = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("Hel", "lo")]
    return "".join(f"data: {data}\n\n" for data in (*map(json.dumps, parts), "[DONE]"))


def _customers(method, query, sent, headers):
    if method == "POST":
        return {"id": "cus_1", "object": "customer", "sent": sent, "authorization": headers["authorization"]}
    name, more = CUSTOMERS[dict(pair.split("=") for pair in query.split("&")).get("starting_after", "")]
    data = [{"id": name, "object": "customer"}]
    return {"object": "list", "url": "/v1/customers", "has_more": more, "data": data}


def _redis(commands):
    answers = ({"GET": "v"}.get(command[0].upper(), "OK") for command in commands)
    return [{"result": base64.b64encode(answer.encode()).decode() if answer == "v" else answer} for answer in answers]


def _planetscale(_):
    fields = [{"name": "id", "type": "INT32"}, {"name": "name", "type": "VARCHAR"}]
    rows = [{"lengths": ["1", "2"], "values": base64.b64encode(b"7ab").decode()}]
    return {"session": {"s": 1}, "result": {"fields": fields, "rows": rows}, "timing": 0}


def _neon(asked):
    def one(query):
        fields = [{"name": "id", "dataTypeID": 23}, {"name": "given", "dataTypeID": 25}]
        return {"fields": fields, "command": "SELECT", "rowCount": 1, "rows": [["7", json.dumps(query["params"])]]}

    return {"results": [one(query) for query in asked["queries"]]} if "queries" in asked else one(asked)


def answer(method, path, query, sent, headers):
    """Status and answer: JSON, or a text of server-sent events."""
    if path == "/v1/customers":
        return 200, _customers(method, query, sent, headers)
    if path == "/v1/customers/none":
        error = {"type": "invalid_request_error", "code": "resource_missing", "message": "No such customer"}
        return 404, {"error": error}
    if path.startswith("/bucket/"):
        signed = headers["authorization"].partition(" ")[0]
        return 200, {"method": method, "sent": sent, "signed": signed}
    asking = {
        "/openai/chat/completions": _chat,
        "/pipeline": _redis,
        "/psdb.v1alpha1.Database/CreateSession": _planetscale,
        "/psdb.v1alpha1.Database/Execute": _planetscale,
        "/neon": _neon,
    }
    if path in asking:
        return 200, asking[path](json.loads(sent))
    return 404, {"error": {"message": f"there is no {path}", "type": "not_found"}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "vendor", ""

    def _serve(self):
        path, _, query = self.path.partition("?")
        sent = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        status, value = answer(self.command, path, query, sent, self.headers)
        body = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if isinstance(value, str) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815

    def log_message(self, *_):
        """Nothing."""


@contextlib.contextmanager
def vendor_origin():
    """Its address, while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
