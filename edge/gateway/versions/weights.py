"""Which of several versions a client gets.  Pure: values in, values out.

Weighted rendezvous hashing: for a client's key each version has a number that depends on key and version alone, an
exponential variate; divided by the version's weight, the smallest wins.  So a version of weight w gets the share
w / sum, and a change of weights moves clients only from versions that lose share towards those that gain: when one
version grows against all others, no client leaves it.

Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", SPAA 2005; Efraimidis and Spirakis, "Weighted Random
Sampling with a Reservoir", 2006.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS = 1 << 53
"""What a float can tell apart between 0 and 1."""


def choose(weights: Mapping[str, int], key: str) -> str:
    """The version for a client; weights are 0 or more, one of them at least above 0.

    The order of `weights` makes no difference.
    """
    best, shortest = "", math.inf
    for name, weight in weights.items():
        if weight > 0:
            time = arrival(name, key) / weight
            if time < shortest or (time == shortest and name < best):
                best, shortest = name, time
    return best


def arrival(name: str, key: str) -> float:
    """The number of a version for a client's key: exponentially distributed, of mean 1."""
    digest = hashlib.blake2b(f"{name}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    uniform = ((int.from_bytes(digest, "big") >> 11) + 0.5) / _STEPS  # never 0 and never 1
    return -math.log(uniform)
