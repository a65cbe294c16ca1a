"""Values of Python to text for a VM."""

from __future__ import annotations

import array
import base64
import math
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from edge.vm.errors import CrossingError, JavaScriptError
from edge.vm.values.kinds import MAX_SAFE_INTEGER, BigInt, Limits, Map, Undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Handle = Callable[[Any], list[Any] | None]

VIEWS = {
    "b": "Int8Array",
    "h": "Int16Array",
    "H": "Uint16Array",
    "i": "Int32Array",
    "I": "Uint32Array",
    "q": "BigInt64Array",
    "Q": "BigUint64Array",
    "f": "Float32Array",
    "d": "Float64Array",
}
"""Codes of `array.array` and the typed arrays that they cross as; those of bytes are `bytes`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def write_value(value: Any, limits: Limits, handle: Handle | None = None) -> bytes:
    """Text of a value.  `handle` gives the words for functions it knows (`["host", 1]`).  Raises CrossingError."""
    text = _encode(_Writer(limits, handle).write(value))
    if len(text) > limits.size:
        raise CrossingError(f"the value cannot cross to the VM: it is larger than {limits.size} bytes")
    return text


def write_error(error: BaseException) -> bytes:
    """Text of an exception as an error of JavaScript: its class's name and its message, nothing of its traceback."""
    return _encode(_Writer(Limits(), None).error(error))


