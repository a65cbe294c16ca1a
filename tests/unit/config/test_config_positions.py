"""Lines of TOML keys: a table of cases, and documents made up by hypothesis against tomllib."""

from __future__ import annotations

import itertools
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config.positions import find_positions

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = [
    ("plain key", "a = 1", {("a",): 1}),
    ("blank lines and comments", '\n# x = "y"\n\na = 1 # b = 2', {("a",): 4}),
    ("dotted key", "\na . b.c = 1", {("a",): 2, ("a", "b"): 2, ("a", "b", "c"): 2}),
    ("quoted keys", '"a.b" = 1\n\'c"d\' = 2\n"\\u0065" = 3', {("a.b",): 1, ('c"d',): 2, ("e",): 3}),
    ("table", "[a]\nb = 1\n[ c . d ]\n", {("a",): 1, ("a", "b"): 2, ("c",): 3, ("c", "d"): 3}),
    (
        "table after its child",
        "[a.b]\nc = 1\n[a]\nd = 2",
        {("a",): 3, ("a", "b"): 1, ("a", "b", "c"): 2, ("a", "d"): 4},
    ),
    (
        "array of tables",
        "[[r]]\np = 1\n[[r]]\np = 2",
        {("r",): 1, ("r", 0): 1, ("r", 0, "p"): 2, ("r", 1): 3, ("r", 1, "p"): 4},
    ),
    (
        "tables inside an array of tables",
        "[[r]]\n[r.c]\nx = 1\n[[r]]\n[r.c]\nx = 2",
        {
            ("r",): 1,
            ("r", 0): 1,
            ("r", 0, "c"): 2,
            ("r", 0, "c", "x"): 3,
            ("r", 1): 4,
            ("r", 1, "c"): 5,
            ("r", 1, "c", "x"): 6,
        },
    ),
    (
        "array over several lines",
        'a = [\n  1, # one, "]"\n  "]",\n  [2, 3],\n]\nb = 1',
        {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("a", 2): 4, ("a", 2, 0): 4, ("a", 2, 1): 4, ("b",): 6},
    ),
    (
        "inline tables",
        "a = { b = 1, c.d = [\n{ e = 2 }] }\nf = {}",
        {
            ("a",): 1,
            ("a", "b"): 1,
            ("a", "c"): 1,
            ("a", "c", "d"): 1,
            ("a", "c", "d", 0): 2,
            ("a", "c", "d", 0, "e"): 2,
            ("f",): 3,
        },
    ),
    ("text that looks like keys", 'a = """\nb = 1\n"quoted" \\""" [c]\n"""\nd = 1', {("a",): 1, ("d",): 5}),
    ("text that ends with quotes", 'a = """""x"""""\nb = 1', {("a",): 1, ("b",): 2}),
    ("literal text", "a = '''\n\\'''\nb = 'c = \\'\nd = 1", {("a",): 1, ("b",): 3, ("d",): 4}),
    ("dates and numbers", "a = 1979-05-27 07:32:00Z\nb = -1_000.5e+3\nc = inf", {("a",): 1, ("b",): 2, ("c",): 3}),
    ("Windows line ends", 'a = """x\r\ny"""\r\nb = 1\r\n', {("a",): 1, ("b",): 3}),
    ("nothing", "", {}),
    ("only a comment", "# nothing", {}),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_key_has_its_line(text: str, expected: dict[Any, int]) -> None:
    """Each shape that TOML has for keys and values is followed."""
    tomllib.loads(text)
    assert find_positions(text) == expected


def test_a_large_document_takes_no_more_than_linear_time() -> None:
    """Ten thousand routes are no problem, nor is a text of a megabyte."""
    text = "".join(f'[[routes]]\npath = "/{number}"\n' for number in range(10_000)) + f'x = "{"a" * 1_000_000}"'
    assert find_positions(text)["routes", 9_999, "path"] == 20_000


# Documents in which every value is a number of its own, so that its line can be found by looking for it.

NAMES = st.sampled_from(
    ["a", "b", "server", "x-1", *(f"k{number}" for number in range(20)), '"q.r"', "'s t'", '"\\u00e9]"', '"#"']
)
BREAKS = st.sampled_from(["", "", "\n", "\n# c [x] = 1\n", " \n  "])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A TOML document that may repeat keys; the test drops those that are not valid."""
    numbers = itertools.count(1000)
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        lines += [draw(st.sampled_from(["", "# [x]\n"])) + draw(keys()) + " = " + draw(values(numbers))]
    for _ in range(draw(st.integers(0, 4))):
        name = draw(keys())
        lines.append(draw(st.sampled_from([f"[{name}]", f"[[{name}]]  # end"])))
        lines += [draw(keys()) + " =" + draw(values(numbers)) for _ in range(draw(st.integers(0, 3)))]
    return "\n".join(lines)


@st.composite
def keys(draw: st.DrawFn) -> str:
    return draw(st.sampled_from([".", " . "])).join(draw(st.lists(NAMES, min_size=1, max_size=3)))


@st.composite
def values(draw: st.DrawFn, numbers: Iterator[int], depth: int = 0) -> str:
    number = next(numbers)
    texts = [str(number), f'"n{number} \\" ]"', f"'n{number}'", f'"""\n"n"{number}\n"""', f"'''''n{number}\n'''"]
    shape = draw(st.sampled_from(["value", "value", "array", "inline"] if depth < 2 else ["value"]))
    if shape == "array":
        items = [draw(BREAKS) + draw(values(numbers, depth + 1)) for _ in range(draw(st.integers(0, 3)))]
        return "[" + ",".join(items) + draw(BREAKS) + "]"
    if shape == "inline":
        pairs = [f"k{index} = {draw(values(numbers, depth + 1))}" for index in range(draw(st.integers(0, 3)))]
        return "{ " + ", ".join(pairs) + " }"
    return draw(st.sampled_from(texts))


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step), inner
        yield from paths(inner, (*path, step))


@pytest.mark.slow
@given(documents())
@settings(max_examples=400, deadline=None)
def test_positions_agree_with_what_tomllib_reads(text: str) -> None:
    """Every value of a document has a position, nothing else has, and numbers are in the lines that it says."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = find_positions(text)
    values_ = dict(paths(document))
    assert found.keys() == values_.keys()
    lines = text.split("\n")
    for path, value in values_.items():
        if isinstance(value, int):
            assert str(value) in lines[found[path] - 1]
