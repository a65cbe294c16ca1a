"""Rules for the headers that a function gets and that a client gets, compiled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from edge.config.header_rules import HeaderRules, ResponseHeaderRules, pieces
from edge.gateway.duties.filters import AnswerFilter, RawHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.gateway.duties.routed import RoutedRequest
    from edge.wire.messages import Header

    Read = Callable[[RoutedRequest], str]

SECURE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "strict-origin-when-cross-origin",
}
TRANSPORT = ("strict-transport-security", "max-age=31536000")
"""Browsers ignore it over plain HTTP (RFC 6797, section 8.1), and so does nobody else need it there."""

_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_READ: dict[str, Read] = {
    "request_id": lambda request: request.request_id,
    "client_ip": lambda request: request.ip,
    "scheme": lambda request: request.scheme,
    "host": lambda request: request.host,
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "query": lambda request: request.query,
    "route": lambda request: quote(request.route, safe="/:*"),
    "function": lambda request: request.function,
    "auth_type": lambda request: request.identity.kind if request.identity is not None else "",
    "auth_subject": lambda request: quote(request.identity.name) if request.identity is not None else "",
}


class Value:
    """The value of a header, with variables in it."""

    def __init__(self, text: str) -> None:
        self._pieces = pieces(text)
        self._fixed = text if len(self._pieces) == 1 else None

    def fill(self, request: RoutedRequest) -> str:
        """The value for this request: nothing in it ends a header, whatever the client has sent."""
        if self._fixed is not None:
            return self._fixed
        parts = []
        for text, variable, header in self._pieces:
            parts.append(text)
            if variable:
                parts.append(_READ[variable](request))
            elif header:
                parts.append(request.known.get(header, ""))
        return _UNSENDABLE.sub("", "".join(parts)).strip(" \t")


class Rules:
    """What is removed, set and added."""

    def __init__(self, config: HeaderRules) -> None:
        self._set = _values(config.set)
        self._add = _values(config.add)
        dropped = [*self._set, *(name.lower() for name in config.remove)]
        self._dropped = frozenset(name.replace("_", "-") for name in dropped)

    def apply(self, headers: list[Header], request: RoutedRequest) -> list[Header]:
        """Other headers; names are in lower case, underscores count as hyphens (request_head.py).  See RequestRules."""
        kept = [header for header in headers if header[0].replace("_", "-") not in self._dropped]
        kept += [(name, value.fill(request)) for name, value in self._set.items()]
        kept += [(name, value.fill(request)) for name, value in self._add.items()]
        return kept


class ResponseRules:
    """The same for answers: a ResponseDuty."""

    def __init__(self, config: ResponseHeaderRules) -> None:
        self._rules = Rules(config)
        self._defaults = _values(config.default)
        self._secure = config.preset == "secure"

    def filter(self, request: RoutedRequest) -> AnswerFilter:
        """See ResponseDuty."""
        return RuledHead(self, request)

    def apply(self, headers: list[RawHeader], request: RoutedRequest) -> list[RawHeader]:
        """The headers of an answer."""
        text = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        text = self._rules.apply(text, request)
        there = {name for name, _ in text}
        text += [(name, value) for name, value in self._missing(request) if name not in there]
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in text]

    def _missing(self, request: RoutedRequest) -> list[Header]:
        own = {name: value.fill(request) for name, value in self._defaults.items()}
        preset = SECURE | (dict([TRANSPORT]) if request.scheme == "https" else {}) if self._secure else {}
        return [*(preset | own).items()]


class RuledHead(AnswerFilter):
    """Rules for one answer."""

    def __init__(self, rules: ResponseRules, request: RoutedRequest) -> None:
        self._rules = rules
        self._request = request

    def head(self, status: int, headers: list[RawHeader]) -> list[RawHeader]:
        """See AnswerFilter."""
        del status
        return self._rules.apply(headers, self._request)


def _values(table: Mapping[str, str]) -> dict[str, Value]:
    return {name.lower(): Value(value) for name, value in table.items()}
