"""The config structs as a tree of kinds, for everything that walks keys: decoder, overrides, manual, diff.

`Kind` is the one view of a key's type that the rest of this folder uses; it is read from the structs once.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec import inspect

from edge.units import MIB, format_duration, format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keypath import KeyPath

Shape: TypeAlias = Literal[
    "text", "flag", "count", "size", "duration", "share", "choice", "list", "map", "table", "ignored"
]

INTERNAL = ("origin",)  # fields of Config that are no keys


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What one key takes.

    `choices` are the texts of a choice, or those that a count takes besides numbers ("auto").  `item` is the
    kind of a list's items or a map's values; `fields` are the keys of a table, of class `table`.  `also` is a
    second shape that is told apart by its type (a table beside a text, a list beside a number).  What is
    "ignored" may be anything.
    """

    shape: Shape
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    item: Kind | None = None
    table: type[msgspec.Struct] | None = None
    fields: dict[str, Key] = {}
    also: Kind | None = None

    @property
    def allowed(self) -> str:
        """What may be written, for messages and the manual."""
        own = _allowed(self)
        return f"{own} or {self.also.allowed}" if self.also else own

    @property
    def inner(self) -> Kind:
        """The kind of what a list or map holds."""
        if self.item is None:
            raise TypeError(f"a {self.shape} holds nothing")
        return self.item

    def build(self, fields: dict[str, object]) -> msgspec.Struct:
        """The struct of a table."""
        if self.table is None:
            raise TypeError(f"a {self.shape} has no fields")
        return self.table(**fields)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a table: `name` as it is written in files, `field` as the struct calls it."""

    name: str
    field: str
    kind: Kind
    description: str
    required: bool
    default: object
    restart: bool
    secret: bool


def _allowed(kind: Kind) -> str:
    match kind.shape:
        case "size" | "duration":
            text = _span(kind)
        case "count":
            span = f"whole number {_bound(kind.low)}..{_bound(kind.high)}"
            text = " or ".join([span, *(f'"{choice}"' for choice in kind.choices)])
        case "share":
            text = f"number {_bound(kind.low)}..{_bound(kind.high)}, like 0.01"
        case "choice":
            text = " | ".join(kind.choices)
        case "list":
            text = f"list of {kind.inner.allowed}"
        case "map":
            text = f"table of names to {kind.inner.allowed}"
        case "table":
            text = "table with " + ", ".join(kind.fields)
        case _:
            text = {"flag": "true | false", "ignored": "anything"}.get(kind.shape, "text")
    return text


def _span(kind: Kind) -> str:
    low, high, usual = _bound(kind.low), _bound(kind.high), 128 * MIB if kind.shape == "size" else 30
    show = format_size if kind.shape == "size" else format_duration
    return f"{show(low)}..{show(high)}, like {show(usual if low <= usual <= high else high)}"


def _bound(value: float | None) -> int:
    return 0 if value is None else value  # type: ignore[return-value]  # ints and floats print alike here


@functools.cache
def table(struct: type[msgspec.Struct]) -> Kind:
    """The kind of a config struct."""
    return _kind(inspect.type_info(struct))


def _kind(kind: inspect.Type) -> Kind:
    bare, extra = _bare(kind)
    unit = extra.get("unit")
    match bare:
        case inspect.UnionType():
            found = _union([part for part in bare.types if not isinstance(part, inspect.NoneType)])
        case inspect.StructType():
            keys = {field.encode_name: _key(field) for field in bare.fields if field.name not in INTERNAL}
            found = Kind(shape="table", table=bare.cls, fields=keys)
        case inspect.ListType():
            found = Kind(shape="list", item=_kind(bare.item_type))
        case inspect.DictType():
            found = Kind(shape="map", item=_kind(bare.value_type))
        case inspect.LiteralType():
            found = Kind(shape="choice", choices=tuple(str(value) for value in bare.values))
        case inspect.IntType() | inspect.FloatType():
            found = Kind(shape=unit or "count", low=bare.ge, high=bare.le)
        case inspect.BoolType() | inspect.StrType():
            found = Kind(shape=unit or ("flag" if isinstance(bare, inspect.BoolType) else "text"))
        case _:
            raise TypeError(f"no kind of config key for {bare!r}")
    return found


def _union(parts: list[inspect.Type]) -> Kind:
    kinds = [_kind(part) for part in parts]
    if len(kinds) == 1:
        return kinds[0]
    main, beside = sorted(kinds, key=lambda kind: ("count", "list", "text", "choice", "table").index(kind.shape))
    if beside.shape == "choice":
        return msgspec.structs.replace(main, choices=beside.choices)
    return msgspec.structs.replace(main, also=beside)


def _bare(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    if not isinstance(kind, inspect.Metadata):
        return kind, {}
    bare, extra = _bare(kind.type)
    return bare, extra | (kind.extra or {})


def _key(field: inspect.Field) -> Key:
    kind, marks, text = field.type, dict[str, Any](), ""
    if isinstance(kind, inspect.Metadata):
        marks, text = kind.extra or {}, (kind.extra_json_schema or {}).get("description", "")
    required = field.required
    default = None if required else _default(field)
    return Key(
        name=field.encode_name,
        field=field.name,
        kind=_kind(kind),
        description=text,
        required=required,
        default=default,
        restart=bool(marks.get("restart")),
        secret=bool(marks.get("secret")),
    )


def _default(field: inspect.Field) -> object:
    factory = field.default_factory
    return field.default if factory is msgspec.NODEFAULT else factory()


def walk(kind: Kind, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Key]]:
    """Every key below a table; `*` stands for the names of a map and the numbers of a list."""
    for name, key in kind.fields.items():
        here = (*path, name)
        yield here, key
        inner, below = key.kind, here
        while inner.item is not None:
            inner, below = inner.item, (*below, "*")
        for part in (inner, inner.also):
            if part is not None and part.shape == "table":
                yield from walk(part, below)


def at(kind: Kind, path: KeyPath) -> Kind | None:
    """The kind of the key at `path`; None when there is no such key."""
    for step in path:
        if kind.shape == "table":
            key = kind.fields.get(str(step))
            found = key.kind if key else None
        else:
            found = kind.item if kind.shape in ("list", "map") else None
        if found is None:
            return None
        kind = found
    return kind
