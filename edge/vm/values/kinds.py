"""Values of JavaScript that Python has no word for, and limits of what crosses."""

from __future__ import annotations

from typing import Any, Final, final

import msgspec

from edge.units import MIB

MAX_SAFE_INTEGER = 2**53 - 1
"""Integers up to here, of either sign, are numbers in JavaScript; larger ones cross as BigInts."""


@final
class Undefined:
    """The type of `undefined`, the only one of its kind."""

    _instance: Undefined | None = None

    def __new__(cls) -> Undefined:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"

    def __reduce__(self) -> str:
        return "undefined"


undefined: Final = Undefined()
"""JavaScript's `undefined`; None is `null`."""


class BigInt(int):
    """An integer that is a BigInt in JavaScript whatever its size.  BigInts of a VM come as this."""


class Map(dict[Any, Any]):
    """A dict that is a Map in JavaScript.  Maps of a VM come as this; a plain dict with names for keys is an object."""


class Limits(msgspec.Struct, frozen=True):
    """Of one value: how deep it may be nested, how many items it may have in all, how large its text may be (bytes)."""

    depth: int = 100
    items: int = 1_000_000
    size: int = 32 * MIB
