"""Which `Edge-Outcome` an error means, for errors that no receipt has classed."""

from __future__ import annotations

from edge.errors import (
    BadFunctionError,
    BadResponseError,
    CpuLimitError,
    EdgeError,
    EngineCrashError,
    FunctionError,
    MemoryLimitError,
    OverloadedError,
    TimeoutLimitError,
)
from edge.invocation import Outcome

# The first class that fits decides.
_BY_CLASS: tuple[tuple[type[EdgeError], Outcome], ...] = (
    (BadResponseError, Outcome.BAD_RESPONSE),
    (BadFunctionError, Outcome.BAD_RESPONSE),
    (MemoryLimitError, Outcome.MEMORY),
    (TimeoutLimitError, Outcome.TIMEOUT),
    (CpuLimitError, Outcome.CPU),
    (FunctionError, Outcome.EXCEPTION),
    (OverloadedError, Outcome.OVERLOADED),
    (EngineCrashError, Outcome.CRASH),
)


def outcome_of(error: EdgeError) -> Outcome | None:
    """The outcome of an invocation that ended with `error`; None when it is not about an invocation."""
    return next((outcome for kind, outcome in _BY_CLASS if isinstance(error, kind)), None)
