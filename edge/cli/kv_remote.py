"""The key-value store of a running gateway, over its admin listener."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from edge.cli.admin_client import Sent, ask, download

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = {"json": "application/json", "text": "text/plain; charset=utf-8", "bytes": "application/octet-stream"}
_DUMP = "application/x-ndjson"


class RemoteKV:
    """Asks the gateway at `admin`.  Methods raise RefusedError and OutsideError."""

    def __init__(self, admin: str, token: str | None) -> None:
        self._admin = admin
        self._token = token

    def namespaces(self) -> list[dict[str, Any]]:
        """Names, entries and bytes."""
        found = ask(self._admin, "/kv", token=self._token)["namespaces"]
        return [{"namespace": one["name"], "entries": one["entries"], "bytes": one["bytes"]} for one in found]

    def list(self, namespace: str, prefix: str) -> Iterator[tuple[str, int | None]]:
        """Keys in order, with the moment that they expire (ms, Unix epoch)."""
        cursor = ""
        while True:
            page = ask(self._admin, _path(namespace), {"prefix": prefix, "cursor": cursor}, token=self._token)
            yield from ((one["key"], one.get("expires_at")) for one in page["keys"])
            cursor = page["cursor"] or ""
            if not cursor:
                return

    def get(self, namespace: str, key: str) -> bytes:
        """A value."""
        return download(self._admin, _path(namespace, key), token=self._token)

    def put(self, namespace: str, key: str, data: bytes, kind: str, ttl: str | None) -> None:
        """Put a value of a kind."""
        query = {"ttl": ttl} if ttl else {}
        download(
            self._admin, _path(namespace, key), query, method="PUT", token=self._token, body=_sent(data, _TYPES[kind])
        )

    def delete(self, namespace: str, key: str) -> None:
        """Remove a key."""
        download(self._admin, _path(namespace, key), method="DELETE", token=self._token)

    def export(self, namespace: str, prefix: str) -> bytes:
        """Lines of JSON."""
        return download(self._admin, f"{_path(namespace)}/export", {"prefix": prefix}, method="POST", token=self._token)

    def import_(self, namespace: str, file: IO[bytes], size: int, *, replace: bool) -> int:
        """How many entries there were."""
        query = {"mode": "replace" if replace else "merge"}
        found = ask(
            *(self._admin, f"{_path(namespace)}/import", query),
            method="POST",
            token=self._token,
            body=Sent(file, size, _DUMP),
        )
        count: int = found["imported"]
        return count


def _path(*parts: str) -> str:
    """Quoted already: a key may hold anything."""
    return "/".join(["/kv", *(quote(part, safe="") for part in parts)])


def _sent(data: bytes, kind: str) -> Sent:
    return Sent(io.BytesIO(data), len(data), kind)
