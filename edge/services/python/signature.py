"""The arguments of a call as a Python function wants them, and its result as JSON.

Annotations are msgspec's schema (https://jcristharif.com/msgspec/supported-types.html): scalars, containers,
dataclasses, TypedDicts, Structs, `Annotated[..., Meta(...)]`.  Positional parameters take the arguments of the
JavaScript call in order; parameters that can be given by keyword alone are the members of an object behind them.
"""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import msgspec.inspect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_raw_dict = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL = b"null"


class ArgumentError(Exception):
    """The arguments of a call do not fit; the message names the argument and is for the caller."""


class SignatureError(Exception):
    """A function that cannot be called from JavaScript, and why."""


class _Parameter(NamedTuple):
    name: str
    decoder: msgspec.json.Decoder[Any]
    required: bool
    takes_none: bool


class Signature:
    """Of one function; raises SignatureError when it cannot be bound."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._positional: list[_Parameter] = []
        self._named: dict[str, _Parameter] = {}
        self._rest: _Parameter | None = None
        self._more: _Parameter | None = None
        hints = _hints(function)
        for name, parameter in inspect.signature(function).parameters.items():
            self._add(name, parameter, _parameter(name, parameter, hints.get(name, Any)))

    def _add(self, name: str, parameter: inspect.Parameter, known: _Parameter) -> None:
        match parameter.kind:
            case inspect.Parameter.KEYWORD_ONLY:
                self._named[name] = known
            case inspect.Parameter.VAR_POSITIONAL:
                self._rest = known
            case inspect.Parameter.VAR_KEYWORD:
                self._more = known
            case _:
                self._positional.append(known)

    @property
    def text(self) -> str:
        """As documentation shows it: `(text, top?, {model?})`."""
        words = [each.name + ("" if each.required else "?") for each in self._positional]
        if self._rest:
            words.append(f"...{self._rest.name}")
        if self._takes_options:
            inner = [each.name + ("" if each.required else "?") for each in self._named.values()]
            words.append("{" + ", ".join([*inner, *(["..."] if self._more else [])]) + "}")
        return f"({', '.join(words)})"

    @property
    def _takes_options(self) -> bool:
        return bool(self._named) or self._more is not None

    def bind(self, args: bytes) -> tuple[list[object], dict[str, object]]:
        """From a JSON array.  Raises ArgumentError."""
        try:
            given = _raw_list.decode(args)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ArgumentError("the arguments are not a JSON array") from error
        count = len(self._positional)
        options: dict[str, msgspec.Raw] = {}
        if self._takes_options and self._rest is None and len(given) == count + 1:
            options = self._options(given.pop())
        if len(given) > count and self._rest is None:
            raise ArgumentError(f"takes at most {count + self._takes_options} arguments ({len(given)} given)")
        positional = self._bound(given[:count])
        if self._rest is not None:
            positional += [_decode(self._rest, raw, f"{self._rest.name}[{n}]") for n, raw in enumerate(given[count:])]
        return positional, self._by_name(options, [each.name for each in self._positional[len(positional) :]])

    def _bound(self, given: list[msgspec.Raw]) -> list[object]:
        """Those in front; a hole in the middle (undefined) of one that has a default cannot be said in Python."""
        while given and bytes(given[-1]) == _NULL and self._leaves_out(self._positional[len(given) - 1]):
            given.pop()
        for parameter in self._positional[len(given) :]:
            if parameter.required:
                raise ArgumentError(f"argument {parameter.name!r} is missing")
        return [_decode(each, raw, each.name) for each, raw in zip(self._positional, given, strict=False)]

    def _leaves_out(self, parameter: _Parameter) -> bool:
        return not parameter.required and not parameter.takes_none

    def _options(self, raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
        if bytes(raw) == _NULL:
            return {}
        try:
            return _raw_dict.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            names = ", ".join(self._named) or "any"
            raise ArgumentError(f"the last argument must be an object ({names})") from error

    def _by_name(self, options: Mapping[str, msgspec.Raw], taken: list[str]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, raw in options.items():
            parameter = self._named.get(name, self._more)
            if parameter is None or name in taken:
                raise ArgumentError(f"there is no option {name[:60]!r} ({', '.join(self._named)})")
            if bytes(raw) == _NULL and self._leaves_out(parameter):
                continue
            found[name] = _decode(parameter, raw, name)
        for name, parameter in self._named.items():
            if parameter.required and name not in found:
                raise ArgumentError(f"option {name!r} is missing")
        return found


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(inspect.unwrap(function), include_extras=True)
    except Exception as error:  # an annotation is any code of the operator
        raise SignatureError(f"its annotations cannot be evaluated: {error}") from error


def _parameter(name: str, parameter: inspect.Parameter, kind: Any) -> _Parameter:
    variadic = parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    required = parameter.default is inspect.Parameter.empty and not variadic
    try:
        _check_types(msgspec.inspect.type_info(kind))
        decoder = msgspec.json.Decoder(kind, dec_hook=_made)
    except Exception as error:
        raise SignatureError(f"parameter {name!r} has a type that JSON cannot be decoded to: {error}") from error
    try:
        decoder.decode(_NULL)
        takes_none = True
    except Exception:  # noqa: BLE001 - also a hook of the type
        takes_none = False
    return _Parameter(name, decoder, required, takes_none)


def _check_types(info: object) -> None:
    """Raises TypeError for a type that msgspec leaves to a hook, unless it is one that the hook can make."""
    if isinstance(info, msgspec.inspect.CustomType) and not hasattr(info.cls, "model_validate"):
        raise TypeError(f"{info.cls.__name__} is nothing that msgspec knows")
    for part in _parts(info):
        _check_types(part)


def _parts(info: object) -> Iterator[object]:
    """The types inside a container or union; fields of structs are msgspec's own affair."""
    for name in ("item_type", "key_type", "value_type", "type"):
        if isinstance(part := getattr(info, name, None), msgspec.inspect.Type):
            yield part
    yield from (part for part in getattr(info, "types", ()) if isinstance(part, msgspec.inspect.Type))
    yield from (part for part in getattr(info, "item_types", ()) if isinstance(part, msgspec.inspect.Type))


def _made(kind: Any, value: object) -> object:
    """Models of pydantic check themselves."""
    return kind.model_validate(value)


def _decode(parameter: _Parameter, raw: msgspec.Raw, name: str) -> object:
    try:
        return parameter.decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArgumentError(f"argument {name!r}: {error}") from error


def encode_result(result: object) -> tuple[bytes, bytes | None]:
    """JSON, and bytes beside it when the result is nothing but bytes.  Raises TypeError, ValueError, RecursionError."""
    if isinstance(result, (bytes, bytearray, memoryview)):
        return _NULL, bytes(result)
    return msgspec.json.encode(result, enc_hook=_plain), None


def _plain(value: object) -> object:
    """What msgspec does not know: models of pydantic, rows of SQLite, and other things that are mappings."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    keys = getattr(value, "keys", None)
    if callable(keys):
        return {key: value[key] for key in keys()}  # type: ignore[index]
    raise TypeError(f"a {type(value).__qualname__} cannot be given to JavaScript (return what msgspec can encode)")
