"""The regular expressions that are written out in a source."""

from __future__ import annotations

from edge.packages.lexer import Lexer, is_identifier


def regular_expressions(source: str) -> list[tuple[str, str]]:
    """Pattern and flags of each, in order.  One may be missing, or a division after all: the lexer looks no closer."""
    lexer = _Collector(source)
    for _word in lexer.words():
        pass
    return lexer.found


class _Collector(Lexer):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.found: list[tuple[str, str]] = []

    def _regex(self, at: int) -> int:
        end = super()._regex(at)
        if end > at + 1:
            flags = end
            while flags < len(self.source) and is_identifier(self.source[flags]):
                flags += 1
            self.found.append((self.source[at + 1 : end - 1], self.source[end:flags]))
        return end
