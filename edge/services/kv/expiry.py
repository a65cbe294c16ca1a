"""When an entry expires: the three ways to say it, as one absolute time."""

from __future__ import annotations

import math

from edge.services.kv.failures import KVInputError
from edge.units import parse_duration

MAX_TIME = 8_640_000_000_000_000
"""The latest time of a JavaScript Date, in ms."""
_NEVER = "leave it out for no expiry"


def check_time(expires_at: int | None) -> None:
    """Raises KVInputError for a time that no JavaScript Date has, and that not every store could keep."""
    if expires_at is not None and not 0 <= expires_at <= MAX_TIME:
        raise KVInputError(f"expires_at must be milliseconds since 1970, at most {MAX_TIME} (got {expires_at:.3g})")


def expiry_of_ttl(now: int, ttl: str | None) -> int | None:
    """The same for a duration as operators write it, such as `5m`.  Raises KVInputError."""
    if ttl is None:
        return None
    try:
        seconds = parse_duration(ttl)
    except ValueError as error:
        raise KVInputError(f"ttl: {error}") from error
    return expiry(now, ttl_ms=seconds * 1000, ttl_s=None, at_s=None)


def expiry(now: int, *, ttl_ms: float | None, ttl_s: float | None, at_s: float | None) -> int | None:
    """Milliseconds since the epoch at which the entry ends, or None for never.

    `ttl_ms` and `ttl_s` count from `now` (ms); `at_s` is seconds since the epoch.  Raises KVInputError when
    more than one is given, or when the time is not in the future.
    """
    options = {"ttl": ttl_ms, "expirationTtl": ttl_s, "expiration": at_s}
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise KVInputError(f"{' and '.join(given)} exclude each other", hint="give one of them")
    if ttl_ms is not None:
        return _after(now, "ttl", "milliseconds", ttl_ms, 1)
    if ttl_s is not None:
        return _after(now, "expirationTtl", "seconds", ttl_s, 1000)
    return None if at_s is None else _at(now, at_s)


def _after(now: int, name: str, unit: str, amount: float, factor: int) -> int:
    if not math.isfinite(amount) or amount <= 0:
        raise KVInputError(f"{name} must be a positive number of {unit} (got {amount})", hint=_NEVER)
    end = now + amount * factor
    if end > MAX_TIME:
        raise KVInputError(f"{name} is too far in the future (got {amount} {unit})", hint=_NEVER)
    return math.ceil(end)


def _at(now: int, seconds: float) -> int:
    if not math.isfinite(seconds) or not now < seconds * 1000 <= MAX_TIME:
        message = f"expiration must be in the future, in seconds since 1970 (got {seconds}, now is {now // 1000})"
        raise KVInputError(message, hint="use expirationTtl for a duration")
    return math.ceil(seconds * 1000)
