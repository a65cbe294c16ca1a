"""What the policy says about one request, for people: nothing is sent, but names are looked up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.services.dial.failure import DialError
from edge.services.egress.address import classify
from edge.services.egress.host import Host, parse_host
from edge.services.egress.literals import parse_ipv4, parse_ipv6
from edge.services.egress.policy import FETCH_SCHEMES, SOCKET_SCHEMES, WEBSOCKET_SCHEMES
from edge.services.egress.target import Target
from edge.services.egress.url import UrlError, parse_url
from edge.services.egress.verdict import Verdict

if TYPE_CHECKING:
    from edge.services.dial.dialer import Dialer

_SCHEMES = FETCH_SCHEMES | WEBSOCKET_SCHEMES | SOCKET_SCHEMES
_BARE = re.compile(r"(tcp|tls)://(\[[^\]]*\]|[^/:\[\]]*):([0-9]{1,5})/?", re.IGNORECASE)


class Explanation(msgspec.Struct, frozen=True):
    """`url` is what is left of the URL after parsing; `addresses` are all that DNS answered, with their classes."""

    allowed: bool
    stage: str
    reason: str
    rule: str
    method: str
    url: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    addresses: dict[str, str] = {}


async def explain(dialer: Dialer, method: str, url: str) -> Explanation:
    """The verdict on `METHOD url`; `tcp://host:port` and `tls://host:port` stand for bare connections."""
    try:
        target, canonical = target_of(method, url)
    except UrlError as error:
        return Explanation(False, "scheme" if error.scheme else "parse", str(error), "", method, url)
    try:
        verdict = await dialer.explain(target, _SCHEMES)
    except DialError as error:
        verdict = Verdict(False, "ip", target.host.name, target.port, reason=error.reason)
    return Explanation(
        verdict.allowed,
        verdict.stage,
        verdict.reason,
        verdict.rule,
        method,
        canonical,
        target.scheme,
        target.host.name,
        target.port,
        target.path or "",
        {text: classify(parse_ipv6(text) if ":" in text else parse_ipv4(text)) for text in verdict.addresses},
    )


def target_of(method: str, url: str) -> tuple[Target, str]:
    """What a URL is about, and what is left of it after parsing.  Raises UrlError."""
    bare = _BARE.fullmatch(url.strip())
    if bare is None:
        parsed = parse_url(url)
        return Target.request(method, parsed), str(parsed)
    host, port = _host(bare[2]), int(bare[3])
    if not 1 <= port <= 65535:
        raise UrlError("Invalid URL: the port is over 65535")
    return Target(bare[1].lower(), host, port), f"{bare[1].lower()}://{host.text}:{port}"


def _host(text: str) -> Host:
    try:
        return parse_host(text)
    except ValueError as error:
        raise UrlError(f"Invalid URL: {error}") from error
