"""Config structs of egress: what functions may reach."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.egress_hosts import EgressHost
from edge.config.egress_limits import EgressLimits, FunctionEgressLimits
from edge.config.types import Amount, Port, Scheme, about


class EgressRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A rule that needs more than a line of text."""

    host: Annotated[str, about("Name, `*.` name, address or CIDR.")]
    port: Annotated[Port | list[Port] | None, about("The one port, or several; every port when left out.")] = None
    scheme: Annotated[Scheme | None, about("The one scheme; every scheme when left out.")] = None
    methods: Annotated[list[str], about("The only methods; every method when empty.")] = field(default_factory=list)
    path: Annotated[str, about("The only path; `*` stands for anything, as in `/v1/*`.")] = ""
    private: Annotated[
        bool, about("Whether the name may stand for private addresses. Metadata addresses stay closed.")
    ] = False


class EgressConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a function may reach when it says nothing itself."""

    allow: Annotated[
        list[str | EgressRule],
        about(
            '`"public"` (the public internet), `"all"` (private ranges too, never metadata addresses), or rules: '
            '`"api.example.com:443"`, `"https://api.example.com"`, `"*.example.org"`, `"203.0.113.0/24:8080"`, '
            '`{ host = "db.internal", port = 5432, private = true }`. An empty list means no egress. A name never '
            "opens a private address unless `private = true`."
        ),
    ] = field(default_factory=lambda: ["public"])
    deny: Annotated[
        list[str | EgressRule],
        about("Rules of the same kind that win over every `allow`, also over those of functions."),
    ] = field(default_factory=list)
    learn: Annotated[
        bool,
        about(
            "Whether everything public is allowed, too, and what functions reach is remembered, so that "
            "`edge egress suggest NAME` can say which `allow` list they need. `deny` still wins."
        ),
    ] = False
    ca_file: Annotated[
        str,
        about("PEM file with authorities that are trusted besides the usual ones, relative to this file."),
    ] = ""
    max_connections: Annotated[
        Amount, about("Open outgoing connections of all functions of a gateway process.", restart=True)
    ] = 4096
    limits: Annotated[EgressLimits, about("Limits of every function.")] = field(default_factory=EgressLimits)
    hosts: Annotated[
        dict[str, EgressHost],
        about(
            "How requests to certain hosts are helped, by a host that is written as in `allow` (a name, `*.name`, "
            '`https://name`, `"*"`): the most specific one counts. Off when empty.'
        ),
    ] = field(default_factory=dict)


class FunctionEgress(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one function may reach."""

    allow: Annotated[
        list[str | EgressRule] | None,
        about("Takes the place of `egress.allow` for this function. An empty list means no egress."),
    ] = None
    deny: Annotated[list[str | EgressRule], about("Added to `egress.deny` for this function.")] = field(
        default_factory=list
    )
    learn: Annotated[bool | None, about("As `egress.learn`, for this function.")] = None
    limits: Annotated[FunctionEgressLimits | None, about("As `egress.limits`, for this function.")] = None
    hosts: Annotated[dict[str, EgressHost], about("As `egress.hosts`; hosts named here win over those there.")] = field(
        default_factory=dict
    )


class PackageEgress(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a package says that its function needs to reach: it can only narrow what the operator allows."""

    allow: Annotated[
        list[str | EgressRule] | None,
        about("What the function needs; the gateway must allow it, too. An empty list means no egress."),
    ] = None
    deny: Annotated[list[str | EgressRule], about("What it shall never reach.")] = field(default_factory=list)
    hosts: Annotated[dict[str, EgressHost], about("As `egress.hosts`, which wins.")] = field(default_factory=dict)
