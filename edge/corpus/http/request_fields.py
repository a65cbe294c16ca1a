"""Requests that are described by what is odd about their fields.  Pure."""

from __future__ import annotations

import re
from typing import Final

from edge.corpus.http.clause import COUNT, KINDS, count
from edge.corpus.http.frame import Field

GET: Final = ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a.test"), (b":path", b"/ok"))
POST: Final = ((b":method", b"POST"), *GET[1:3], (b":path", b"/echo"))
CHEAP: Final = (*GET[:3], (b":path", b"/_edge/live"))

_HEADER: Final = re.compile(r'(:?(?:"[^"]*"|[^\s:=]+))\s*(?::\s|:\Z|=)\s*(".*"|.*)')
_PSEUDO: Final = re.compile(r'(:[A-Za-z-]+)(?:\s+(?!twice\b|:)(".*?"|[^\s:]\S*))?')
_WORDS: Final = (
    "trailers",
    "regular header",
    "pseudo",
    "uppercase",
    "no :",
    "without :",
    "missing :",
    "empty header name",
)
_REPEATED: Final = re.compile(rf"([a-z][a-z-]*) x ({COUNT})")


def is_field(clause: str) -> bool:
    """Whether a clause is about a field and not about a frame."""
    lower = clause.lower()
    if lower.startswith((*_WORDS, ":")) or _REPEATED.fullmatch(clause):
        return True
    if re.match(rf"(?:{KINDS})\b", clause):
        return False
    return re.match(r'(?:"[^"]*"|[^\s:]+): ', clause + " ") is not None


def changed(fields: list[Field], clause: str) -> list[Field]:
    """The fields of a request as a clause wants them."""
    lower = clause.lower()
    if lower.startswith(("regular header", "pseudo")):
        return [*fields[:-1], (b"x", b"y"), fields[-1]]
    if lower.startswith("uppercase"):
        return [*fields, (b"X-Upper", b"y")]
    if lower.startswith("empty header name"):
        return [*fields, (b"", b"y")]
    if found := re.match(r"(?:no|without|missing) (:[a-z-]+)", lower):
        return [one for one in fields if one[0] != found[1].encode()]
    if found := _REPEATED.fullmatch(clause):
        return [*fields, *[(found[1].encode(), b"a=b")] * count(found[2])]
    if found := re.match(r"(:[a-z-]+) (?:twice|x 2)", lower):
        return _behind(fields, next((one for one in fields if one[0] == found[1].encode()), (b":x", b"y")))
    if found := re.match(r"([a-z-]+): (\S+) twice", clause):
        return [*fields, *[(found[1].encode(), value(found[2]))] * 2]
    if clause.startswith(":"):
        return _with_pseudo(fields, _pseudo(clause))
    return [*fields, field(clause)]


def field(clause: str) -> Field:
    """`name: value`."""
    found = _HEADER.fullmatch(clause)
    if found is None:
        return clause.split(maxsplit=1)[0].encode("latin-1"), b"x"
    return value(found[1]), value(found[2])


def value(text: str) -> bytes:
    """Without quotes, and with escapes made what they stand for."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    for escaped, plain in (("\\0", "\0"), ("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t")):
        text = text.replace(escaped, plain)
    return text.encode("latin-1", "replace")


def _pseudo(clause: str) -> list[Field]:
    """`:path = ""`, `:scheme "x"`, `:method CONNECT :protocol websocket`, `:foo`."""
    if found := re.fullmatch(r'(:[A-Za-z-]+)\s*(?:=|:)\s*(".*"|.*)', clause):
        return [(found[1].encode(), value(found[2]))]
    return [(name.encode(), value(text or "x")) for name, text in _PSEUDO.findall(clause)]


def _with_pseudo(fields: list[Field], given: list[Field]) -> list[Field]:
    for name, text in given:
        known = any(one[0] == name for one in fields)
        fields = [(name, text) if one[0] == name else one for one in fields]
        fields = fields if known else _behind(fields, (name, text))
    return fields


def _behind(fields: list[Field], added: Field) -> list[Field]:
    """Behind the other pseudo fields, before the rest."""
    return [*(one for one in fields if one[0][:1] == b":"), added, *(one for one in fields if one[0][:1] != b":")]
