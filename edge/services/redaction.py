"""What must not be in a log line: credentials in headers and URLs (values of secrets: edge.function.mask).

Pure.  The header list is that of Caddy's access log plus the key headers of our own authentication.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.function import REDACTED

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


def redact_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers with the values of credentials replaced; order and duplicates stay."""
    return [(name, REDACTED if name.lower() in SECRET_HEADERS else value) for name, value in headers]


def redact_url(url: str) -> str:
    """A URL, or a path with a query, without user information and without values of parameters that are credentials."""
    head, mark, query = _USERINFO.sub(rf"\g<1>{REDACTED}@", url).partition("?")
    return head + mark + _PARAMETER.sub(_parameter, query)


def _parameter(match: re.Match[str]) -> str:
    name = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), match[1]).lower()
    return f"{match[1]}={REDACTED}" if name in SECRET_PARAMETERS else match[0]
