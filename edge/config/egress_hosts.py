"""Config structs of egress: how requests to hosts that fail now and then are helped."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.types import Amount, Attempts, ErrorStatus, Failures, Patience, about


class EgressRetry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Requests that may be sent again: those of idempotent methods, whose body is still at hand."""

    attempts: Annotated[Attempts, about("How often a request is sent at most, the first time included.")] = 3
    backoff: Annotated[
        Patience, about("Pause before the second attempt; it doubles from one to the next, less a random part.")
    ] = 0.1
    max_backoff: Annotated[
        Patience, about("Longest pause; a response whose `Retry-After` asks for more is given to the function.")
    ] = 5.0
    statuses: Annotated[
        list[ErrorStatus], about("Statuses that are no answer; failures of the connection never are.")
    ] = field(default_factory=lambda: [429, 502, 503, 504])


class EgressBreaker(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """After so many failures in a row nothing is sent for a while; then one request finds out."""

    failures: Annotated[Failures, about("Failures in a row: no response, or a status from 500.")] = 5
    cooldown: Annotated[Patience, about("How long requests fail at once.")] = 10.0


class EgressHost(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How requests of one function to one host are helped."""

    retry: Annotated[EgressRetry | None, about("Send failed requests again; off when left out.")] = None
    breaker: Annotated[EgressBreaker | None, about("Give a failing host a rest; off when left out.")] = None
    concurrency: Annotated[
        Amount | None, about("Requests of a function that are open to a host at a time; further ones wait.")
    ] = None
