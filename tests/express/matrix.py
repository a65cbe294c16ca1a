"""Handlers, and the requests that are made to them: every property and method of req and res, and Router.

The parts are in matrix.json; what they make together is compared with Express.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

Ask = dict[str, Any]
Case = dict[str, Any]

PARTS: dict[str, Any] = json.loads(Path(__file__).with_name("matrix.json").read_text("utf-8"))
HOST = ("Host", "api.example.com")
OPTIONS = ["", "{ caseSensitive: true }", "{ strict: true }", "{ caseSensitive: true, strict: true }"]
METHODS = ["GET", "HEAD", "POST", "OPTIONS", "DELETE"]
CALLBACKS = ["cb", "a[0].b", "<x>", "", "a&callback=b"]
REPORT = (
    "(req, res) => res.json([req.params, req.url, req.baseUrl, req.originalUrl, req.path, "
    "req.route && typeof req.route.path, Object.keys(req.params)])"
)


def ask(method: str = "GET", target: str = "/", headers: dict[str, str] | None = None, body: str = "") -> Ask:
    """A request; a body has its length."""
    pairs = [HOST, *(headers or {}).items()]
    if body or method in {"POST", "PUT", "PATCH"}:
        pairs.append(("Content-Length", str(len(body))))
    return {"method": method, "target": target, "headers": pairs, "body": body}


def handler(code: str) -> str:
    """The module of a handler with this body."""
    return f"module.exports = async (req, res, next) => {{ {code} }};"


def router(code: str, options: str = "") -> str:
    """The module of a Router."""
    return f"const r = Router({options}); {code}; module.exports = r;"


def case(source: str, *requests: Ask) -> Case:
    """A handler and its requests."""
    return {"source": source, "requests": list(requests) or [ask(), ask("HEAD")]}


def responses() -> list[Case]:
    """What res does."""
    combined = itertools.product(("send", "json", "jsonp"), PARTS["before"], PARTS["bodies"])
    found = [case(handler(f"{before} res.{name}({body})")) for name, before, body in combined]
    found += [case(handler(code)) for code in PARTS["calls"]]
    negotiated = [code for code in PARTS["calls"] if "redirect" in code or "format" in code]
    asks = [ask("GET", "/", {"Accept": accept}) for accept in PARTS["accepts"]]
    found += [case(handler(code), *asks) for code in negotiated]
    asks = [ask("GET", f"/?callback={callback}") for callback in CALLBACKS]
    bodies = ("{ a: '\\u2028' }", "null", "undefined", "'x'")
    return found + [case(handler(f"res.jsonp({body})"), *asks) for body in bodies]


def requests() -> list[Case]:
    """What req says."""
    asks = [ask("GET", target) for target in PARTS["targets"]]
    asks += [ask("GET", "/x?y=1", headers) for headers in PARTS["headers"]] + [ask("HEAD")]
    asks += [ask("POST", "/", {"Content-Type": kind} if kind else {}, body) for kind, body in PARTS["posts"]]
    found = [case(handler(f"res.json({{ value: {read} }})"), *asks) for read in PARTS["reads"]]
    binary = {"Content-Type": "application/octet-stream"}
    asks = [ask("POST", "/", binary, body) for body in ("", "abc", "x" * 100000)]
    return found + [case(handler(code), *asks, ask("GET")) for code in PARTS["streams"]]


def routers() -> list[Case]:
    """Which handlers a Router calls."""
    asks = [ask("GET", path) for path in PARTS["paths"]]
    combined = itertools.product(PARTS["routes"], OPTIONS)
    found = [case(router(f"r.get('{route}', {REPORT})", options), *asks) for route, options in combined]
    found += [case(router(f"r.use('{route}', {REPORT})"), *asks) for route in PARTS["routes"]]
    targets = ["/", "/a", "/a/b", "/b/c?q=1"]
    asks = [ask(method, path) for method, path in itertools.product(METHODS, targets)]
    return found + [case(router(code), *asks) for code in PARTS["routers"]]


FILES: dict[str, bytes] = {
    "a.txt": b"content of a",
    "noext": b"plain",
    "\u00e4 b.txt": "\u00e4".encode(),
    "x.js": b"let x",
    "data.json": b"{}",
    "image.heic": b"heic",
    "empty.css": b"",
    "big.bin": bytes(range(256)) * 1000,
    "sub/page.html": b"<p>page",
    "sub/index.html": b"<p>index",
    ".secret": b"s",
    ".hidden/a.txt": b"h",
}


def files() -> list[Case]:
    """What res.sendFile and its kin answer."""
    asks = [ask(method, "/", headers) for headers in PARTS["ranges"] for method in ("GET", "HEAD")]
    return [case(handler(code), *asks) for code in PARTS["files"]]


def cases() -> list[Case]:
    """All of them."""
    return responses() + requests() + routers() + files()
