"""Sending a request again, resting a host, waiting for room: what `egress.hosts` asks for, around one attempt."""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING

import trio

from edge.errors import InternalError
from edge.services.http import redirect
from edge.services.http.body import Body
from edge.services.http.failure import FetchError
from edge.services.resilience.backoff import IDEMPOTENT, is_transient, pause, retry_after
from edge.services.resilience.guard import Guards

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from edge.services.egress.target import Target
    from edge.services.http.request import FetchRequest
    from edge.services.http.response import FetchResponse
    from edge.services.resilience.guard import Guard
    from edge.services.resilience.rules import HostRule, Retry

    Attempt = Callable[[FetchRequest, Target], Awaitable[FetchResponse]]
    Leave = Callable[[FetchResponse], Awaitable[None]]


class Attempts:
    """Runs the attempts of one function's requests.  `room` is how long one waits for room at its host."""

    def __init__(self, hosts: Sequence[HostRule], attempt: Attempt, leave: Leave, room: float) -> None:
        self._guards = Guards(hosts)
        self._attempt = attempt
        self._leave = leave
        self._room = room

    async def response(self, request: FetchRequest, target: Target) -> FetchResponse:
        """The response, at its head.  Raises FetchError."""
        guard = self._guards.of(target)
        if guard is None:
            return await self._attempt(request, target)
        retry = guard.rule.retry if request.method in IDEMPOTENT else None
        for number in itertools.count(1):
            outcome = await self._outcome(request, target, guard)
            delay = None if retry is None else _pause(retry, number, outcome)
            late = delay is not None and trio.current_time() + delay >= request.deadline
            if delay is None or late or not redirect.rewind(request.body):
                if isinstance(outcome, FetchError):
                    raise outcome
                return outcome
            if not isinstance(outcome, FetchError):
                await self._leave(outcome)
            await trio.sleep(delay)
        raise InternalError("attempts have no end")

    async def _outcome(self, request: FetchRequest, target: Target, guard: Guard) -> FetchResponse | FetchError:
        try:
            return await self._guarded(request, target, guard)
        except FetchError as error:
            return error

    async def _guarded(self, request: FetchRequest, target: Target, guard: Guard) -> FetchResponse:
        """One attempt; its place is free again when its response is over."""
        await guard.enter(min(self._room, request.deadline - trio.current_time()))
        try:
            response = await self._attempt(request, target)
        except BaseException as error:
            guard.failed(error)
            guard.leave()
            raise
        guard.answered(response.status)
        if isinstance(response.body, Body):
            response.body.on_close(guard.leave)
        else:
            guard.leave()
        return response


def _pause(retry: Retry, number: int, outcome: FetchResponse | FetchError) -> float | None:
    """Seconds until the next attempt; None when this one's outcome stays."""
    if number >= retry.attempts:
        return None
    usual = pause(retry, number, random.random())  # noqa: S311 - spreads clients, keeps no secret
    if isinstance(outcome, FetchError):
        return usual if is_transient(outcome.stage, outcome.js_code) else None
    if outcome.status not in retry.statuses:
        return None
    asked = retry_after(outcome.headers, time.time())
    if asked is None:
        return usual
    return asked if asked <= retry.max_backoff else None
