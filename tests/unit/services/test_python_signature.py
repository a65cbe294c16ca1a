"""What arguments become, and what a target is."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
import pytest

from edge.services.python.frames import FrameError, Load, Unpacker, pack, to_process
from edge.services.python.signature import ArgumentError, Signature, SignatureError, encode_result
from edge.services.python.target import TargetError, load


@dataclass
class Point:
    """Any type that msgspec knows."""

    x: int
    y: int = 0


def plain(a: int, b: str = "b", /, c: float = 1.5) -> None: ...
def named(a: int, *, kind: Literal["x", "y"], top: int = 1) -> None: ...
def rest(a: int, *more: Point, **options: int) -> None: ...
def optional(a: int | None = None, b: int = 2) -> None: ...
def times(at: datetime, data: bytes) -> None: ...


FITS = {
    "positions": (plain, [1, "x", 2], ([1, "x", 2.0], {})),
    "defaults are the function's own": (plain, [1], ([1], {})),
    "a hole at the end": (plain, [1, None], ([1], {})),
    "an object for names": (named, [1, {"kind": "x"}], ([1], {"kind": "x"})),
    "the rest": (rest, [1, {"x": 1}, {"x": 2, "y": 3}], ([1, Point(1), Point(2, 3)], {})),
    "null where None may be": (optional, [None], ([None], {})),
    "nothing": (optional, [], ([], {})),
    "text of a moment and of bytes": (
        times,
        ["2026-01-02T03:04:05Z", "AAEC"],
        ([datetime.fromisoformat("2026-01-02T03:04:05+00:00"), b"\0\1\2"], {}),
    ),
}
DOES_NOT = {
    "a type": (plain, ["1"], "argument 'a': Expected `int`, got `str`"),
    "too many": (plain, [1, "x", 2, 3], "takes at most 3 arguments (4 given)"),
    "too few": (plain, [], "argument 'a' is missing"),
    "null": (plain, [None], "argument 'a': Expected `int`, got `null`"),
    "a choice": (named, [1, {"kind": "z"}], "argument 'kind': Invalid enum value 'z'"),
    "a name": (named, [1, {"kind": "x", "tap": 1}], "there is no option 'tap' (kind, top)"),
    "no object": (named, [1, 2], "the last argument must be an object (kind, top)"),
    "a name that is missing": (named, [1], "option 'kind' is missing"),
    "inside": (rest, [1, {"x": "y"}], "argument 'more[0]': Expected `int`, got `str` - at `$.x`"),
}


@pytest.mark.parametrize(("function", "args", "expected"), FITS.values(), ids=FITS.keys())
def test_arguments_are_decoded_to_what_the_annotations_say(function, args, expected):
    """From the JSON array of a call."""
    assert Signature(function).bind(json.dumps(args).encode()) == expected


@pytest.mark.parametrize(("function", "args", "message"), DOES_NOT.values(), ids=DOES_NOT.keys())
def test_what_does_not_fit_is_told_by_the_name_of_the_argument(function, args, message):
    """Nothing of the operator's code runs."""
    with pytest.raises(ArgumentError) as failure:
        Signature(function).bind(json.dumps(args).encode())
    assert str(failure.value) == message


HOSTILE = [b"", b"{}", b"[1", b"\xff\xfe", b"[" * 100_000, b'{"__class__": 1}', b"[1e400]", b'["\\ud800"]', b"null"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_cell_says_is_not_believed(text):
    """A cell that was taken over sends what it likes."""
    with pytest.raises(ArgumentError):
        Signature(plain).bind(text)


def test_results_are_json_or_bytes():
    """Rows, models and structs are objects; bytes alone go beside."""

    class Row:
        def keys(self):
            return ["a"]

        def __getitem__(self, key):
            return 1

    assert encode_result({"at": datetime(2026, 1, 1), "p": Point(1)}) == (  # noqa: DTZ001
        b'{"at":"2026-01-01T00:00:00","p":{"x":1,"y":0}}',
        None,
    )
    assert encode_result([Row()]) == (b'[{"a":1}]', None)
    assert encode_result(memoryview(b"abc")) == (b"null", b"abc")
    with pytest.raises(TypeError, match="a object cannot be given to JavaScript"):
        encode_result(object())


def test_a_signature_that_json_cannot_fill_is_refused_when_it_is_loaded():
    """Not at the first call."""

    def odd(a: complex) -> None: ...
    def inside(b: list[dict[str, complex | None]]) -> None: ...

    with pytest.raises(SignatureError, match="complex is nothing that msgspec knows"):
        Signature(odd)
    with pytest.raises(SignatureError, match="parameter 'b'"):
        Signature(inside)


SOURCE = """
import math
from math import sqrt

def one(a: int) -> int: return a
async def two() -> None: ...
def _three() -> None: ...

class Box:
    def __init__(self, size: str = "1"): self.size = size
    def open(self) -> str: return self.size
    @staticmethod
    def shut() -> None: ...
    def _hidden(self) -> None: ...
    value = 3

class Empty: pass
box = Box("9")
def make(size): return Box(size)
async def stream():
    yield 1
"""


@pytest.fixture
def module(tmp_path):
    """A module of an operator."""
    (tmp_path / "operators_module.py").write_text(SOURCE)
    (tmp_path / "broken_module.py").write_text("import json\n\nraise ValueError('no licence')\n")
    yield tmp_path
    for name in ("operators_module", "broken_module"):
        sys.modules.pop(name, None)
    sys.path.remove(str(tmp_path))


def test_a_target_is_a_function_an_object_a_class_or_a_factory(module):
    """Public functions are what can be called; options are keyword arguments."""

    def kind(name, **options):
        return load(f"operators_module{name}", [str(module)], options).kind

    assert kind(":one") == "call"
    assert kind(":box") == kind(":Box", size="3") == kind(":make", size="4") == "open,shut"
    assert load("operators_module:Box", [str(module)], {"size": "7"}).methods["open"].function() == "7"
    assert kind(":Box.shut") == "call"


BROKEN = {
    "no module": ("nowhere.at.all:x", {}, "No module named 'nowhere'"),
    "no name": ("operators_module:nothing", {}, "operators_module has no 'nothing' (sqrt, one, two, Box"),
    "raises": ("broken_module", {}, "ValueError: no licence (broken_module.py:3)"),
    "generator": ("operators_module:stream", {}, "results cannot be streamed"),
    "of a module": ("operators_module", {}, "stream: is a generator"),
    "nothing to call": ("operators_module:Empty", {}, "has nothing to call"),
    "options": ("operators_module:box", {"a": "b"}, "takes no options"),
    "wrong options": ("operators_module:Box", {"a": "b"}, "unexpected keyword argument 'a'"),
}


@pytest.mark.parametrize(("target", "options", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_bound_says_why(module, target, options, message):
    """One line for the operator."""
    with pytest.raises(TargetError) as failure:
        load(target, [str(module)], options)
    assert message in str(failure.value)
    assert "\n" not in str(failure.value)


def test_frames_are_bounded():
    """A process that says what is no frame is given up."""
    message = Load("m:f", ["x"], {"a": "b"})
    data = pack(message)
    unpacker = Unpacker()
    bodies = [body for byte in data for body in unpacker.feed(bytes([byte]))]
    assert [to_process.decode(body) for body in bodies] == [message]
    with pytest.raises(FrameError):
        Unpacker().feed(b"\xff\xff\xff\xff")
    with pytest.raises(msgspec.DecodeError):
        to_process.decode(b"\xc1")
