"""Config structs of routes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.answer_model import RedirectConfig, RespondConfig, StaticConfig
from edge.config.auth_model import AuthRule
from edge.config.cache_model import RouteCache
from edge.config.header_rules import HeaderRules, ResponseHeaderRules
from edge.config.split_model import RollbackConfig
from edge.config.types import Age, Amount, Deadline, HttpScheme, OnFailure, Size, Weight, about


class CorsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Cross-origin requests that the gateway answers for the function."""

    origins: Annotated[
        list[str],
        about(
            'Origins such as `"https://app.example.com"`; `"https://*.example.com"` for all names below, '
            '`"http://localhost:*"` for all ports, `"*"` for every origin.'
        ),
    ]
    methods: Annotated[list[str], about("Methods that may be used; those of the route when empty.")] = field(
        default_factory=list
    )
    headers: Annotated[list[str], about("Request headers that may be sent; those asked for when empty.")] = field(
        default_factory=list
    )
    expose: Annotated[list[str], about("Response headers that scripts may read.")] = field(default_factory=list)
    max_age: Annotated[Age, about("How long a browser may keep the answer to a preflight request.")] = 86400.0
    credentials: Annotated[bool, about('Whether cookies may be sent; not together with origin `"*"`.')] = False
    private_network: Annotated[
        bool, about("Whether pages of the public internet may ask for this when it is in a private network.")
    ] = False


class RateLimitConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many requests one client may send."""

    rate: Annotated[str, about("Count per time, such as `100/15m` or `10/s`.")] = ""
    key: Annotated[
        str,
        about(
            "What counts as one client: `ip` (IPv6 by /64), `api_key`, `header:NAME`, or `all` for everybody together. "
            "Who sends no such header or key is known by its address."
        ),
    ] = "ip"
    burst: Annotated[Amount | None, about("How many of them may come at once; the count when left out.")] = None
    in_flight: Annotated[
        Amount | None, about("How many requests of a client may be under way, per gateway process.")
    ] = None
    on_failure: Annotated[
        OnFailure,
        about(
            "While the Redis server that counts for all gateways does not answer: `local`, each gateway counts by "
            "itself, or `deny`, 503."
        ),
    ] = "local"


class Route(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Requests of one shape, and what answers them.  The most specific pattern wins, then order."""

    path: Annotated[
        str,
        about("Pattern: segments, `:param` for one of them, `*rest` at the end for all that follow: `/hello/:name`."),
    ]
    host: Annotated[str, about("Host name, or `*.` name for every name below; every host when left out.")] = ""
    methods: Annotated[
        list[str], about("Methods; all when empty. A path that matches with another method answers 405 with `Allow`.")
    ] = field(default_factory=list)
    headers: Annotated[
        dict[str, str],
        about(
            'Conditions on request headers: `{ "x-beta" = "1", accept = "*json*", "x-tenant" = "*" }`. `*` stands for '
            r"any text, alone for any value (`\\*` for a star). Where they do not hold, it is as if the route were not "
            "there. More conditions win over fewer."
        ),
    ] = field(default_factory=dict)
    scheme: Annotated[
        HttpScheme | None,
        about(
            "`http` or `https`, as far as trusted proxies say; both when left out. Counts as a condition on headers."
        ),
    ] = None
    function: Annotated[str, about("Name of the function.")] = ""
    split: Annotated[
        dict[str, Weight], about('Instead of `function`: versions and weights, `{ "hello@v3" = 90, "hello@v4" = 10 }`.')
    ] = field(default_factory=dict)
    sticky: Annotated[
        str,
        about(
            "How `split` knows a client again, which then stays with its version: `cookie:NAME` (set when a client has "
            "none; `cookie` alone is `edge-split`) or `header:NAME`. By chance for each request when left out."
        ),
    ] = ""
    version_header: Annotated[
        str,
        about(
            "Request header by which a client may choose one of the versions of `split`, also one of weight 0, for "
            "trying it: with `Edge-Version`, `Edge-Version: v4`. Nobody may when left out."
        ),
    ] = ""
    rollback: Annotated[
        RollbackConfig | None,
        about("When the newest version of `split` is taken back by itself; `{}` is 5 % of failures within 10 min."),
    ] = None
    redirect: Annotated[
        str | RedirectConfig | None,
        about('Instead of `function`: where clients are sent, `"https://new.example.com/:rest"`, or a table.'),
    ] = None
    respond: Annotated[RespondConfig | None, about("Instead of `function`: an answer that is always the same.")] = None
    static: Annotated[
        str | StaticConfig | None,
        about("Instead of `function`: a folder whose files are served, relative to this file, or a table."),
    ] = None
    strip_prefix: Annotated[
        bool,
        about(
            "Whether the function sees the path without the pattern's leading fixed segments "
            "(`req.baseUrl` and `req.originalUrl` have them)."
        ),
    ] = False
    cors: Annotated[CorsConfig | None, about("Cross-origin requests that the gateway answers itself.")] = None
    rate_limit: Annotated[
        RateLimitConfig | list[RateLimitConfig] | None,
        about("How many requests one client may send; 429 beyond. Of several limits each has to admit a request."),
    ] = None
    auth: Annotated[
        AuthRule | str | None,
        about("Who may call the route: a table, or the NAME of `[auth.NAME]`; 401 or 403 otherwise."),
    ] = None
    cache: Annotated[RouteCache | None, about("Answers that are kept for others; `{}` keeps what may be kept.")] = None
    compression: Annotated[
        bool | None, about("Whether answers are compressed; `compression.enabled` when left out.")
    ] = None
    max_body: Annotated[Size | None, about("Largest request body, instead of `server.max_body`; 413 beyond.")] = None
    body_timeout: Annotated[
        Deadline | None,
        about("How long a body may take that its function waits for as a whole; 408 then. 60s otherwise."),
    ] = None
    timeout: Annotated[
        Deadline | None, about("Wall clock of an invocation, when that of the function is longer; 504 then.")
    ] = None
    request_headers: Annotated[HeaderRules | None, about("What becomes of the headers that the function gets.")] = None
    response_headers: Annotated[
        ResponseHeaderRules | None, about("What becomes of the headers that the client gets.")
    ] = None


_READABLE = ("GET", "HEAD")


def served_methods(route: Route) -> tuple[str, ...]:
    """The methods that a route serves; () for all of them."""
    return tuple(route.methods) or (() if route.static is None else _READABLE)
