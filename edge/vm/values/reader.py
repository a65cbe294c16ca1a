"""Text of values from a VM to values of Python.  A VM's code can have written anything, so nothing in it is trusted."""

from __future__ import annotations

import array
import base64
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from edge.vm.errors import CrossingError, JavaScriptError, VMError
from edge.vm.values.kinds import BigInt, Limits, Map, undefined
from edge.vm.values.writer import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[[int], Any]

_CODES = {name: code for code, name in VIEWS.items()}
_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf"), "-0": -0.0}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_OURS = re.compile(r"\n    at [^\n]*\bedge:vm:[^\n]*")
"""Lines of a stack that are of the VM's own runtime."""
_SLACK = 1024
_decode = msgspec.json.Decoder().decode


class MalformedError(VMError):
    """Text that the VM's runtime does not write: somebody else has."""


def read_value(text: bytes, limits: Limits, function: Function | None = None) -> Any:
    """The value of a text.  `function` makes what stands for a function of the VM of its number.

    Raises CrossingError for what Python has no value for, MalformedError for what is no value at all.
    """
    if len(text) > 4 * limits.size + _SLACK or _count(text) > 3 * limits.items + _SLACK:
        raise MalformedError("a value is larger than it may be")
    try:
        tree = _decode(text)
        return _Reader(function).read(tree) if b'"$"' in text else tree
    except CrossingError:
        raise
    except (msgspec.DecodeError, RecursionError, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise MalformedError(f"it is no value: {error}") from error


def read_error(text: bytes, limits: Limits) -> JavaScriptError:
    """The error of a text.  Raises MalformedError, CrossingError."""
    error = read_value(text, limits)
    if not isinstance(error, JavaScriptError):
        raise MalformedError("it is no error")
    return error


def _count(text: bytes) -> int:
    """At least the number of values in it; commas in strings are looked at only when there are many."""
    count = text.count(b",") + text.count(b"[") + text.count(b"{")
    return count if count < 100_000 else sum(_STRINGS.sub(b"", text).count(mark) for mark in (b",", b"[", b"{"))


class _Reader:
    def __init__(self, function: Function | None) -> None:
        self._function = function

    def read(self, tree: Any) -> Any:
        """What the tree of JSON stands for."""
        if type(tree) is list:
            return [self.read(item) for item in tree]
        if type(tree) is not dict:
            return tree
        if "$" not in tree:
            return {key: self.read(item) for key, item in tree.items()}
        words = tree["$"]
        if type(words) is not list or len(tree) != 1:
            raise MalformedError("a mark is none")
        return self._special(words)

    def _special(self, words: list[Any]) -> Any:  # noqa: C901 - one line per kind of value
        match words:
            case ["undef"]:
                return undefined
            case ["num", str(name)]:
                return _NUMBERS[name]
            case ["big", str(digits)]:
                return BigInt(digits, 16)
            case ["str", str(units)]:
                return _bytes(units).decode("utf-16-le", "surrogatepass")
            case ["bytes", str(data)]:
                return _bytes(data)
            case ["view", str(kind), str(data)]:
                return array.array(_CODES[kind], _bytes(data))
            case ["date", int(time) | float(time)]:
                return _date(time)
            case ["map", list(pairs)]:
                return self._map(pairs)
            case ["set", list(items)]:
                return self._set(items)
            case ["obj", dict(members)]:
                return {key: self.read(item) for key, item in members.items()}
            case ["error", dict(fields), dict(more)]:
                return self._error(fields, more)
            case ["fn", int(number)] if self._function is not None:
                return self._function(number)
        raise MalformedError("an unknown mark")

    def _map(self, pairs: list[Any]) -> Map:
        made = Map()
        for key, value in pairs:
            name = self.read(key)
            if not _is_hashable(name):
                raise CrossingError(f"a Map has a key that is no key of a dict: {type(name).__name__}")
            made[name] = self.read(value)
        if len(made) != len(pairs):
            raise CrossingError("a Map has keys that are equal in Python, as 1 and true are")
        return made

    def _set(self, items: list[Any]) -> set[Any]:
        members = [self.read(item) for item in items]
        if not all(map(_is_hashable, members)):
            raise CrossingError("a Set has members that no set of Python can have: objects, arrays")
        made = set(members)
        if len(made) != len(members):
            raise CrossingError("a Set has members that are equal in Python, as 1 and true are")
        return made

    def _error(self, fields: dict[str, Any], more: dict[str, Any]) -> JavaScriptError:
        name, message, stack = fields["name"], fields["message"], fields["stack"]
        if not (isinstance(name, str) and isinstance(message, str) and isinstance(stack, str)):
            raise MalformedError("an error says no text")
        properties = {}
        for key, value in more.items():
            try:
                properties[key] = self.read(value)
            except CrossingError:
                continue
        return JavaScriptError(name, message, _OURS.sub("", stack), properties)


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _date(time: float) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=time)
    except OverflowError:
        raise CrossingError("a Date lies outside the years 1 to 9999, which are all that Python knows") from None
