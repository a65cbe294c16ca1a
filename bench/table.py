"""A table of results: for a terminal, for the docs, for programs."""

from __future__ import annotations

import msgspec

Cell = str | float | None


class Column(msgspec.Struct, frozen=True):
    """`unit` stands in the head; numbers get `digits` decimals."""

    title: str
    unit: str = ""
    digits: int = 0

    @property
    def head(self) -> str:
        """What stands above the column."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


class Table(msgspec.Struct):
    """`rows` hold one cell per column; None where there is nothing to measure.  `notes` are sentences."""

    name: str
    title: str
    columns: list[Column]
    rows: list[list[Cell]] = []
    notes: list[str] = []

    def add(self, *cells: Cell) -> None:
        """One more row."""
        assert len(cells) == len(self.columns)
        self.rows.append(list(cells))

    def text(self) -> str:
        """For a terminal: columns padded, numbers to the right."""
        lines = [[column.head for column in self.columns], *self._shown()]
        widths = [max(len(line[index]) for line in lines) for index in range(len(self.columns))]
        padded = ["  ".join(self._pad(line, widths)).rstrip() for line in lines]
        return "\n".join([self.title, "", padded[0], "-" * max(map(len, padded)), *padded[1:], *self.notes])

    def markdown(self) -> str:
        """For the docs."""
        heads = [column.head for column in self.columns]
        lines = [heads, ["---" if self._is_text(index) else "---:" for index in range(len(heads))], *self._shown()]
        rows = [f"| {' | '.join(line)} |" for line in lines]
        return "\n".join([f"## {self.title}", "", *rows, *(f"\n{note}" for note in self.notes)])

    def _shown(self) -> list[list[str]]:
        return [[_shown(cell, column) for cell, column in zip(row, self.columns, strict=True)] for row in self.rows]

    def _pad(self, line: list[str], widths: list[int]) -> list[str]:
        sides = ["<" if self._is_text(index) else ">" for index in range(len(widths))]
        return [f"{cell:{side}{width}}" for cell, side, width in zip(line, sides, widths, strict=True)]

    def _is_text(self, index: int) -> bool:
        return any(isinstance(row[index], str) for row in self.rows)


def _shown(cell: Cell, column: Column) -> str:
    if isinstance(cell, str):
        return cell
    return "" if cell is None else f"{cell:,.{column.digits}f}"
