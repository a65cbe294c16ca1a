"""Who may use the admin listener.

With tokens: whoever sends one, within its role; liveness, readiness and the files of the page are open.  Without: this
machine only, and then neither a name that was rebound to 127.0.0.1 nor a page of another origin gets through a browser.
Whoever has shown a certificate of `admin.tls.client_ca` needs no token, and may do everything.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from edge.errors import CallerError, ForbiddenError, UnauthorizedError
from edge.gateway.admin_access import LOCAL, Principal, Token, recognise
from edge.gateway.authority import parse_authority

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN = frozenset({"/live", "/ready"})
_ANYBODY = Principal("", "read")
_CERTIFIED = Principal("certificate", "admin")


class AdminGuard:
    """`tokens` may change at any time; none allows loopback and unix sockets only."""

    def __init__(self, tokens: tuple[Token, ...] = ()) -> None:
        self.tokens = tokens

    def identify(self, path: str, client: str, headers: Mapping[str, str], *, certified: bool = False) -> Principal:
        """Who asks: from the address `client`, "" on a unix socket, `certified` when its certificate was verified.

        Raises UnauthorizedError or ForbiddenError.
        """
        if path in _OPEN:
            return _ANYBODY
        _check_origin(headers)
        if certified:
            return _CERTIFIED
        if self.tokens:
            return self._by_token(headers.get("authorization", ""))
        _check_loopback(client, headers)
        return LOCAL

    def admit_page(self, client: str, headers: Mapping[str, str], *, certified: bool = False) -> None:
        """Whether the files of the page may be had, which hold nothing of this gateway.

        A link on another page may lead here; what the page itself asks for is another matter.  Raises ForbiddenError.
        """
        if (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) != ("navigate", "document"):
            _check_origin(headers)
        if not self.tokens and not certified:
            _check_loopback(client, headers)

    def _by_token(self, authorization: str) -> Principal:
        found = recognise(self.tokens, authorization)
        if found is None:
            raise UnauthorizedError("the admin listener needs its token", hint="Authorization: Bearer TOKEN")
        return found


def _check_loopback(client: str, headers: Mapping[str, str]) -> None:
    if client and not ipaddress.ip_address(client.partition("%")[0]).is_loopback:
        raise ForbiddenError(
            "only this machine may use the admin listener", hint="set admin.token_file or EDGE_ADMIN_TOKEN"
        )
    if client and not _is_loopback_name(_host(headers.get("host", ""))):
        raise ForbiddenError("the Host header is not this machine's", hint="use 127.0.0.1 or localhost")


def _check_origin(headers: Mapping[str, str]) -> None:
    """Browsers name the page that a request comes from; a page of our own has our own host."""
    origin = headers.get("origin", "")
    other = origin and origin.partition("://")[2] != headers.get("host", "")
    if other or headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise ForbiddenError("requests from web pages of another origin are refused")


def _host(text: str) -> str:
    try:
        return parse_authority(text).host
    except CallerError:
        return ""


def _is_loopback_name(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
