"""How long to measure."""

from __future__ import annotations

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """`rounds` of each thing, the median of which counts; `repeats` of it in one round; `seconds` of load.

    `soak` is the number of functions of the long run, `soak_requests` how often they are invoked in all.
    """

    rounds: int = 5
    repeats: int = 20
    seconds: float = 0.5
    load_seconds: float = 3.0
    load_rounds: int = 3
    functions: int = 50
    isolates: int = 20
    cold: int = 40
    soak: int = 500
    soak_requests: int = 20_000
    kills: int = 10


FULL = Scale()
QUICK = Scale(
    rounds=3,
    repeats=3,
    seconds=0.05,
    load_seconds=0.3,
    load_rounds=1,
    functions=20,
    isolates=10,
    cold=6,
    soak=30,
    soak_requests=400,
    kills=2,
)
