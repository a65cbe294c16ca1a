"""`import.meta` becomes the wrapper's parameter, and nothing else does."""

from __future__ import annotations

import pytest

from edge.packages.import_meta import replace_import_meta


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
        ("import('./meta')", "import('./meta')"),
        ("import meta from 'meta'", "import meta from 'meta'"),
    ],
)
def test_only_the_syntax_is_replaced(source, expected):
    """Columns and lines stay."""
    assert replace_import_meta(source) == expected
