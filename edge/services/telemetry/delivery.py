"""What follows from a collector's answer, and how long to wait before a batch is sent again: pure.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from edge.services.resilience.backoff import pause, retry_after
from edge.services.resilience.rules import Retry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.wire.messages import Header

RETRY: Final = Retry(attempts=6, backoff=1.0, max_backoff=16.0)
LONGEST: Final = 60.0
"""Seconds that a collector may ask to be left alone."""
_AGAIN: Final = frozenset({429, 502, 503, 504})


class Fate(Enum):
    """What becomes of a batch."""

    TAKEN = "taken"
    AGAIN = "again"
    LOST = "lost"


def judge(status: int) -> Fate:
    """By the status of the answer, 0 for none."""
    if 200 <= status < 300:
        return Fate.TAKEN
    return Fate.AGAIN if status == 0 or status in _AGAIN else Fate.LOST


def delay(attempt: int, headers: Sequence[Header], now: float, chance: float) -> float | None:
    """Seconds before attempt number `attempt` + 1; None when there is none.  `now` is Unix time, `chance` 0..1."""
    if attempt >= RETRY.attempts:
        return None
    asked = retry_after(headers, now)
    return pause(RETRY, attempt, chance) if asked is None else min(asked, LONGEST)
