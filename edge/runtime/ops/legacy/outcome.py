"""What a decoder gives."""

from __future__ import annotations

from typing import NamedTuple

ERROR = "\udfff"
"""Stands for one error in the text of a decoder: no encoding can give a lone surrogate."""


class Outcome(NamedTuple):
    """Text, how many of the last bytes belong to a sequence that is not complete, and what is to be known next time."""

    text: str
    pending: int = 0
    state: str = ""
