"""Where redirects lead: a URL, or a path on the same host, in which parameters of the route stand as `:name`.

Nothing that a client sends decides about the host, but for a label in front of a fixed domain
(`https://:tenant.example.com/`), and nothing turns a path into a URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from edge.config.pattern import check_host

if TYPE_CHECKING:
    from collections.abc import Collection

_URL: Final = re.compile(
    r"(?:(?P<scheme>https?)://(?P<authority>[^/?#]*))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?"
)
_SAME_HOST: Final = re.compile(r"(https?://)\{host\}(?=[:/?#]|\Z)")
_STANDS_FOR_HOST: Final = "the-host.invalid"
_PARAMETER: Final = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)")
_CHARACTERS: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]|%[0-9A-Fa-f]{2})*")  # RFC 3986
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
_IN_QUERY: Final = re.compile(r"[&=+;?#]")
_FIXED_LABELS: Final = 2  # of a host whose first labels are parameters


class Redirect(msgspec.Struct, frozen=True):
    """The parts of a target: each a list of texts and, at odd places, names of parameters.

    With `same_host` the host is that of the request, and `authority` what follows it.
    """

    scheme: str
    authority: tuple[str, ...]
    path: tuple[str, ...]
    query: tuple[str, ...] | None
    fragment: tuple[str, ...] | None
    same_host: bool = False

    def location(self, raw: Mapping[str, str], query: str, host: str = "") -> str | None:
        """The URL for parameters as they stand in a canonical path; `query` is appended unless it is "".

        `host` is that of the request, without a port.

        None when a parameter cannot be a part of a host name.
        """
        start = ""
        if self.scheme:
            labels = [raw[name] for name in self.authority[1::2]]
            if not all(_LABEL.fullmatch(label) for label in labels):
                return None
            start = f"{self.scheme}://{host if self.same_host else ''}{_filled(self.authority, raw)}"
        path = "/" + _filled(self.path, raw).removeprefix("/")
        if not start:
            path = "/" + path.lstrip("/")  # two slashes would begin the name of another host
        own = None if self.query is None else _filled(self.query, _for_query(raw))
        both = "&".join(part for part in (own, query) if part)
        return start + path + (f"?{both}" if both else "") + self._fragment(raw)

    def _fragment(self, raw: Mapping[str, str]) -> str:
        return "" if self.fragment is None else "#" + _filled(self.fragment, raw)

    @property
    def names(self) -> set[str]:
        """The parameters that it needs."""
        parts = (self.authority, self.path, self.query or (), self.fragment or ())
        return {name for part in parts for name in part[1::2]}


def _filled(part: tuple[str, ...], raw: Mapping[str, str]) -> str:
    return "".join(raw[text] if index % 2 else text for index, text in enumerate(part))


def _for_query(raw: Mapping[str, str]) -> dict[str, str]:
    """What divides a query in values is escaped."""
    return {name: _IN_QUERY.sub(lambda match: f"%{ord(match[0]):02X}", value) for name, value in raw.items()}


def parse_redirect(text: str, parameters: Collection[str]) -> Redirect:
    """Where a redirect leads; `parameters` are the names that the route's path has.  Raises ValueError."""
    same_host = _SAME_HOST.match(text)
    plain = text if same_host is None else f"{same_host[1]}{_STANDS_FOR_HOST}{text[same_host.end() :]}"
    match = _URL.fullmatch(plain)
    if match is None or not (match["scheme"] or match["path"]) or not _CHARACTERS.fullmatch(plain):
        raise ValueError(f"{text[:60]!r} is neither a URL nor a path (https://example.com/:rest, /new/:rest)")
    if not match["scheme"] and text.startswith("//"):
        raise ValueError(f"{text[:60]!r} begins with two slashes (https://HOST/...)")
    authority = _authority(match["authority"] or "") if match["scheme"] else ()
    redirect = Redirect(
        match["scheme"] or "",
        authority if same_host is None else (authority[0].removeprefix(_STANDS_FOR_HOST),),
        _parts(match["path"] or "/"),
        None if match["query"] is None else _parts(match["query"]),
        None if match["fragment"] is None else _parts(match["fragment"]),
        same_host is not None,
    )
    unknown = sorted(redirect.names.difference(parameters))
    if unknown:
        known = ", ".join(f":{name}" for name in parameters) or "it has none"
        raise ValueError(f":{unknown[0][:60]} is not a parameter of the path ({known}; %3A for a colon)")
    return redirect


def _parts(text: str) -> tuple[str, ...]:
    return tuple(_PARAMETER.split(text))


def _authority(text: str) -> tuple[str, ...]:
    host, colon, port = text.rpartition(":") if re.search(r":[0-9]*\Z", text) else (text, "", "")
    if colon and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text[:60]!r} has no port that there is (https://example.com:8443/)")
    parts = _parts(host)
    check_host("".join("x" if index % 2 else part for index, part in enumerate(parts)))
    if len(parts) > 1:
        _check_labels(text, parts)
    return (*parts[:-1], parts[-1] + colon + port)


def _check_labels(text: str, parts: tuple[str, ...]) -> None:
    """Parameters are whole labels in front of a domain that does not change."""
    whole = all(part == "." for part in parts[2:-1:2]) and parts[0] == "" and parts[-1].startswith(".")
    if not whole or parts[-1].count(".") < _FIXED_LABELS:
        raise ValueError(f"{text[:60]!r} lets clients choose the host (https://:tenant.example.com/)")
