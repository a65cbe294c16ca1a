"""Environment variables that override the file.

Every key has a variable: `EDGE_`, the section and the key, in capitals and joined by underscores:
`EDGE_SERVER_MAX_BODY`, `EDGE_SERVER_TLS_CERT`, `EDGE_FUNCTIONS_HELLO_TIMEOUT` (for functions of the file; what is
no letter or digit in the name becomes an underscore), `EDGE_ROUTES`.  The variables of the pool that edge
replaces work too, and those of OpenTelemetry (telemetry_environment.py); a variable of the first kind wins over one of
these.  A variable overrides its key only: what
a function says itself stays, unlike with `--set`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edge.config.assign import OFF, ON
from edge.config.keypath import KeyPath, format_path
from edge.config.overrides import Override
from edge.config.schema import Kind, walk
from edge.config.telemetry_environment import telemetry_overrides

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX: Final = "EDGE_"
OTHERS: Final = frozenset(
    {"EDGE_ADMIN_TOKEN", "EDGE_ADMIN", "EDGE_SECRETS_KEY", "EDGE_UNPACK_DIR", "EDGE_PROGRAM"}
)  # read elsewhere; no keys

_SEEDS: Final[tuple[tuple[str, KeyPath, str], ...]] = (
    ("ISOLATE_POOL_SIZE", ("engine", "pool_size"), ""),
    ("ISOLATE_MAX_POOL_SIZE", ("engine", "max_pool_size"), ""),
    ("ISOLATE_MEMORY_LIMIT_MB", ("engine", "memory"), "MiB"),
    ("ISOLATE_IDLE_TIMEOUT_MS", ("engine", "idle_timeout"), "ms"),
    ("FUNCTION_TIMEOUT_MS", ("engine", "timeout"), "ms"),
    ("MODULE_CACHE_MAX_SIZE", ("packages", "module_cache_size"), ""),
)


def read_environment(
    environ: Mapping[str, str], values: Mapping[str, object], schema: Kind, problems: list[str]
) -> tuple[list[Override], list[str]]:
    """The overrides of the variables that are set, and warnings about `EDGE_` variables that mean nothing.

    `values` is the plain content of the file: functions are named there, and `PORT` changes its address.
    """
    ignored: list[str] = []
    overrides = [
        *_seed_overrides(environ, problems),
        *_port(environ, values, problems),
        *telemetry_overrides(environ, ignored),
    ]
    known = _variables(schema, values, environ)
    for name, paths in known.items():
        if name in environ and len(paths) > 1:
            both = " and ".join(format_path(path) for path in paths)
            problems.append(f"{name}: stands for {both} (use --set)")
        elif name in environ:
            overrides.append(Override(paths[0], environ[name], name))
    return overrides, [*ignored, *_warnings(environ, known)]


def _seed_overrides(environ: Mapping[str, str], problems: list[str]) -> Iterable[Override]:
    for name, path, unit in _SEEDS:
        text = environ.get(name, "").strip()
        if text and not text.isdecimal():
            problems.append(f"{name}: {format_path(path)}: {text[:60]!r} is not a whole number (digits only)")
        elif text:
            yield Override(path, text + unit, name)
    cache = environ.get("ENABLE_MODULE_CACHE", "").strip().lower()
    if cache in OFF:
        yield Override(("packages", "module_cache_size"), "0", "ENABLE_MODULE_CACHE")
    elif cache and cache not in ON:
        problems.append(f"ENABLE_MODULE_CACHE: packages.module_cache_size: {cache[:60]!r} is not known (true | false)")


def _port(environ: Mapping[str, str], values: Mapping[str, object], problems: list[str]) -> Iterable[Override]:
    """`PORT` changes the port of the first TCP address and leaves its host."""
    port = environ.get("PORT", "").strip()
    if not port:
        return
    if not port.isdecimal() or int(port) > 65535:
        problems.append(f"PORT: server.listen: {port[:60]!r} is not a port (0..65535)")
        return
    server = values.get("server")
    listen = server.get("listen") if isinstance(server, dict) else None
    if not isinstance(listen, list) or not listen:
        yield Override(("server", "listen"), f"127.0.0.1:{port}", "PORT")
        return
    numbers = [number for number, item in enumerate(listen) if not str(item).startswith("unix:")]
    number = numbers[0] if numbers else len(listen)
    host = str(listen[number]).rpartition(":")[0] if numbers else "127.0.0.1"
    yield Override(("server", "listen", number), f"{host}:{port}", "PORT")


def _variables(schema: Kind, values: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, list[KeyPath]]:
    """The name of every key's variable, and the keys that it stands for; of functions those that `environ` may mean."""
    names = _meant(values.get("functions"), environ)
    found: dict[str, list[KeyPath]] = {}
    for path, key in walk(schema):
        if len(path) == 1 and key.kind.shape != "list":
            continue
        for concrete in _concrete(path, names):
            found.setdefault(variable(concrete), []).append(concrete)
    return found


def _meant(functions: object, environ: Mapping[str, str]) -> list[str]:
    """The functions of which some variable may be: of thousands there are seldom any."""
    given = [name for name in environ if name.startswith(f"{PREFIX}FUNCTIONS_")]
    if not given or not isinstance(functions, dict):
        return []
    return [name for name in functions if any(each.startswith(variable(("functions", name)) + "_") for each in given)]


def _concrete(path: KeyPath, functions: list[str]) -> list[KeyPath]:
    if path[0] != "functions":
        return [path] if "*" not in path else []
    return [(path[0], name, *path[2:]) for name in functions if "*" not in path[2:]]


def variable(path: KeyPath) -> str:
    """The variable that overrides the key at `path`."""
    return PREFIX + "_".join(re.sub(r"[^A-Z0-9]", "_", str(step).upper()) for step in path)


def _warnings(environ: Mapping[str, str], known: Mapping[str, object]) -> list[str]:
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known and name not in OTHERS)
    return [f"{name}: ignored, it stands for no config key" for name in unknown]
