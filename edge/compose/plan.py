"""`edge plan`: what a config would make of a running gateway, or of another config, without starting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.engine.package_modules import PackageModules
from edge.errors import EdgeError
from edge.gateway.loader import no_secrets, survey
from edge.gateway.plan.describe import describe, file_digests
from edge.packages.reads import PackageReads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from edge.config.function_file import PackageSettings
    from edge.config.model import Config
    from edge.gateway.loader import Surveyed
    from edge.gateway.plan.description import Description
    from edge.gateway.source import ConfigSource
    from edge.packages.bundle import Bundle
    from edge.packages.report import PackageReport


class Proposal:
    """A config, with all packages read.  Values of secrets are not asked for: whoever plans need not have them."""

    def __init__(self, source: ConfigSource, salt: str, on_function: Callable[[str], None] = lambda _: None) -> None:
        """Reads the disk; `on_function` is told of each function before it is read.  Raises ConfigError."""
        self._config: Config = source.read()
        self._bundles: dict[str, Bundle] = {}
        surveyed: dict[str, Surveyed] = {}
        reports: dict[str, PackageReport] = {}
        errors: dict[str, str] = {}
        reads: PackageReads[PackageSettings] = PackageReads()
        for name in self._config.functions:
            on_function(name)
            try:
                found = survey(self._config, name, source.environ, reads, secrets_of=no_secrets)
                assert found.bundle is not None  # nothing was read before
                reports[name] = inspect(found, found.bundle)
            except EdgeError as error:
                errors[name] = error.message
                continue
            self._bundles[name] = found.bundle
            surveyed[name] = msgspec.structs.replace(found, bundle=None)
        routes = [*self._config.routes, *(route for found in surveyed.values() for route in found.packaged.routes)]
        self.description: Description = describe(self._config, surveyed, reports, errors, routes, salt)

    def files(self, names: Collection[str]) -> dict[str, dict[str, str]]:
        """Digests of the files of these functions' packages."""
        return {name: file_digests(self._bundles[name]) for name in names if name in self._bundles}


def inspect(found: Surveyed, bundle: Bundle) -> PackageReport:
    """What is to be known of a package.  Raises PackageError when it has no entry."""
    return PackageModules(bundle, found.settings.handler, found.settings.mock_modules).report
