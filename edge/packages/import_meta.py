"""`import.meta` in modules that become CommonJS: a parameter of the module's wrapper takes its place."""

from __future__ import annotations

import re

from edge.packages.lexer import Lexer

NAME = "$importMeta"
"""As long as `import.meta`, so that columns stay what they are."""

_META = re.compile(r"import(\s*+)\.(\s*+)meta(?![\w$])")


def replace_import_meta(source: str) -> str:
    """The source with NAME for every `import.meta` in its code; lines keep their numbers."""
    if _META.search(source) is None:
        return source
    parts, end = [], 0
    for word, at in Lexer(source).words():
        match = _META.match(source, at) if word == "import" else None
        if match is not None:
            parts += [source[end:at], NAME, "\n" * match[0].count("\n")]
            end = match.end()
    return "".join([*parts, source[end:]])
