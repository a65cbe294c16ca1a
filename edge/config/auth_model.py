"""Config structs of authentication."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Struct, field

from edge.config.types import Deadline, Leeway, about

AuthType: TypeAlias = Literal["basic", "bearer_jwt", "api_key", "function"]


class AuthConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to say who a client is."""

    type: Annotated[AuthType | None, about("How clients prove who they are.")] = None
    keys_secret: Annotated[
        str, about("`api_key`: secret that holds the keys, one `NAME:KEY`, `NAME:sha256:HEX` or `KEY` a line.")
    ] = ""
    header: Annotated[str, about("`api_key`: header that holds the key. `Authorization: Bearer KEY` does as well.")] = (
        "X-API-Key"
    )
    query: Annotated[str, about("`api_key`: parameter of the query that may hold the key; logs may keep it.")] = ""
    cookie: Annotated[str, about("`api_key`, `bearer_jwt`: cookie that may hold the key or token.")] = ""
    users_secret: Annotated[
        str,
        about("`basic`: secret that holds `user:password` lines, the password hashed with argon2id, bcrypt or scrypt."),
    ] = ""
    realm: Annotated[str, about("Name that browsers show.")] = "edge"
    secret: Annotated[
        str,
        about("`bearer_jwt`: secret that holds the fixed key: PEM, JWK, JWK set, or a text for HS256 and the like."),
    ] = ""
    jwks_url: Annotated[str, about("`bearer_jwt`: where the issuer's keys are.")] = ""
    issuer: Annotated[
        str,
        about("`bearer_jwt`: issuer that tokens must name; its keys are discovered without `jwks_url` and `secret`."),
    ] = ""
    audience: Annotated[
        list[str] | str, about("`bearer_jwt`: audience that tokens must name, or several of which one will do.")
    ] = ""
    algorithms: Annotated[
        list[str], about("`bearer_jwt`: algorithms that are accepted; all that fit the key when empty.")
    ] = field(default_factory=list)
    claims: Annotated[
        dict[str, str],
        about("`bearer_jwt`: claims that tokens must have, or hold when they are lists or scopes; 403 otherwise."),
    ] = field(default_factory=dict)
    subject: Annotated[str, about("`bearer_jwt`: claim that says who it is.")] = "sub"
    leeway: Annotated[Leeway, about("`bearer_jwt`: how far clocks may differ.")] = 60.0
    function: Annotated[str, about("`function`: function that is asked about each request.")] = ""
    headers: Annotated[
        list[str],
        about("`function`: headers of its answer that the other function gets; nobody else can send them."),
    ] = field(default_factory=list)
    timeout: Annotated[Deadline, about("`function`: how long it may take.")] = 5.0


class AuthRule(AuthConfig, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may call: one way, or several of which `any` or `all` are needed."""

    any_: Annotated[
        list[str | AuthConfig],
        about("Instead of `type`: ways, or names of `[auth.NAME]`; the first that works counts."),
    ] = field(default_factory=list, name="any")
    all_: Annotated[list[str | AuthConfig], about("Instead of `type`: ways or names, each of which must work.")] = (
        field(default_factory=list, name="all")
    )
