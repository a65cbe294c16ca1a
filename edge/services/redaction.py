"""What must not be in a log line: credentials in headers and URLs (values of secrets: edge.function.mask).

Pure.  The header list is that of Caddy's access log plus the key headers of our own authentication.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from edge.function import MIN_SECRET, REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable


SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "x-auth-token",
        "x-amz-security-token",
    }
)
SECRET_PARAMETERS = frozenset(
    {"access_token", "api_key", "apikey", "auth", "client_secret", "code", "id_token", "jwt", "key", "password"}
    | {"refresh_token", "secret", "sig", "signature", "token", "x-amz-credential", "x-amz-signature"}
)

_PARAMETER = re.compile(r"([^&;=?#]+)=([^&;#]*)")
_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")


def redact_headers(headers: Iterable[tuple[str, str]], more: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """The headers with the values of credentials replaced; order and duplicates stay.

    `more` are further names of such headers, in lower case.
    """
    named = SECRET_HEADERS | more
    return [(name, REDACTED if name.lower() in named else value) for name, value in headers]


def credentials(headers: Iterable[tuple[str, str]], more: Iterable[str] = ()) -> tuple[str, ...]:
    """What must not be in a text about a request: values of headers that are credentials, and their parts.

    `more` are further names of such headers, in lower case.  Of cookies the values count, of `Authorization` what comes
    after the scheme, and of Basic the password.  What is shorter than MIN_SECRET is in too many words.
    """
    named = SECRET_HEADERS.union(more)
    found = {part for name, value in headers if name.lower() in named for part in _parts(name.lower(), value)}
    return tuple(part for part in found if len(part) >= MIN_SECRET)


def _parts(name: str, value: str) -> list[str]:
    if name in ("cookie", "set-cookie"):
        return [pair.partition("=")[2].strip() for pair in value.split(";")]
    if "authorization" not in name:
        return [value]
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "basic":
        return [value, rest.strip()]
    try:
        password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        password = ""
    return [value, rest.strip(), password]


def redact_url(url: str) -> str:
    """A URL, or a path with a query, without user information and without values of parameters that are credentials."""
    head, mark, query = _USERINFO.sub(rf"\g<1>{REDACTED}@", url).partition("?")
    return head + mark + _PARAMETER.sub(_parameter, query)


def _parameter(match: re.Match[str]) -> str:
    name = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), match[1]).lower()
    return f"{match[1]}={REDACTED}" if name in SECRET_PARAMETERS else match[0]
