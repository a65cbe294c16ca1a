"""What a reload would change in this gateway, found out without building or changing anything."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from edge.errors import EdgeError
from edge.gateway.all_routes import all_routes
from edge.gateway.loader import Reads, Surveyed, survey
from edge.gateway.plan.compare import changed_packages, compare
from edge.gateway.plan.describe import describe, describe_running, file_digests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.config.model import Config
    from edge.gateway.generation import Generation
    from edge.gateway.plan.compare import Plan
    from edge.gateway.source import ConfigSource
    from edge.packages.bundle import Bundle
    from edge.packages.report import PackageReport
    from edge.packages.uploads import Uploads

    Inspect = Callable[[Surveyed, Bundle], PackageReport]


def plan_reload(
    source: ConfigSource,
    running: Generation,
    inspect: Inspect,
    salt: str,
    deployed: Callable[[Config], Config] = lambda config: config,
    uploads: Uploads | None = None,
    said: Mapping[str, dict[str, int]] = MappingProxyType({}),
) -> Plan:
    """The difference between what serves and what the source says now.  Blocks.  Raises ConfigError.

    `deployed` makes of what the source says what serves with the `uploads` that are active; `said` is what it has said
    of routes that split.
    """
    config = deployed(source.read())
    surveyed: dict[str, Surveyed] = {}
    reports: dict[str, PackageReport] = {}
    errors: dict[str, str] = {}
    bundles: dict[str, Bundle] = {}
    for name in config.functions:
        try:
            found = survey(config, name, source.environ, Reads(), uploads)
            assert found.bundle is not None  # nothing was read before
            reports[name] = _known(running, found) or inspect(found, found.bundle)
        except EdgeError as error:
            errors[name] = error.message
            continue
        if name in running.standing and running.standing[name].surveyed.package != found.package:
            bundles[name] = found.bundle
        surveyed[name] = msgspec.structs.replace(found, bundle=None)
    routes = all_routes(config, {name: found.packaged.routes for name, found in surveyed.items()})
    before = describe_running(running, salt, said)
    after = describe(config, surveyed, reports, errors, routes, salt)
    names = [name for name in changed_packages(before, after) if name in bundles]
    files = {name: (running_files(running, name), file_digests(bundles[name])) for name in names}
    plan = compare(before, after, files)
    return msgspec.structs.replace(plan, problems=(*plan.problems, *_missing(config, uploads)))


def _missing(config: Config, uploads: Uploads | None) -> list[str]:
    """What routes split among that is not there."""
    problems = []
    for target in dict.fromkeys(target for route in config.routes for target in route.split):
        try:
            if uploads is not None:
                uploads.hash_of(target)
        except EdgeError as error:
            problems.append(f"functions.{target}: {error.message}")
    return problems


def running_files(running: Generation, name: str) -> dict[str, str]:
    """Digests of the files of a function that serves; nothing of one that is broken.  Takes time: use a thread."""
    loaded = running.functions.get(name)
    return file_digests(loaded.bundle) if loaded is not None and loaded.bundle is not None else {}


def _known(running: Generation, found: Surveyed) -> PackageReport | None:
    """The report about a function that has not changed."""
    standing = running.standing.get(found.name)
    return standing.loaded.report if standing is not None and standing.fingerprint == found.fingerprint else None
