"""Units that defaults and limits are written in, and their parsing and printing."""

from __future__ import annotations

import re

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

MILLISECONDS = 0.001
SECONDS = 1.0
MINUTES = 60.0
HOURS = 3600.0
DAYS = 86400.0

_SIZE_UNITS = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "m": 1000**2, "mb": 1000**2, "g": 1000**3, "gb": 1000**3,
    "ki": KIB, "kib": KIB, "mi": MIB, "mib": MIB, "gi": GIB, "gib": GIB,
}  # fmt: skip
_DURATION_UNITS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def _quantity(text: str, units: dict[str, float] | dict[str, int], example: str) -> float:
    match = _QUANTITY.fullmatch(text)
    factor = units.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"{text!r} has no known unit (write it like {example})")
    return float(match[1]) * factor


def parse_size(text: str) -> int:
    """Bytes from text like `128MiB`, `128Mi`, `10KB` or `4096`.

    Raises ValueError when the text is not a size or is not a whole number of bytes.
    """
    value = _quantity(text, _SIZE_UNITS, "128MiB")
    if value != int(value):
        raise ValueError(f"{text!r} is not a whole number of bytes")
    return int(value)


def parse_duration(text: str) -> float:
    """Seconds from text like `30s`, `250ms`, `5m`, `1h`, `2d` or `1.5`.

    Raises ValueError when the text is not a duration.
    """
    return _quantity(text, _DURATION_UNITS, "30s")


def format_size(size: int) -> str:
    """The shortest exact text for a number of bytes, as `parse_size` reads it."""
    for unit, factor in (("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def format_duration(seconds: float) -> str:
    """The shortest exact text for a number of seconds, as `parse_duration` reads it."""
    if seconds < 1 and seconds:
        return f"{seconds * 1000:g}ms"
    for unit, factor in (("h", HOURS), ("m", MINUTES)):
        if seconds and seconds % factor == 0:
            return f"{seconds / factor:g}{unit}"
    return f"{seconds:g}s"
