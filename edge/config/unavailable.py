"""Keys of the config whose feature this version does not have yet.

They are known and checked like the others, but to ask for what would not happen is an error.  Whoever builds a
feature deletes its line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from edge.config.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.config.keypath import KeyPath


class Unavailable(NamedTuple):
    """A key (`*` stands for any name or number), whether a value of it asks for the feature, and what works instead."""

    path: KeyPath
    asks: Callable[[object], bool]
    feature: str
    instead: str = "leave it out"


UNAVAILABLE: Final = (Unavailable(("telemetry", "otlp_endpoint"), bool, "OpenTelemetry"),)


def find_unavailable(config: object, table: tuple[Unavailable, ...] = UNAVAILABLE) -> Iterator[Problem]:
    """What a config, or a part of one with the same fields, asks for in vain."""
    for row in table:
        for path, value in _values(config, row.path):
            if row.asks(value):
                yield Problem(path, f"{row.feature} is not available in this version ({row.instead})")


def _values(value: object, path: KeyPath, before: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    if not path:
        yield before, value
    elif path[0] != "*":
        inner = getattr(value, str(path[0]), None)
        yield from _values(inner, path[1:], (*before, path[0]))
    else:
        items = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        for name, inner in items:
            yield from _values(inner, path[1:], (*before, name))
