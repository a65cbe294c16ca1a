"""Metrics of several processes as those of one.  Pure: Prometheus text in, Prometheus text out.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LEAST = frozenset(
    {"edge_last_reload_successful", "edge_tls_certificate_not_after_seconds", "process_start_time_seconds"}
)
_MOST = frozenset(  # what all see alike
    {*("edge_deferred", "edge_cache_bytes", "edge_versions_stuck"), *("edge_workers", "edge_worker_restarts_total")}
)
_COUNTED = frozenset({"counter", "histogram", "summary"})


class _Family(msgspec.Struct):
    """Lines of `# HELP` and `# TYPE`, and the values of samples by what stands before the value."""

    head: list[str] = []
    kind: str = "untyped"
    samples: dict[str, float] = {}


def merged(texts: Iterable[bytes]) -> bytes:
    """Sums; of things that all processes see alike, one of their values."""
    families: dict[str, _Family] = {}
    for text in texts:
        for name, family in _read(text).items():
            known = families.setdefault(name, _Family(family.head, family.kind))
            join = _join(name)
            for key, value in family.samples.items():
                held = known.samples.get(key)
                known.samples[key] = value if held is None else join(held, value)
    return _written(families)


def counts(text: bytes) -> bytes:
    """Only what adds up over time: what is left to be told of a process that has gone."""
    return _written({name: family for name, family in _read(text).items() if family.kind in _COUNTED})


def _join(name: str) -> Callable[[float, float], float]:
    if name in _LEAST or name.endswith("_created"):
        return min
    return max if name in _MOST or name.endswith("_info") else lambda one, other: one + other


def _read(text: bytes) -> dict[str, _Family]:
    """What is no line of the format is left out."""
    families: dict[str, _Family] = {}
    current = _Family()
    for line in text.decode("utf-8", "replace").split("\n"):
        words = line.split(" ", 3)
        if line.startswith("# ") and len(words) == 4 and words[1] in ("HELP", "TYPE"):
            current = families.setdefault(words[2], _Family())
            current.head.append(line)
            if words[1] == "TYPE":
                current.kind = words[3]
        elif line and not line.startswith("#"):
            key, _, value = line.rpartition(" ")
            with suppress(ValueError):
                current.samples[key] = float(value)
    return families


def _written(families: dict[str, _Family]) -> bytes:
    lines: list[str] = []
    for family in families.values():
        lines += family.head
        lines += [f"{key} {_number(value)}" for key, value in family.samples.items()]
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)
