"""One way to find out who sends a request, and what the function learns of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, quote

import msgspec

from edge.errors import CallerError
from edge.gateway.answers import Answer
from edge.gateway.duties.routed import Identity
from edge.wire.messages import Header

if TYPE_CHECKING:
    from edge.gateway.duties.routed import RoutedRequest

SAFE = "@:/+!*'(),;=&$~"
"""Besides letters, digits, `_.-`: what stays as it is in `Edge-Auth-Subject`; the rest is percent-encoded."""
_MAX_PARAMETERS = 1000


class Allowed(msgspec.Struct, frozen=True):
    """Who it is, and headers for the function besides those about that."""

    identity: Identity
    given: list[Header] = []


class RefusedError(Exception):
    """The request ends with an answer of another's making."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Method(Protocol):
    """A way to say who one is."""

    @property
    def owned(self) -> frozenset[str]:
        """Names of headers that only this way gives to functions, in lower case, with hyphens for underscores."""

    async def identify(self, request: RoutedRequest) -> Allowed:
        """Who sends the request.

        Raises UnauthorizedError without a valid proof, ForbiddenError with one that does not do, RefusedError, and
        other EdgeErrors when it cannot be found out.
        """


def identity_headers(identity: Identity) -> list[Header]:
    """What the function is told: `Edge-Auth-Type`, `-Subject` (percent-encoded) and `-Claims` (JSON in ASCII)."""
    headers = [("edge-auth-type", identity.kind), ("edge-auth-subject", quote(identity.name, safe=SAFE))]
    if identity.claims:
        headers.append(("edge-auth-claims", json.dumps(identity.claims, separators=(",", ":"))))
    return headers


def only_header(request: RoutedRequest, name: str) -> str | None:
    """The one value of a header.  Raises CallerError when there are several: which one counts, nobody could say."""
    values = [value for known, value in request.headers if known == name]
    if len(values) > 1:
        raise CallerError(f"the header {name} is there more than once")
    return values[0] if values else None


def cookie_value(request: RoutedRequest, name: str) -> str | None:
    """The value of a cookie; None also when there are several (RFC 6265, section 4.2.2, gives them no order)."""
    pairs = [pair for known, value in request.headers if known == "cookie" for pair in value.split(";")]
    split = (pair.strip(" \t").partition("=") for pair in pairs)
    values = {value.strip('"') for known, equals, value in split if equals and known == name}
    return values.pop() if len(values) == 1 else None


def query_value(request: RoutedRequest, name: str) -> str | None:
    """The value of a parameter of the query; None also when there are several."""
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        return None
    values = [value for known, value in pairs if known == name]
    return values[0] if len(values) == 1 else None
