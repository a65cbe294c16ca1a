"""What is in an `Authorization` header (RFC 9110 section 11.6.2, RFC 7617, RFC 6750)."""

from __future__ import annotations

import base64
import binascii
import re

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_CREDENTIALS = 16 * 1024


def credentials_of(value: str, scheme: str) -> str | None:
    """The credentials of a header for this scheme (lower case); None when it is of another one, or malformed."""
    named, blank, rest = value.strip(" \t").partition(" ")
    if not blank or named.lower() != scheme or len(rest) > MAX_CREDENTIALS:
        return None
    credentials = rest.strip(" ")
    return credentials if _TOKEN68.fullmatch(credentials) else None


def basic_credentials(value: str) -> tuple[str, str] | None:
    """User and password; None when the header has none that can be understood.  They are UTF-8 (RFC 7617, 2.1)."""
    encoded = credentials_of(value, "basic")
    if encoded is None:
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon and not _CONTROL.search(text) else None
