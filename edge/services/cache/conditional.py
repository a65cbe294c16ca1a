"""Validators: what a client has already, and whether what is kept is still right.  RFC 9110 section 13.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.services.cache.fields import field, http_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"})

_ETAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_MAX_ETAGS = 128
# Of the content, which a 304 does not have; what is kept of it stays (RFC 9111 section 3.2).
_OF_CONTENT = frozenset(
    {"content-encoding", "content-length", "content-range", "content-type", "content-digest", "repr-digest", "trailer"}
)


def etags(value: str) -> list[tuple[bool, str]]:
    """Entity tags of a field: whether each is weak, and its text with quotes."""
    return [(bool(weak), tag) for weak, tag in _ETAG.findall(value)[:_MAX_ETAGS]]


def not_modified(request: Sequence[Header], kept: Sequence[Header]) -> bool:
    """Whether a GET is answered with 304, because the client has what is kept (section 13.2.2)."""
    wanted = field(request, "if-none-match")
    if wanted is not None:
        own = etags(field(kept, "etag") or "")
        return wanted.strip() == "*" or (bool(own) and own[0][1] in {tag for _, tag in etags(wanted)})
    since = http_date(field(request, "if-modified-since") or "")
    modified = http_date(field(kept, "last-modified") or "")
    return since is not None and modified is not None and modified <= since


def of_304(kept: Sequence[Header]) -> list[Header]:
    """The fields of a 304 for what is kept (RFC 9110 section 15.4.5)."""
    return [header for header in kept if header[0] not in _OF_CONTENT]


def conditions(kept: Sequence[Header]) -> list[Header]:
    """How to ask whether what is kept is still right; empty when there is no way."""
    asked = [("if-none-match", field(kept, "etag")), ("if-modified-since", field(kept, "last-modified"))]
    return [(name, value) for name, value in asked if value]


def confirms(kept: Sequence[Header], answer: Sequence[Header]) -> bool:
    """Whether a 304 is about what is kept (RFC 9111 section 4.3.4)."""
    new, old = etags(field(answer, "etag") or ""), etags(field(kept, "etag") or "")
    if not new:
        return True
    return bool(old) and new[0][1] == old[0][1] and (new[0][0] or not old[0][0])


def updated(kept: Sequence[Header], answer: Sequence[Header]) -> tuple[Header, ...]:
    """What is kept, with the fields of a 304 (RFC 9111 section 3.2)."""
    fresh = [header for header in answer if header[0] not in _OF_CONTENT]
    named = {name for name, _ in fresh} | {"age"}
    return (*(header for header in kept if header[0] not in named), *fresh)
