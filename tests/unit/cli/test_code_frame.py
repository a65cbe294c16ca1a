"""Where errors point: places in stacks and messages, and the lines around them."""

from __future__ import annotations

import pytest

from edge.cli.code_frame import Place, code_frame, frame_of, own_frames, places_in

SOURCE = "one\ntwo\nthree\nfour\nfive\nsix\n"
STACK = """TypeError: x is not a function
    at helper (/app/node_modules/lib/index.js:3:1)
    at Object.fetch (/app/src/api.ts:4:3)
    at async /app/index.ts:2:1
    at run (/app/.edge-test/harness.cjs:1:1)"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SyntaxError: /app/a.js:2:5: Unexpected token", [Place("a.js", 2, 5)]),
        ("at f (/app/lib/b.mjs:10:20)", [Place("lib/b.mjs", 10, 20)]),
        ("index.tsx (3:7)", [Place("index.tsx", 3, 7)]),
        ("lib/a.ts:9", [Place("lib/a.ts", 9, 1)]),
        ("https://example.com:80/ at 12:30", []),
        ("no place at all", []),
    ],
)
def test_places_are_found_in_what_is_said(text, expected):
    """With and without the mount, in stacks and in messages."""
    assert list(places_in(text)) == expected


def test_the_packages_own_files_come_first():
    """What is in node_modules is where it was noticed, seldom where it is wrong; the harness is nobody's."""
    assert [place.path for place in places_in(STACK)] == ["src/api.ts", "index.ts", "node_modules/lib/index.js"]


def test_a_frame_shows_the_line_and_points_at_the_column():
    """Two lines before it and two behind it, numbered."""
    assert code_frame(SOURCE.splitlines(), Place("a.js", 3, 2)) == [
        "  1 | one",
        "  2 | two",
        "> 3 | three",
        "    |  ^",
        "  4 | four",
        "  5 | five",
    ]


def test_the_first_place_whose_source_is_known_is_shown():
    """A file that is not there is passed over."""
    frame = frame_of(STACK, {"index.ts": SOURCE}.get)
    assert frame[0] == "index.ts:2:1"
    assert "> 2 | two" in frame


def test_a_place_behind_the_end_is_the_end():
    """A file that breaks off is wrong where it breaks off."""
    assert frame_of("a.js:7:0", {"a.js": SOURCE}.get)[0] == "a.js:6:4"
    assert frame_of("a.js:99:0", {"a.js": SOURCE}.get) == []


def test_a_source_drives_no_terminal():
    """Escapes are shown as dots, long lines are cut."""
    [_, line, _] = frame_of("a.js:1:1", {"a.js": f"\x1b[31mred\x07{'x' * 500}"}.get)
    assert "\x1b" not in line
    assert "\x07" not in line
    assert len(line) < 200


def test_frames_of_the_harness_are_left_out():
    """What remains is the package's, without the mount."""
    assert own_frames(STACK) == [
        "at helper (node_modules/lib/index.js:3:1)",
        "at Object.fetch (src/api.ts:4:3)",
        "at async index.ts:2:1",
    ]
