"""How long to measure."""

from __future__ import annotations

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """`rounds` of each thing, the median of which counts; `repeats` of it in one round; `seconds` of load.

    `soak` is the number of functions of the long run, `soak_requests` how often they are invoked in all, `rest` the
    seconds between its parts.  `lives` is how many cells are weighed in the course of their life, `vms` how many VMs of
    `edge.vm` are made in each mode.
    """

    rounds: int = 5
    repeats: int = 20
    seconds: float = 0.5
    load_seconds: float = 3.0
    load_rounds: int = 3
    functions: int = 50
    isolates: int = 20
    cold: int = 40
    soak: int = 300
    soak_requests: int = 10_000
    rest: float = 3.0
    kills: int = 6
    peer_rounds: int = 2
    # For --must-hold: functions of the gateway that is weighed, and requests of the long run.
    many: int = 1000
    most: int = 10_000
    mixed_requests: int = 500_000
    full: bool = True
    lives: int = 3
    vms: int = 10_000


FULL = Scale()
QUICK = Scale(
    rounds=3,
    repeats=3,
    seconds=0.05,
    load_seconds=0.3,
    load_rounds=1,
    functions=20,
    isolates=10,
    cold=4,
    soak=30,
    soak_requests=400,
    rest=0.3,
    kills=1,
    peer_rounds=1,
    many=20,
    most=100,
    mixed_requests=2_000,
    full=False,
    lives=1,
    vms=100,
)
