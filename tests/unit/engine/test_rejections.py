"""V8 tells an isolate's runtime of promises that nobody handles, where this build of it can."""

from __future__ import annotations

import pytest

from edge.engine import rejections
from edge.errors import FunctionError
from tests.runtime.contract_rig import call

SOURCE = "module.exports = (req, res) => { Promise.reject(new Error('nobody')); res.send('x') }"


@pytest.fixture
def without_symbol(monkeypatch):
    missing = {**rejections._SIGNATURES, "call": ("_ZN2v8NotThereEv", None, [])}
    monkeypatch.setattr(rejections, "_SIGNATURES", missing)
    rejections._symbols.cache_clear()
    yield
    rejections._symbols.cache_clear()


def test_told():
    """Every symbol is there in the pinned version."""
    assert rejections._symbols() is not None
    with pytest.raises(FunctionError, match="unhandled rejection: Error: nobody"):
        call(SOURCE)


@pytest.mark.usefixtures("without_symbol")
def test_a_build_of_v8_without_a_symbol_goes_without():
    """Such promises go unnoticed, and all else works."""
    assert rejections._symbols() is None
    assert call(SOURCE).body == b"x"
