"""How large keys, values and batches may be, and the checks that say so with numbers."""

from __future__ import annotations

import msgspec

from edge.services.kv.failures import KVInputError, KVLimitError
from edge.units import GIB, KIB, MIB

_KEY_SHOWN = 64


class Limits(msgspec.Struct, frozen=True):
    """All sizes in bytes, `page` and `batch` in entries.  Those of Cloudflare KV where it has one.

    `batch_size` bounds what one `atomic` writes or one `get_many` reads; `quota` is per namespace and
    counts keys, values and metadata of live entries.
    """

    key: int = 512
    value: int = 25 * MIB
    metadata: int = 1 * KIB
    page: int = 1000
    batch: int = 1000
    batch_size: int = 32 * MIB
    quota: int = 1 * GIB


def _shown(key: str) -> str:
    return ascii(key if len(key) <= _KEY_SHOWN else key[:_KEY_SHOWN] + "...")


def check_key(key: str, limits: Limits) -> None:
    """Raises KVInputError or KVLimitError when `key` cannot be a key: 1..512 bytes of UTF-8, not "." or ".."."""
    if not key:
        raise KVInputError("a KV key must not be empty")
    if key in {".", ".."}:
        raise KVInputError(f'a KV key must not be "." or ".." (got {key!r})')
    _check_text("key", key, limits)


def check_prefix(prefix: str, limits: Limits) -> None:
    """Raises KVInputError or KVLimitError when no key could begin with `prefix` because of its form."""
    _check_text("prefix", prefix, limits)


def _check_text(what: str, text: str, limits: Limits) -> None:
    if text.isascii():
        size = len(text)
    else:
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            message = f"a KV {what} must be well-formed Unicode; {_shown(text)} has a lone surrogate"
            raise KVInputError(message) from None
    if size > limits.key:
        message = f"a KV {what} may have {limits.key} bytes of UTF-8; {_shown(text)} has {size}"
        raise KVLimitError(message, limit=limits.key, value=size)


def check_value(key: str, value: bytes, metadata: bytes | None, limits: Limits) -> None:
    """Raises KVLimitError when value or metadata of `key` is too large."""
    if len(value) > limits.value:
        message = f"a KV value may have {limits.value} bytes; that of {_shown(key)} has {len(value)}"
        hint = "split it over several keys, or keep large files in object storage"
        raise KVLimitError(message, limit=limits.value, value=len(value), hint=hint)
    if metadata is not None and len(metadata) > limits.metadata:
        message = f"KV metadata may have {limits.metadata} bytes as JSON; that of {_shown(key)} has {len(metadata)}"
        raise KVLimitError(message, limit=limits.metadata, value=len(metadata))


def check_batch(count: int, limits: Limits) -> None:
    """Raises KVLimitError when one operation names more than `batch` keys."""
    if count > limits.batch:
        message = f"one KV operation may name {limits.batch} keys; this one has {count}"
        raise KVLimitError(message, limit=limits.batch, value=count, hint="split it into several")


def check_batch_size(size: int, limits: Limits) -> None:
    """Raises KVLimitError when one operation moves more than `batch_size` bytes."""
    if size > limits.batch_size:
        message = f"one KV operation may move {limits.batch_size} bytes; this one needs {size} or more"
        raise KVLimitError(message, limit=limits.batch_size, value=size, hint="split it into several")
