"""`edge plan`: what a config would make of a running gateway, or of another config, without starting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.engine.package_modules import PackageModules
from edge.errors import EdgeError
from edge.gateway.all_routes import all_routes
from edge.gateway.loader import no_secrets, survey
from edge.gateway.plan.describe import describe, file_digests
from edge.gateway.plan.description import FunctionView
from edge.packages.reads import PackageReads
from edge.packages.uploads import is_uploaded

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.config.function_file import PackageSettings
    from edge.config.model import Config
    from edge.gateway.loader import Surveyed
    from edge.gateway.plan.description import Description
    from edge.gateway.source import ConfigSource
    from edge.packages.bundle import Bundle
    from edge.packages.report import PackageReport


class Proposal:
    """A config, with all packages read.  Values of secrets are not asked for: whoever plans need not have them."""

    def __init__(self, source: ConfigSource, running: Description) -> None:
        """Reads the disk.  Raises ConfigError.

        Of `running` is the salt, and what serves of functions whose packages are not on this disk but in a store.
        """
        salt = running.salt
        self._config: Config = source.read()
        self._bundles: dict[str, Bundle] = {}
        self.unread: list[str] = []
        surveyed: dict[str, Surveyed] = {}
        reports: dict[str, PackageReport] = {}
        errors: dict[str, str] = {}
        reads: PackageReads[PackageSettings] = PackageReads()
        for name, own in self._config.functions.items():
            if name in running.uploaded or is_uploaded(own.package):
                self.unread.append(name)
                continue
            try:
                found = survey(self._config, name, source.environ, reads, secrets_of=no_secrets)
                assert found.bundle is not None  # nothing was read before
                reports[name] = inspect(found, found.bundle)
            except EdgeError as error:
                errors[name] = error.message
                continue
            self._bundles[name] = found.bundle
            surveyed[name] = msgspec.structs.replace(found, bundle=None)
        routes = all_routes(self._config, {name: found.packaged.routes for name, found in surveyed.items()})
        described = describe(self._config, surveyed, reports, errors, routes, salt)
        alike = {
            name: running.functions.get(name, FunctionView(package=self._config.functions[name].package))
            for name in self.unread
        }
        self.description: Description = msgspec.structs.replace(described, functions=described.functions | alike)

    def files(self, names: Collection[str]) -> dict[str, dict[str, str]]:
        """Digests of the files of these functions' packages."""
        return {name: file_digests(self._bundles[name]) for name in names if name in self._bundles}


def inspect(found: Surveyed, bundle: Bundle) -> PackageReport:
    """What is to be known of a package.  Raises PackageError when it has no entry."""
    return PackageModules(bundle, found.settings.handler, found.settings.mock_modules).report
