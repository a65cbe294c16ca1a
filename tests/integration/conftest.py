"""Tests of the whole gateway run once per engine mode."""

from __future__ import annotations

import pytest

from tests.support import gateway_process

MODES = ("cells", "embedded")


@pytest.fixture(scope="module", autouse=True)
def engine_mode(request: pytest.FixtureRequest):
    """The engine mode of gateways; fixtures of a module that start one depend on it."""
    before = gateway_process.ENGINE
    gateway_process.ENGINE = getattr(request, "param", before)
    yield gateway_process.ENGINE
    gateway_process.ENGINE = before


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every module named test_serve_* runs in each mode, unless it says which ones (`ENGINE_MODES`)."""
    module = metafunc.module
    if module.__name__.rpartition(".")[2].startswith("test_serve_"):
        modes = getattr(module, "ENGINE_MODES", MODES)
        metafunc.parametrize("engine_mode", modes, indirect=True, scope="module")
