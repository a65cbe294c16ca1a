"""Which modules a JavaScript or TypeScript source asks for, found without executing it.

Finds `import ... from "x"`, `export ... from "x"`, `import("x")` and `require("x")`, and tells whether
the source is an ES module.  Type-only imports are left out: they are gone when the code runs.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from edge.packages.lexer import Brace, Lexer, is_identifier

Form = Literal["import", "dynamic", "require"]

_MAX_DEPTH = 32
_NEARBY = 500
_GAP = r"(?:[\s\ufeff]++|//[^\n\r\u2028\u2029]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
_STRING = r"""(?:"(?:[^"\\\n\r]++|\\[\s\S])*+"|'(?:[^'\\\n\r]++|\\[\s\S])*+')"""
_NAME = r"[^\W\d][\w$]*+|[$\\][\w$\\{}]*+"
_NAMES = rf"\{{(?:[^{{}}\"'/()=;]++|{_STRING}|//[^\n\r]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+\}}"
_STAR = rf"\*{_GAP}(?:as\b{_GAP}(?:{_NAME}|{_STRING})|(?=from\b))?"
_FROM = rf"{_GAP}from{_GAP}(?P<source>{_STRING})"

_STATIC_IMPORT = re.compile(rf"import{_GAP}(?P<source>{_STRING})")
_IMPORT_FROM = re.compile(
    rf"import{_GAP}(?P<type>type\b(?!{_GAP}(?:,|from{_GAP}[\"'])){_GAP})?(?:(?:defer|source)\b{_GAP}(?=[*\w])(?!from\b))?"
    rf"(?:(?:{_NAME})(?:{_GAP},{_GAP}(?:{_STAR}|{_NAMES}))?|{_STAR}|{_NAMES}){_FROM}"
)
_IMPORT_META = re.compile(rf"import{_GAP}\.{_GAP}meta\b")
_EXPORT_FROM = re.compile(rf"export{_GAP}(?P<type>type\b{_GAP})?(?:{_STAR}|{_NAMES}){_FROM}")
_EXPORT = re.compile(
    rf"export{_GAP}(?:[{{*@]|default\b(?!{_GAP}[=:,])|(?:const|let|var|function|class|async|enum|abstract|interface|type"
    rf"|declare|namespace|module|import|using)\b(?!{_GAP}[=:(,]))"
)
_CALL = re.compile(rf"(?:import(?:{_GAP}\.{_GAP}(?:defer|source))?|require){_GAP}\(")
_ARGUMENT = re.compile(rf"{_GAP}(?P<source>{_STRING}|`(?:[^`\\$]++|\\[\s\S]|\$(?!\{{))*+`){_GAP}[,)]")
_ATTRIBUTES = re.compile(rf"{_GAP}(?:with|assert){_GAP}\{{{_GAP}[\"']?type[\"']?{_GAP}:{_GAP}(?P<value>{_STRING})")
_OPTIONS = re.compile(
    rf"{_GAP}\{{{_GAP}[\"']?with[\"']?{_GAP}:{_GAP}\{{{_GAP}[\"']?type[\"']?{_GAP}:{_GAP}(?P<value>{_STRING})"
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|(\r\n|[\s\S]))")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CONTINUED = frozenset({"\n", "\r", "\r\n", "\u2028", "\u2029"})
_AWAITS = re.compile(rf"await(?:{_GAP}[\w$(\[{{\"'`/!+~-])")
_EXPRESSION_ENDS = frozenset(")]\"'`")


class Import(msgspec.Struct, frozen=True):
    """One request for a module.  `offset` is in characters; `type` is that of `with { type: "json" }`.

    `guarded`: inside of a `try` block, so the module is one that its author can do without.
    """

    specifier: str
    form: Form
    offset: int
    type: str = ""
    guarded: bool = False


class Scan(msgspec.Struct, frozen=True):
    """What was found.

    `esm`: the source has the syntax of an ES module.  `dynamic`: it asks for modules by computed names too.
    `awaits`: an `await` may stand outside of every function; that none does is certain when it is False.
    """

    imports: tuple[Import, ...]
    esm: bool
    dynamic: bool
    awaits: bool = False


def scan(source: str) -> Scan:
    """What a source asks for, in its order.  Never raises; the time is linear in the size."""
    return _Scanner(source).run()


