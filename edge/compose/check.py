"""`edge check`: everything that a start would find, without starting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import trio

from edge.compose.check_bindings import binding_problems
from edge.compose.engine import Engine, open_engine
from edge.compose.uploads import uploads_if_named
from edge.config.answer_model import static_of
from edge.config.keypath import format_path
from edge.config.positions import find_positions
from edge.config.resolve import resolve
from edge.config.route_checks import hidden_routes
from edge.config.route_model import Route
from edge.errors import ConfigError, EdgeError
from edge.gateway.all_routes import all_routes
from edge.gateway.duties.compiler import PolicyCompiler
from edge.gateway.loader import bindings_of, prepare
from edge.packages.report import PackageReport
from edge.services.api import Grants
from edge.services.python.hosts import open_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edge.config.keypath import KeyPath
    from edge.config.model import Config
    from edge.engine.lineage import Lineage
    from edge.gateway.source import ConfigSource
    from edge.packages.uploads import Uploads


class Checked(msgspec.Struct, frozen=True):
    """A function whose package can be used: what it consists of, and how much of it its snapshot holds, and why."""

    package: str
    level: str
    reason: str
    report: PackageReport


class Findings(msgspec.Struct):
    """Problems are lines `FILE:LINE: key.path: what is wrong`; warnings do not keep a gateway from starting."""

    problems: list[str] = []
    warnings: list[str] = []
    functions: int = 0
    routes: int = 0
    checked: dict[str, Checked] = {}
    packaged: dict[str, list[Route]] = {}


async def check(source: ConfigSource) -> Findings:
    """Read the config, build every package.  Never raises for what it finds."""
    try:
        content = source.content()
        config = source.read(content)
    except ConfigError as error:
        return Findings(list(error.problems))
    lines = find_positions(content.decode()) if content is not None else {}
    missing = _missing_folders(config, lines, source.place)
    findings = Findings(
        warnings=[*config.origin.warnings, *missing], functions=len(config.functions), routes=len(config.routes)
    )
    placed = [(f"{source.place}:{lines.get(('routes', n), 1)}", route) for n, route in enumerate(config.routes)]
    uploads = await uploads_if_named(config)
    async with open_engine(config, _nothing, _silent, mode="embedded") as engine, open_hosts() as hosts:
        for name in config.functions:
            key = ("functions", name)
            line = lines.get((*key, "package"), lines.get(key))
            place = f"{source.place}:{line}" if line else source.place
            where = f"{place}: {format_path(key)}"
            routes = await _check_function(config, name, where, source, engine, uploads, findings)
            bindings = bindings_of(config, resolve(config, name))
            findings.problems += [one async for one in binding_problems(name, bindings, hosts, lines, source.place)]
            placed += [(where, route) for route in routes]
    for where, route, earlier in hidden_routes(placed):  # of packages: those of the config have been checked
        what = f"the route {route.path[:60]!r} of its package is never reached: {earlier} takes all that it matches"
        findings.warnings.append(f"{where}: {what}")
    _check_duties(config, lines, source, findings)
    return findings


def _check_duties(config: Config, lines: Mapping[KeyPath, int], source: ConfigSource, findings: Findings) -> None:
    """What routes are to do beside calling their functions, such as asking for keys that a secret holds."""
    routes = all_routes(config, findings.packaged)
    for problem in PolicyCompiler().compile(config, routes, source.environ).problems:
        line = lines.get(problem.path, lines.get(problem.path[:2]))
        place = f"{source.file or source.folder}:{line}" if line else f"{source.file or source.folder}"
        findings.problems.append(f"{place}: {format_path(problem.path)}: {problem.what}")


def _missing_folders(config: Config, lines: Mapping[KeyPath, int], file: str) -> Iterator[str]:
    """Of static routes: they may still be built, or mounted, before the gateway starts."""
    for number, route in enumerate(config.routes):
        folder = "" if route.static is None else static_of(route.static).folder
        if folder and not config.path(folder).exists():
            key: KeyPath = ("routes", number, "static")
            yield f"{file}:{lines.get(key, 1)}: {format_path(key)}: there is no folder {folder[:60]!r}"


async def _check_function(
    config: Config,
    name: str,
    where: str,
    source: ConfigSource,
    engine: Engine,
    uploads: Uploads | None,
    findings: Findings,
) -> list[Route]:
    """The routes that its package brings."""
    try:
        prepared = await trio.to_thread.run_sync(prepare, config, name, source.environ, uploads)
        async with engine.compiler.template(prepared.function, prepared.bundle) as template:
            found = [(problem, "/node_modules/" not in problem) for problem in template.problems]
            report, level, reason = template.report, template.level, template.reason
    except ConfigError as error:
        findings.problems += [f"{where}: {problem}" for problem in error.problems]
        return []
    except EdgeError as error:
        findings.problems.append(f"{where}: {error}")
        return []
    findings.routes += len(prepared.routes)
    findings.packaged[name] = prepared.routes
    findings.checked[name] = Checked(prepared.bundle.hash, level, reason, report)
    found += [(str(one), one.certain) for one in report.unsupported]
    for problem, certain in found:
        (findings.problems if certain else findings.warnings).append(f"{where}: {problem}")
    return prepared.routes


def _nothing(_lineage: Lineage) -> Grants:
    """Nothing is invoked."""
    return Grants()


def _silent(_invocation: object, _level: str, _text: str) -> None:
    """Nothing is logged."""
