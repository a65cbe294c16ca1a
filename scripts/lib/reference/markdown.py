"""Pieces of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

GENERATED = "<!-- Written by scripts/gen-docs from {source}: edit that, not this. -->"


def code(text: str) -> str:
    """Text as code, "" for nothing."""
    return f"`{text}`" if text else ""


def cell(text: str) -> str:
    """Text that a table can hold."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table; cells are Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def page(*parts: str) -> str:
    """A whole page."""
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"
