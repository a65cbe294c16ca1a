"""A package's own config, `function.toml` or `function.yaml` beside its code: bytes to settings and routes.

It says what the function needs; the gateway's file wins (`edge.config.resolve`).  What only an operator may
decide, such as the KV namespace, is no key here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from edge.config.decode import Decoder
from edge.config.egress_model import FunctionEgress
from edge.config.egress_syntax import check_egress_entry
from edge.config.function_checks import CheckEgress, check_function
from edge.config.function_file_model import FunctionFile, Manifest, Runtime, SecretReference, Trigger
from edge.config.function_model import FunctionConfig
from edge.config.load import parse_toml
from edge.config.positions import find_positions
from edge.config.problems import Places, Problem, Problems
from edge.config.route_checks import check_route
from edge.config.route_model import Route
from edge.config.schema import table
from edge.config.yaml_file import parse_yaml
from edge.errors import ConfigError
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keypath import KeyPath

NAMES: Final = ("function.toml", "function.yaml", "function.yml")  # the first that is there counts

TOKEN: Final = "token"  # noqa: S105  # a name
"""The `[auth.NAME]` of the gateway's file that says who may call what a package wants a token for."""

MAX_SOURCE: Final = 16 * KIB  # a package is not to be trusted, and both parsers can be made to take quadratic time

_SECRET: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}")

_RUNTIMES: Final = ("node", "javascript", "js", "typescript", "deno", "bun", "edge", "worker")


class SecretSource(msgspec.Struct, frozen=True):
    """Where the value of a secret is: a folder of secrets and a file in it, or a file alone (`key` "")."""

    name: str
    key: str = ""


class PackageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a package says: its function, for `resolve`, and its routes, which stand behind those of the gateway.

    `sources` says of some of its secrets where they are.
    """

    function: FunctionConfig = FunctionConfig()
    routes: list[Route] = []
    sources: dict[str, SecretSource] = {}


def load_function_file(
    source: bytes, filename: str, function: str, *, check_egress: CheckEgress | None = None
) -> PackageSettings:
    """Read a package's file for the function of this name; the ending of `filename` says which syntax.

    Raises ConfigError with every problem, each `FILE:LINE: key.path: what is wrong (what is allowed)`.
    """
    values, lines = _parse(source, filename)
    manifest = "spec" in values
    problems = Problems()
    decoded = Decoder(problems).decode(table(Manifest if manifest else FunctionFile), values)
    file = decoded.spec if isinstance(decoded, Manifest) else decoded
    settings = PackageSettings()
    if isinstance(file, FunctionFile):
        routes = [_route(trigger, function) for _, trigger in _routes(file)]
        function_config = _function(file, decoded.metadata.workspace if isinstance(decoded, Manifest) else "")
        settings = PackageSettings(function=function_config, routes=routes, sources=_sources(file))
        for problem in _check(file, settings, check_egress or check_egress_entry):
            path = ("spec", *problem.path) if manifest else problem.path
            problems.add_checked(problem._replace(path=path))
    if problems:
        raise ConfigError(problems.lines(Places(filename, lines, {})))
    return settings


def _parse(source: bytes, filename: str) -> tuple[dict[str, object], dict[KeyPath, int]]:
    if filename.endswith((".yaml", ".yml")):
        return parse_yaml(source, filename, MAX_SOURCE)
    text, values = parse_toml(source, filename, MAX_SOURCE)
    return values, find_positions(text)


def _function(file: FunctionFile, workspace: str) -> FunctionConfig:
    named = {"HKS_WORKSPACE_NAME": workspace} if workspace else {}
    references = [one if isinstance(one, str) else _variable(one) for one in file.environment.secrets]
    schedule = [*file.schedule, *(each.schedule for _, each in _triggers(file) if each.type == "schedule")]
    return FunctionConfig(
        handler=_handler(file),
        contract=file.contract,
        memory=file.memory if file.memory is not None else file.resources.memory,
        timeout=file.timeout if file.timeout is not None else file.resources.timeout,
        cpu=file.cpu,
        wait_until=file.wait_until,
        kv_commit=file.kv_commit,
        env=named | file.environment.variables | file.env,
        secrets=[*file.secrets, *references],
        egress=_egress(file),
        mock_modules=file.mock_modules,
        eval=file.eval,
        schedule=schedule or None,
        reuse=file.reuse,
        async_=file.async_,
        smoke=file.smoke or None,
    )


def _egress(file: FunctionFile) -> FunctionEgress | None:
    said = file.egress
    return None if said is None else FunctionEgress(allow=said.allow, deny=said.deny, hosts=said.hosts)


def _variable(reference: SecretReference) -> str:
    return reference.name or reference.secret_key


def _sources(file: FunctionFile) -> dict[str, SecretSource]:
    references = [one for one in file.environment.secrets if isinstance(one, SecretReference) and one.secret_name]
    return {_variable(one): SecretSource(one.secret_name, one.secret_key) for one in references}


def _handler(file: FunctionFile) -> str:
    folder = file.source.path.removeprefix("./").rstrip("/")
    return f"{folder}/{file.handler}" if file.handler and folder not in ("", ".") else file.handler


def _triggers(file: FunctionFile) -> list[tuple[KeyPath, Trigger]]:
    if isinstance(file.trigger, Trigger):
        return [(("trigger",), file.trigger)]
    return [(("trigger", number), trigger) for number, trigger in enumerate(file.trigger)]


def _routes(file: FunctionFile) -> list[tuple[KeyPath, Trigger]]:
    return [(path, trigger) for path, trigger in _triggers(file) if trigger.type == "http"]


def _route(trigger: Trigger, function: str) -> Route:
    return Route(
        path=trigger.path,
        host=trigger.host,
        methods=[trigger.method] if trigger.method else trigger.methods,
        function=function,
        headers=trigger.headers,
        strip_prefix=trigger.strip_prefix,
        cors=trigger.cors,
        rate_limit=trigger.rate_limit,
        cache=trigger.cache,
        compression=trigger.compression,
        auth=TOKEN if _asks_token(trigger) else None,
    )


def _asks_token(trigger: Trigger) -> bool:
    said = trigger.auth if isinstance(trigger.auth, str) else trigger.auth.type
    return said == "token"


def _check(file: FunctionFile, settings: PackageSettings, check_egress: CheckEgress) -> Iterator[Problem]:
    yield from _check_twice(file)
    yield from _check_async(file)
    yield from _check_secrets(file)
    yield from _check_origin(file)
    for path, trigger in _triggers(file):
        yield from _check_trigger(trigger, path)
    for (path, trigger), route in zip(_routes(file), settings.routes, strict=True):
        for problem in check_route(path, route) if trigger.path else ():
            yield problem._replace(path=_written(problem.path, trigger))
    for problem in check_function(settings.function, (), check_egress):
        yield problem._replace(path=_origin(problem.path, file))


def _check_twice(file: FunctionFile) -> Iterator[Problem]:
    for name in ("memory", "timeout"):
        if getattr(file, name) is not None and getattr(file.resources, name) is not None:
            yield Problem(("resources", name), f"{name} is there as well (one of both)")


def _check_origin(file: FunctionFile) -> Iterator[Problem]:
    runtime = file.runtime.name if isinstance(file.runtime, Runtime) else file.runtime
    if not runtime.lower().startswith(_RUNTIMES):
        yield Problem(("runtime",), f"{runtime[:60]!r} does not run JavaScript (nodejs)")
    folder = file.source.path
    if folder.startswith("/") or ".." in folder.split("/"):
        yield Problem(("source", "path"), f"{folder[:60]!r} leaves the package (a folder inside it)")
    elif folder.strip("./") and not file.handler:
        yield Problem(("source", "path"), "needs handler, the file in that folder and its export (index.handler)")


def _check_secrets(file: FunctionFile) -> Iterator[Problem]:
    """A package shall name no file outside of the folder of secrets."""
    for number, one in enumerate(file.environment.secrets):
        if isinstance(one, str):
            continue
        path: KeyPath = ("environment", "secrets", number)
        for key, text in (("secretName", one.secret_name), ("secretKey", one.secret_key)):
            if text and not _SECRET.fullmatch(text):
                yield Problem((*path, key), f"{text[:60]!r} is not a name (letters, digits, . _ and -, no . first)")
        if not _variable(one):
            yield Problem(path, "name is missing (the variable that gets the secret)")
        elif one.secret_key and not one.secret_name:
            yield Problem((*path, "secretKey"), "needs secretName, the secret that it is a key of")


def _check_async(file: FunctionFile) -> Iterator[Problem]:
    """Which function gets what failed is the operator's to say."""
    if file.async_ is not None and file.async_.dead_letter:
        yield Problem(("async", "dead_letter"), "is for the gateway's file ([functions.NAME.async] dead_letter)")


def _check_trigger(trigger: Trigger, path: KeyPath) -> Iterator[Problem]:
    needed = "path" if trigger.type == "http" else "schedule"
    if not getattr(trigger, needed):
        yield Problem(path, f"{needed} is missing (type = {trigger.type} needs it)")
    if trigger.method and trigger.methods:
        yield Problem((*path, "method"), "methods is there as well (one of both)")


def _written(path: KeyPath, trigger: Trigger) -> KeyPath:
    """A route's key as the trigger wrote it."""
    return (*path[:-2], "method") if trigger.method and path[-2:] == ("methods", 0) else path


def _origin(path: KeyPath, file: FunctionFile) -> KeyPath:
    """A function's key as the file wrote it, which may be the Hexabase way."""
    match path:
        case ("env", str(name)) if name not in file.env:
            return ("environment", "variables", name)
        case ("secrets", int(number)) if number >= len(file.secrets):
            return ("environment", "secrets", number - len(file.secrets))
        case ("schedule", int(number)) if number >= len(file.schedule):
            return ("trigger",)
    return path
