"""What the host waits for: each `run` and `call` until its answer comes, or nobody waits for it any more."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import trio

from edge.vm.errors import JavaScriptError, LostError, VMTimeoutError
from edge.vm.protocol import Done

if TYPE_CHECKING:
    from collections.abc import Callable

    Outcome = Done | JavaScriptError | LostError


class _Waiter:
    __slots__ = ("event", "outcome", "since")

    def __init__(self, since: int) -> None:
        self.since = since
        self.event = trio.Event()
        self.outcome: Outcome | None = None


class Requests:
    """Those of one VM."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiter] = {}

    def concern(self, run: int) -> bool:
        """Whether somebody waits for something that this run of the isolate may be about."""
        return any(waiter.since < run for waiter in self._waiting.values())

    async def ask(self, post: Callable[[int], None], seconds: float | None, what: str, since: int) -> Done:
        """Post a request under a number of its own and wait for its answer; runs after `since` may be about it.

        Raises JavaScriptError, LostError; VMTimeoutError when there is none after so many seconds.
        """
        number = next(self._numbers)
        waiter = self._waiting[number] = _Waiter(since)
        post(number)
        try:
            with trio.move_on_after(float("inf") if seconds is None else seconds):
                await waiter.event.wait()
        finally:
            del self._waiting[number]
        if isinstance(waiter.outcome, Done):
            return waiter.outcome
        if waiter.outcome is None:
            raise VMTimeoutError(f"{what} did not finish within {seconds:g} s")
        raise own(waiter.outcome)

    def settle(self, number: int, outcome: Done | JavaScriptError) -> None:
        """The answer to a request; one that nobody waits for is dropped."""
        waiter = self._waiting.get(number)
        if waiter is not None:
            waiter.outcome = outcome
            waiter.event.set()

    def fail_all(self, error: LostError) -> None:
        """No answer will come."""
        for waiter in self._waiting.values():
            waiter.outcome = error
            waiter.event.set()


def own(error: JavaScriptError | LostError) -> JavaScriptError | LostError:
    """An error of which each who gets it has one of its own: a traceback grows with each raise."""
    return error if isinstance(error, JavaScriptError) else type(error)(error.message, hint=error.hint)
