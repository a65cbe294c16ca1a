"""What CommonJS does not have of ES modules, `import.meta` and `import()`, becomes names of the module's wrapper."""

from __future__ import annotations

import re

from edge.packages.lexer import Lexer

META = "$importMeta"
IMPORT = "$mport"
"""As long as what they stand for, so that columns stay what they are."""

_SYNTAX = re.compile(r"\bimport(?:\s*+\.\s*+meta(?![\w$])|(?=\s*+\())")
_GAP = r"(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
_USE = re.compile(rf"import(?:(\s*+)\.(\s*+)meta(?![\w$])|(?={_GAP}\())")


def without_module_syntax(source: str) -> str:
    """JavaScript with META and IMPORT in these places; lines keep their numbers.

    For plain JavaScript, after types and static imports are gone: in TypeScript `import("x")` may be a type.
    """
    if _SYNTAX.search(source) is None:
        return source
    parts, end = [], 0
    for word, at in Lexer(source).words():
        match = _USE.match(source, at) if word == "import" else None
        if match is not None:
            name = IMPORT if match[1] is None else META
            parts += [source[end:at], name, "\n" * match[0].count("\n")]
            end = match.end()
    return "".join([*parts, source[end:]])
