"""From a generation, running or proposed, to its description."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from edge.config.diff import setting_of, settings
from edge.config.function_checks import plain_entry
from edge.config.keypath import format_path
from edge.config.resolve import FunctionSettings
from edge.config.route_model import Route
from edge.gateway.own_answers import own_answer_text
from edge.gateway.plan.description import HIDDEN, Description, FunctionView, RouteView, digest
from edge.gateway.versions.expand import is_version_of
from edge.gateway.versions.overrides import route_id
from edge.packages.report import NOTHING
from edge.packages.uploads import is_uploaded
from edge.units import format_duration, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.config.binding_model import BindingConfig
    from edge.config.egress_model import EgressRule
    from edge.config.model import Config
    from edge.gateway.generation import Generation
    from edge.gateway.loader import Surveyed
    from edge.packages.bundle import Bundle
    from edge.packages.report import PackageReport

_DURATIONS = ("timeout", "cpu", "wait_until")
_PLAIN = ("handler", "contract", "kv", "concurrency", "max_queue", "reuse", "server_timing", "eval", "learn")
_COMPOUND = ("modules", "mock_modules", "egress_limits", "hosts", "smoke", "package_allow")
_UNSAID: dict[str, Any] = msgspec.to_builtins(Route(path="/"))
_ELSEWHERE = ("path", "host", "methods", "headers", "scheme", "function", "split")


def describe(
    config: Config,
    surveyed: Mapping[str, Surveyed],
    reports: Mapping[str, PackageReport],
    errors: Mapping[str, str],
    routes: Sequence[Route],
    salt: str,
    generation: str = "",
) -> Description:
    """What is made of a config, the functions of a survey and the reports about their packages."""
    views = {name: FunctionView(error=text) for name, text in errors.items()}
    views |= {
        name: function_view(found, reports.get(name, NOTHING), salt)
        for name, found in surveyed.items()
        if name not in errors
    }
    keys, restart = _keys(config, salt)
    return Description(
        generation=generation,
        salt=salt,
        functions=views,
        routes=tuple(map(route_view, routes)),
        keys=keys,
        restart=restart,
        forced=tuple(format_path(path) for path in config.origin.forced),
        uploaded=tuple(name for name, found in surveyed.items() if is_uploaded(found.settings.package)),
    )


def describe_running(generation: Generation, salt: str, said: Mapping[str, dict[str, int]]) -> Description:
    """What serves; of routes that split, what the config says (`said`), also when other weights hold meanwhile."""
    functions = generation.functions
    routes = [
        msgspec.structs.replace(route, split=said.get(route_id(route), route.split)) if route.split else route
        for route in generation.routes
    ]
    return describe(
        generation.config,
        {name: standing.surveyed for name, standing in generation.standing.items() if not is_version_of(name)},
        {name: loaded.report for name, loaded in functions.items()},
        {name: loaded.error.message for name, loaded in functions.items() if loaded.error and not is_version_of(name)},
        routes,
        salt,
        generation.hash,
    )


def function_view(found: Surveyed, report: PackageReport, salt: str) -> FunctionView:
    """One function; a secret of which the value is not known has no digest."""
    said = found.settings
    can = report.capabilities
    return FunctionView(
        package=found.package,
        settings=_settings(said),
        env={name: digest(salt, said.name, name, text) for name, text in said.env.items()},
        secrets={name: _secret(found, name, salt) for name in said.secrets},
        services=said.services,
        bindings={name: _binding(binding) for name, binding in said.bindings.items()},
        allow=tuple(map(_entry, said.allow)),
        deny=tuple(map(_entry, said.deny)),
        schedules=tuple(_json(schedule) for schedule in said.schedules),
        modules=can.modules,
        hosts=can.hosts,
        variables=can.variables,
    )


def route_view(route: Route) -> RouteView:
    """One route; what it does not say is left out."""
    split = ", ".join(f"{name} {weight}" for name, weight in route.split.items())
    target = route.function or split or own_answer_text(route)
    plain: dict[str, Any] = msgspec.to_builtins(route)
    said = {name: value for name, value in plain.items() if name not in _ELSEWHERE and value != _UNSAID.get(name)}
    return RouteView(
        match=route_id(route) if route.methods else f"any {route_id(route)}",
        target=target or "-",
        settings={name: _json(value) for name, value in said.items()},
    )


def file_digests(bundle: Bundle) -> dict[str, str]:
    """Of each file a digest, of each link where it leads to."""
    files = {path: hashlib.sha256(bundle.view(path)).hexdigest()[:32] for path in bundle.files}
    return files | {link: f"-> {target}" for link, target in bundle.links.items()}


def _settings(said: FunctionSettings) -> dict[str, str]:
    texts = {"memory": format_size(said.memory)}
    texts |= {name: format_duration(getattr(said, name)) for name in _DURATIONS}
    texts |= {name: _text(getattr(said, name)) for name in _PLAIN}
    texts |= {name: _json(value) for name in _COMPOUND if (value := getattr(said, name))}
    retries = {name: value for name, value in msgspec.to_builtins(said.deferred).items() if value not in (None, "")}
    return {name: text for name, text in (texts | {"async": _json(retries)}).items() if text not in ("", "{}")}


def _binding(said: BindingConfig) -> str:
    """Its options may hold what is nobody's business: their names are told."""
    more = msgspec.to_builtins(said)
    target = more.pop("target")
    if said.options:
        more["options"] = sorted(said.options)
    return f"{target} {_json(more)}" if more else target


def _secret(found: Surveyed, name: str, salt: str) -> str:
    return digest(salt, "secret", name, found.secrets[name]) if name in found.secrets else ""


def _keys(config: Config, salt: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Settings outside of functions and routes; of those that may hold a secret, such as a URL, a digest."""
    keys: dict[str, str] = {}
    restart: list[str] = []
    for path, key in settings():
        value = setting_of(config, path)
        name = format_path(path)
        keys[name] = _text(value) if not key.secret or not value else HIDDEN + digest(salt, name, _text(value))
        if key.restart:
            restart.append(name)
    return keys, tuple(restart)


def _entry(entry: str | EgressRule) -> str:
    plain = plain_entry(entry)
    if isinstance(plain, dict):
        plain = {name: value for name, value in plain.items() if value not in (None, "", [], False)}
    return _text(plain)


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
