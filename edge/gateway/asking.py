"""Who asks for what: the head of a request as the gateway reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from edge.errors import CallerError, MethodNotAllowedError, UnsupportedError
from edge.gateway.authority import Authority, parse_authority
from edge.gateway.client_address import Origin
from edge.gateway.header_match import SCHEME, joined
from edge.gateway.lifeline import EXTENSION, Lifeline
from edge.gateway.own_answer import COMMON_METHODS
from edge.gateway.request_head import decode_headers, function_headers
from edge.gateway.stream import CLIENT_CERTIFICATE, WEBSOCKET
from edge.gateway.target import Target, parse_target
from edge.services.redaction import redact_headers
from edge.services.websocket.handshake import is_upgrade

if TYPE_CHECKING:
    from edge.gateway.dispatch_parts import DispatchParts
    from edge.gateway.tls.certificate import ClientCertificate
    from edge.wire.messages import Header

_METHOD = re.compile(r"[A-Z][A-Z-]{0,31}")
_REFUSED_METHODS = frozenset({"TRACE", "TRACK", "CONNECT"})
_LOGGED_HEADER: Final = 256
_NOWHERE, _NO_AUTHORITY = Origin("", "http"), Authority("")  # as long as nobody has looked


class Asking:
    """A request's head, and what it says once `_read_target` has looked at it.  `known` are headers by name."""

    def __init__(self, parts: DispatchParts, scope: Any) -> None:
        self.parts = parts
        self.scope = scope
        self.method: str = scope["method"]
        self.headers = decode_headers(scope["headers"])
        self.known = dict(self.headers)
        extensions = self.extensions = scope.get("extensions") or {}
        self.lifeline: Lifeline = extensions.get(EXTENSION) or Lifeline()
        self.certificate: ClientCertificate | None = extensions.get(CLIENT_CERTIFICATE)
        if scope["http_version"] == "1.1":
            self.upgrade = "upgrade" in self.known and is_upgrade(self.method, self.headers)
        else:
            self.upgrade = WEBSOCKET in extensions
        self.origin = _NOWHERE
        self.authority = _NO_AUTHORITY
        self.path = ""

    def _function_headers(self) -> list[Header]:
        headers = function_headers(self.headers, trusted=self.origin.trusted, upgrade=self.upgrade)
        if self.certificate is None:
            return headers
        return [*(header for header in headers if header[0] != "client-cert"), *self.certificate.headers]

    def _read_target(self) -> Target:
        if self.method in _REFUSED_METHODS:
            raise MethodNotAllowedError(f"{self.method} is not served", allow=COMMON_METHODS)
        if _METHOD.fullmatch(self.method) is None:
            raise UnsupportedError("the request method is not supported (methods are upper-case words)")
        client = self.scope["client"]
        self.origin = self.parts.addresses.origin(client[0] if client else "", self.scope["scheme"], self.headers)
        target = parse_target(self.scope["raw_path"], self.scope["query_string"])
        self.path = target.path
        self.authority = self._read_authority(target)
        if target.authority is not None:  # RFC 9112 section 3.2.2: it replaces Host, which could say anything
            self.headers = [*(one for one in self.headers if one[0] != "host"), ("host", str(target.authority))]
            self.known["host"] = str(target.authority)
        return target

    def _read_authority(self, target: Target) -> Authority:
        """RFC 9112 section 3.2.2: the target's authority wins over Host; a trusted proxy's word wins over both."""
        host = self.known.get("host", "")
        stated = parse_authority(host) if host else None
        if self.origin.host:
            return parse_authority(self.origin.host)
        if target.authority or stated:
            return target.authority or stated or Authority("")
        server = self.scope["server"]
        if not server:
            return Authority("localhost")
        return Authority(f"[{server[0]}]" if ":" in server[0] else server[0], server[1])

    def _conditions(self) -> dict[str, str]:
        """The headers that routes may have conditions on: those that functions see, for the same reasons."""
        seen = joined(function_headers(self.headers, trusted=self.origin.trusted, upgrade=self.upgrade))
        return {**seen, SCHEME: self.origin.scheme}

    def _url(self, target: Target) -> str:
        query = f"?{target.query}" if target.query else ""
        return f"{self.origin.scheme}://{self.authority}{target.path}{query}"

    def _announced(self) -> int | None:
        text = self.known.get("content-length")
        if text is None:
            return None
        if not text.isascii() or not text.isdigit():
            raise CallerError("Content-Length is not a number")
        return int(text)

    def _may_have_body(self) -> bool:
        return "transfer-encoding" in self.known or self.scope["http_version"] == "2"

    def _shown_headers(self) -> dict[str, str]:
        """What the log shows of the request's headers."""
        settings = self.parts.settings
        found = {name: self.known[name][:_LOGGED_HEADER] for name in settings.logged_headers if name in self.known}
        return dict(redact_headers(found.items(), settings.secret_headers))
