"""Runs a function's source against one request in a real isolate, for tests of the contracts."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from edge.engine.build import Missing, Record
from edge.runtime.node_modules import BUILTINS
from edge.wire.messages import Request
from tests.support.isolate_driver import IsolateDriver
from tests.support.snapshot_files import snapshot_folder

if TYPE_CHECKING:
    from tests.support.isolate_driver import Answer

_REQUIRE = re.compile(r"""\brequire\(\s*['"]([^'"]+)['"]\s*\)""")


@functools.cache
def _driver() -> IsolateDriver:
    return IsolateDriver(snapshot_folder())


def _resolutions(source: str) -> dict[str, str | Missing]:
    found: dict[str, str | Missing] = {}
    for specifier in _REQUIRE.findall(source):
        name = specifier.removeprefix("node:")
        found[specifier] = f"node:{name}" if name in BUILTINS else Missing(f"Cannot find module '{specifier}'")
    return found


def call(
    source: str,
    method: str = "GET",
    target: str = "/",
    *,
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    body: bytes | str = b"",
    contract: str = "express",
    host: str = "api.example.com",
    scheme: str = "http",
    **fields: Any,
) -> Answer:
    """One invocation of `source`, a CommonJS module, with `METHOD target`.  Raises what the invocation fails with."""
    path, _, query = target.partition("?")
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
    env = fields.pop("env", None)
    files = fields.pop("files", None)
    data = body.encode() if isinstance(body, str) else body
    url = f"{scheme}://{host}{fields.get('base_path', '')}{target}"
    request = Request(
        method, url, path, query, headers=[("host", host), *pairs], ip="203.0.113.7", body=data or None, **fields
    )
    record = Record("/app/index.js", "cjs", source, _resolutions(source))
    return _driver().run([record], request, contract=contract, env=env, files=files)


def handle(code: str, *args: Any, **kwargs: Any) -> Answer:
    """The same for the body of an async Express handler: `code` sees req, res and next."""
    return call(f"module.exports = async (req, res, next) => {{ {code} }}", *args, **kwargs)


def header(answer: Answer, name: str) -> str | None:
    """The first value of a header, None without one."""
    return next((value for key, value in answer.headers if key.lower() == name), None)


def every(answer: Answer, name: str) -> list[str]:
    """All values of a header."""
    return [value for key, value in answer.headers if key.lower() == name]


def value(answer: Answer) -> Any:
    """The JSON value of the body."""
    return json.loads(answer.body)


def evaluate(expression: str, *args: Any, **kwargs: Any) -> Any:
    """The value of an expression in req, as JSON."""
    return value(handle(f"res.json({{ value: {expression} }})", *args, **kwargs)).get("value")
