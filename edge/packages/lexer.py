"""A lexer for JavaScript and TypeScript that knows just enough to tell code from everything else.

Comments, strings, templates and regular expressions are skipped as wholes, brackets are matched, and
the words that matter are handed out.  It never fails and takes linear time, whatever the source is.

A slash divides or begins a regular expression depending on what stands before it, which is looked up
backwards when a slash is met; everything that is not asked about costs nothing.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(r"""\(|\)|\{|\}|"|'|`|/|import|export|require|await""")
# Unterminated strings end with their line, so that an apostrophe in JSX text does no more harm.
_STRINGS = {
    '"': re.compile(r'"[^"\\\n\r]*+(?:\\(?:\r\n|[\s\S])[^"\\\n\r]*+)*+"?'),
    "'": re.compile(r"'[^'\\\n\r]*+(?:\\(?:\r\n|[\s\S])[^'\\\n\r]*+)*+'?"),
}
_TEMPLATE = re.compile(r"[^`\\$]*+(?:(?:\\[\s\S]|\$(?!\{))[^`\\$]*+)*+")
# A class without an end is taken to the end of the line, so that the match says how much was looked at.
_REGEX = re.compile(
    r"/(?:[^\\/\[\n\r\u2028\u2029]++|\\[^\n\r\u2028\u2029]"
    r"|\[(?:[^\]\\\n\r\u2028\u2029]++|\\[^\n\r\u2028\u2029])*+\]?+)*+(/?)"
)
_LINE_COMMENT = re.compile(r"//[^\n\r\u2028\u2029]*+")
_HASHBANG = re.compile(r"\ufeff?(?:#![^\n\r\u2028\u2029]*+)?")
_IDENTIFIER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$\\")
_LONGEST_KEYWORD = 12

# After these a value begins, so that `/` begins a regular expression and `{` an object.
_BEFORE_VALUE = frozenset({
    "return", "typeof", "case", "in", "instanceof", "void", "delete", "throw", "new", "await", "yield", "default",
})  # fmt: skip
_BEFORE_STATEMENT = frozenset({"else", "do", "try", "finally"})
_WITH_CONDITION = frozenset({"if", "while", "for", "with", "await"})  # await: `for await (...)`
_WITH_BLOCK = _WITH_CONDITION | {"switch", "catch"}


class Brace(Enum):
    """What `{` opens: a block of statements; the body of a function or class; an object or a list of names."""

    BLOCK = auto()
    BODY = auto()
    OBJECT = auto()


def is_identifier(character: str) -> bool:
    """Whether a character can be inside of an identifier; a few that cannot are let through above ASCII."""
    return character in _IDENTIFIER or (character > "\x7f" and (character.isalnum() or character in "\u200c\u200d"))


