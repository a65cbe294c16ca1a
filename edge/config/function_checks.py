"""Checks of what functions say, alike for the gateway's file and for a package's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from edge.config.binding_model import check_binding
from edge.config.problems import Problem
from edge.config.schedule_model import check_schedules
from edge.config.smoke_model import check_smoke

if TYPE_CHECKING:
    from edge.config.egress_model import EgressConfig, EgressRule, FunctionEgress
    from edge.config.function_model import FunctionConfig
    from edge.config.keypath import KeyPath

CheckEgress: TypeAlias = Callable[[object], str | None]

_FUNCTION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_SEGMENT: Final = r"[A-Za-z0-9_@-][A-Za-z0-9_@.-]*"
_HANDLER: Final = re.compile(rf"(?:{_SEGMENT}/)*{_SEGMENT}\.[A-Za-z_$][A-Za-z0-9_$]*")
_MODULE: Final = re.compile(r"(?:@[\w.~-]+/)?[A-Za-z0-9_~-][\w.~-]*")
_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")


def check_function_name(name: str) -> str | None:
    """What is wrong with a function's name; None when nothing is."""
    if _FUNCTION.fullmatch(name):
        return None
    return f"{name[:60]!r} is not a function name (letters, digits, _ - and ., not first, at most 64)"


def check_namespace(name: str) -> str | None:
    """What is wrong with the name of a namespace of KV; None when nothing is."""
    if _NAMESPACE.fullmatch(name):
        return None
    return f"{name[:60]!r} is not a namespace (letters, digits, _ - and ., not first)"


def check_function(function: FunctionConfig, path: KeyPath, check_egress: CheckEgress) -> Iterator[Problem]:
    """Everything that is wrong with one function, apart from its types."""
    if function.handler and not _HANDLER.fullmatch(function.handler):
        yield Problem((*path, "handler"), f"{function.handler[:60]!r} is not file and export (index.handler)")
    if function.kv and (wrong := check_namespace(function.kv)):
        yield Problem((*path, "kv"), wrong)
    yield from _check_package(function.package, (*path, "package"))
    yield from _check_variables(function, path)
    yield from _check_services(function, path)
    yield from _check_bindings(function, path)
    yield from _check_modules(function, path)
    yield from check_schedules(function.schedule or (), (*path, "schedule"))
    yield from check_smoke(function.smoke or (), (*path, "smoke"))
    if function.egress is not None:
        yield from check_egress_lists(function.egress, (*path, "egress"), check_egress)


def check_egress_lists(
    egress: EgressConfig | FunctionEgress, path: KeyPath, check_egress: CheckEgress
) -> Iterator[Problem]:
    """Everything that is wrong with the entries of `allow` and `deny`."""
    for name, entries in (("allow", egress.allow), ("deny", egress.deny)):
        for number, entry in enumerate(entries or ()):
            if what := check_egress(plain_entry(entry)):
                yield Problem((*path, name, number), what)
    for host in egress.hosts:
        if what := check_egress(host):
            yield Problem((*path, "hosts", host), what)


def plain_entry(entry: str | EgressRule) -> object:
    """An egress entry as the egress policy reads it: a text, or a dict of what was written."""
    return entry if isinstance(entry, str) else msgspec.to_builtins(entry)


def _check_package(package: str, path: KeyPath) -> Iterator[Problem]:
    if package.startswith("sha256:") and not _HASH.fullmatch(package):
        yield Problem(path, "not a hash (sha256: and 64 lower-case hexadecimal digits)")
    elif package and _leaves(package):
        yield Problem(path, f"{package[:60]!r} leaves packages.root (a folder or archive below it)")


def _check_variables(function: FunctionConfig, path: KeyPath) -> Iterator[Problem]:
    for name, value in function.env.items():
        if not _VARIABLE.fullmatch(name):
            yield Problem((*path, "env", name), "not the name of a variable (letters, digits and _, no digit first)")
        if "\0" in value:
            yield Problem((*path, "env", name), "the value holds a NUL character (any other text)")
    for number, name in enumerate(function.secrets):
        if what := _check_secret(name, function.secrets[:number], function):
            yield Problem((*path, "secrets", number), what)


def _check_services(function: FunctionConfig, path: KeyPath) -> Iterator[Problem]:
    for name in function.services:
        if not _VARIABLE.fullmatch(name):
            what = f"{name[:60]!r} is not a name for a service (letters, digits and _, no digit first)"
            yield Problem((*path, "services", name), what)
        elif name == "KV" or name in function.env or name in function.secrets:
            taken = "the key-value store" if name == "KV" else "a variable"
            yield Problem((*path, "services", name), f"{name!r} is the name of {taken} already (another name)")


def _check_bindings(function: FunctionConfig, path: KeyPath) -> Iterator[Problem]:
    for name, said in function.bindings.items():
        key = (*path, "bindings", name)
        if not _VARIABLE.fullmatch(name):
            yield Problem(key, f"{name[:60]!r} is not a name for a binding (letters, digits and _, no digit first)")
        elif taken := _taken(name, function):
            yield Problem(key, f"{name!r} is the name of {taken} already (another name)")
        yield from check_binding(said, key)


def _taken(name: str, function: FunctionConfig) -> str:
    if name in ("KV", function.kv):
        return "the key-value store"
    if name in function.env or name in function.secrets:
        return "a variable"
    return "a service" if name in function.services else ""


def _check_modules(function: FunctionConfig, path: KeyPath) -> Iterator[Problem]:
    for name, place in function.modules.items():
        if not _MODULE.fullmatch(name):
            yield Problem((*path, "modules", name), f"{name[:60]!r} is not the name of a package (name or @scope/name)")
        elif _leaves(place):
            what = f"{place[:60]!r} leaves packages.root (a folder, archive or file below it)"
            yield Problem((*path, "modules", name), what)
    for name, place in function.mock_modules.items():
        if not name or name.startswith((".", "/")) or "\0" in name:
            what = f"{name[:60]!r} is not the name of a module, as code asks for it (name, name/part or node:name)"
            yield Problem((*path, "mock_modules", name), what)
        elif _leaves(place):
            what = f"{place[:60]!r} leaves the package (a file inside it)"
            yield Problem((*path, "mock_modules", name), what)


def _leaves(place: str) -> bool:
    return not place or place.startswith("/") or ".." in place.split("/") or "\\" in place or "\0" in place


def _check_secret(name: str, earlier: Sequence[str], function: FunctionConfig) -> str | None:
    if not _VARIABLE.fullmatch(name):
        return f"{name[:60]!r} is not the name of a variable (letters, digits and _, no digit first)"
    if name in earlier:
        return f"{name!r} is there twice (each secret once)"
    return f"{name!r} is in env as well (one of both)" if name in function.env else None
