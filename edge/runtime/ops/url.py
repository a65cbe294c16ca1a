"""Internationalised domain names for `URL` and `node:url`; `edge.uts46` does the work.

Operations (see `edge.services.api.Answer`):

    url.to_ascii    {"domain"} -> the ASCII form in lower case, or null when the domain has none
    url.to_unicode  {"domain"} -> the Unicode form; labels that do not decode stay as they are
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge import uts46
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable


class _Domain(msgspec.Struct, forbid_unknown_fields=True):
    domain: str


def to_ascii(args: msgspec.Raw, _data: bytes) -> Answer:
    """`url.to_ascii`."""
    try:
        return Answer(value=uts46.to_ascii(arguments(_Domain, args).domain))
    except ValueError:
        return Answer(value=None)


def to_unicode(args: msgspec.Raw, _data: bytes) -> Answer:
    """`url.to_unicode`."""
    return Answer(value=uts46.to_unicode(arguments(_Domain, args).domain))


OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"url.to_ascii": to_ascii, "url.to_unicode": to_unicode}
