"""`data:` URLs, which need no network: https://fetch.spec.whatwg.org/#data-url-processor."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from edge.services.http.failure import FetchError

_BASE64 = re.compile(r";[ ]*base64$", re.IGNORECASE)
_MIME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*(?:;[\x20-\x7e\t]*)?")
_DEFAULT = "text/plain;charset=US-ASCII"
_SPACE = b"\t\n\f\r "


def is_data_url(url: str) -> bool:
    """Whether `url` (trimmed as URL parsing trims) has the scheme data."""
    return url.lstrip("".join(map(chr, range(0x21))))[:5].lower() == "data:"


def parse_data_url(url: str, max_size: int) -> tuple[str, bytes]:
    """MIME type and content.  Raises FetchError when the URL is malformed or over `max_size` bytes."""
    if len(url) > max_size:
        raise FetchError(f"the data: URL has {len(url)} characters, over the limit of {max_size}", "limit")
    text = url.strip("".join(map(chr, range(0x21))))[5:].translate({9: None, 10: None, 13: None}).partition("#")[0]
    kind, comma, rest = text.partition(",")
    if not comma:
        raise FetchError("the data: URL has no comma", "parse")
    kind = kind.strip(" \t\f")
    body = unquote_to_bytes(rest)
    encoded = _BASE64.search(kind)
    if encoded:
        kind, body = kind[: encoded.start()].rstrip(" "), _forgiving_base64(body)
    kind = f"text/plain{kind}" if kind.startswith(";") else kind
    return (kind if _MIME.fullmatch(kind) else _DEFAULT), body


def _forgiving_base64(data: bytes) -> bytes:
    """https://infra.spec.whatwg.org/#forgiving-base64-decode."""
    data = data.translate(None, _SPACE)
    if len(data) % 4 == 0:
        data = data.removesuffix(b"==") if data.endswith(b"==") else data.removesuffix(b"=")
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4) if b"=" not in data else b"=", validate=True)
    except binascii.Error as error:
        raise FetchError("the data: URL is not valid base64", "parse") from error
