"""From a config to the functions of a generation: packages read, settings merged, ways out made."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from edge.config.function_file import NAMES, PackageSettings, SecretSource, load_function_file
from edge.config.resolve import FunctionSettings, resolve
from edge.config.route_model import Route
from edge.errors import EdgeError
from edge.function import Binding, Function, Keep, Limits, Retries
from edge.gateway.outbound import outbound_of
from edge.gateway.secret_values import secret_values
from edge.packages.bundle import Bundle
from edge.packages.load import load_package
from edge.packages.more_modules import with_modules
from edge.packages.reads import PackageReads, Read
from edge.packages.uploads import is_version
from edge.packages.versions import split_reference
from edge.schedule.schedule import Schedule
from edge.services.egress.entry import check_entry
from edge.services.outbound import Outbound

if TYPE_CHECKING:
    from pathlib import Path

    from edge.config.function_model import FunctionAsync
    from edge.config.model import Config
    from edge.packages.uploads import Uploads

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Surveyed(msgspec.Struct, frozen=True):
    """What a function will be, told without its package's files where these have not changed.

    `fingerprint` covers everything that a client, or the function itself, could tell apart.  `bundle` is there when the
    package had to be read.
    """

    name: str
    settings: FunctionSettings
    package: str
    secrets: dict[str, str]
    telemetry: dict[str, str]
    packaged: PackageSettings
    fingerprint: str
    bundle: Bundle | None = None


class Prepared(msgspec.Struct, frozen=True):
    """A function whose package has been read: everything but its snapshot."""

    function: Function
    bundle: Bundle
    outbound: Outbound
    routes: list[Route]
    schedules: tuple[Schedule, ...] = ()
    fingerprint: str = ""


Reads: TypeAlias = PackageReads[PackageSettings]


SecretsOf: TypeAlias = Callable[
    [Any, str, Sequence[str], Mapping[str, SecretSource], Mapping[str, str]], dict[str, str]
]


def no_secrets(*_: object) -> dict[str, str]:
    """For those who need no values, and may have none."""
    return {}


def prepare(
    config: Config, name: str, environ: Mapping[str, str] = os.environ, uploads: Uploads | None = None
) -> Prepared:
    """Read the package of a function and merge what config and package say.  Reads the disk, or asks the store.

    Raises PackageError, ConfigError (the package's own file), CallerError (a secret that is not there) or
    StoreUnavailableError.
    """
    return finish(config, survey(config, name, environ, PackageReads(), uploads))


def survey(
    config: Config,
    name: str,
    environ: Mapping[str, str],
    reads: Reads,
    uploads: Uploads | None = None,
    *,
    fresh: bool = False,
    secrets_of: SecretsOf = secret_values,
) -> Surveyed:
    """What a function will be; `reads` knows what was read before, and `fresh` reads the package all the same.

    Raises what `prepare` raises.
    """
    first = resolve(config, name)
    package, packaged, bundle = _package(config, first, reads, uploads, fresh=fresh)
    settings = resolve(config, name, packaged.function)
    values = secrets_of(config, split_reference(name)[0], settings.secrets, packaged.sources, environ)
    telemetry = _telemetry(environ)
    mark = _fingerprint(config, settings, package, values, telemetry)
    return Surveyed(name, settings, package, values, telemetry, packaged, mark, bundle)


def _package(
    config: Config, first: FunctionSettings, reads: Reads, uploads: Uploads | None, *, fresh: bool
) -> tuple[str, PackageSettings, Bundle | None]:
    root = config.path(config.packages.root)
    reference = uploads.hash_of(first.package) if uploads and is_version(first.package) else first.package
    place = (root, reference, tuple(first.modules.items()))
    stamp = reads.look(root, [reference, *first.modules.values()])
    known = None if fresh else reads.find(first.name, place, stamp)
    if known is not None:
        return known.hash, known.content, None
    bundle = with_modules(load_package(root, reference, uploads), root, first.modules)
    packaged = package_settings(bundle, first.name)
    reads.put(first.name, place, stamp, Read(bundle.hash, packaged))
    return bundle.hash, packaged, bundle


def finish(config: Config, surveyed: Surveyed) -> Prepared:
    """The function of a survey that has read its package."""
    assert surveyed.bundle is not None
    settings, package = surveyed.settings, surveyed.package
    function = Function(
        id=secrets.token_hex(8),
        name=surveyed.name,
        package=package,
        version=_version(settings.package, package),
        contract=settings.contract,
        handler=settings.handler,
        limits=Limits(
            *(settings.memory, settings.timeout, settings.cpu),
            *(settings.concurrency, settings.max_queue, settings.wait_until),
        ),
        env=surveyed.telemetry | settings.env,
        secrets=surveyed.secrets,
        kv=settings.kv,
        kv_commit=settings.kv_commit,
        services=settings.services,
        bindings=bindings_of(config, settings),
        mocks=settings.mock_modules,
        eval=settings.eval,
        reuse=settings.reuse,
        server_timing=settings.server_timing,
        deferred=retries_of(settings.deferred),
        record=None if settings.record is None else Keep(settings.record_failures, settings.record),
    )
    outbound = outbound_of(config, settings)
    routes, schedules = surveyed.packaged.routes, settings.schedules
    return Prepared(function, surveyed.bundle, outbound, routes, schedules, surveyed.fingerprint)


def bindings_of(config: Config, settings: FunctionSettings) -> dict[str, Binding]:
    """The Python that a function may call."""
    folders = tuple(str(config.path(folder).absolute()) for folder in config.bindings.path)
    return {
        name: Binding(
            *(said.target, said.run, said.loop, folders, tuple(sorted(said.options.items())), said.memory),
            *(said.timeout, said.concurrency, said.calls, said.quota, said.max_args, said.max_result),
        )
        for name, said in settings.bindings.items()
    }


def _version(reference: str, package: str) -> str:
    """What users see: `v3` of an uploaded one, otherwise the beginning of its hash."""
    return split_reference(reference)[1] if is_version(reference) else package.removeprefix("sha256:")[:12]


def _fingerprint(
    config: Config, settings: FunctionSettings, package: str, values: Mapping[str, str], telemetry: Mapping[str, str]
) -> str:
    """Of the values of secrets there is a digest only, in what is a digest itself."""
    authorities = config.egress.ca_file
    certificates = _digest(config.path(authorities)) if authorities else ""
    folders = config.bindings.path if settings.bindings else []
    parts = [settings, package, telemetry, sorted(values.items()), certificates, folders]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _digest(file: Path) -> str:
    """Of a file's content, "" of one that cannot be read."""
    try:
        found = file.stat()
        return _digest_of(file, (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))
    except OSError:
        return ""


@lru_cache(maxsize=8)
def _digest_of(file: Path, _version: object) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


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
