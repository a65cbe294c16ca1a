"""From what is in force for a function to its way out: policy, limits, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config.function_checks import plain_entry
from edge.services.egress.policy import Policy
from edge.services.http.limits import FetchLimits
from edge.services.outbound import Outbound
from edge.services.resilience.rules import Breaker, HostRule, Retry
from edge.services.sockets.limits import SocketLimits

if TYPE_CHECKING:
    from edge.config.egress_hosts import EgressHost
    from edge.config.egress_limits import EgressLimits
    from edge.config.model import Config
    from edge.config.resolve import FunctionSettings


def outbound_of(config: Config, settings: FunctionSettings) -> Outbound:
    """The way out of a function."""
    ca_file = config.egress.ca_file
    return Outbound(
        policy_of(settings),
        settings.learn,
        _limits(settings.egress_limits),
        tuple(_host(host, said) for host, said in settings.hosts.items()),
        config.path(ca_file) if ca_file else None,
        SocketLimits(sockets=settings.egress_limits.sockets, handshake=settings.egress_limits.connect_timeout),
    )


def policy_of(settings: FunctionSettings) -> Policy:
    """What a function may reach."""
    policy = Policy.from_config(map(plain_entry, settings.allow), map(plain_entry, settings.deny))
    if settings.package_allow is None:
        return policy
    return policy.narrowed(Policy.from_config(map(plain_entry, settings.package_allow)))


def _limits(limits: EgressLimits) -> FetchLimits:
    return FetchLimits(
        connections=limits.connections,
        subrequests=limits.subrequests,
        concurrent=limits.concurrent,
        request_headers=limits.request_headers,
        response_headers=limits.response_headers,
        response_header_count=limits.response_header_count,
        response_body=limits.response_size,
        connect=limits.connect_timeout,
        first_byte=limits.first_byte_timeout,
        idle=limits.idle_timeout,
        total=limits.timeout,
        keep_alive=limits.keep_alive,
    )


def _host(host: str, said: EgressHost) -> HostRule:
    retry, breaker = said.retry, said.breaker
    return HostRule.of(
        host,
        Retry(retry.attempts, retry.backoff, retry.max_backoff, frozenset(retry.statuses)) if retry else None,
        Breaker(breaker.failures, breaker.cooldown) if breaker else None,
        said.concurrency,
    )
