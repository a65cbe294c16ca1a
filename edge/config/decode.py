"""Plain values, as `tomllib` and YAML give them, to config structs: strict, and with every problem at once."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any, Final

from edge.units import parse_duration, parse_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.config.keypath import KeyPath
    from edge.config.problems import Problems
    from edge.config.schema import Key, Kind

_SHOWN: Final = 60
_HINTS: Final = 100  # looking for like names takes time, and nobody reads more of them
_MISTYPED: Final = 0.8  # so like a key of the table, a name does not belong into another one
_EXPECTED: Final = {
    "text": "text in quotes",
    "flag": "true or false",
    "ignored": "anything",
    "count": "a whole number",
    "share": "a number",
    "choice": "text in quotes",
    "list": "a list",
    "map": "a table",
    "table": "a table",
}
_SCALARS: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "choice": (str,),
    "flag": (bool,),
    "count": (int,),
    "share": (int, float),
    "size": (str, int, float),
    "duration": (str, int, float),
    "list": (),
    "map": (),
    "table": (),
}
_BESIDE: Final[dict[str, type]] = {"list": list, "text": str, "table": dict, "map": dict}


class _Bad:
    """Stands for a value that had a problem."""


_BAD: Final = _Bad()


class Decoder:
    """Decodes against kinds.  `known` holds key names of other tables, for hints about misplaced keys."""

    def __init__(self, problems: Problems, known: Mapping[str, str] | None = None) -> None:
        self._problems = problems
        self._known = known or {}

    def decode(self, kind: Kind, value: object, path: KeyPath = ()) -> object | None:
        """The value as `kind` says; None when it, or something required below it, is wrong."""
        decoded = self._value(kind, value, path)
        return None if decoded is _BAD else decoded

    def _value(self, kind: Kind, value: object, path: KeyPath, *, secret: bool = False) -> object:
        if kind.also is not None and isinstance(value, _BESIDE[kind.also.shape]):
            kind = kind.also
        if kind.shape == "ignored":
            return ""
        if isinstance(value, dict) and kind.shape in ("table", "map"):
            return self._table(kind, value, path) if kind.shape == "table" else self._map(kind, value, path)
        if isinstance(value, list) and kind.shape == "list":
            return self._list(kind, value, path, secret=secret)
        if isinstance(value, _SCALARS[kind.shape]) and isinstance(value, bool) == (kind.shape == "flag"):
            return self._scalar(kind, value, path)
        if kind.shape == "count" and value in kind.choices:
            return value
        return self._bad(path, f"{_describe(value, secret=secret)} is not {_expected(kind)} ({kind.allowed})")

    def _scalar(self, kind: Kind, value: Any, path: KeyPath) -> object:
        match kind.shape:
            case "size" | "duration":
                return self._quantity(kind, value, path)
            case "count":
                return self._ranged(kind, value, path)
            case "share":
                return _BAD if self._ranged(kind, value, path) is _BAD else float(value)
            case "choice":
                return self._choice(kind, value, path)
        return value

    def _table(self, kind: Kind, value: dict[str, object], path: KeyPath) -> object:
        for name in value:
            if name not in kind.fields:
                self._problems.add((*path, name), self._unknown(name, kind))
        fields: dict[str, object] = {}
        whole = True
        for key in kind.fields.values():
            decoded = _BAD if key.name not in value else self._key(key, value[key.name], path)
            if decoded is not _BAD:
                fields[key.field] = decoded
            elif key.required:
                whole = False
                if key.name not in value:
                    self._problems.add(path, f"{key.name} is missing ({key.kind.allowed})")
        return kind.build(fields) if whole else _BAD

    def _key(self, key: Key, value: object, path: KeyPath) -> object:
        return self._value(key.kind, value, (*path, key.name), secret=key.secret)

    def _map(self, kind: Kind, value: dict[str, object], path: KeyPath) -> object:
        items = {name: self._value(kind.inner, item, (*path, name), secret=True) for name, item in value.items()}
        return {name: item for name, item in items.items() if item is not _BAD}

    def _list(self, kind: Kind, value: list[object], path: KeyPath, *, secret: bool) -> object:
        items = [self._value(kind.inner, item, (*path, number), secret=secret) for number, item in enumerate(value)]
        kept = [number for number, item in enumerate(items) if item is not _BAD]
        if len(kept) < len(items):
            self._problems.kept[path] = kept
        return [items[number] for number in kept]

    def _quantity(self, kind: Kind, value: str | float, path: KeyPath) -> object:
        whole = kind.shape == "size"
        if isinstance(value, str):
            try:
                value = parse_size(value) if whole else parse_duration(value)
            except (ValueError, OverflowError) as error:
                return self._bad(path, f"{_cut(str(error))} ({kind.allowed})")
        if isinstance(value, float) and (not math.isfinite(value) or (whole and not value.is_integer())):
            return self._bad(path, f"{value} is not a {kind.shape} ({kind.allowed})")
        if self._ranged(kind, value, path) is _BAD:
            return _BAD
        return int(value) if whole else float(value)

    def _ranged(self, kind: Kind, value: float, path: KeyPath) -> object:
        if not ((kind.low is None or value >= kind.low) and (kind.high is None or value <= kind.high)):  # nor is nan
            return self._bad(path, f"{_number(value)} is out of range ({kind.allowed})")
        return value

    def _choice(self, kind: Kind, value: str, path: KeyPath) -> object:
        if value in kind.choices:
            return value
        near = difflib.get_close_matches(value, kind.choices, 1)
        hint = f", did you mean {near[0]}?" if near else ""
        return self._bad(path, f"{_cut(repr(value))} is not known{hint} ({kind.allowed})")

    def _unknown(self, name: str, kind: Kind) -> str:
        """The nearest key is one of this table, or is one of another that is named so."""
        beside, elsewhere = list(kind.fields), list(self._known)
        if len(self._problems) > _HINTS:
            return f"unknown key ({', '.join(beside)})"
        like = difflib.get_close_matches(name, beside, 1)
        if not like or _ratio(name, like[0]) < _MISTYPED:
            cutoff = 0.9 if like else 0.75
            like += [self._known[found] for found in difflib.get_close_matches(name, elsewhere, 1, cutoff)]
        hint = f", did you mean {' or '.join(like)}?" if like else ""
        return f"unknown key{hint} ({', '.join(beside)})"

    def _bad(self, path: KeyPath, what: str) -> _Bad:
        self._problems.add(path, what)
        return _BAD


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _expected(kind: Kind) -> str:
    if kind.shape in ("size", "duration"):
        return f"a {kind.shape}"
    return _EXPECTED[kind.shape] + (f" or {_EXPECTED[kind.also.shape]}" if kind.also else "")


def _describe(value: object, *, secret: bool) -> str:
    """The value for a message: its type where the value itself could be secret or long."""
    names = {dict: "a table", list: "a list", type(None): "nothing"}
    if type(value) in names:
        return names[type(value)]
    if secret:
        return "the value"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value)
    return _cut(repr(value) if isinstance(value, str) else str(value))


def _number(value: float) -> str:
    """A number for a message.  Python refuses to print integers of thousands of digits."""
    return "the number" if isinstance(value, int) and value.bit_length() > 128 else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
