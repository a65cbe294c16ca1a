"""How long to measure."""

from __future__ import annotations

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """`rounds` of each thing, the median of which counts; `repeats` of it in one round; `seconds` of load."""

    rounds: int = 5
    repeats: int = 20
    seconds: float = 0.5
    load_seconds: float = 3.0
    functions: int = 50
    isolates: int = 20


FULL = Scale()
QUICK = Scale(rounds=3, repeats=3, seconds=0.05, load_seconds=0.3, functions=20, isolates=10)
