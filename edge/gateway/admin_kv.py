"""The key-value store over the admin listener."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from edge.errors import CallerError, NotFoundError
from edge.services.kv.dump import entries_of
from edge.services.kv.expiry import expiry_of_ttl
from edge.services.kv.transfer import import_entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.services.kv.interface import KVStore
    from edge.services.kv.records import Listed

_TYPES = {"json": "application/json", "text": "text/plain; charset=utf-8", "bytes": "application/octet-stream"}


async def read(store: KVStore, namespace: str, key: str) -> tuple[bytes, dict[str, str]]:
    """A value and its headers.  Raises NotFoundError."""
    entry = await store.get(namespace, key)
    if entry is None:
        raise NotFoundError(f"there is no key {key!r} in {namespace!r}")
    headers = {"Content-Type": _TYPES[entry.kind], "ETag": f'"{entry.versionstamp}"'}
    if entry.expires_at is not None:
        headers["Edge-Expires-At"] = str(entry.expires_at)
    if entry.metadata is not None:
        headers["Edge-Metadata"] = base64.b64encode(entry.metadata).decode("ascii")
    return entry.value, headers


async def write(
    store: KVStore, namespace: str, key: str, body: bytes, content_type: str, args: Mapping[str, str]
) -> str:
    """Put a value; its kind follows from the content type.  `ttl` is a duration.  Answers the versionstamp."""
    kind = _kind(content_type)
    _check_body(kind, body)
    return await store.set(namespace, key, body, kind=kind, expires_at=expiry_of_ttl(store.clock(), args.get("ttl")))


async def listing(store: KVStore, namespace: str, args: Mapping[str, str]) -> dict[str, Any]:
    """A page of keys."""
    limit = args.get("limit", "1000")
    if not limit.isascii() or not limit.isdigit():
        raise CallerError(f"limit is {limit!r}, not a number")
    page = await store.list(namespace, args.get("prefix", ""), int(limit), args.get("cursor") or None)
    return {"keys": [_listed(entry) for entry in page.keys], "cursor": page.cursor, "complete": page.cursor is None}


async def namespaces(store: KVStore) -> dict[str, Any]:
    """All of them, with what they hold."""
    names = await store.namespaces()
    return {"namespaces": [{"name": name, **msgspec.to_builtins(await store.size(name))} for name in names]}


async def import_dump(store: KVStore, namespace: str, body: bytes, args: Mapping[str, str]) -> int:
    """Put the entries of a dump; answers how many.  Nothing is written when a line of it is wrong."""
    mode = args.get("mode", "merge")
    if mode not in {"merge", "replace"}:
        raise CallerError(f"mode: {mode[:20]!r} is not known (merge, replace)")
    entries = list(entries_of(body.splitlines(), store.limits))
    return await import_entries(store, namespace, entries, replace=mode == "replace")


def _listed(entry: Listed) -> dict[str, Any]:
    fields: dict[str, Any] = {"key": entry.key}
    if entry.expires_at is not None:
        fields["expires_at"] = entry.expires_at
    if entry.metadata is not None:
        fields["metadata"] = msgspec.Raw(entry.metadata)
    return fields


def _kind(content_type: str) -> Literal["json", "text", "bytes"]:
    essence = content_type.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return "json"
    return "text" if essence.startswith("text/") else "bytes"


def _check_body(kind: str, body: bytes) -> None:
    try:
        if kind == "json":
            msgspec.json.decode(body)
        elif kind == "text":
            body.decode()
    except RecursionError as error:
        raise CallerError("the body is not used: its JSON is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CallerError(f"the body is not valid {'JSON' if kind == 'json' else 'UTF-8'}: {error}") from error