class _Scanner:
    def __init__(self, source: str) -> None:
        self._source = source
        self._lexer = Lexer(source)
        self._imports: list[Import] = []
        self._esm = False
        self._dynamic = False
        self._awaits = False

    def run(self) -> Scan:
        handlers = {"import": self._import, "export": self._export, "require": self._call, "await": self._await}
        for word, at in self._lexer.words():
            handlers[word](at)
        return Scan(tuple(self._imports), self._esm, self._dynamic, self._awaits)

    def _import(self, at: int) -> None:
        if _IMPORT_META.match(self._source, at):
            self._esm = True
        elif not self._statement(_STATIC_IMPORT, at) and not self._statement(_IMPORT_FROM, at):
            self._call(at)

    def _export(self, at: int) -> None:
        if not self._statement(_EXPORT_FROM, at) and not self._lexer.open and _EXPORT.match(self._source, at):
            self._esm = True

    def _statement(self, pattern: re.Pattern[str], at: int) -> bool:
        """Take in a declaration; they stand at the top of a module, in no brackets."""
        match = None if self._lexer.open else pattern.match(self._source, at)
        if match is None:
            return False
        self._esm = True
        if not match.groupdict().get("type"):
            self._add(match["source"], "import", at, match.end())
        return True

    def _call(self, at: int) -> None:
        call = _CALL.match(self._source, at)
        if call is None or self._is_declared(at):
            return
        argument = _ARGUMENT.match(self._source, call.end())
        if argument is None:
            self._dynamic = True
            return
        form: Form = "require" if self._source[at] == "r" else "dynamic"
        self._add(argument["source"], form, at, argument.end())

    def _is_declared(self, at: int) -> bool:
        """Whether this is `function require(`."""
        previous = self._lexer.before(at)
        return previous >= 0 and self._lexer.word_ending(previous) == "function"

    def _add(self, literal: str, form: Form, at: int, end: int) -> None:
        pattern = {"import": _ATTRIBUTES, "dynamic": _OPTIONS}.get(form)
        attributes = pattern.match(self._source, end) if pattern else None
        kind = string_value(attributes["value"]) if attributes else ""
        self._imports.append(Import(string_value(literal), form, at, kind, self._is_guarded()))

    def _is_guarded(self) -> bool:
        lexer = self._lexer
        braces = (position for position in lexer.open[-_MAX_DEPTH:] if position >= 0 and self._source[position] == "{")
        return any(lexer.word_ending(lexer.before(position)) == "try" for position in braces)

    def _await(self, at: int) -> None:
        self._awaits = self._awaits or not any(map(self._is_body, self._lexer.open))
        if not self._esm and self._at_top(at) and _AWAITS.match(self._source, at):
            self._esm = True

    def _at_top(self, at: int) -> bool:
        """Whether `await` stands where only a module may have it: in no function, first in a statement or value."""
        lexer = self._lexer
        if len(lexer.open) > _MAX_DEPTH or not all(self._is_block(position) for position in lexer.open):
            return False
        previous = lexer.before(at)
        character = self._source[previous] if previous >= 0 else ";"
        if character in ";{}":
            return True
        if character == "=":
            return self._source[previous - 1] not in "=!<>" and "=>" not in self._line_before(previous)
        if is_identifier(character) and lexer.word_ending(previous) in {"for", "else", "do"}:
            return True
        ends = character in _EXPRESSION_ENDS or is_identifier(character)
        return ends and "\n" in self._source[previous:at] and lexer.word_ending(previous) != "return"

    def _is_body(self, position: int) -> bool:
        return position >= 0 and self._source[position] == "{" and self._lexer.brace(position) is Brace.BODY

    def _is_block(self, position: int) -> bool:
        return position >= 0 and self._source[position] == "{" and self._lexer.brace(position) is Brace.BLOCK

    def _line_before(self, position: int) -> str:
        start = self._source.rfind("\n", max(position - _NEARBY, 0), position) + 1
        return self._source[max(start, position - _NEARBY) : position]


def string_value(literal: str) -> str:
    """The value of a string literal, quotes included in what is given."""
    body = literal[1:-1]
    return _ESCAPE.sub(_unescape, body) if "\\" in body else body


def _unescape(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits:
        code = int(digits, 16)
        # Half of a surrogate pair is no text: nothing that gets it could encode it.
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    character = match[4]
    return "" if character in _CONTINUED else _SIMPLE.get(character, character)