class Lexer:
    """One pass over a source; `words` drives it, and the other methods answer about where it is."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.open: list[int] = []  # positions of brackets; ~position for the `{` of `${` in a template
        self._parens: dict[int, int] = {}  # `)` -> its `(`
        self._last_brace = -1  # the `{` of the last `}`
        self._comments: dict[int, int] = {}  # end -> start
        self._kinds: dict[int, Brace] = {}
        self._patience = 4 * len(source) + 100_000  # characters to look at for regular expressions in vain

    def words(self) -> Iterator[tuple[str, int]]:
        """Every `import`, `export`, `require` and `await` that is a word of its own in code, with its position."""
        source, search = self.source, _TOKEN.search
        start = _HASHBANG.match(source)
        at = start.end() if start else 0
        while token := search(source, at):
            found = token.start()
            character = source[found]
            if character in "eira":
                at = token.end()
                if self._is_word(found, at):
                    yield token[0], found
            elif character in "(){}":
                at = self._bracket(character, found)
            elif character == "/":
                at = self._slash(found)
            elif character == "`":
                at = self._template(found + 1)
            else:
                at = self._end(_STRINGS[character], found)

    def before(self, position: int) -> int:
        """Where the last character before `position` is that is neither space nor comment; -1 when there is none."""
        source, comments = self.source, self._comments
        position -= 1
        while position >= 0:
            if source[position].isspace() or source[position] == "\ufeff":
                position -= 1
            elif position + 1 in comments:
                position = comments[position + 1] - 1
            else:
                break
        return position

    def word_ending(self, position: int) -> str:
        """The word whose last character is at `position`, unless it is too long for a keyword or a property."""
        source, start = self.source, position
        while start >= 0 and position - start < _LONGEST_KEYWORD and is_identifier(source[start]):
            start -= 1
        if (
            start >= 0
            and (source[start] in ".#" or is_identifier(source[start]))
            and source[start - 2 : start + 1] != "..."
        ):
            return ""
        return source[start + 1 : position + 1]

    def paren_word(self, closing: int) -> str:
        """The word in front of the parentheses that close at a position: `if`, `catch`, a function's name."""
        opening = self._parens.get(closing, -1)
        return self.word_ending(self.before(opening)) if opening >= 0 else ""

    def brace(self, opening: int) -> Brace:
        """What the `{` at a position opens."""
        kind = self._kinds.get(opening)
        if kind is None:
            kind = self._kinds[opening] = self._classify(self.before(opening))
        return kind

    def _classify(self, previous: int) -> Brace:
        character = self.source[previous] if previous >= 0 else ";"
        if character in ";{}":
            return Brace.BLOCK
        if character == ")":
            return Brace.BLOCK if self.paren_word(previous) in _WITH_BLOCK else Brace.BODY
        if character == ">" and self.source[previous - 1] == "=":
            return Brace.BODY
        if not is_identifier(character):
            return Brace.OBJECT
        word = self.word_ending(previous)
        if word in _BEFORE_STATEMENT or word == "catch":
            return Brace.BLOCK
        return Brace.OBJECT if word in _BEFORE_VALUE else Brace.BODY

    def _is_word(self, start: int, end: int) -> bool:
        source = self.source
        if end < len(source) and is_identifier(source[end]):
            return False
        before = source[start - 1] if start else " "
        if before == ".":
            return source[max(start - 3, 0) : start] == "..."
        return not is_identifier(before) and before != "#"

    def _bracket(self, character: str, at: int) -> int:
        """Open or close a bracket; what does not match is closed with its surroundings, or ignored."""
        stack = self.open
        if character in "({":
            stack.append(at)
        elif character == ")":
            if stack and stack[-1] >= 0 and self.source[stack[-1]] == "(":
                self._parens[at] = stack.pop()
        else:
            while stack and stack[-1] >= 0 and self.source[stack[-1]] == "(":
                stack.pop()
            if stack:
                opening = stack.pop()
                if opening < 0:
                    return self._template(at + 1)
                self._last_brace = opening
        return at + 1

    def _template(self, at: int) -> int:
        """From inside of a template to its end, or into its next `${`."""
        end = self._end(_TEMPLATE, at)
        if self.source.startswith("${", end):
            self.open.append(~(end + 1))
            return end + 2
        return end + 1

    def _slash(self, at: int) -> int:
        following = self.source[at + 1 : at + 2]
        if following == "/":
            end = self._end(_LINE_COMMENT, at)
            self._comments[end] = at
            return end
        if following == "*":
            end = self.source.find("*/", at + 2) + 2
            end = end if end > 1 else len(self.source)
            self._comments[end] = at
            return end
        return self._regex(at) if self._patience > 0 and self._value_begins(at) else at + 1

    def _regex(self, at: int) -> int:
        match = _REGEX.match(self.source, at)
        if match is None or not match[1]:
            self._patience -= match.end() - at if match else 1
            return at + 1
        return match.end()

    def _value_begins(self, at: int) -> bool:
        """Whether a `/` begins a regular expression rather than dividing what is before it."""
        source, previous = self.source, self.before(at)
        character = source[previous] if previous >= 0 else ";"
        if character == ")":
            return self.paren_word(previous) in _WITH_CONDITION
        if character == "}":
            return (
                source[at + 1 : at + 2] != ">"
                and self._last_brace >= 0
                and self.brace(self._last_brace) != Brace.OBJECT
            )
        if character in "]\"'`":
            return False
        if is_identifier(character):
            return self.word_ending(previous) in _BEFORE_VALUE | _BEFORE_STATEMENT
        return self._operator_before_value(character, previous, at)

    def _operator_before_value(self, character: str, previous: int, at: int) -> bool:
        """All operators but the postfix ones, a number's last dot, and the `<` of a JSX end tag."""
        earlier = self.source[previous - 1] if previous > 0 else ""
        if character in "+-":
            return earlier != character
        if character == ".":
            return not earlier.isdigit()
        if character == "<":
            return previous != at - 1
        if character == "!" and earlier and (earlier in ")]" or is_identifier(earlier)):
            return self.word_ending(previous - 1) in _BEFORE_VALUE
        return True

    def _end(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self.source, at)
        return match.end() if match else at + 1
