"""The reference manual of the config, from the descriptions in the structs.

`scripts/gen-docs` writes it to docs/reference/config.md; a test compares the two.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from edge.config.environment import variable
from edge.config.function_file_model import FunctionFile
from edge.config.model import Config
from edge.config.schema import Key, Kind, table
from edge.units import format_duration, format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keypath import KeyPath

_HEAD: Final = """\
# Config reference

<!-- Written by scripts/gen-docs from edge/config/: edit the descriptions there. -->

`edge.toml` is [TOML](https://toml.io/en/v1.0.0). Every key has a default, so an empty file is valid. An unknown key is
an error that names its place and the nearest known key; `edge check` prints all problems of a file at once, each as
`FILE:LINE: key.path: what is wrong (what is allowed)`.

- **Sizes** are numbers of bytes or texts with a unit: `"128MiB"`, `"128Mi"` (1024), `"10MB"`, `"10M"` (1000).
- **Durations** are numbers of seconds or texts with a unit: `"250ms"`, `"30s"`, `"5m"`, `"1h"`, `"2d"`.
- **Paths** are relative to the folder of the file.
- **Reload**: a change of the file takes effect without a restart, except for keys marked *restart*: these keep
  their value, with a warning, until the next start.

## Overrides

From strongest to weakest: `--set SECTION.KEY=VALUE`, environment variables, the file.

- **`--set`** takes any key: `--set engine.timeout=60s`, `--set 'egress.allow=["127.0.0.1:8000"]'`,
  `--set functions.hello.env.GREETING=hi`, `--set routes.0.strip_prefix=true`. Texts need no quotes, lists are TOML or
  separated by commas, tables are TOML. `engine.memory`, `engine.timeout`, `engine.cpu`, `engine.wait_until`,
  `egress.allow`, `egress.deny` and `egress.learn` given this way hold **for every function**, whatever its own table
  or package says; only `--set functions.NAME.KEY` is stronger. Of two options for one key the later one counts.
- **Variables** are named `EDGE_`, section and key: `EDGE_SERVER_MAX_BODY=1MiB`, `EDGE_SERVER_LISTEN=0.0.0.0:8080`,
  `EDGE_FUNCTIONS_HELLO_TIMEOUT=5s` (for functions of the file; what is no letter or digit becomes `_`). They replace
  the key alone: a function's own `timeout` stays when `EDGE_ENGINE_TIMEOUT` is set. `EDGE_` variables that stand for
  no key are ignored with a warning, since Kubernetes makes such variables for a service called *edge*.
- **Older names** work as well; a variable of the first kind wins over them, and empty ones do not count:

| variable | key |
|---|---|
| `ISOLATE_POOL_SIZE`, `ISOLATE_MAX_POOL_SIZE` | `engine.pool_size`, `engine.max_pool_size` |
| `ISOLATE_MEMORY_LIMIT_MB` | `engine.memory`, in MiB |
| `ISOLATE_IDLE_TIMEOUT_MS` | `engine.idle_timeout`, in milliseconds |
| `FUNCTION_TIMEOUT_MS` | `engine.timeout`, in milliseconds |
| `MODULE_CACHE_MAX_SIZE` | `packages.module_cache_size` |
| `ENABLE_MODULE_CACHE` | `false` makes `packages.module_cache_size` 0 |
| `PORT` | the port of the first TCP address of `server.listen`; its host stays |

- **Variables of OpenTelemetry** are keys of `[telemetry]`: [traces](../how-to/traces.md) has the list. What
  cannot be used of them is ignored with a warning.

`EDGE_ADMIN_TOKEN` is the token of the admin listener and `EDGE_SECRETS_KEY` opens the secrets; they are no keys.
"""

_PACKAGE: Final = """\
## A package's own file

A package may hold a `function.toml`, `function.yaml` or `function.yml` (the first of these counts) beside its code.
The gateway's file wins over it, key by key; `env` is merged by variable, `secrets` are joined, and what `egress.deny`
and the function's `egress.deny` forbid stays forbidden. Its `egress.allow` can only narrow what the gateway allows.
Routes under `trigger` (a table, or a list of tables) stand behind those of the gateway.
The manifest of a Hexabase function (`apiVersion`, `kind: Function`, `metadata`, `spec`) is read as well: its `spec`
has these keys. In YAML, anchors and aliases are refused.
"""

_TITLES: Final = {"functions": "[functions.NAME]", "routes": "[[routes]]"}


def reference() -> str:
    """The manual as Markdown."""
    parts = [_HEAD, *(_section(key) for key in table(Config).fields.values()), _PACKAGE]
    parts += ["\n".join(_rows(table(FunctionFile), (), variables=False)) + "\n"]
    return "\n".join(parts)


def _section(key: Key) -> str:
    kind = _inner(key.kind)
    title = _TITLES.get(key.name, f"[{key.name}]")
    text = " ".join((getattr(kind.table, "__doc__", "") or "").split("\n\n")[0].split())
    rows = _rows(kind, (key.name,), variables=key.kind is kind)
    return "\n".join([f"## `{title}`", "", text, "", *rows, ""])


def _inner(kind: Kind) -> Kind:
    """The table behind a map of names or a list."""
    return kind.item if kind.shape in ("map", "list") and kind.item is not None else kind


def _rows(kind: Kind, path: KeyPath, *, variables: bool) -> Iterator[str]:
    last = " | variable |" if variables else " |"
    yield f"| key | takes | default{last}"
    yield "|---|---|---|" + ("---|" if variables else "")
    for name, key in _flat(kind):
        named = "" if "[]" in name or ".NAME" in name else f"`{variable((*path, *name.split('.')))}`"
        end = f" | {named} |" if variables else " |"
        restart = " *restart*" if key.restart else ""
        yield f"| `{name}` | {_takes(key)}<br>{key.description}{restart} | {_default(key)}{end}"


def _flat(kind: Kind, before: str = "") -> Iterator[tuple[str, Key]]:
    """The keys that hold values, with those of inner tables."""
    for name, key in kind.fields.items():
        here = f"{before}{name}"
        inner = _table_of(key.kind)
        if inner is None or key.kind.shape != "table":
            yield here, key
        if inner is not None:
            yield from _flat(inner, here + {"list": "[].", "map": ".NAME."}.get(key.kind.shape, "."))


def _table_of(kind: Kind) -> Kind | None:
    for part in (kind, kind.also, kind.item, kind.item.also if kind.item else None):
        if part is not None and part.shape == "table":
            return part
    return None


def _takes(key: Key) -> str:
    inner = _table_of(key.kind)
    if inner is not None:
        return {"list": "list", "map": "tables by name"}.get(key.kind.shape, "text or table")
    return key.kind.allowed.replace("|", "\\|")


def _default(key: Key) -> str:
    if key.required:
        return "required"
    if key.default in (None, "", [], {}):
        return ""
    return f"`{_toml(key.default, key.kind)}`"


def _toml(value: object, kind: Kind) -> str:
    """A default as it would be written in the file."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item, kind.inner) for item in value) + "]"
    if kind.shape == "size" and isinstance(value, int):
        value = format_size(value)
    if kind.shape == "duration" and isinstance(value, float):
        value = format_duration(value)
    return json.dumps(value)
