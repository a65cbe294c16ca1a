"""Where the keys of a TOML document are.

`tomllib` says what a document holds but not where.  This scanner reads a document that `tomllib` has
accepted, so it needs to know only what opens and closes: headers, keys, strings, arrays, inline tables
and comments (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
from bisect import bisect_right

from edge.config.keypath import KeyPath, scan_key

_DEPTH = 32  # deeper keys have no positions: a key of ten thousand parts would take as many paths of that length
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\[^\n])*"'
    r"|'[^'\n]*'"
)
_PLAIN = re.compile(r"[^,\]}#\n]+")


def find_positions(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every key, table and array item of a valid TOML document.

    Items of arrays, and tables of arrays of tables, are named by their number from 0.
    """
    return _Scanner(text.replace("\r\n", "\n")).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [index for index, char in enumerate(text) if char == "\n"]
        self._lines: dict[KeyPath, int] = {}
        self._tables: dict[KeyPath, int] = {}  # array of tables -> tables so far

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        line = self._line()
        array = self._text.startswith("[[", self._at)
        keys = self._key(self._at + (2 if array else 1))
        self._at += 2 if array else 1
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._newest(self._mark(_below(path, key), line))
        path = _below(path, keys[-1])
        if not array:
            path = self._newest(path)
            self._lines[path] = line
            return path
        self._mark(path, line)
        self._tables[path] = self._tables.get(path, -1) + 1
        return self._mark(self._newest(path), line)

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._key(self._at):
            path = self._mark(_below(path, key), line)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip(_SPACE)
        match self._peek():
            case '"' | "'":
                self._skip(_STRING)
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case _:
                self._skip(_PLAIN)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        number = 0
        while self._after_blank() != "]":
            self._value(self._mark(_below(path, number), self._line()))
            number += 1
            self._comma()
        self._at += 1

    def _inline(self, path: KeyPath) -> None:
        self._at += 1
        while self._after_blank() != "}":
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        if self._after_blank() == ",":
            self._at += 1

    def _after_blank(self) -> str:
        self._skip(_BLANK)
        return self._peek()

    def _newest(self, path: KeyPath) -> KeyPath:
        return _below(path, self._tables[path]) if path in self._tables else path

    def _mark(self, path: KeyPath, line: int) -> KeyPath:
        self._lines.setdefault(path, line)
        return path

    def _key(self, start: int) -> tuple[str, ...]:
        keys, self._at = scan_key(self._text, start)
        return keys

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at) + 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"line {self._line()}: not what a valid document has here")
        self._at = match.end()


def _below(path: KeyPath, step: str | int) -> KeyPath:
    return (*path, step) if len(path) < _DEPTH else path
