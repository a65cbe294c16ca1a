"""What is kept of an invocation's host calls: the first ones each by itself, all others as sums.

Bounded, whatever the function does; reads no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.engine.call_about import about
from edge.function import mask
from edge.invocation import CallSum, HostCall

if TYPE_CHECKING:
    from collections.abc import Collection

    import msgspec

    from edge.services.api import Answer
    from edge.wire.messages import Call

LISTED: Final = 64
"""Calls that are kept each by itself."""
OPERATIONS: Final = 32
"""Operations with a sum of their own; names are the function's choice."""
MAX_NAME: Final = 40
MAX_ABOUT: Final = 200
UNFINISHED: Final = "unfinished"
OTHER: Final = "other"


class CallLedger:
    """Told of each call when it begins and when it ends; times are seconds on one clock, which showed `started` first.

    `sent` and `received` are bytes beside the arguments and the values; `ended` calls `took` so many seconds together.
    `secrets` are values that are not to be told.
    """

    def __init__(self, started: float, secrets: Collection[str] = ()) -> None:
        self.sent = self.received = 0
        self.ended = 0
        self.took = 0.0
        self._started = started
        self._secrets = secrets
        self._open: dict[int, tuple[str, float, str]] = {}
        self._listed: list[HostCall] = []
        self._sums: dict[str, CallSum] = {}

    def begin(self, call: Call, now: float) -> None:
        """A call, whose number is new, begins."""
        self._open[call.call] = (call.op[:MAX_NAME], now, self._about(call.op, call.args))
        if call.data is not None:
            self.sent += len(call.data)

    def end(self, call: int, now: float, answer: Answer | None, error: str = "") -> None:
        """It has ended, with one of both."""
        op, began, words = self._open.pop(call)
        self._ended(answer, now - began)
        self._keep(op, began, now, words, error)

    def both(
        self, op: str, args: msgspec.Raw, began: float, now: float, answer: Answer | None, error: str = ""
    ) -> None:
        """A call without data has begun and ended."""
        self._ended(answer, now - began)
        self._keep(op[:MAX_NAME], began, now, self._about(op, args), error)

    def close(self, now: float) -> tuple[tuple[HostCall, ...], tuple[CallSum, ...]]:
        """Nothing more is to come: the calls that are listed, and the sums of all others."""
        for op, began, words in self._open.values():
            self._keep(op, began, now, words, UNFINISHED)
        self._open = {}
        return tuple(self._listed), tuple(self._sums.values())

    def _about(self, op: str, args: msgspec.Raw) -> str:
        words = about(op, args)
        if words and self._secrets:
            words = mask(words, self._secrets)
        return words[:MAX_ABOUT]

    def _ended(self, answer: Answer | None, took: float) -> None:
        self.ended += 1
        self.took += took
        if answer is not None and answer.data is not None:
            self.received += len(answer.data)

    def _keep(self, op: str, began: float, now: float, words: str, error: str) -> None:
        if len(self._listed) < LISTED:
            self._listed.append(HostCall(op, began - self._started, now - began, words, error[:MAX_NAME]))
            return
        if op not in self._sums and len(self._sums) >= OPERATIONS - 1:
            op = OTHER
        known = self._sums.get(op) or CallSum(op, 0, 0.0)
        self._sums[op] = CallSum(op, known.count + 1, known.took + now - began, known.failed + (error != ""))
