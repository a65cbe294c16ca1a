"""Who may use the admin listener.

With a token: whoever sends it; liveness and readiness are open.  Without one: this machine only, and then neither a
name that was rebound to 127.0.0.1 nor a page of another origin gets through a browser.  Whoever has shown a certificate
of `admin.tls.client_ca` needs neither.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING

import msgspec

from edge.errors import CallerError, ForbiddenError, UnauthorizedError
from edge.gateway.authority import parse_authority

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN = frozenset({"/live", "/ready"})
_SCHEME = "bearer "


class AdminGuard(msgspec.Struct, frozen=True):
    """`token` "" allows loopback and unix sockets only."""

    token: str = ""

    def check(self, path: str, client: str, headers: Mapping[str, str], *, certified: bool = False) -> None:
        """`client` is the peer's address, "" on a unix socket; `certified` that its certificate was verified.

        Raises UnauthorizedError or ForbiddenError.
        """
        if path in _OPEN:
            return
        _check_origin(headers)
        if certified:
            return
        if self.token:
            self._check_token(headers.get("authorization", ""))
        else:
            _check_loopback(client, headers)

    def _check_token(self, header: str) -> None:
        given = header[len(_SCHEME) :].strip() if header[: len(_SCHEME)].lower() == _SCHEME else ""
        if not hmac.compare_digest(given.encode("latin-1", "replace"), self.token.encode()):
            raise UnauthorizedError("the admin listener needs its token", hint="Authorization: Bearer TOKEN")


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
