"""Every verdict counted, and logged once per function, host and reason in a while."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog
import trio
from cachetools import LRUCache

from edge.services.observation.learned import Learned
from edge.services.observation.suggestion import suggest

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.services.egress.target import Target
    from edge.services.egress.verdict import Verdict
    from edge.services.observation.suggestion import Suggestion

    Watcher = Callable[[Target, Verdict], None]
    Count = Callable[[str, Verdict], None]

WINDOW = 600.0  # seconds in which a host and a reason are logged once
MAX_LINES = 200  # of one function in a window: what comes beyond, made-up hosts, is only counted
_MAX_KEYS = 20_000
_MAX_FUNCTIONS = 2000
_MAX_NAME = 253  # no name of the DNS is longer; those that functions make up may be


def _ignore(function: str, verdict: Verdict) -> None:
    """Nobody counts."""


class EgressReport:
    """The verdicts of all functions of a gateway process.

    `count` is told each of them, for the metrics.  With `denials_only` the log is not told of what was allowed.
    """

    def __init__(self, count: Count = _ignore, *, denials_only: bool = False) -> None:
        self._count = count
        self._denials_only = denials_only
        self._logged: LRUCache[tuple[str, str, int, str, str], float] = LRUCache(_MAX_KEYS)
        self._lines: LRUCache[str, tuple[float, int]] = LRUCache(_MAX_FUNCTIONS)
        self._learned: LRUCache[str, Learned] = LRUCache(_MAX_FUNCTIONS)

    def watcher(self, function: str, *, learn: bool) -> Watcher:
        """What a Dialer of this function is to tell its verdicts to."""
        return partial(self._observe, function, learn)

    def suggestion(self, function: str, *, learning: bool) -> Suggestion:
        """What was learned about a function since the gateway process started."""
        return suggest(function, self._learned.get(function) or Learned(), learning=learning)

    def _observe(self, function: str, learn: bool, target: Target, verdict: Verdict) -> None:  # noqa: FBT001 - partial
        self._count(function, verdict)
        if len(target.host.name) > _MAX_NAME:
            short = msgspec.structs.replace(target.host, name=target.host.name[:_MAX_NAME])
            target = msgspec.structs.replace(target, host=short)
        if learn:
            learned = self._learned.get(function)
            if learned is None:
                learned = self._learned[function] = Learned()
            learned.add(target, verdict)
        if verdict.allowed and self._denials_only:
            return
        key = (function, target.host.name, target.port, verdict.rule, verdict.reason)
        now = trio.current_time()
        if now >= self._logged.get(key, 0.0):
            self._logged[key] = now + WINDOW
            if self._may_log(function, now):
                _log(function, target, verdict)

    def _may_log(self, function: str, now: float) -> bool:
        until, lines = self._lines.get(function, (0.0, 0))
        if now >= until:
            until, lines = now + WINDOW, 0
        self._lines[function] = (until, lines + 1)
        if lines == MAX_LINES:
            structlog.get_logger("edge.egress").warning(
                "egress_log_limit", function=function, limit=MAX_LINES, seconds=WINDOW
            )
        return lines < MAX_LINES


def _log(function: str, target: Target, verdict: Verdict) -> None:
    """For operators: with the addresses, which functions are not told."""
    logger = structlog.get_logger("edge.egress")
    fields = {
        "function": function,
        "scheme": target.scheme,
        "host": target.host.name,
        "port": target.port,
        "rule": verdict.rule,
        "addresses": list(verdict.addresses),
    }
    if verdict.allowed:
        logger.info("egress_allowed", **fields)
    else:
        logger.warning("egress_denied", **fields, stage=verdict.stage, reason=verdict.reason)
