"""Failures to start cells and to assign them, and who must not try again yet.  Pure: times are given, in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import EdgeError, EngineCrashError
from edge.supervisor.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Container

START_LIMIT = 2
ASSIGN_LIMIT = 3
"""Failures in a row after which nothing is started in the background, or a function gets no cell, for a while."""

STABLE = 5.0
"""A cell that has lived for so many seconds shows that starting works."""

FORGET = 60.0
"""Seconds after which a function's failures do not count any more."""


class Attempts:
    """What went wrong lately."""

    def __init__(self) -> None:
        self._starts = Backoff(START_LIMIT, first=0.1, longest=30.0)
        self._assigns: dict[str, Backoff] = {}

    def start_failed(self, now: float) -> None:
        """A cell could not be started, or died before anybody used it."""
        self._starts.fail(now)

    def assign_failed(self, key: str, now: float) -> bool:
        """A blank cell could not be made one of this function; whether that may have been the cell's fault.

        One that was killed from outside had served nobody: whoever waits shall have another.
        """
        attempt = self._assigns.setdefault(key, Backoff(ASSIGN_LIMIT, first=1.0, longest=30.0))
        attempt.fail(now)
        return attempt.failures == 1

    def assigned(self, key: str) -> None:
        """A cell serves a function: all is well."""
        self._starts.succeed()
        self._assigns.pop(key, None)

    def lives(self, created: float, now: float) -> None:
        """A cell that was started at `created` is still there."""
        if created > self._starts.last and now - created >= STABLE:
            self._starts.succeed()

    def forget(self, key: str) -> None:
        """The function is gone."""
        self._assigns.pop(key, None)

    def forget_old(self, now: float) -> None:
        """Drop what is of no use any more."""
        self._assigns = {key: attempt for key, attempt in self._assigns.items() if now - attempt.last < FORGET}

    def may_start(self, now: float) -> bool:
        """Whether cells may be started that nobody waits for."""
        return not self._starts.blocked(now)

    @property
    def suspects(self) -> Container[str]:
        """Functions whose last cell failed."""
        return self._assigns.keys()

    def refusal(self, key: str, now: float) -> EngineCrashError | None:
        """What to tell whoever asks for a cell of a function that gets none now."""
        attempt = self._assigns.get(key)
        if attempt is None or not attempt.blocked(now):
            return None
        return EngineCrashError(
            f"{attempt.failures} processes in a row could not be made ready for the function",
            hint=f"the next attempt is possible in {attempt.until - now:.1f} s",
        )


def as_crash(error: Exception, what: str) -> EdgeError:
    """What whoever waits is told; no more of an unexpected error than its kind."""
    if isinstance(error, EdgeError):
        return error
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    crash = EngineCrashError(f"a process for the function could not be {what}: {reason}")
    crash.__cause__ = error
    return crash
