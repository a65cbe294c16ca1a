"""`edge check`: everything that a start would find, without starting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.config.keypath import format_path
from edge.config.positions import find_positions
from edge.engine.package_modules import PackageModules
from edge.errors import ConfigError, EdgeError
from edge.gateway.loader import prepare

if TYPE_CHECKING:
    from edge.config.model import Config
    from edge.gateway.source import ConfigSource


class Findings(msgspec.Struct):
    """Problems are lines `FILE:LINE: key.path: what is wrong`; warnings do not keep a gateway from starting."""

    problems: list[str] = []
    warnings: list[str] = []
    functions: int = 0
    routes: int = 0


def check(source: ConfigSource) -> Findings:
    """Read the config, the packages and their module graphs.  Never raises for what it finds."""
    try:
        content = source.content()
        config = source.read(content)
    except ConfigError as error:
        return Findings(list(error.problems))
    lines = find_positions(content.decode()) if content is not None else {}
    findings = Findings(
        warnings=list(config.origin.warnings), functions=len(config.functions), routes=len(config.routes)
    )
    for name in config.functions:
        key = ("functions", name)
        line = lines.get((*key, "package"), lines.get(key))
        place = f"{source.file or source.folder}:{line}" if line else f"{source.file or source.folder}"
        _check_function(config, name, f"{place}: {format_path(key)}", source, findings)
    return findings


def _check_function(config: Config, name: str, where: str, source: ConfigSource, findings: Findings) -> None:
    try:
        prepared = prepare(config, name, source.environ)
        modules = PackageModules(prepared.bundle, prepared.function.handler)
    except ConfigError as error:
        findings.problems += [f"{where}: {problem}" for problem in error.problems]
    except EdgeError as error:
        findings.problems.append(f"{where}: {error}")
    else:
        findings.routes += len(prepared.routes)
        for problem in modules.graph.problems:
            (findings.problems if problem.severity == "error" else findings.warnings).append(f"{where}: {problem}")
