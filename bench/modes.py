"""Both modes of the engine, compared in one run."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.table import Cell
    from edge.compose.engine import Mode

MODES: tuple[Mode, ...] = ("cells", "embedded")
RATIOS = [Column("rate / embedded", "", 2), Column("CPU / embedded", "", 2)]
NOTE = (
    "CPU is that of all processes: gateway, zygote and cells. The modes take turns, round by round; the last two "
    "columns are medians of the ratios of a round in mode cells to the one of embedded beside it."
)


def ratios(mode: Mode, pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> tuple[Cell, Cell]:
    """The cells of RATIOS in the row of a mode: `pairs` hold (rate, CPU) in mode cells and in embedded."""
    if mode != "cells":
        return None, None
    rate = median(own[0] / other[0] for own, other in pairs)
    return rate, median(own[1] / other[1] for own, other in pairs)
