r"""WHATWG parsing of http, https, ws and wss URLs: https://url.spec.whatwg.org/#concept-basic-url-parser.

Backslashes are slashes, tabs and newlines vanish, `..` and `%2e%2e` go up, user names end at the last
`@`: as in every browser, and not as in `urllib`.
"""

from __future__ import annotations

import re

import msgspec

from edge.services.egress.host import Host, parse_host

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BLANKS = "".join(map(chr, range(0x21)))
_SURROGATE = re.compile("[\ud800-\udfff]")
_AUTHORITY_END = re.compile(r"[/\\?#]")
_PORT = re.compile(r"[0-9]*")
_FRAGMENT_SET = ' "<>`'
_QUERY_SET = " \"#<>'"
_PATH_SET = ' "#<>?^`{}'


class UrlError(ValueError):
    """Text that is no URL (`scheme` is ""), or one of a scheme that is not for the network."""

    def __init__(self, message: str, scheme: str = "") -> None:
        super().__init__(message)
        self.scheme = scheme


class Url(msgspec.Struct, frozen=True):
    """A parsed URL; `path` begins with `/`, `query` and `fragment` are None when absent.

    `credentials` says that a user name or password stood before the host; they are not kept.
    """

    scheme: str
    host: Host
    port: int
    path: str
    query: str | None = None
    fragment: str | None = None
    credentials: bool = False

    @property
    def target(self) -> str:
        """The request target: path and query, ASCII, without blanks."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    @property
    def authority(self) -> str:
        """Host and, when it is not the scheme's default, port: the value of the Host header."""
        return self.host.text if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host.text}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host, port."""
        return self.scheme, self.host.text, self.port

    def __str__(self) -> str:
        """The URL without credentials and fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str, base: Url | None = None) -> Url:
    """Parse `text`, relative to `base` when there is one.  Raises UrlError."""
    text = _SURROGATE.sub("\ufffd", text).strip(_BLANKS)
    text = text.replace("\t", "").replace("\n", "").replace("\r", "")
    match = _SCHEME.match(text)
    if match is None:
        if base is None:
            raise UrlError("Invalid URL: it has no scheme and nothing to be relative to")
        return _relative(text, base)
    scheme, rest = match[1].lower(), text[match.end() :]
    if scheme not in DEFAULT_PORTS:
        raise UrlError(f"the scheme {scheme[:40]!r} cannot be fetched", scheme)
    if base is not None and scheme == base.scheme and not (rest[:1] in ("/", "\\") and rest[1:2] in ("/", "\\")):
        return _relative(rest, base)
    return _absolute(scheme, rest.lstrip("/\\"))


def _relative(text: str, base: Url) -> Url:
    if text[:1] in ("/", "\\"):
        if text[1:2] in ("/", "\\"):
            return _absolute(base.scheme, text.lstrip("/\\"))
        return _with_path(base, text, [])
    rest, mark, fragment = text.partition("#")
    if rest and rest[0] != "?":
        return _with_path(base, text, base.path.split("/")[1:-1])
    query = _encode(rest[1:], _QUERY_SET) if rest else base.query
    encoded = _encode(fragment, _FRAGMENT_SET) if mark else None
    return msgspec.structs.replace(base, query=query, fragment=encoded)


def _with_path(base: Url, text: str, segments: list[str]) -> Url:
    path, query, fragment = _path_query_fragment(text, segments)
    return msgspec.structs.replace(base, path=path, query=query, fragment=fragment)


def _absolute(scheme: str, rest: str) -> Url:
    end = _AUTHORITY_END.search(rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    user, at, place = authority.rpartition("@")
    host, port = _split_port(place if at else authority, DEFAULT_PORTS[scheme])
    try:
        parsed = parse_host(host)
    except ValueError as error:
        raise UrlError(f"Invalid URL: {error}") from error
    path, query, fragment = _path_query_fragment(tail, [])
    return Url(scheme, parsed, port, path, query, fragment, credentials=user not in ("", ":"))


def _split_port(place: str, default: int) -> tuple[str, int]:
    """Host text and port of `host:port`; a colon inside brackets is the host's."""
    inside = False
    for index, character in enumerate(place):
        if character == ":" and not inside:
            return place[:index], _port(place[index + 1 :], default)
        inside = character == "[" or (inside and character != "]")
    return place, default


def _port(text: str, default: int) -> int:
    if _PORT.fullmatch(text) is None:
        raise UrlError("Invalid URL: the port is not a number")
    digits = text.lstrip("0")
    if len(digits) > 5 or (digits and int(digits) > 0xFFFF):
        raise UrlError("Invalid URL: the port is over 65535")
    return int(digits or "0") if text else default


def _path_query_fragment(text: str, segments: list[str]) -> tuple[str, str | None, str | None]:
    """Path (after `segments`), query and fragment, percent-encoded."""
    rest, mark, fragment = text.partition("#")
    raw_path, question, query = rest.partition("?")
    return (
        _path(raw_path, segments),
        _encode(query, _QUERY_SET) if question else None,
        _encode(fragment, _FRAGMENT_SET) if mark else None,
    )


def _path(raw: str, segments: list[str]) -> str:
    if raw[:1] in ("/", "\\"):
        raw = raw[1:]
    parts = raw.replace("\\", "/").split("/")
    for index, part in enumerate(parts):
        dots = part.lower().replace("%2e", ".") if len(part) <= 6 else part
        if dots == "..":
            del segments[-1:]
        elif dots != ".":
            segments.append(_encode(part, _PATH_SET))
            continue
        if index == len(parts) - 1:
            segments.append("")
    return "/" + "/".join(segments)


def _encode(text: str, escaped: str) -> str:
    """Percent-encode controls, everything beyond ASCII, and the characters in `escaped`."""
    if text.isascii() and text.isprintable() and not any(character in text for character in escaped):
        return text
    return "".join(
        character if " " <= character < "\x7f" and character not in escaped else _percent(character)
        for character in text
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
