"""From the config of a route to the answer that the gateway gives itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from edge.config.answer_model import RedirectConfig, RespondConfig, StaticConfig, redirect_of, static_of
from edge.config.pattern import path_parameters
from edge.config.redirect_syntax import parse_redirect
from edge.config.route_model import served_methods
from edge.errors import NotFoundError
from edge.gateway.answers import Answer
from edge.gateway.static.answer import StaticAnswer
from edge.gateway.static.site import site_of

if TYPE_CHECKING:
    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.gateway.own_answer import Asked, OwnAnswer


def own_answer_of(config: Config, route: Route, *, protected: bool = False) -> OwnAnswer | None:
    """None for a route that has a function; `protected` says that not everybody gets what it has."""
    if route.redirect is not None:
        return RedirectAnswer(redirect_of(route.redirect), path_parameters(route.path))
    if route.respond is not None:
        return FixedAnswer(route.respond)
    if route.static is not None:
        static = static_of(route.static)
        site = site_of(static, os.fspath(config.path(static.folder)))
        if protected and site.cache_control == StaticConfig(folder="").cache_control:
            site = msgspec.structs.replace(site, cache_control=f"private, {site.cache_control}")
        return StaticAnswer(site)
    return None


def own_answer_text(route: Route) -> str:
    """What the gateway answers, in a few words; "" for a route that has a function."""
    if route.redirect is not None:
        redirect = redirect_of(route.redirect)
        return f"redirect {redirect.status} {redirect.to}"
    if route.respond is not None:
        return f"respond {route.respond.status}"
    return "" if route.static is None else f"static {static_of(route.static).folder}"


def methods_of(route: Route) -> tuple[str, ...] | None:
    """Those that a route serves; None for all."""
    return served_methods(route) or None


class RedirectAnswer:
    """Sends clients elsewhere."""

    def __init__(self, config: RedirectConfig, parameters: tuple[str, ...]) -> None:
        self._target = parse_redirect(config.to, parameters)
        self._status = config.status
        self._keep_query = config.keep_query

    async def give(self, asked: Asked) -> None:
        """See OwnAnswer."""
        location = self._target.location(asked.params, asked.query if self._keep_query else "", asked.host)
        if location is None:
            raise NotFoundError("this path leads nowhere")
        headers = [(b"location", location.encode("ascii")), (b"content-length", b"0")]
        await asked.exchange.answer(Answer(self._status, headers, b""))


class FixedAnswer:
    """Says the same to everybody."""

    def __init__(self, config: RespondConfig) -> None:
        body = config.body.encode()
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in config.headers.items()]
        if body and not any(name == b"content-type" for name, _ in headers):
            headers.append((b"content-type", b"text/plain; charset=utf-8"))
        if config.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        self._answer = Answer(config.status, headers, body)

    async def give(self, asked: Asked) -> None:
        """See OwnAnswer."""
        await asked.exchange.answer(self._answer)
