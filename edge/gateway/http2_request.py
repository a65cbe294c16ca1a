"""Whether a field section of HTTP/2 is a proper request, or its trailers.  Pure.  RFC 9113 sections 8.1 to 8.3.

h2 has such a check, and ends the connection when it fails; the protocol wants an error of that stream alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Field = tuple[bytes, bytes]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_VALUE = re.compile(rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|")
_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}")
_CONNECTION = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"})
_PSEUDO = frozenset({b":method", b":scheme", b":authority", b":path", b":protocol"})
_LENGTH = re.compile(rb"[0-9]{1,18}")


def request_problem(fields: Sequence[Field]) -> str:
    """What is wrong with the fields of a request; "" when nothing is."""
    pseudo: dict[bytes, bytes] = {}
    regular = 0
    for name, value in fields:
        if name[:1] != b":":
            regular += 1
        elif regular:
            return "a pseudo field after regular ones"
        elif name not in _PSEUDO or name in pseudo:
            return "an unknown pseudo field, or one twice"
        else:
            pseudo[name] = value
    return _pseudo_problem(pseudo) or _regular_problem(fields, pseudo)


def trailers_problem(fields: Sequence[Field], *, end: bool) -> str:
    """The same for trailers; `end` says that they end the stream, as they must."""
    if not end:
        return "trailers that do not end the stream"
    if any(name[:1] == b":" for name, _ in fields):
        return "a pseudo field in trailers"
    return _regular_problem(fields, {})


def _pseudo_problem(pseudo: dict[bytes, bytes]) -> str:
    method = pseudo.get(b":method")
    if method is None or _METHOD.fullmatch(method) is None:
        return "no method, or none that is one"
    if method == b"CONNECT" and b":protocol" not in pseudo:  # section 8.5
        return "" if pseudo.keys() == {b":method", b":authority"} else "CONNECT with more than an authority"
    if b":protocol" in pseudo and method != b"CONNECT":  # RFC 8441 section 4
        return "a protocol without CONNECT"
    if not pseudo.get(b":scheme") or not pseudo.get(b":path"):
        return "no scheme, or no path"
    path = pseudo[b":path"]
    return "" if path[:1] == b"/" or (path == b"*" and method == b"OPTIONS") else "a path that is none"


def _regular_problem(fields: Iterable[Field], pseudo: dict[bytes, bytes]) -> str:
    length = host = None
    for name, value in fields:
        if name[:1] == b":":
            if _VALUE.fullmatch(value) is None:
                return "a pseudo field holds characters that it must not"
            continue
        if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            return "a field holds characters that it must not"
        if name in _CONNECTION or (name == b"te" and value.lower() != b"trailers"):
            return "a field that belongs to a connection of HTTP/1"
        if name == b"content-length":
            if length not in (None, value) or _LENGTH.fullmatch(value) is None:
                return "a Content-Length that is none"
            length = value
        if name == b"host":
            if host is not None or pseudo.get(b":authority", value).lower() != value.lower():
                return "more than one host"
            host = value
    return ""
