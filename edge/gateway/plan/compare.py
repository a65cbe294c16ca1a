"""The difference between two generations.  Pure: values in, values out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from edge.gateway.plan.description import HIDDEN, Description, FunctionView, RouteView

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Action = Literal["add", "remove", "change"]

_NOTHING = FunctionView()
_CAPABILITIES = ("binding", "host", "module", "secret", "service", "variable")


class Difference(msgspec.Struct, frozen=True):
    """Of one part of something: `what` kind of part, its `name`, and where they may be told, the values."""

    action: Action
    what: str
    name: str
    before: str = ""
    after: str = ""


class Change(msgspec.Struct, frozen=True):
    """A function, a route or a setting that is new, gone, or other than before: `details` says in what."""

    action: Action
    what: Literal["function", "route", "setting"]
    name: str
    details: tuple[Difference, ...] = ()


class Capability(msgspec.Struct, frozen=True):
    """Something that a function may reach or asks for, and did not before.

    `kind` is binding (Python of the operator), host (`egress.allow` has it), mention (its code has the name of the
    host), module, secret, service or variable (its code reads it).
    """

    function: str
    kind: str
    name: str


class Plan(msgspec.Struct, frozen=True):
    """What becomes of generation `before`.

    `new` and `gone` are capabilities; the keys of `restart` wait for the next start; `notes` say what was not compared.
    """

    before: str
    after: str
    changes: tuple[Change, ...] = ()
    new: tuple[Capability, ...] = ()
    gone: tuple[Capability, ...] = ()
    restart: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not self.changes

    def count(self, action: Action) -> int:
        """How many things are added, removed or changed."""
        return sum(change.action == action for change in self.changes)


Files = dict[str, tuple[dict[str, str], dict[str, str]]]
"""By function: digests of the files of its package before and after."""


def changed_packages(before: Description, after: Description) -> list[str]:
    """The functions, there before and after, whose packages are others: those of which files are worth comparing."""
    both = before.functions.keys() & after.functions.keys()
    return sorted(name for name in both if before.functions[name].package != after.functions[name].package)


def compare(before: Description, after: Description, files: Files | None = None) -> Plan:
    """What changes from one generation to another."""
    changes = [*_functions(before, after, files or {}), *_routes(before.routes, after.routes), *_keys(before, after)]
    changed = {change.name for change in changes if change.what == "setting"}
    return Plan(
        before.generation,
        after.generation,
        tuple(changes),
        tuple(_gained(before.functions, after.functions)),
        tuple(_gained(after.functions, before.functions)),
        tuple(key for key in after.restart if key in changed),
        tuple(f"functions.{name}: {view.error}" for name, view in sorted(after.functions.items()) if view.error),
    )


# -- functions


def _functions(before: Description, after: Description, files: Files) -> Iterator[Change]:
    for name in sorted(before.functions.keys() | after.functions.keys()):
        old, new = before.functions.get(name), after.functions.get(name)
        details = tuple(_inside(old or _NOTHING, new or _NOTHING, *files.get(name, ({}, {}))))
        if old is None or new is None:
            yield Change("add" if old is None else "remove", "function", name, details)
        elif details:
            yield Change("change", "function", name, details)


def _inside(
    old: FunctionView, new: FunctionView, files_before: Mapping[str, str], files_after: Mapping[str, str]
) -> Iterator[Difference]:
    if old.package != new.package:
        yield Difference(
            _action(old.package or None, new.package or None), "package", "package", old.package, new.package
        )
        yield from _by_digest("file", files_before, files_after)
    yield from _by_text("setting", old.settings, new.settings)
    yield from _by_digest("env", old.env, new.env)
    yield from _by_digest("secret", old.secrets, new.secrets)
    yield from _by_text("service", old.services, new.services)
    yield from _by_text("binding", old.bindings, new.bindings)
    for what in ("allow", "deny"):
        yield from _by_presence(f"egress.{what}", getattr(old, what), getattr(new, what))
    yield from _by_presence("schedule", old.schedules, new.schedules)
    if old.error != new.error:
        yield Difference(_action(old.error or None, new.error or None), "error", "error", old.error, new.error)


def _gained(before: Mapping[str, FunctionView], after: Mapping[str, FunctionView]) -> Iterator[Capability]:
    for name, view in sorted(after.items()):
        old, new = _capabilities(before.get(name, _NOTHING)), _capabilities(view)
        for kind, names in new.items():
            yield from (Capability(name, kind, each) for each in names if each not in old[kind])


def _capabilities(view: FunctionView) -> dict[str, Collection[str]]:
    return {
        "binding": sorted(target.partition(" ")[0] for target in view.bindings.values()),
        "host": view.allow,
        "mention": view.hosts,
        "module": view.modules,
        "secret": sorted(view.secrets),
        "service": sorted(view.services.values()),
        "variable": view.variables,
    }


# -- routes and settings


def _routes(before: tuple[RouteView, ...], after: tuple[RouteView, ...]) -> Iterator[Change]:
    """By what they match; the first of several that match the same counts, as it does for requests."""
    old, new = _by_match(before), _by_match(after)
    for match in [*new, *(match for match in old if match not in new)]:
        one, other = old.get(match), new.get(match)
        if one is None or other is None:
            route = one or other
            assert route is not None  # it is in one of both
            yield Change("add" if one is None else "remove", "route", f"{match} -> {route.target}")
        elif one != other:
            details = [*_by_text("setting", one.settings, other.settings)]
            if one.target != other.target:
                details.insert(0, Difference("change", "target", "target", one.target, other.target))
            yield Change("change", "route", match, tuple(details))
    common = [match for match in old if match in new]
    if common != [match for match in new if match in old]:
        yield Change("change", "route", "the order of routes")


def _by_match(routes: tuple[RouteView, ...]) -> dict[str, RouteView]:
    found: dict[str, RouteView] = {}
    for route in routes:
        found.setdefault(route.match, route)
    return found


def _keys(before: Description, after: Description) -> Iterator[Change]:
    """What the command line of the running gateway says goes on to win over the file."""
    for one in _by_text("setting", before.keys, after.keys):
        if any(one.name == key or one.name.startswith((f"{key}.", f"{key}[")) for key in before.forced):
            continue
        shown = {end: _shown(getattr(one, end)) for end in ("before", "after")}
        yield Change(one.action, "setting", one.name, (msgspec.structs.replace(one, **shown),))


def _shown(text: str) -> str:
    return "(not shown)" if text.startswith(HIDDEN) else text


# -- tables


def _by_text(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    """Whose values may be told."""
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        if one != other:
            yield Difference(_action(one, other), what, name, one or "", other or "")


def _by_digest(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    """Whose values may not be told; a digest that is not known says nothing."""
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            yield Difference("add" if name in new else "remove", what, name)
        elif old[name] != new[name] and old[name] and new[name]:
            yield Difference("change", what, name)


def _by_presence(what: str, old: Collection[str], new: Collection[str]) -> Iterator[Difference]:
    yield from (Difference("remove", what, name) for name in old if name not in new)
    yield from (Difference("add", what, name) for name in new if name not in old)


def _action(before: str | None, after: str | None) -> Action:
    return "add" if before is None else "remove" if after is None else "change"
