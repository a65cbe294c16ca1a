"""Checks of routes: patterns, duplicates, and the functions that they name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final, TypeVar

from edge.config.answer_checks import check_redirect, check_respond, check_static
from edge.config.answer_model import redirect_of, static_of
from edge.config.cache_checks import check_route_cache
from edge.config.cors_origin import check_origin
from edge.config.header_condition import check_headers, header_shape
from edge.config.header_rules import check_header_rules
from edge.config.keypath import format_path
from edge.config.pattern import check_host, check_method, path_shape
from edge.config.problems import Problem
from edge.config.route_model import RateLimitConfig, served_methods
from edge.config.split_model import check_split
from edge.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from edge.config.keypath import KeyPath
    from edge.config.route_model import CorsConfig, Route

T = TypeVar("T")

TARGETS: Final = ("function", "split", "redirect", "respond", "static")
_RATE: Final = re.compile(r"([1-9]\d{0,8})/(\S+)")
_RATE_KEY: Final = re.compile(r"ip|api_key|all|header:[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def check_routes(routes: Iterable[tuple[KeyPath, Route]], functions: Collection[str]) -> Iterator[Problem]:
    """Everything that is wrong with routes, apart from their types."""
    listed = list(routes)
    for path, route in listed:
        yield from check_route(path, route)
        yield from _check_target(path, route, functions)
    for path, route, earlier in hidden_routes(listed):
        what = f"{route.path[:60]!r} is never reached: {format_path(earlier)} takes all that it matches"
        yield Problem((*path, "path"), f"{what} (leave one of them out)", other=earlier)


def hidden_routes(routes: Iterable[tuple[T, Route]]) -> Iterator[tuple[T, Route, T]]:
    """Routes that nothing can reach, since earlier ones of the same shape take all; with the first of these.

    Routes are named by whatever stands beside them.
    """
    taken: dict[object, list[tuple[T, Route]]] = {}
    for name, route in routes:
        try:
            shape = (route.host.lower(), path_shape(route.path), header_shape(route.headers), route.scheme)
        except ValueError:
            continue
        earlier = taken.setdefault(shape, [])
        if _covered(route, [other for _, other in earlier]):
            yield name, route, earlier[0][0]
        earlier.append((name, route))


def check_route(path: KeyPath, route: Route) -> Iterator[Problem]:
    """What is wrong with one route by itself."""
    yield from _attempt(path_shape, route.path, (*path, "path"))
    if route.host:
        yield from _attempt(check_host, route.host, (*path, "host"))
    for number, method in enumerate(route.methods):
        yield from _attempt(check_method, method, (*path, "methods", number))
    if len(set(route.methods)) < len(route.methods):
        yield Problem((*path, "methods"), "a method is there twice (each method once)")
    yield from _check_own_answer(path, route)
    yield from check_headers(route.headers, (*path, "headers"))
    if route.cors is not None:
        yield from _check_cors(route.cors, (*path, "cors"))
    yield from _check_rates(route.rate_limit, (*path, "rate_limit"))
    if route.cache is not None:
        yield from check_route_cache(route.cache, (*path, "cache"))
    if route.request_headers is not None:
        yield from check_header_rules(route.request_headers, (*path, "request_headers"))
    if route.response_headers is not None:
        yield from check_header_rules(route.response_headers, (*path, "response_headers"))


def _check_own_answer(path: KeyPath, route: Route) -> Iterator[Problem]:
    """What the gateway answers itself."""
    if route.redirect is not None:
        yield from check_redirect(redirect_of(route.redirect), route, (*path, "redirect"))
    if route.respond is not None:
        yield from check_respond(route.respond, (*path, "respond"))
    if route.static is not None:
        yield from check_static(static_of(route.static), route, (*path, "static"))
    if route.strip_prefix and (route.redirect is not None or route.respond is not None):
        yield Problem((*path, "strip_prefix"), "is only for routes with a function or files (leave it out)")


def _attempt(check: Callable[[str], object], text: str, path: KeyPath) -> Iterator[Problem]:
    try:
        check(text)
    except ValueError as error:
        yield Problem(path, str(error))


def _covered(route: Route, earlier: list[Route]) -> bool:
    served = [served_methods(other) for other in earlier]
    if not all(served):
        return True
    own, methods = served_methods(route), {method for some in served for method in some}
    return bool(own) and methods.issuperset(own)


def _check_target(path: KeyPath, route: Route, functions: Collection[str]) -> Iterator[Problem]:
    given = [name for name in TARGETS if getattr(route, name)]
    if len(given) != 1:
        what = f"has {' and '.join(given)}, but needs exactly one" if given else "needs exactly one"
        yield Problem(path, f"{what} of {', '.join(TARGETS[:-1])} and {TARGETS[-1]} (function = NAME)")
    if route.function and route.function not in functions:
        yield Problem((*path, "function"), unknown_function(route.function, functions))
    for target in route.split:
        name, _, version = target.partition("@")
        if name not in functions or not version:
            yield Problem((*path, "split", target), f"{unknown_function(name, functions)}, as NAME@VERSION")
    yield from check_split(route, path)
    if route.split and not any(route.split.values()):
        yield Problem((*path, "split"), "every weight is 0 (at least one above)")


def unknown_function(name: str, functions: Collection[str]) -> str:
    """The message about a function that is not there."""
    near = difflib.get_close_matches(name, functions, 1)
    hint = f", did you mean {near[0]}?" if near else ""
    listed = ", ".join(sorted(functions)[:10]) or "none is configured"
    more = ", ..." if len(functions) > 10 else ""
    return f"there is no function {name[:60]!r}{hint} ({listed}{more})"


def _check_rates(limits: RateLimitConfig | list[RateLimitConfig] | None, path: KeyPath) -> Iterator[Problem]:
    for number, limit in enumerate(limits) if isinstance(limits, list) else ():
        yield from _check_rate(limit, (*path, number))
    if isinstance(limits, RateLimitConfig):
        yield from _check_rate(limits, path)


def _check_rate(limit: RateLimitConfig, path: KeyPath) -> Iterator[Problem]:
    if limit.rate and not _valid_rate(limit.rate):
        yield Problem((*path, "rate"), f"{limit.rate[:60]!r} is not a rate (100/15m)")
    if not limit.rate and limit.in_flight is None:
        yield Problem(path, "needs one of rate and in_flight")
    if limit.burst is not None and not limit.rate:
        yield Problem((*path, "burst"), "goes with rate (leave it out)")
    if not _RATE_KEY.fullmatch(limit.key):
        yield Problem((*path, "key"), f"{limit.key[:60]!r} is not known (ip | api_key | header:NAME | all)")


def _valid_rate(rate: str) -> bool:
    match = _RATE.fullmatch(rate)
    if match is None:
        return False
    try:
        return parse_duration(match[2] if match[2][0].isdigit() else f"1{match[2]}") > 0
    except ValueError:
        return False


def _check_cors(cors: CorsConfig, path: KeyPath) -> Iterator[Problem]:
    for number, origin in enumerate(cors.origins):
        yield from _attempt(check_origin, origin, (*path, "origins", number))
    for number, method in enumerate(cors.methods):
        yield from _attempt(check_method, method, (*path, "methods", number))
    for key, names in (("headers", cors.headers), ("expose", cors.expose)):
        for number, name in enumerate(names):
            if not _HEADER.fullmatch(name):
                yield Problem((*path, key, number), f"{name[:60]!r} is not the name of a header (ETag)")
    if cors.credentials and "*" in cors.origins:
        yield Problem((*path, "credentials"), "not together with origin * (name the origins)")
