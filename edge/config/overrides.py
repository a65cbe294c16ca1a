"""`--set SECTION.KEY=VALUE`, and what it shares with environment variables: an override of a file's value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.config.assign import assign, parse_text
from edge.config.keypath import KeyPath, format_path, scan_key
from edge.config.schema import Kind, at

if TYPE_CHECKING:
    from collections.abc import Iterable


class Override(NamedTuple):
    """One value from outside the file; `source` names the variable or option in messages."""

    path: KeyPath
    text: str
    source: str


def read_sets(sets: Iterable[str], problems: list[str]) -> list[Override]:
    """The overrides of `--set` options, in their order; what cannot be read is added to `problems`."""
    found = []
    for option in sets:
        try:
            keys, end = scan_key(option)
        except ValueError:
            keys, end = (), len(option)
        if option[end : end + 1] != "=":
            name = option.partition("=")[0][:60]
            problems.append(f"--set: {name!r} is not a setting (write --set SECTION.KEY=VALUE)")
            continue
        found.append(Override(keys, option[end + 1 :], "--set"))
    return found


def apply(
    overrides: Iterable[Override], values: dict[str, object], schema: Kind, problems: list[str]
) -> dict[KeyPath, str]:
    """Put overrides into a file's plain values, later ones over earlier ones; the sources by key path."""
    sources: dict[KeyPath, str] = {}
    for override in overrides:
        path = _numbered(override.path, values)
        try:
            assign(values, path, parse_text(at(schema, path), override.text))
        except ValueError as error:
            problems.append(f"{override.source}: {format_path(path)}: {error}")
            continue
        for inner in [known for known in sources if known[: len(path)] == path]:
            del sources[inner]
        sources[path] = override.source
    return sources


def _numbered(path: KeyPath, values: object) -> KeyPath:
    """The path with numbers where the values have lists, so that it equals the paths of problems."""
    numbered: list[str | int] = []
    here = values
    for step in path:
        listed = isinstance(here, list)
        number = int(step) if listed and str(step).isdecimal() else step
        numbered.append(number)
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(number, int) and number < len(here):
            here = here[number]
        else:
            here = None
    return tuple(numbered)
