"""The OpenAPI 3.1 document of the admin listener, made from the table of its endpoints."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_PARAMETER = re.compile(r"\{(\w+)\}")
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "request_id"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "request_id": {"type": "string"},
                "problems": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
}


class Endpoint(msgspec.Struct, frozen=True):
    """One operation: `path` with {parameters}, what may be in its query, and the statuses it answers with.

    `accepts` are the types of its body, any when it has none of them and `body`; with `etag`, it answers one, and
    changes only what has that of `If-Match`.
    """

    method: str
    path: str
    summary: str
    query: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)
    body: bool = False
    types: tuple[str, ...] = ("application/json",)
    accepts: tuple[str, ...] = ()
    etag: bool = False


def document(endpoints: tuple[Endpoint, ...], version: str) -> dict[str, Any]:
    """The document, as builtins."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "edge admin", "version": version},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR_SCHEMA},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "parameters": _parameters(endpoint),
        "responses": {str(status): _response(endpoint, status) for status in endpoint.statuses},
    }
    operation["responses"]["default"] = _failure("An error")
    if endpoint.body or endpoint.accepts:
        content: dict[str, Any] = {kind: {"schema": {}} for kind in endpoint.accepts or ("*/*",)}
        operation["requestBody"] = {"required": endpoint.body, "content": content}
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.sub(r"\W+", "_", endpoint.path).strip("_") or "root"
    return f"{endpoint.method.lower()}_{words}"


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    text = {"type": "string"}
    in_path = [{"name": n, "in": "path", "required": True, "schema": text} for n in _PARAMETER.findall(endpoint.path)]
    in_query = [
        {"name": name, "in": "query", "required": name in endpoint.required, "schema": text} for name in endpoint.query
    ]
    conditional = endpoint.etag and endpoint.method != "GET"
    in_head = [{"name": "If-Match", "in": "header", "required": False, "schema": text}] if conditional else []
    return in_path + in_query + in_head


def _response(endpoint: Endpoint, status: int) -> dict[str, Any]:
    if status >= 400 and (status != 503 or endpoint.etag):
        return _failure("Refused")
    if status == 204:
        return {"description": "Done"}
    answer: dict[str, Any] = {"description": "The answer", "content": {kind: {"schema": {}} for kind in endpoint.types}}
    if endpoint.etag:
        answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return answer


def _failure(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
