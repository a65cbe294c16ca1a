"""`import.meta` and `import()` become names of the module's wrapper, and nothing else does."""

from __future__ import annotations

import pytest

from edge.packages.module_syntax import without_module_syntax


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const a = import.meta.url;", "const a = $importMeta.url;"),
        ("f(import . meta)", "f($importMeta)"),
        ("import\n.\nmeta.dirname; b", "$importMeta\n\n.dirname; b"),
        ("import.meta; import.meta", "$importMeta; $importMeta"),
        ("'import.meta'; `import.meta ${import.meta.url}`", "'import.meta'; `import.meta ${$importMeta.url}`"),
        ("// import.meta\n/* import.meta */ /import.meta/", "// import.meta\n/* import.meta */ /import.meta/"),
        ("a.import.meta; import.metadata", "a.import.meta; import.metadata"),
        ("a = await import('./b')", "a = await $mport('./b')"),
        ("import (name).then(f)", "$mport (name).then(f)"),
        ("import /* why */ (name)", "import /* why */ (name)"),  # too rare to look for
        ("import(`${import.meta.url}`)", "$mport(`${$importMeta.url}`)"),
        ("a.import('b'); 'import(1)' // import(1)", "a.import('b'); 'import(1)' // import(1)"),
        ("important(1); reimport(1)", "important(1); reimport(1)"),
        ("import meta from 'meta'", "import meta from 'meta'"),
    ],
)
def test_only_the_syntax_is_replaced(source, expected):
    """Columns and lines stay."""
    assert without_module_syntax(source) == expected
