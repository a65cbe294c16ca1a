"""Objects in S3 and what speaks its protocol, in Google Cloud Storage and in Azure Blob Storage.

Where the store is and who we are there comes from the environment, by the names that obstore and the vendors' tools
know: AWS_*, GOOGLE_*, AZURE_*, or from the machine's own role.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

import obstore
from obstore import exceptions
from obstore.store import from_url

from edge.errors import ConfigError, OutsideError, StoreUnavailableError
from edge.packages.object_failure import reason_of
from edge.packages.objects import Listed, Stored
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer as Buffer

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_CONNECT = timedelta(seconds=5)
_SMALL = timedelta(seconds=10)
_LARGE = timedelta(minutes=5)
_STALLED = timedelta(seconds=15)
_PART = 1 * MIB


class CloudObjects:
    """Implements Objects.  A call that fails for a passing reason is tried again until its deadline has passed."""

    def __init__(self, url: str) -> None:
        """`url` is `s3://BUCKET/PREFIX`, `gs://...` or `az://...`; nothing is asked of the store yet.

        Raises ConfigError when url and environment do not make a store.
        """
        self._small = _client(url, _SMALL, retries=3)
        self._large = _client(url, _LARGE, retries=2)
        self._proven = False
        self._proving = Lock()

    def get(self, key: str, limit: int) -> Stored | None:
        """See Objects."""
        with _available("read from"):
            try:
                found = obstore.get(self._small, key)
            except FileNotFoundError:
                return None
            if found.meta["size"] > limit:
                raise OutsideError(f"{key} in the package store has more than {limit} bytes")
            return Stored(bytes(found.bytes()), found.meta["e_tag"] or "")

    def stream(self, key: str) -> Iterator[bytes] | None:
        """See Objects."""
        with _available("read from"):
            try:
                found = obstore.get(self._large, key)
            except FileNotFoundError:
                return None

        def parts() -> Iterator[bytes]:
            with _available("read from"):
                for part in found.stream(min_chunk_size=_PART):
                    yield bytes(part)

        return parts()

    def put(self, key: str, content: Buffer) -> None:
        """See Objects."""
        with _available("write to"):
            obstore.put(self._large, key, memoryview(content).toreadonly())

    def swap(self, key: str, content: bytes, etag: str) -> str | None:
        """See Objects.  The first call asks whether this store compares at all: not everything like S3 does."""
        self._prove()
        return self._swap(key, content, etag)

    def list(self, prefix: str) -> Iterator[Listed]:
        """See Objects."""
        with _available("list"):
            for batch in obstore.list(self._small, prefix):
                for found in batch:
                    moment = found["last_modified"].timestamp()
                    yield Listed(found["path"], found["e_tag"] or "", found["size"], moment)

    def delete(self, key: str) -> None:
        """See Objects."""
        with _available("delete from"):
            try:
                obstore.delete(self._small, key)
            except FileNotFoundError:
                return

    def _swap(self, key: str, content: bytes, etag: str) -> str | None:
        with _available("write to"):
            try:
                result = obstore.put(self._small, key, content, mode={"e_tag": etag} if etag else "create")
            except (exceptions.AlreadyExistsError, exceptions.PreconditionError, FileNotFoundError):
                return None
        return result["e_tag"] or ""

    def _prove(self) -> None:
        """Raise StoreUnavailableError when conditions of writes are ignored: then gateways would undo each other."""
        with self._proving:
            if self._proven:
                return
            key = f"probe/{secrets.token_hex(8)}"
            try:
                first = self._swap(key, b"1", "")
                again, other = self._swap(key, b"2", ""), self._swap(key, b"3", '"0"')
            finally:
                with suppress(StoreUnavailableError):
                    self.delete(key)
            if first is None or again is not None or other is not None:
                raise StoreUnavailableError(
                    "the package store ignores conditions of writes (If-Match, If-None-Match)",
                    hint="versions need a store that compares and sets; S3, GCS, Azure, R2 and recent MinIO do",
                )
            self._proven = True


def _client(url: str, timeout: timedelta, *, retries: int) -> Any:
    """A client whose requests take at most about twice `timeout`, retries included."""
    options: dict[str, Any] = {"connect_timeout": _CONNECT, "timeout": timeout, "read_timeout": _STALLED}
    is_s3 = url.startswith("s3")
    if is_s3 and any(os.environ.get(name, "").startswith("http://") for name in ENDPOINTS):
        options["allow_http"] = True  # as all tools of AWS understand it
    config: Any = {"disable_bulk_delete": True} if is_s3 else None  # nothing is deleted in bulk
    retry: Any = {
        "max_retries": retries,
        "retry_timeout": timeout,
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
    }
    try:
        return from_url(url, config=config, client_options=options, retry_config=retry)  # type: ignore[call-overload]
    except (exceptions.BaseError, ValueError) as error:
        raise ConfigError([f"the package store cannot be used: {reason_of(error)}"]) from error


@contextmanager
def _available(doing: str) -> Iterator[None]:
    """What the store or the network refuses becomes StoreUnavailableError."""
    try:
        yield
    except (exceptions.BaseError, OSError, ValueError) as error:
        raise StoreUnavailableError(f"cannot {doing} the package store: {reason_of(error)}") from error
