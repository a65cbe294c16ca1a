"""From a config to the functions of a generation: packages read, settings merged, ways out made."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import msgspec

from edge.config.function_file import NAMES, PackageSettings, load_function_file
from edge.config.resolve import resolve
from edge.config.route_model import Route
from edge.errors import EdgeError
from edge.function import Function, Limits, Retries
from edge.gateway.outbound import outbound_of
from edge.gateway.secret_values import secret_values
from edge.packages.bundle import Bundle
from edge.packages.load import load_package
from edge.packages.more_modules import with_modules
from edge.schedule.schedule import Schedule
from edge.services.egress.entry import check_entry
from edge.services.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.config.function_model import FunctionAsync
    from edge.config.model import Config

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Prepared(msgspec.Struct, frozen=True):
    """A function whose package has been read: everything but its snapshot."""

    function: Function
    bundle: Bundle
    outbound: Outbound
    routes: list[Route]
    schedules: tuple[Schedule, ...] = ()


def prepare(config: Config, name: str, environ: Mapping[str, str] = os.environ) -> Prepared:
    """Read the package of a function and merge what config and package say.  Reads the disk.

    Raises PackageError, ConfigError (the package's own file) or CallerError (a secret that is not there).
    """
    first = resolve(config, name)
    root = config.path(config.packages.root)
    bundle = with_modules(load_package(root, first.package), root, first.modules)
    packaged = package_settings(bundle, name)
    settings = resolve(config, name, packaged.function)
    function = Function(
        id=secrets.token_hex(8),
        name=name,
        package=bundle.hash,
        version=bundle.hash.removeprefix("sha256:")[:12],
        contract=settings.contract,
        handler=settings.handler,
        limits=Limits(
            *(settings.memory, settings.timeout, settings.cpu),
            *(settings.concurrency, settings.max_queue, settings.wait_until),
        ),
        env=_telemetry(environ) | settings.env,
        secrets=secret_values(config, name, settings.secrets, packaged.sources, environ),
        kv=settings.kv,
        services=settings.services,
        mocks=settings.mock_modules,
        eval=settings.eval,
        reuse=settings.reuse,
        deferred=retries_of(settings.deferred),
    )
    outbound = outbound_of(config, settings)
    return Prepared(function, bundle, outbound, packaged.routes, settings.schedules)


def _telemetry(environ: Mapping[str, str]) -> dict[str, str]:
    """Where functions may send traces: where the gateway's environment says, unless that holds a password."""
    endpoint = environ.get(OTLP_ENDPOINT, "")
    return {OTLP_ENDPOINT: endpoint} if endpoint and "@" not in endpoint else {}


def retries_of(said: FunctionAsync) -> Retries:
    """What happens to deferred invocations that fail: what was said, and the defaults."""
    fields = {key: value for key, value in msgspec.structs.asdict(said).items() if value is not None}
    if said.retry_on is not None:
        fields["retry_on"] = tuple(said.retry_on)
    return Retries(**fields)


def package_settings(bundle: Bundle, name: str) -> PackageSettings:
    """What the package says about itself, if it has a file for it."""
    for filename in NAMES:
        if bundle.is_file(filename):
            return load_function_file(bundle.read(filename), filename, name, check_egress=check_entry)
    return PackageSettings()


def problem(name: str, error: EdgeError) -> str:
    """One line for the log and for `edge check`."""
    return f"functions.{name}: {error.message}"
