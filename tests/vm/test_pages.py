"""Every program on the pages about edge.vm runs and prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from edge.vm import vm as vm_module

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs").glob("how-to/embed*.md"))
PROGRAM = re.compile(r'```python title="([^"]+)"\n(.*?)```\n+```(text|console)\n(.*?)```', re.DOTALL)
PROGRAMS = [
    (page, found[1], found[2], found[4]) for page in PAGES for found in PROGRAM.finditer(page.read_text("utf-8"))
]
IN_CELLS = {"coordinator.py"}
"""Of those that do not choose a mode, the one that is run in the default one; hello.py is too, by test_docs."""


@pytest.mark.integration
@pytest.mark.parametrize(("page", "name", "program", "output"), PROGRAMS, ids=[found[1] for found in PROGRAMS])
def test_a_program_prints_what_its_page_says(page, name, program, output, monkeypatch):
    """As it stands there."""
    if name not in IN_CELLS:
        monkeypatch.setattr(vm_module, "DEFAULT_MODE", "embedded")
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        exec(compile(program, f"{page.name}:{name}", "exec"), {"__name__": "__main__"})
    expected = [line for line in output.splitlines() if not line.startswith("$ ")]
    assert written.getvalue().splitlines() == expected


def test_every_program_of_the_pages_is_among_these():
    """One without its output below it would not be run."""
    assert sum(page.read_text("utf-8").count("```python") for page in PAGES) == len(PROGRAMS)
