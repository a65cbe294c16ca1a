"""Request targets in one canonical form, made exactly once.

Router and function see the same path, so that nothing can be routed as one thing and served as another.

- Escapes of unreserved characters are decoded, all others get upper-case digits; raw characters that belong
  escaped are escaped (RFC 3986 section 6.2.2).
- Dot segments, `%2e` in any mix included, are resolved; climbing over the root stays at the root.
- `%2F` stays what it is: part of a segment.  Together with dots (`..%2f`) it is refused: no honest client
  sends it, and whatever decodes it later would climb.
- Invalid escapes, NUL, backslashes (raw or escaped), fragments and bytes that are not UTF-8 are refused.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import msgspec

from edge.errors import CallerError, UriTooLongError
from edge.gateway.authority import Authority, parse_authority
from edge.units import KIB

MAX_TARGET = 16 * KIB
MAX_PATH = 8 * KIB

# What needs no work at all: unreserved characters, sub-delims, ":" and "@", and no segment that starts with a dot.
_PLAIN = re.compile(r"(?:/(?!\.)[A-Za-z0-9\-._~!$&'()*+,;=:@]*)+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_RAW_TO_ESCAPE = re.compile(r"[\"<>^`{|}]")
_PRINTABLE = re.compile(rb"[\x21-\x7e]*")
_ABSOLUTE = re.compile(rb"(https?)://([^/?#]*)(.*)", re.IGNORECASE)
_DOTS_AND_SLASH = re.compile(r"(?:\A|%2F)\.{1,2}(?:%2F|\Z)")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Target(msgspec.Struct, frozen=True):
    """A request target: canonical `path`, raw `query` without "?", and the authority of the absolute form."""

    path: str
    query: str = ""
    authority: Authority | None = None


def parse_target(raw_path: bytes, query: bytes = b"") -> Target:
    """The canonical target of a request, from ASGI's `raw_path` and `query_string`.

    Takes origin form and absolute form (RFC 9112 section 3.2).  Raises CallerError (400) for every other form
    and for what cannot be brought into canonical form, UriTooLongError (414) over MAX_PATH or MAX_TARGET.
    """
    if len(raw_path) + len(query) > MAX_TARGET:
        raise UriTooLongError(f"the request target is over {MAX_TARGET} bytes")
    authority, raw_path = _split_absolute(raw_path)
    return Target(canonical_path(raw_path), _query(query), authority)


def canonical_path(raw: bytes) -> str:
    """The canonical form of a raw path; see the rules of this module.  Raises as parse_target."""
    if len(raw) > MAX_PATH:
        raise UriTooLongError(f"the path is {len(raw)} bytes long, over the limit of {MAX_PATH}")
    text = raw.decode("latin-1")
    if _PLAIN.fullmatch(text):
        return text
    _refuse_junk(raw)
    return _resolve_dots(_RAW_TO_ESCAPE.sub(_escape, _ESCAPE.sub(_normalise, text)))


def decode_segment(segment: str) -> str:
    """The text that a segment of a canonical path stands for."""
    return unquote_to_bytes(segment).decode() if "%" in segment else segment


def _split_absolute(raw_path: bytes) -> tuple[Authority | None, bytes]:
    if raw_path.startswith(b"/"):
        return None, raw_path
    match = _ABSOLUTE.fullmatch(raw_path)
    if match is None:
        raise CallerError("the request target must be a path or an absolute http URL")
    if not match[2]:
        raise CallerError("the absolute request target names no host")
    return parse_authority(match[2].decode("latin-1")), match[3] or b"/"


def _query(raw: bytes) -> str:
    if _PRINTABLE.fullmatch(raw) is None or b"#" in raw:
        raise CallerError("the query holds a character that must be percent-encoded")
    return raw.decode("ascii")


def _refuse_junk(raw: bytes) -> None:
    if not raw.startswith(b"/"):
        raise CallerError("the path does not begin with a slash")
    if _PRINTABLE.fullmatch(raw) is None or b"#" in raw or b"\\" in raw:
        raise CallerError("the path holds a character that must be percent-encoded")
    decoded = unquote_to_bytes(raw)
    if b"\0" in decoded or b"\\" in decoded:
        raise CallerError("the path holds an encoded NUL or backslash")
    try:
        decoded.decode()
    except UnicodeDecodeError as error:
        raise CallerError("the path is not UTF-8 after percent-decoding") from error


def _normalise(match: re.Match[str]) -> str:
    if match[1] is None:
        raise CallerError("the path holds an invalid percent-escape")
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"


def _escape(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


def _resolve_dots(path: str) -> str:
    """RFC 3986 section 5.2.4 on a path that begins with a slash."""
    segments = path.split("/")[1:]
    out: list[str] = []
    for segment in segments:
        if "%2F" in segment and _DOTS_AND_SLASH.search(segment):
            raise CallerError("the path holds dot segments behind an encoded slash")
        if segment == "..":
            del out[-1:]
        elif segment != ".":
            out.append(segment)
    if segments[-1] in {".", ".."}:
        out.append("")
    return "/" + "/".join(out)
