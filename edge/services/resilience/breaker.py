"""A circuit breaker as a pure state machine: closed, open until a time, half open while one request finds out."""

from __future__ import annotations

import math

import msgspec

from edge.services.resilience.rules import Breaker


class Circuit(msgspec.Struct, frozen=True):
    """`failures` in a row; open until `until`; `probing` when the request that finds out is on its way."""

    failures: int = 0
    until: float = -math.inf
    probing: bool = False

    def admit(self, rule: Breaker, now: float) -> Circuit | None:
        """The state with one more request on its way; None when it must not be sent."""
        if self.failures < rule.failures:
            return self
        if self.probing or now < self.until:
            return None
        return msgspec.structs.replace(self, probing=True)

    def succeeded(self) -> Circuit:
        """A request was answered."""
        return Circuit()

    def failed(self, rule: Breaker, now: float) -> Circuit:
        """A request failed: the last straw opens, and the failure of a probe opens again."""
        failures = min(self.failures + 1, rule.failures)
        opens = failures >= rule.failures and (self.probing or self.failures < rule.failures)
        return Circuit(failures, now + rule.cooldown if opens else self.until)

    def abandoned(self) -> Circuit:
        """A request was given up before anything was known: another may find out."""
        return msgspec.structs.replace(self, probing=False)

    def wait(self, now: float) -> float:
        """Seconds until a request may find out."""
        return max(0.0, self.until - now)
