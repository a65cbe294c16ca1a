"""Handlers answer as they do under Express itself: the same code runs under both.

Of every third handler one request is made here, a different one for each; with EDGE_EXPRESS_MATRIX=all, all are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.express import matrix
from tests.support import express_oracle
from tests.support.npm_packages import installed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def _chosen(cases: list[matrix.Case]) -> list[matrix.Case]:
    if os.environ.get("EDGE_EXPRESS_MATRIX") == "all":
        return cases
    return [
        {"source": each["source"], "requests": [each["requests"][index * 7 % len(each["requests"])]]}
        for index, each in enumerate(cases[::3])
    ]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with Express."""
    return installed("tests/express", "npm-express")


@pytest.mark.parametrize("part", ["responses", "requests", "routers", "files"])
def test_answers_are_those_of_express(part: str, packages: Path, tmp_path: Path) -> None:
    """Status, headers and body."""
    cases = _chosen(getattr(matrix, part)())
    different: dict[str, str] = {}
    for each, answers in zip(cases, express_oracle.answers(cases, packages, tmp_path), strict=True):
        for ask, want in zip(each["requests"], answers, strict=True):
            got = express_oracle.ours(each["source"], ask)
            if not express_oracle.same(ask, want, got):
                different[each["source"]] = f"{each['source']}\n{ask}\nExpress: {want}\nhere:    {got}"
    assert not different, "\n\n".join(list(different.values())[:40])
