"""`edge routes` without a gateway: the config and the packages' own files are read, and the router is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.config.positions import find_positions
from edge.errors import EdgeError
from edge.gateway.authority import parse_authority
from edge.gateway.generation import rule_of
from edge.gateway.header_match import SCHEME, conditions, joined
from edge.gateway.loader import prepare
from edge.gateway.own_answers import own_answer_text
from edge.gateway.routing import Match, MethodNotAllowed, Router
from edge.gateway.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edge.config.model import Config
    from edge.config.route_model import Route
    from edge.gateway.route_rule import RouteRule
    from edge.gateway.source import ConfigSource
    from edge.wire.messages import Header


class Listed(msgspec.Struct, frozen=True):
    """A route for people; `place` is where it is written."""

    host: str
    path: str
    methods: str
    headers: str
    answer: str
    place: str


class Tried(msgspec.Struct, frozen=True):
    """A route that matches host and path, and what becomes of it."""

    path: str
    host: str
    answer: str
    place: str
    result: str


class Explained(msgspec.Struct, frozen=True):
    """What a request gets; `tried` are the routes in the order of precedence."""

    request: str
    served: bool
    verdict: str
    tried: list[Tried]


def listing(source: ConfigSource) -> list[Listed]:
    """All routes, the most specific first.  Raises ConfigError."""
    config, routes = _routes(source)
    order = sorted(routes, key=lambda placed: _rank(rule_of(config, placed[0], None)))
    return [
        Listed(
            route.host or "*",
            route.path,
            ", ".join(rule_of(config, route, None).methods or ("all",)),
            ", ".join(f"{name}: {value}" for name, value in rule_of(config, route, None).headers),
            _answer(route),
            place,
        )
        for route, place in order
    ]


def explain(source: ConfigSource, host: str, path: str, method: str, headers: list[Header]) -> Explained:
    """What a request gets.  Raises ConfigError, and CallerError for a path or host that is none."""
    config, routes = _routes(source)
    rules = [rule_of(config, route, None) for route, _ in routes]
    router = Router(rules)
    raw, _, query = path.partition("?")
    target = parse_target(raw.encode(), query.encode())
    name = (target.authority or parse_authority(host)).host
    known = {**joined(headers), SCHEME: "https" if path.startswith("https:") else "http"}
    found = router.match(name, target.path, method, lambda: known)
    number = {id(rule): index for index, rule in enumerate(rules)}
    tried = []
    for rule in router.candidates(name, target.path):
        route, place = routes[number[id(rule)]]
        won = isinstance(found, Match) and found.route is rule
        result = "this one" if won else _reason(rule, method, known)
        tried.append(Tried(route.path, route.host or "*", _answer(route), place, result))
    request = f"{method} {name}{target.path}"
    if isinstance(found, Match):
        return Explained(request, True, _answer(routes[number[id(found.route)]][0]), tried)
    if isinstance(found, MethodNotAllowed):
        status = "204" if method == "OPTIONS" else "405"
        return Explained(request, method == "OPTIONS", f"{status}, Allow: {', '.join(found.allow)}", tried)
    return Explained(request, False, "404, no route", tried)


def _routes(source: ConfigSource) -> tuple[Config, list[tuple[Route, str]]]:
    """All routes with their places, those of packages last."""
    content = source.content()
    config = source.read(content)
    lines = find_positions(content.decode()) if content is not None else {}
    file = source.place
    routes = [
        (route, f"{file}:{lines[key]}" if (key := ("routes", number)) in lines else file)
        for number, route in enumerate(config.routes)
    ]
    return config, [*routes, *_of_packages(config, source.environ)]


def _of_packages(config: Config, environ: Mapping[str, str]) -> Iterator[tuple[Route, str]]:
    for name in config.functions:
        try:
            prepared = prepare(config, name, environ)
        except EdgeError:
            continue  # `edge check` says what is wrong with it
        for route in prepared.routes:
            yield route, f"package of {name}"


def _answer(route: Route) -> str:
    split = ", ".join(f"{name} {weight}" for name, weight in route.split.items())
    return own_answer_text(route) or (f"split {split}" if split else f"function {route.function}")


def _reason(rule: RouteRule, method: str, headers: Mapping[str, str]) -> str:
    """Why it is not this one."""
    failing = conditions(rule.headers).failing(headers)
    if failing:
        return f"needs {failing}: {_wanted(rule)[failing]}"
    if rule.methods and method not in rule.methods and not (method == "HEAD" and "GET" in rule.methods):
        return f"takes {', '.join(rule.methods)}"
    return "comes later"


def _wanted(rule: RouteRule) -> dict[str, str]:
    return {name.lower(): value for name, value in rule.headers}


def _rank(rule: RouteRule) -> tuple[object, ...]:
    """Sorts routes as the router tries them."""
    host = rule.host or ""
    wild = host.startswith("*.")
    segments = [segment for segment in rule.path.split("/") if segment]
    kinds = tuple(
        (2, "") if segment[0] == "*" else (1, "") if segment[0] == ":" else (0, segment) for segment in segments
    )
    return (2 if not host else int(wild), -len(host) if wild else 0, host, kinds, conditions(rule.headers).rank)
