"""Config structs of egress: what functions may reach."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.types import Port, Scheme, about


class EgressRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A rule that needs more than a line of text."""

    host: Annotated[str, about("Name, `*.` name, address or CIDR.")]
    port: Annotated[Port | None, about("The one port; every port when left out.")] = None
    scheme: Annotated[Scheme | None, about("The one scheme; both when left out.")] = None
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


class FunctionEgress(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one function may reach."""

    allow: Annotated[
        list[str | EgressRule] | None,
        about("Takes the place of `egress.allow` for this function. An empty list means no egress."),
    ] = None
    deny: Annotated[list[str | EgressRule], about("Added to `egress.deny` for this function.")] = field(
        default_factory=list
    )
