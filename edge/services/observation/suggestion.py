"""The smallest allow list that what was learned needs.  Pure.

Names stay as they are: a wildcard over names that are alike would open what other customers of a provider have
under the same one.  Paths are generalised (see `path_set`), methods are those that were used.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from edge.services.egress.url import DEFAULT_PORTS
from edge.services.observation.path_set import ANY_METHOD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from edge.services.observation.learned import Learned, Place, Use

Entry = str | dict[str, object]
_WEB = frozenset({"http", "https"})


class Suggestion(msgspec.Struct, frozen=True):
    """`allow` is to be written under `egress`; `toml` is the same as TOML.  `refused` stayed closed meanwhile.

    `missed` requests went to places beyond the number that is remembered.
    """

    function: str
    learning: bool
    requests: int
    allow: list[Entry]
    toml: str
    refused: list[dict[str, object]]
    missed: int = 0


def suggest(function: str, learned: Learned, *, learning: bool) -> Suggestion:
    """What the operator may write for a function."""
    allow = [entry for place, use in sorted(learned.uses.items()) for entry in _entries(place, use)]
    refused = [{**msgspec.to_builtins(one), "count": count} for one, count in learned.refused.items()]
    toml = written(function, allow)
    return Suggestion(function, learning, learned.requests, allow, toml, refused, learned.missed)


def _entries(place: Place, use: Use) -> Iterable[Entry]:
    if use.paths is None:
        yield from _with_options(place, use, {})
        return
    by_methods: dict[frozenset[str], list[str]] = {}
    for pattern, methods in use.paths.patterns.items():
        by_methods.setdefault(frozenset(methods), []).append(pattern)
    for used, patterns in sorted(by_methods.items(), key=lambda item: sorted(item[0])):
        for pattern in sorted(patterns):
            path = {} if pattern == "/*" else {"path": pattern}
            only = {} if ANY_METHOD in used else {"methods": sorted(used)}
            yield from _with_options(place, use, {**only, **path})


def _with_options(place: Place, use: Use, options: dict[str, object]) -> Iterable[Entry]:
    """A text where that says it all, else a table."""
    private = use.private and not use.literal
    if not options and not private:
        host = f"[{place.host}]" if ":" in place.host else place.host
        yield f"{place.scheme}://{host}:{place.port}"
        return
    default = DEFAULT_PORTS.get(place.scheme) == place.port
    yield {
        "host": place.host,
        "scheme": place.scheme,
        **({} if default else {"port": place.port}),
        **options,
        **({"private": True} if private else {}),
    }


def written(function: str, allow: list[Entry]) -> str:
    """An allow list as it stands in `edge.toml`."""
    lines = [f"[functions.{_key(function)}.egress]", "allow = ["]
    lines += [f"  {_value(entry)}," for entry in allow]
    return "\n".join([*lines, "]", ""]) if allow else f"[functions.{_key(function)}.egress]\nallow = []\n"


def _key(name: str) -> str:
    bare = name.replace("_", "").replace("-", "")
    return name if bare.isascii() and bare.isalnum() else json.dumps(name)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return f"{{ {_pairs(value)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)


def _pairs(table: Mapping[str, object]) -> str:
    return ", ".join(f"{key} = {_value(value)}" for key, value in table.items())
