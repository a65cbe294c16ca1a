"""Config structs of egress: how much functions may send out, and how long they wait."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from edge.config.types import Amount, HeaderSize, Patience, Pause, Size, about
from edge.units import GIB, KIB


class EgressLimits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What holds for every function that says nothing else."""

    connections: Annotated[
        Amount, about("Open outgoing connections of a function, those that are kept for later included.")
    ] = 256
    subrequests: Annotated[Amount, about("Requests that one invocation may send.")] = 1000
    concurrent: Annotated[Amount, about("Requests that one invocation has open at a time; further ones wait.")] = 32
    sockets: Annotated[
        Amount, about("Sockets (`net`, `tls`, `http` of Node) that one invocation has open at a time.")
    ] = 128
    request_headers: Annotated[HeaderSize, about("Headers of a request that a function sends.")] = 64 * KIB
    response_headers: Annotated[HeaderSize, about("Status line and headers of a response.")] = 64 * KIB
    response_header_count: Annotated[Amount, about("Headers of a response, by number.")] = 256
    response_size: Annotated[Size, about("Body of a response, after decompression.")] = 16 * GIB
    connect_timeout: Annotated[Patience, about("From looking a name up to the end of the TLS handshake.")] = 10.0
    first_byte_timeout: Annotated[Patience, about("From sending a request to the whole head of its response.")] = 60.0
    idle_timeout: Annotated[Patience, about("Longest pause in a body.")] = 60.0
    timeout: Annotated[
        Patience, about("A request in all: redirects, retries and the body of the response included.")
    ] = 900.0
    keep_alive: Annotated[Pause, about("How long an unused connection is kept for the next request; 0 keeps none.")] = (
        30.0
    )


class FunctionEgressLimits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What holds for one function; what is left out is as in `egress.limits`."""

    connections: Annotated[Amount | None, about("As in `egress.limits`.")] = None
    subrequests: Annotated[Amount | None, about("As in `egress.limits`.")] = None
    concurrent: Annotated[Amount | None, about("As in `egress.limits`.")] = None
    sockets: Annotated[Amount | None, about("As in `egress.limits`.")] = None
    request_headers: Annotated[HeaderSize | None, about("As in `egress.limits`.")] = None
    response_headers: Annotated[HeaderSize | None, about("As in `egress.limits`.")] = None
    response_header_count: Annotated[Amount | None, about("As in `egress.limits`.")] = None
    response_size: Annotated[Size | None, about("As in `egress.limits`.")] = None
    connect_timeout: Annotated[Patience | None, about("As in `egress.limits`.")] = None
    first_byte_timeout: Annotated[Patience | None, about("As in `egress.limits`.")] = None
    idle_timeout: Annotated[Patience | None, about("As in `egress.limits`.")] = None
    timeout: Annotated[Patience | None, about("As in `egress.limits`.")] = None
    keep_alive: Annotated[Pause | None, about("As in `egress.limits`.")] = None


def merged(limits: EgressLimits, own: FunctionEgressLimits | None) -> EgressLimits:
    """The limits of a function."""
    if own is None:
        return limits
    values = {name: getattr(own, name) for name in EgressLimits.__struct_fields__}
    return EgressLimits(**{name: getattr(limits, name) if value is None else value for name, value in values.items()})
