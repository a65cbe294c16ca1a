"""Rollouts: what is known of the versions of each route while it serves, across generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from edge.gateway.versions.verdict import Rule, Tally, verdict
from edge.invocation import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_NOT_ITS_DOING = frozenset({Outcome.CANCELED, Outcome.OVERLOADED})
_TIMEOUTS = frozenset({Outcome.TIMEOUT, Outcome.CPU})
log = structlog.get_logger(component="versions")


class Rollout:
    """The versions of one route.  `weights` are in force; they are replaced, not changed.

    `newest` is the version that is taken back when `rule` says so, "" when none is; `since` is when it got its first
    share (`clock`, in seconds).
    """

    def __init__(self, route: str, clock: Callable[[], float], taken_back: Callable[[Rollout, str], None]) -> None:
        """`taken_back` is told when a version has lost its share."""
        self.route = route
        self.weights: Mapping[str, int] = {}
        self.newest = ""
        self.rule: Rule | None = None
        self.reason = ""
        self.tallies: dict[str, Tally] = {}
        self.since = clock()
        self._clock = clock
        self._taken_back = taken_back

    @property
    def is_baking(self) -> bool:
        """Whether the newest version may still be taken back."""
        watched = bool(self.newest and self.rule is not None and self.weights.get(self.newest))
        return watched and self.rule is not None and self._clock() - self.since <= self.rule.bake

    def configure(self, weights: Mapping[str, int], newest: str, rule: Rule | None) -> None:
        """What a new generation says.  What was counted of a version that had a share and has one now goes on."""
        if newest != self.newest or not self.weights.get(newest):
            self.since = self._clock()
            self.tallies.pop(newest, None)
        self.tallies = {name: self.tallies.get(name) or Tally() for name in weights}
        self.weights, self.newest, self.rule = dict(weights), newest, rule
        self.reason = ""

    def ended(self, version: str, outcome: Outcome | None, status: int) -> None:
        """A request of a version is over; `outcome` is None when it did not come to the function."""
        tally = self.tallies.get(version)
        if tally is None or outcome is None or outcome in _NOT_ITS_DOING:
            return
        failed = outcome is not Outcome.OK or status >= 500
        tally.add(failed=failed, timed_out=outcome in _TIMEOUTS)
        if failed and version == self.newest and self.rule is not None and self.weights.get(version):
            self._judge(self.rule, tally)

    def _judge(self, rule: Rule, new: Tally) -> None:
        others = Tally()
        for name, tally in self.tallies.items():
            if name != self.newest:
                others = Tally(*(a + b for a, b in zip(_counts(others), _counts(tally), strict=True)))
        why = verdict(rule, new, others, self._clock() - self.since)
        rest = {name: weight for name, weight in self.weights.items() if name != self.newest}
        if not why or not any(rest.values()):
            return
        version = self.newest
        self.weights, self.reason = {**self.weights, version: 0}, why
        log.error("version_taken_back", route=self.route, version=version, reason=why, weights=dict(self.weights))
        self._taken_back(self, version)


def _counts(tally: Tally) -> tuple[int, int, int]:
    return tally.requests, tally.failures, tally.timeouts


class Rollouts:
    """All of a gateway process, by route; `taken_back` is told when a version has lost its share."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` tells seconds, from any beginning."""
        self._clock = clock
        self._known: dict[str, Rollout] = {}
        self.taken_back: Callable[[Rollout, str], None] = lambda _rollout, _version: None

    def of(self, route: str) -> Rollout:
        """That of a route, which is made when there is none."""
        found = self._known.get(route)
        if found is None:
            found = self._known[route] = Rollout(route, self._clock, self._tell)
        return found

    def _tell(self, rollout: Rollout, version: str) -> None:
        self.taken_back(rollout, version)

    def keep(self, routes: Collection[str]) -> None:
        """Forget those of all other routes."""
        self._known = {route: rollout for route, rollout in self._known.items() if route in routes}

    def all(self) -> list[Rollout]:
        """In the order in which they were made."""
        return list(self._known.values())
