"""What the Dockerfile copies is there, and is not kept from it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copied() -> list[str]:
    """Sources of all COPY lines that take from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_every_source_that_the_image_copies_exists():
    """A renamed folder breaks this test rather than the next build of the image."""
    assert copied()
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_the_build_context_holds_exactly_what_is_copied():
    """.dockerignore excludes everything and lets through what COPY names: no data or secret can slip in."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(rule[1:] for rule in rules if rule.startswith("!")) == sorted(copied())
