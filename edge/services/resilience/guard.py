"""The state of help for one function: a circuit and a number of open requests for each host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from cachetools import LRUCache

from edge.services.http.failure import FetchError
from edge.services.resilience.breaker import Circuit
from edge.services.resilience.rules import most_specific

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.egress.target import Target
    from edge.services.resilience.rules import HostRule

_MAX_HOSTS = 1000
_OF_THE_PEER = frozenset({"connect", "tls", "response"})


class Guard:
    """One host, by scheme, name and port."""

    def __init__(self, rule: HostRule, place: str) -> None:
        self.rule = rule
        self.circuit = Circuit()
        self._place = place
        self._room = None if rule.concurrency is None else trio.Semaphore(rule.concurrency)

    async def enter(self, seconds: float) -> None:
        """Wait for room, at most `seconds`, and ask the breaker.  Raises FetchError; afterwards call `leave`."""
        if self._room is not None:
            with trio.move_on_after(seconds) as scope:
                await self._room.acquire()
            if scope.cancelled_caught:
                limit = self.rule.concurrency
                raise FetchError(f"{self._place}: {limit} requests are open, its limit in egress.hosts", "limit")
        if self.rule.breaker is not None:
            admitted = self.circuit.admit(self.rule.breaker, trio.current_time())
            if admitted is None:
                self.leave()
                raise self._open_circuit()
            self.circuit = admitted

    def _open_circuit(self) -> FetchError:
        seconds = self.circuit.wait(trio.current_time())
        reason = f"{self._place} has failed {self.circuit.failures} times in a row; nothing is sent for {seconds:.3g}s"
        return FetchError(f"{reason} (egress.hosts, breaker)", "connect", code="ERR_CIRCUIT_OPEN")

    def leave(self) -> None:
        """The request is over, to the end of its response."""
        if self._room is not None:
            self._room.release()

    def answered(self, status: int) -> None:
        """There is a response."""
        self._settle(good=status < 500)

    def failed(self, error: BaseException) -> None:
        """There is none; only what the host itself did wrong counts against it."""
        peer = isinstance(error, FetchError) and error.stage in _OF_THE_PEER
        if peer or (isinstance(error, FetchError) and error.js_code in ("EAI_AGAIN", "ENOTFOUND")):
            self._settle(good=False)
        else:
            self.circuit = self.circuit.abandoned()

    def _settle(self, *, good: bool) -> None:
        if self.rule.breaker is None:
            return
        self.circuit = self.circuit.succeeded() if good else self.circuit.failed(self.rule.breaker, trio.current_time())


class Guards:
    """All hosts of one function that get help.  A host that has not been asked for a long time is forgotten."""

    def __init__(self, rules: Sequence[HostRule] = ()) -> None:
        self._rules = rules
        self._guards: LRUCache[tuple[str, str], Guard] = LRUCache(_MAX_HOSTS)

    def of(self, target: Target) -> Guard | None:
        """What guards a request; None when no rule is about it."""
        rule = most_specific(self._rules, target) if self._rules else None
        if rule is None:
            return None
        key = (rule.rule.text, f"{target.scheme}://{target.place}")
        guard = self._guards.get(key)
        if guard is None:
            guard = self._guards[key] = Guard(rule, target.place)
        return guard
