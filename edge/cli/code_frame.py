"""Where in a package's sources something went wrong, shown with the lines around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AROUND = 2
"""Lines before the one that is meant, and behind it."""
_WIDTH = 160
_PLACE = re.compile(r"(?:/app/)?((?:[\w@.~+-]+/)*[\w@.~+-]+\.(?:[cm]?[jt]sx?))(?::(\d+)(?::(\d+))?| ?\((\d+):(\d+)\))")
_FRAME = re.compile(r"^\s+at ")


class Place(NamedTuple):
    """A file of the package (`src/index.ts`), a line and a column, both from 1."""

    path: str
    line: int
    column: int = 1


def places_in(text: str) -> Iterator[Place]:
    """The places of the package that a stack or a message names, in order; files in node_modules come last."""
    found = [_place(match) for match in _PLACE.finditer(text)]
    found = [place for place in found if not place.path.startswith(".edge-test/")]
    yield from (place for place in found if "node_modules/" not in place.path)
    yield from (place for place in found if "node_modules/" in place.path)


def _place(match: re.Match[str]) -> Place:
    line, column = match[2] or match[4], match[3] or match[5]
    return Place(match[1], int(line), int(column or 1))


def frame_of(text: str, read: Callable[[str], str | None]) -> list[str]:
    """The code frame of the first place in a stack or message whose source `read` gives; empty when there is none."""
    for place in places_in(text):
        source = read(place.path)
        lines = source.splitlines() if source is not None else []
        found = _within(lines, place)
        if found is not None:
            return [f"{found.path}:{found.line}:{found.column}", *code_frame(lines, found)]
    return []


def _within(lines: list[str], place: Place) -> Place | None:
    """A place that is in its file; the end of the file for one right behind it, where that came too soon."""
    if lines and place.line == len(lines) + 1:
        return Place(place.path, len(lines), len(lines[-1]) + 1)
    return place if 1 <= place.line <= len(lines) else None


def code_frame(lines: list[str], place: Place) -> list[str]:
    """The lines around a place, its own marked, and the column pointed at."""
    first, last = max(1, place.line - AROUND), min(len(lines), place.line + AROUND)
    width = len(str(last))
    shown = []
    for number in range(first, last + 1):
        mark = ">" if number == place.line else " "
        shown.append(f"{mark} {number:>{width}} | {_plain(lines[number - 1])[:_WIDTH]}".rstrip())
        if number == place.line and place.column <= _WIDTH:
            before = _plain(lines[number - 1][: place.column - 1])
            shown.append(f"  {' ' * width} | {' ' * len(before)}^")
    return shown


def styled(line: str) -> str:
    """A line of a code frame in colours: the one that is meant stands out."""
    return click.style(line, bold=True) if line.startswith(">") else click.style(line, dim=True)


def own_frames(stack: str) -> list[str]:
    """The frames of a stack that are the package's, without those of the test harness and of the runtime."""
    frames = [line.strip() for line in stack.splitlines() if _FRAME.match(line)]
    return [frame.replace("/app/", "") for frame in frames if "/app/" in frame and "/.edge-test/" not in frame]


def _plain(line: str) -> str:
    """Tabs as two spaces, controls as dots: nothing in a source shall drive the terminal."""
    return "".join("  " if letter == "\t" else letter if letter.isprintable() else "." for letter in line)
