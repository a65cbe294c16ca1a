"""Rules for headers: what routes set, add and remove, and what may not be touched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from msgspec import Struct, field

from edge.config.problems import Problem
from edge.config.types import about

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from edge.config.keypath import KeyPath

Preset: TypeAlias = Literal["none", "secure"]

VARIABLES: Final = (
    *("request_id", "client_ip", "scheme", "host", "method", "path", "query", "route", "function"),
    *("auth_type", "auth_subject"),
)
"""What may stand in braces in a value, besides `header:NAME`."""

_VARIABLE: Final = re.compile(r"\{([a-z_]+)\}|\{header:([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100})\}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE: Final = re.compile(r"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|")
_CONNECTION: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("http2-settings", "content-length", "expect", "host", "proxy"),
    }
)
"""What belongs to one connection, or says where a message ends or where it goes."""


class HeaderRules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What becomes of headers: first `remove`, then `set`, then `add`."""

    set: Annotated[dict[str, str], about("Headers and the value that each has, whatever it was.")] = field(
        default_factory=dict
    )
    add: Annotated[dict[str, str], about("Headers and a value that each has besides others.")] = field(
        default_factory=dict
    )
    remove: Annotated[list[str], about("Names of headers that are left out.")] = field(default_factory=list)


class ResponseHeaderRules(HeaderRules, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for responses, also for the gateway's own."""

    default: Annotated[dict[str, str], about("Headers and the value that each has when there is none.")] = field(
        default_factory=dict
    )
    preset: Annotated[
        Preset,
        about(
            "`secure`: by default `X-Content-Type-Options: nosniff`, `X-Frame-Options: SAMEORIGIN`, `Referrer-Policy: "
            "strict-origin-when-cross-origin`, and over HTTPS `Strict-Transport-Security: max-age=31536000`."
        ),
    ] = "none"


def pieces(value: str) -> list[tuple[str, str, str]]:
    """A value as texts and what follows each: the name of a variable, or that of a header.

    What is in braces and no variable is text, so that values may hold JSON.
    """
    found, end = [], 0
    for match in _VARIABLE.finditer(value):
        found.append((value[end : match.start()], match[1] or "", (match[2] or "").lower()))
        end = match.end()
    return [*found, (value[end:], "", "")]


def check_header_rules(rules: HeaderRules, path: KeyPath, own: Collection[str] = ()) -> Iterator[Problem]:
    """What is wrong with rules.  `own` are names that only the gateway sets."""
    tables = {"set": rules.set, "add": rules.add}
    if isinstance(rules, ResponseHeaderRules):
        tables["default"] = rules.default
    for key, table in tables.items():
        for name, value in table.items():
            if what := _check_name(name, own) or _check_value(value):
                yield Problem((*path, key, name), what)
    for number, name in enumerate(rules.remove):
        if what := _check_name(name, own):
            yield Problem((*path, "remove", number), what)


def _check_name(name: str, own: Collection[str]) -> str | None:
    lower = name.lower()
    if not _NAME.fullmatch(name):
        return f"{name[:60]!r} is not the name of a header (X-Example)"
    if lower in _CONNECTION or lower in own or lower.startswith("edge-"):
        return f"{name[:60]!r} is the gateway's own (another header)"
    return None


def _check_value(value: str) -> str | None:
    if not _VALUE.fullmatch(value):
        return "the value cannot be sent (latin-1 without control characters, no blanks at its ends)"
    for _, variable, _ in pieces(value):
        if variable and variable not in VARIABLES:
            return f"{{{variable[:40]}}} is not a variable ({', '.join(VARIABLES)}, header:NAME)"
    return None
