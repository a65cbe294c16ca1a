"""What a route matches: path patterns, hosts and methods, checked and brought to a form that can be compared."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import unquote

_LITERAL: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()+,;=@]|%[0-9A-Fa-f]{2})*")  # pchar without ":" and "*", RFC 3986
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # token, RFC 9110 section 5.6.2
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def path_shape(path: str) -> tuple[str, ...]:
    """The segments of a path pattern, decoded and without the names of parameters: equal shapes match equal paths.

    Text begins with "=", parameters are ":" and "*".  As for requests, a slash at the end makes no difference.

    Raises ValueError when the pattern is not valid.
    """
    if not path.startswith("/"):
        raise ValueError(f"{path[:60]!r} does not begin with / (/hello/:name)")
    segments = path[1:].split("/")
    if "" in segments[:-1]:
        raise ValueError(f"{path[:60]!r} has an empty segment (one / between segments)")
    names = [segment[1:] for segment in segments if segment[:1] in (":", "*")]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the parameter {name!r} is there twice (each name once)")
    shape = [_segment(segment, last=number == len(segments)) for number, segment in enumerate(segments, 1)]
    return tuple(shape if segments[-1] else shape[:-1])


def path_parameters(path: str) -> tuple[str, ...]:
    """The names of the parameters of a path pattern, in order."""
    return tuple(segment[1:] for segment in path.split("/") if segment[:1] in (":", "*"))


def shape_matches(path: str, target: str) -> bool:
    """Whether a path pattern matches a path.  Raises ValueError when the pattern is not valid."""
    shape, segments = path_shape(path), target.strip("/").split("/") if target.strip("/") else []
    fixed = shape[:-1] if shape[-1:] == ("*",) else shape
    if len(segments) < len(fixed) or (len(segments) > len(fixed) and fixed == shape):
        return False
    return all(part in (":", f"={unquote(segment)}") for part, segment in zip(fixed, segments, strict=False))


def _segment(segment: str, *, last: bool) -> str:
    if segment[:1] in (":", "*"):
        if not _NAME.fullmatch(segment[1:]):
            raise ValueError(f"{segment[:60]!r} has no valid name (:name or *rest, of letters, digits and _)")
        if segment[0] == "*" and not last:
            raise ValueError(f"{segment!r} is not the last segment (*rest takes all that is left)")
        return segment[0]
    if segment in (".", ".."):
        raise ValueError(f"{segment!r} never reaches a route (paths are resolved first)")
    if not _LITERAL.fullmatch(segment):
        raise ValueError(f"{segment[:60]!r} is not a path segment (:param is a whole segment; escape others as %XX)")
    return "=" + unquote(segment)


def check_host(host: str) -> None:
    """Raises ValueError when a route's host is not a name, `*.` and a name, or an address."""
    name = host.removeprefix("*.")
    if not host.isascii():
        raise ValueError(f"{host[:60]!r} is not ASCII (write internationalised names as xn--...)")
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        pass
    else:
        if host != name or (":" in name and not name.startswith("[")):
            raise ValueError(f"{host!r} is not a host (a name, *.name, an IPv4 address or [v6])")
        return
    labels = name.lower().split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{host[:60]!r} is not a host without port (example.com or *.example.com)")


def check_method(method: str) -> None:
    """Raises ValueError when it is not the name of a method in capitals."""
    if not _METHOD.fullmatch(method):
        raise ValueError(f"{method[:60]!r} is not a method (GET, POST, ...)")
    if method != method.upper():
        raise ValueError(f"{method[:60]!r} is not in capitals ({method.upper()[:60]})")
