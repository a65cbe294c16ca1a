"""What a new config changes in a running gateway.  Pure: values in, values out."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

import msgspec

from edge.config.keypath import KeyPath, format_path
from edge.config.model import Config
from edge.config.resolve import resolve
from edge.config.route_model import Route
from edge.config.schema import Key, Kind, table, walk

S = TypeVar("S", bound=msgspec.Struct)


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between two configs.

    `functions_changed` are those for which something else is in force, be it by their own table or by a default.
    `keys` are the keys outside functions and routes that take effect at once, `restart` those that take effect
    at the next start; both are written as in messages.  `routes_reordered`: the same routes in another order.
    """

    functions_added: tuple[str, ...] = ()
    functions_removed: tuple[str, ...] = ()
    functions_changed: tuple[str, ...] = ()
    routes_added: tuple[Route, ...] = ()
    routes_removed: tuple[Route, ...] = ()
    routes_reordered: bool = False
    keys: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()

    @property
    def listeners(self) -> tuple[str, ...]:
        """The keys of `restart` that say where the gateway listens."""
        return tuple(key for key in self.restart if key in ("server.listen", "admin.listen"))

    def __bool__(self) -> bool:
        return self != Changes()


def diff(old: Config, new: Config) -> Changes:
    """What changes from `old` to `new`."""
    changed = [(path, key) for path, key in settings() if setting_of(old, path) != setting_of(new, path)]
    common = [name for name in new.functions if name in old.functions]
    added, removed = _missing(new.routes, old.routes), _missing(old.routes, new.routes)
    return Changes(
        functions_added=tuple(name for name in new.functions if name not in old.functions),
        functions_removed=tuple(name for name in old.functions if name not in new.functions),
        functions_changed=tuple(name for name in common if resolve(old, name) != resolve(new, name)),
        routes_added=added,
        routes_removed=removed,
        routes_reordered=not added and not removed and old.routes != new.routes,
        keys=tuple(format_path(path) for path, key in changed if not key.restart),
        restart=tuple(format_path(path) for path, key in changed if key.restart),
    )


def live(running: Config, new: Config) -> tuple[Config, list[str]]:
    """The part of `new` that a running gateway can take, and a warning for each key that it cannot.

    Keys that need a restart keep the value that they had at the start, which is that of `running`.
    """
    config, warnings = new, []
    for path, key in settings():
        if key.restart and setting_of(running, path) != setting_of(new, path):
            config = _put(config, path, setting_of(running, path))
            warnings.append(f"{format_path(path)} has changed and takes effect at the next start")
    for section in ("server", "admin"):
        tls: KeyPath = (section, "tls")
        if bool(setting_of(running, (*tls, "cert"))) != bool(setting_of(config, (*tls, "cert"))):
            config = _put(config, tls, setting_of(running, tls))
            warnings.append(f"{format_path(tls)} is switched on or off at the next start")
    return config, warnings


def settings() -> list[tuple[KeyPath, Key]]:
    """The keys that hold values, outside of functions and routes."""
    keys = walk(table(Config))
    return [(path, key) for path, key in keys if len(path) > 1 and "*" not in path and not _is_table(key.kind)]


def _is_table(kind: Kind) -> bool:
    return kind.shape == "table"


def setting_of(config: object, path: KeyPath) -> object:
    for step in path:
        config = getattr(config, str(step))
    return config


def _put(struct: S, path: KeyPath, value: object) -> S:
    name = str(path[0])
    inner: Any = value if len(path) == 1 else _put(getattr(struct, name), path[1:], value)
    return msgspec.structs.replace(struct, **{name: inner})


def _missing(routes: list[Route], others: list[Route]) -> tuple[Route, ...]:
    """The routes that `others` does not have, or not as often."""
    left = Counter(msgspec.json.encode(route) for route in others)
    missing = []
    for route in routes:
        encoded = msgspec.json.encode(route)
        if left[encoded]:
            left[encoded] -= 1
        else:
            missing.append(route)
    return tuple(missing)
