"""Cache-Control: RFC 9111 section 5.2.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from edge.services.cache.fields import members

if TYPE_CHECKING:
    from collections.abc import Mapping

Control = dict[str, str | None]
"""Directives in lower case, and their arguments without quotes; None without one."""

MAX_SECONDS = 2**31
"""RFC 9111 section 1.2.2: what is larger counts as this."""

_MAX_DIRECTIVES = 64
_DIGITS = re.compile(r"[0-9]+")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"')


def parse_control(value: str | None) -> Control:
    """The directives of a field; of one that is there twice, the first."""
    control: Control = {}
    for member in members(value or ""):
        name, equals, argument = member.partition("=")
        control.setdefault(name.strip(" \t").lower(), _unquoted(argument.strip(" \t")) if equals else None)
        if len(control) >= _MAX_DIRECTIVES:
            break
    return control


def _unquoted(argument: str) -> str:
    match = _QUOTED.fullmatch(argument)
    return re.sub(r"\\(.)", r"\1", match[1]) if match else argument


def seconds(control: Mapping[str, str | None], name: str) -> float | None:
    """The argument of a directive; None without the directive, 0 for what is no number (then nothing is fresh)."""
    if name not in control:
        return None
    argument = control[name]
    if argument is None or _DIGITS.fullmatch(argument) is None:
        return 0.0
    return float(min(int(argument[:12]) if len(argument) <= 12 else MAX_SECONDS, MAX_SECONDS))