class _Writer:
    """One value.  `_trail` are the keys on the way to what is being written, `_above` the ids of what holds it."""

    def __init__(self, limits: Limits, handle: Handle | None) -> None:
        self._limits = limits
        self._handle = handle
        self._trail: list[str | int] = []
        self._above: list[int] = []
        self._items = 0
        self._size = 0

    def write(self, value: Any) -> Any:  # noqa: C901, PLR0912 - one line per kind of value
        """What msgspec encodes as the value's text."""
        if value is None or value is True or value is False:
            return value
        match value:
            case str():
                return self._text(value)
            case int():
                return self._integer(value)
            case float():
                return self._number(value)
            case dict():
                return self._inside(value, self._mapping)
            case list() | tuple():
                return self._inside(value, self._list)
            case bytes() | bytearray() | memoryview():
                return self._bytes(value)
            case datetime():
                return self._date(value)
            case set() | frozenset():
                return {"$": ["set", self._inside(value, self._list)]}
            case Undefined():
                return {"$": ["undef"]}
            case array.array():
                return self._view(value)
            case BaseException():
                return self.error(value)
        words = self._handle(value) if self._handle is not None else None
        if words is None:
            raise self._refusal(_why(value))
        return {"$": words}

    def error(self, error: BaseException) -> dict[str, list[Any]]:
        """An exception; what of a JavaScriptError's properties cannot cross is left out."""
        if not isinstance(error, JavaScriptError):
            return {"$": ["error", {"name": _name_of(error), "message": _message_of(error), "stack": ""}, {}]}
        fields = {"name": _clean(error.name), "message": _clean(error.message), "stack": _clean(error.stack)}
        more = {}
        for key, value in error.properties.items():
            above, trail = len(self._above), len(self._trail)
            try:
                more[_clean(str(key))] = self._inside(error, partial(self._property, value))
            except CrossingError:
                del self._above[above:], self._trail[trail:]
        return {"$": ["error", fields, more]}

    def _property(self, value: Any, _: BaseException) -> Any:
        return self.write(value)

    # -- kinds

    def _text(self, value: str) -> Any:
        self._charge(len(value))
        if value.isascii():
            return str(value)
        try:
            value.encode()
        except UnicodeEncodeError:
            units = value.encode("utf-16-le", "surrogatepass")
            return {"$": ["str", base64.b64encode(units).decode()]}
        return str(value)

    def _integer(self, value: int) -> Any:
        if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER and not isinstance(value, BigInt):
            return int(value)
        self._charge(value.bit_length() // 4)
        return {"$": ["big", f"{int(value):x}"]}

    def _number(self, value: float) -> Any:
        if math.isfinite(value):
            return float(value)
        return {"$": ["num", "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"]}

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        if isinstance(value, Map) or not all(isinstance(key, str) for key in value):
            return {"$": ["map", [[self._at("a key", key), self._at(str(key), item)] for key, item in value.items()]]}
        members = {self._key(key): self._at(key, item) for key, item in value.items()}
        return {"$": ["obj", members]} if "$" in members else members

    def _key(self, key: str) -> str:
        self._charge(len(key))
        try:
            key.encode()
        except UnicodeEncodeError:
            raise self._refusal("a name in it is not well-formed Unicode") from None
        return str(key)

    def _list(self, value: Iterable[Any]) -> list[Any]:
        return [self._at(index, item) for index, item in enumerate(value)]

    def _bytes(self, value: bytes | bytearray | memoryview) -> Any:
        data = bytes(value)
        self._charge(len(data) * 4 // 3)
        return {"$": ["bytes", base64.b64encode(data).decode()]}

    def _view(self, value: array.array[Any]) -> Any:
        if value.typecode == "B":
            return self._bytes(value.tobytes())
        code = {4: "i", 8: "q"}[value.itemsize] if value.typecode == "l" else value.typecode
        code = {4: "I", 8: "Q"}[value.itemsize] if value.typecode == "L" else code
        if code not in VIEWS or sys.byteorder != "little":
            raise self._refusal(f"it is an array of {value.typecode!r}")
        data = value.tobytes()
        self._charge(len(data) * 4 // 3)
        return {"$": ["view", VIEWS[code], base64.b64encode(data).decode()]}

    def _date(self, value: datetime) -> Any:
        if value.utcoffset() is None:
            raise self._refusal("it is a datetime without a time zone: use datetime.now(UTC)")
        return {"$": ["date", (value - _EPOCH) // timedelta(milliseconds=1)]}

    # -- the way

    def _at(self, key: str | int, value: Any) -> Any:
        self._items += 1
        if self._items > self._limits.items:
            raise CrossingError(f"the value cannot cross to the VM: it has more than {self._limits.items} items")
        kind = type(value)  # the commonest at once: they need no way
        if kind is str and value.isascii():
            self._charge(len(value))
            return value
        if (kind is int and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER) or kind is bool or value is None:
            return value
        self._trail.append(key)
        words = self.write(value)
        self._trail.pop()
        return words

    def _inside(self, value: Any, work: Callable[[Any], Any]) -> Any:
        if id(value) in self._above:
            raise self._refusal("it contains itself")
        if len(self._above) >= self._limits.depth:
            raise self._refusal(f"it is nested deeper than {self._limits.depth}")
        self._above.append(id(value))
        words = work(value)
        self._above.pop()
        return words

    def _charge(self, size: int) -> None:
        self._size += size
        if self._size > self._limits.size:
            raise CrossingError(f"the value cannot cross to the VM: it is larger than {self._limits.size} bytes")

    def _refusal(self, why: str) -> CrossingError:
        path = "".join(f"[{key!r}]" for key in self._trail)
        return CrossingError(f"{f'the value at {path}' if path else 'the value'} cannot cross to the VM: {why}")


def _why(value: Any) -> str:
    if callable(value):
        return "it is a function (give it with an InjectLibrary or IpcRxLibrary, or as a HostFunction)"
    if isinstance(value, date):
        return "it is a date without a time: send a datetime or text"
    return f"it is a {type(value).__qualname__}"


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode()


def _name_of(error: BaseException) -> str:
    return _clean(type(error).__name__)


def _message_of(error: BaseException) -> str:
    try:
        message = getattr(error, "message", None)
        return _clean(message if isinstance(message, str) else str(error))
    except Exception:  # noqa: BLE001 - what cannot say what it is
        return ""
