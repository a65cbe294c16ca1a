"""Regular expressions that are written out in sources."""

from __future__ import annotations

import pytest

from edge.packages.regexps import regular_expressions


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("const a = /b+/gi, c = /b+/gi", [("b+", "gi"), ("b+", "gi")]),
        ("x.replace(/[/]\\/./, '')", [("[/]\\/.", "")]),
        ("a / b / c", []),
        ("// /no/g\n'/no/' + `/no/${/yes/u}`", [("yes", "u")]),
        ("if (x) /y/.test(z)", [("y", "")]),
    ],
)
def test_each_literal_is_told_with_its_flags(source, found):
    """Divisions, comments, strings and templates are none."""
    assert regular_expressions(source) == found
