"""Cells to drive: one process that bears them for all tests of this folder."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

import pytest

from tests.support.cell_driver import CellNursery


@pytest.fixture(scope="session")
def cell_nursery():
    """The process that cells are forked from."""
    with CellNursery() as nursery:
        yield nursery


@pytest.fixture(params=[False, True], ids=["bare", "sealed"])
def new_cell(cell_nursery, request):
    """Makes cells that are ready and blank, without a sandbox or in one."""
    with ExitStack() as stack:
        make = partial(cell_nursery.cell, sandboxed=request.param)
        yield lambda: stack.enter_context(make())


@pytest.fixture
def cell(new_cell):
    """A blank cell."""
    return new_cell()
