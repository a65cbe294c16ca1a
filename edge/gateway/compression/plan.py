"""What becomes of the head of a response that may be compressed.  Pure.

Compressed is what has a content (RFC 9110 section 6.4), whole, of a compressible type and large enough; what nobody
forbade to transform (`Cache-Control: no-transform`), is not coded already and carries no digest of its content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.gateway.compression.negotiation import IDENTITY, choose
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Sequence

RawHeader = tuple[bytes, bytes]

DEFAULT_TYPES = (
    "text/*", "*+json", "*+xml", "*+text", "application/json", "application/javascript", "application/xml",
    "application/x-javascript", "application/ecmascript", "application/ld+json", "application/manifest+json",
    "application/x-ndjson", "application/jsonl", "application/graphql", "application/wasm", "application/toml",
    "application/yaml", "application/x-yaml", "application/vnd.ms-fontobject", "application/rtf", "font/otf",
    "font/ttf", "font/collection", "image/bmp", "image/svg+xml", "image/x-icon", "image/vnd.microsoft.icon",
)  # fmt: skip

# A coding would make them wrong, and whoever set them wanted the bytes as they are.
_DIGESTS = frozenset({b"content-digest", b"repr-digest", b"digest", b"content-md5"})
_CONTENT_LENGTH = b"content-length"
_BODILESS = frozenset({204, 205, 304})


class CompressionSettings(msgspec.Struct, frozen=True):
    """`codings` in order of preference; `min_size` in bytes; `types` may have a `*` at either end."""

    codings: tuple[str, ...] = ("zstd", "br", "gzip")
    min_size: int = 1 * KIB
    types: tuple[str, ...] = DEFAULT_TYPES


class Plan(msgspec.Struct, frozen=True):
    """The coding to use, IDENTITY for none, and the head as it is sent then."""

    coding: str
    headers: list[RawHeader]


def plan(
    status: int, headers: list[RawHeader], size: int | None, accept: str, settings: CompressionSettings
) -> Plan | None:
    """What is done with a response; None when all clients get it as it is.

    `headers` have names in lower case; `size` is the length of the content where it is known.
    """
    if (
        status in _BODILESS
        or status == 206
        or not _may_change(headers)
        or not _is_compressible(headers, settings.types)
    ):
        return None
    if size is not None and size < settings.min_size:
        return None
    varied = add_vary(headers)
    coding = choose(accept, settings.codings)
    if coding == IDENTITY:
        return Plan(coding, varied)
    return Plan(coding, [*map(_weakened, filter(_survives, varied)), (b"content-encoding", coding.encode("ascii"))])


def not_modified(headers: list[RawHeader], if_none_match: str) -> list[RawHeader]:
    """The head of a 304 for a client that may hold a compressed answer.

    RFC 9111 section 4.3.4: a strong validator must be that of what is stored, which is the weak one that we sent.
    """
    varied = add_vary(headers)
    return [
        _weakened((name, value))
        if name == b"etag" and f"W/{value.decode('latin-1')}" in if_none_match
        else (name, value)
        for name, value in varied
    ]


def add_vary(headers: list[RawHeader]) -> list[RawHeader]:
    """With `Accept-Encoding` in Vary."""
    named = {name.strip().lower() for key, value in headers if key == b"vary" for name in value.split(b",")}
    if named & {b"*", b"accept-encoding"}:
        return list(headers)
    return [*headers, (b"vary", b"Accept-Encoding")]


def media_type(headers: Sequence[RawHeader]) -> str:
    """Type and subtype in lower case, without parameters; "" without a Content-Type."""
    for name, value in headers:
        if name == b"content-type":
            return value.partition(b";")[0].strip().lower().decode("latin-1")
    return ""


def _may_change(headers: list[RawHeader]) -> bool:
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            return False
        if name == b"cache-control" and b"no-transform" in value.lower():
            return False
        if name in _DIGESTS:
            return False
    return True


def _is_compressible(headers: list[RawHeader], types: tuple[str, ...]) -> bool:
    found = media_type(headers)
    return bool(found) and any(_matches(found, pattern) for pattern in types)


def _matches(found: str, pattern: str) -> bool:
    if pattern.startswith("*"):
        return found.endswith(pattern[1:])
    return found.startswith(pattern[:-1]) if pattern.endswith("*") else found == pattern


def _survives(header: RawHeader) -> bool:
    """Byte ranges of what is made on the fly cannot be asked for; `identity` is replaced."""
    return header[0] not in {_CONTENT_LENGTH, b"accept-ranges", b"content-encoding"}


def _weakened(header: RawHeader) -> RawHeader:
    """RFC 9110 section 8.8.3.3: what is coded on the fly is another representation of the same thing."""
    name, value = header
    return (name, b"W/" + value) if name == b"etag" and value.startswith(b'"') else header
