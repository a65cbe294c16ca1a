"""Limits of a route: requests in a time, and requests at once, by client."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakValueDictionary

from edge.errors import RateLimitedError
from edge.gateway.duties.client_key import client_of, digest
from edge.gateway.duties.filters import AnswerFilter, RawHeader
from edge.gateway.duties.key_places import places_of_rule
from edge.services.rate.gcra import Rate, parse_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.config.model import Config
    from edge.config.route_model import RateLimitConfig, Route
    from edge.gateway.duties.policy import Limit, ResponseDuty
    from edge.gateway.duties.routed import RoutedRequest
    from edge.services.rate.buckets import Buckets
    from edge.services.rate.gcra import Verdict

    Denied = Callable[[str, str], None]


def _ignore(function: str, reason: str) -> None:
    """Nobody wants to know."""


class CountedRate(NamedTuple):
    """One rate of a route; `name` is what clients see of it, `id` tells it apart from all others."""

    name: str
    said: str
    rate: Rate
    id: bytes
    client: Callable[[RoutedRequest], bytes]
    strict: bool


class RateLimits:
    """All rates of one route: each has to admit a request."""

    def __init__(self, rates: Sequence[CountedRate], buckets: Buckets, denied: Denied) -> None:
        self._rates = rates
        self._buckets = buckets
        self._denied = denied
        self._policy = ", ".join(f'"{one.name}";q={one.rate.amount};w={math.ceil(one.rate.period)}' for one in rates)

    async def admit(self, request: RoutedRequest) -> None:
        """See edge.gateway.duties.policy.Limit."""
        verdicts: list[tuple[CountedRate, Verdict]] = []
        for one in self._rates:
            key = digest(one.id, one.client(request))
            verdicts.append((one, await self._buckets.spend(key, one.rate, strict=one.strict)))
            if not verdicts[-1][1].admitted:
                break
        request.answer_headers += self._headers(verdicts)
        one, verdict = verdicts[-1]
        if not verdict.admitted:
            self._denied(request.function, "rate")
            retry_after = max(math.ceil(verdict.retry_after), 1)
            raise RateLimitedError(f"too many requests ({one.said} for {_WHOM[one.name]})", retry_after=retry_after)

    def _headers(self, verdicts: Sequence[tuple[CountedRate, Verdict]]) -> list[RawHeader]:
        """What draft-ietf-httpapi-ratelimit-headers-10 says, and the three fields of its drafts up to 06."""
        state = ", ".join(f'"{one.name}";r={verdict.remaining};t={_reset(verdict)}' for one, verdict in verdicts)
        one, least = min(verdicts, key=lambda each: (each[1].admitted, each[1].remaining))
        return [
            (b"ratelimit-policy", self._policy.encode()),
            (b"ratelimit", state.encode()),
            (b"ratelimit-limit", b"%d" % one.rate.burst),
            (b"ratelimit-remaining", b"%d" % least.remaining),
            (b"ratelimit-reset", b"%d" % _reset(least)),
        ]


def _reset(verdict: Verdict) -> int:
    """Seconds until all may come again, or one, for a client that has none left."""
    return math.ceil(verdict.reset if verdict.admitted else verdict.retry_after)


_WHOM = {"ip": "one address", "api_key": "one API key", "header": "one value of a header", "all": "all clients"}


class InFlight:
    """How many requests of each client are under way.  Outlives the generations of its route."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}

    def enter(self, client: bytes, most: int) -> bool:
        """Whether there is room for one more, which is taken then."""
        count = self._counts.get(client, 0)
        if count >= most:
            return False
        self._counts[client] = count + 1
        return True

    def leave(self, client: bytes) -> None:
        """One is over."""
        self._counts[client] -= 1
        if not self._counts[client]:
            del self._counts[client]


class InFlightLimit:
    """A cap on requests under way, streams and WebSockets among them, in this gateway process."""

    def __init__(
        self, name: str, most: int, client: Callable[[RoutedRequest], bytes], flights: InFlight, denied: Denied
    ) -> None:
        self._name = name
        self._most = most
        self._client = client
        self._flights = flights
        self._denied = denied

    async def admit(self, request: RoutedRequest) -> None:
        """See edge.gateway.duties.policy.Limit."""
        client = self._client(request)
        if not self._flights.enter(client, self._most):
            self._denied(request.function, "in_flight")
            message = f"too many requests at once ({self._most} for {_WHOM[self._name]})"
            raise RateLimitedError(message, retry_after=1)
        request.when_over(partial(self._flights.leave, client))


class Marks(AnswerFilter):
    """Adds the headers that duties have left for the answer."""

    def __init__(self, request: RoutedRequest) -> None:
        self._request = request

    def head(self, status: int, headers: list[RawHeader]) -> list[RawHeader]:
        """See AnswerFilter."""
        del status
        return [*headers, *self._request.answer_headers]


class Marked:
    """See edge.gateway.duties.policy.ResponseDuty."""

    def filter(self, request: RoutedRequest) -> AnswerFilter:
        """For every answer."""
        return Marks(request)


class Limiting:
    """Makes the limits of routes.  Lives as long as the process."""

    def __init__(self, buckets: Buckets, denied: Denied = _ignore) -> None:
        """`denied` is told of each request that is turned away: its function, and `rate` or `in_flight`."""
        self._buckets = buckets
        self._denied = denied
        self._flights: WeakValueDictionary[bytes, InFlight] = WeakValueDictionary()

    def of(self, config: Config, route: Route) -> tuple[tuple[Limit, ...], tuple[ResponseDuty, ...]]:
        """The limits of a route, and what marks its answers."""
        said = limits_of(route.rate_limit)
        if not said:
            return (), ()
        places = places_of_rule(route.auth, config.auth)
        rates = [_counted(route, one, client_of(one.key, places)) for one in said if one.rate]
        capped = [(one, one.in_flight) for one in said if one.in_flight is not None]
        limits: list[Limit] = [self._in_flight(route, one, most, client_of(one.key, places)) for one, most in capped]
        if not rates:
            return tuple(limits), ()
        return (*limits, RateLimits(rates, self._buckets, self._denied)), (Marked(),)

    def _in_flight(
        self, route: Route, said: RateLimitConfig, most: int, client: Callable[[RoutedRequest], bytes]
    ) -> Limit:
        key = _identity(route, said.key, "in flight")
        flights = self._flights.get(key) or InFlight()
        self._flights[key] = flights
        return InFlightLimit(_name(said.key), most, client, flights, self._denied)


def limits_of(said: RateLimitConfig | list[RateLimitConfig] | None) -> list[RateLimitConfig]:
    """One, several or none."""
    return said if isinstance(said, list) else [said] if said is not None else []


def _counted(route: Route, said: RateLimitConfig, client: Callable[[RoutedRequest], bytes]) -> CountedRate:
    rate = parse_rate(said.rate, said.burst)
    identity = _identity(route, said.key, f"{said.rate} {rate.burst}")
    return CountedRate(_name(said.key), said.rate, rate, identity, client, said.on_failure == "deny")


def _name(key: str) -> str:
    return key.partition(":")[0]


def _identity(route: Route, key: str, what: str) -> bytes:
    conditions = sorted(route.headers.items())
    return f"{route.host}{route.path} {sorted(route.methods)} {conditions} {key} {what}".encode()
