"""Values given as text, by variables and options, put into the plain values of a file."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge.config.keypath import KeyPath
    from edge.config.schema import Kind

ON: Final = frozenset({"true", "1", "yes", "on"})
OFF: Final = frozenset({"false", "0", "no", "off"})
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}")
_SHARE: Final = re.compile(r"[+-]?\d{0,18}\.?\d{1,18}")


def parse_text(kind: Kind | None, text: str) -> object:
    """The plain value that `text` means for a key of this kind.

    Lists may be TOML (`["a", "b"]`) or separated by commas (`a,b`), tables are TOML, texts may be bare or
    quoted as in TOML.  What does not fit comes back as text, for the decoder to say what is wrong with it.
    Raises ValueError when it begins like TOML but is not.
    """
    stripped = text.strip()
    match kind.shape if kind else "text":
        case "flag":
            return stripped.lower() in ON if stripped.lower() in ON | OFF else text
        case "count":
            return int(stripped) if _WHOLE.fullmatch(stripped) else text
        case "share":
            return float(stripped) if _SHARE.fullmatch(stripped) else text
        case "list" if not stripped.startswith("["):
            return [item.strip() for item in text.split(",") if item.strip()]
        case "list" | "map" | "table":
            return _toml(stripped) if stripped else {}
    unquoted = _unquoted(stripped)
    return text if unquoted is None else unquoted


def _unquoted(text: str) -> object:
    """The text inside TOML quotes; None when it is not one quoted text."""
    if text[:1] not in ('"', "'"):
        return None
    try:
        return _toml(text)
    except ValueError:
        return None


def _toml(text: str) -> object:
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        raise ValueError("not a TOML value") from None
    if set(document) != {"value"}:
        raise ValueError("more than one TOML value")
    return document["value"]


def assign(values: dict[str, object], path: KeyPath, value: object) -> None:
    """Put `value` at `path`, making the tables on the way.

    Where the way is blocked by something that is no table, the values stay as they are: the decoder reports
    the block.  Raises ValueError when a number on the way is not one of an item, or of the one after the last.
    """
    here: object = values
    for step, following in zip(path, (*path[1:], None), strict=True):
        leaf = following is None
        if isinstance(here, dict):
            here = _enter(here, str(step), value if leaf else {}, replace=leaf)
        elif isinstance(here, list):
            here = _enter_item(here, step, value if leaf else {}, replace=leaf)
        else:
            return


def _enter(table: dict[str, object], name: str, value: object, *, replace: bool) -> object:
    if replace:
        table[name] = value
    return table.setdefault(name, value)


def _enter_item(items: list[object], step: str | int, value: object, *, replace: bool) -> object:
    number = int(step) if str(step).isdecimal() else len(items) + 1
    if number > len(items):
        raise ValueError(f"there is no item {step} (0..{len(items)})")
    if number == len(items):
        items.append(value)
    elif replace:
        items[number] = value
    return items[number]
