"""The configs of folders and nothing else: a folder of functions, or the folder of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from edge.config.function_checks import CheckEgress, check_function_name
from edge.config.load import build

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from edge.config.model import Config


def list_functions(folder: Path) -> list[str]:
    """The names of the folders in `folder`, hidden ones left out, in order.  Raises OSError."""
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def function_name(folder: str) -> str:
    """What the function in a folder of this name is called: the same, where that can be the name of one."""
    if check_function_name(folder) is None:
        return folder
    return re.sub(r"^[^A-Za-z0-9_]+", "", re.sub(r"[^A-Za-z0-9_.-]+", "-", folder))[:64] or "function"


def single_config(
    package: Path,
    *,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    check_egress: CheckEgress | None = None,
) -> Config:
    """A config that serves one package at `/` and everything below it.

    Everything else has its default, the environment or `sets`, as in `zero_config`.  Raises ConfigError.
    """
    name = function_name(package.name)
    values: dict[str, object] = {
        "packages": {"root": str(package.parent)},
        "functions": {name: {"package": package.name}},
        "routes": [{"path": "/*rest", "function": name}],
    }
    return build("", values, "", environ, sets, check_egress)


def zero_config(
    functions_dir: str,
    names: Iterable[str],
    *,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    check_egress: CheckEgress | None = None,
) -> Config:
    """A config that serves each folder `functions_dir/NAME` at `/NAME` and everything below it.

    The function sees the path without `/NAME`.  Everything else has its default, the environment or `sets`;
    relative paths start at the working directory.  Names that no function can have are left out, with a warning.
    Raises ConfigError for the environment and `sets`.
    """
    found = {name: check_function_name(name) for name in names}
    good = sorted(name for name, problem in found.items() if problem is None)
    values: dict[str, object] = {
        "packages": {"root": functions_dir},
        "functions": {name: {} for name in good},
        "routes": [_route(name) for name in good],
    }
    config = build("", values, "", environ, sets, check_egress)
    warnings = [f"{functions_dir}: {problem}" for problem in found.values() if problem is not None]
    origin = msgspec.structs.replace(config.origin, warnings=(*config.origin.warnings, *warnings))
    return msgspec.structs.replace(config, origin=origin)


def _route(name: str) -> dict[str, object]:
    return {"path": f"/{name}/*rest", "function": name, "strip_prefix": True}
