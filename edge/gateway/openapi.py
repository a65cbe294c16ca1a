"""The OpenAPI 3.1 document of the admin listener, made from the table of its endpoints."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from edge.gateway.admin_access import role_for
from edge.gateway.admin_schemas import parameter, schemas

_SAY_503 = frozenset({"/ready", "/health", "/health/detailed"})  # what they answer, and not that they cannot
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
    answers, components = schemas()
    for endpoint in endpoints:
        schema = answers.get((endpoint.method, endpoint.path), {})
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schema)
    return {
        "openapi": "3.1.0",
        "info": {"title": "edge admin", "version": version},
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _ERROR_SCHEMA},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(endpoint: Endpoint, schema: dict[str, Any]) -> dict[str, Any]:
    role = role_for(endpoint.method, endpoint.path)
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "description": f"Takes the role `{role}`.",
        "operationId": _operation_id(endpoint),
        "parameters": _parameters(endpoint),
        "responses": {str(status): _response(endpoint, status, schema) for status in endpoint.statuses},
    }
    operation["responses"] |= {
        "401": _failure("No token, or none that is known"),
        "403": _failure("Not with this role"),
    }
    operation["responses"]["default"] = _failure("An error")
    if endpoint.body or endpoint.accepts:
        content: dict[str, Any] = {kind: {"schema": _body(kind)} for kind in endpoint.accepts or ("*/*",)}
        operation["requestBody"] = {"required": endpoint.body and bool(endpoint.accepts), "content": content}
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.sub(r"\W+", "_", endpoint.path).strip("_") or "root"
    return f"{endpoint.method.lower()}_{words}"


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    named = _PARAMETER.findall(endpoint.path)
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": parameter(endpoint.path, name)} for name in named
    ]
    in_query = [
        {"name": name, "in": "query", "required": name in endpoint.required, "schema": parameter(endpoint.path, name)}
        for name in endpoint.query
    ]
    conditional = endpoint.etag and endpoint.method != "GET"
    in_head = (
        [{"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}}] if conditional else []
    )
    return in_path + in_query + in_head


def _response(endpoint: Endpoint, status: int, schema: dict[str, Any]) -> dict[str, Any]:
    if status >= 400 and not (status == 503 and endpoint.path in _SAY_503):
        return _failure("Refused")
    if status == 204:
        return {"description": "Done"}
    content = {kind: {"schema": _schema(kind, schema)} for kind in endpoint.types}
    answer: dict[str, Any] = {"description": "The answer", "content": content}
    if endpoint.etag:
        answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return answer


def _body(kind: str) -> dict[str, Any]:
    if kind == "application/json":
        return {"type": "object", "properties": {"version": parameter("", "version")}}
    return {} if kind == "*/*" else {"type": "string", "format": "binary"}


def _schema(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    if kind == "application/json":
        return schema
    return {"type": "string"} if kind.startswith("text/") else {}


def _failure(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}
