"""`edge invoke`: one invocation without a server."""

from __future__ import annotations

import io
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge.cli.admin_client import Sent, exchange, remote_option, token_option
from edge.cli.options import config_option, config_source, default_config, sets_option
from edge.errors import CallerError
from edge.gateway.source import ConfigSource

if TYPE_CHECKING:
    from edge.wire.messages import Scheduled

_FORM = "application/x-www-form-urlencoded"  # as curl has it
_METHOD = re.compile(r"[A-Z][A-Z-]{0,31}")


def _method(context: click.Context, parameter: click.Parameter, method: str | None) -> str | None:
    """As a gateway takes it."""
    if method is None:
        return None
    if _METHOD.fullmatch(method.upper()) is None:
        raise click.BadParameter(f"{method[:60]!r} is not a method (letters and -, like POST)", context, parameter)
    return method.upper()


@click.command(
    epilog="Example: edge invoke ./functions/hello /hello/Ada -X POST -H 'content-type: application/json' -d '{}'"
)
@click.argument("function", metavar="NAME|DIR")
@click.argument("path", default="/")
@click.option("-X", "--method", default=None, callback=_method, help="Method (default GET, or POST with -d).")
@click.option("-H", "--header", "headers", multiple=True, metavar="'K: V'", help="A request header.")
@click.option(
    "-d", "--data", default=None, metavar="BODY", help="The request body; @FILE reads a file, @- standard input."
)
@click.option("--env", multiple=True, metavar="K=V", help="An environment variable of the function.")
@click.option(
    "--kv", type=click.Path(dir_okay=False, path_type=Path), default=None, help="KV database (default: in memory)."
)
@click.option("--scheduled", is_flag=True, help="Run it as its schedule would: scheduled(), or POST /scheduled.")
@click.option("--cron", default="", metavar="EXPR", help="With --scheduled: the cron expression that it was due by.")
@click.option(
    "--time", "at", default="", metavar="T", help="With --scheduled: when; ISO 8601 or milliseconds since 1970 (now)."
)
@config_option
@sets_option
@remote_option
@token_option
def command(
    function: str,
    path: str,
    method: str | None,
    headers: tuple[str, ...],
    data: str | None,
    env: tuple[str, ...],
    kv: Path | None,
    scheduled: bool,  # noqa: FBT001 - click's
    cron: str,
    at: str,
    config: Path | None,
    sets: tuple[str, ...],
    admin: str | None,
    token: str | None,
) -> None:
    """Run one invocation: its body goes to standard output, its logs to standard error.

    With --url a running gateway runs it, as NAME serves there. Exits with 1 when the function fails.
    """
    if admin is not None:
        if env or kv or scheduled or config or sets:
            raise click.UsageError("--env, --kv, --scheduled, --config and --set are for invocations without a gateway")
        _invoke_remotely(admin, token, function, path, method, pairs(headers, ":", "-H"), _body(data))
        return
    import trio  # not needed for --help

    from edge.compose.invoke import Invocation, invoke

    if (cron or at) and not scheduled:
        raise click.UsageError("--cron and --time are for --scheduled")
    source, name = _target(function, config, sets)
    body = _body(data)
    wanted = Invocation(
        name,
        path,
        method or ("GET" if data is None else "POST"),
        pairs(headers, ":", "-H"),
        body,
        dict(pairs(env, "=", "--env")),
        kv,
        _scheduled(cron, at) if scheduled else None,
    )
    result = trio.run(partial(invoke, source, wanted))
    sys.stdout.buffer.write(result.body)
    sys.stdout.buffer.flush()
    if result.run is not None and not result.problem:
        click.echo(f"edge: {name} ran as scheduled: {result.run.outcome}, status {result.run.status}", err=True)
    if result.problem:
        click.echo(f"edge: {result.problem}", err=True)
        raise click.exceptions.Exit(1)


def _invoke_remotely(
    admin: str,
    token: str | None,
    function: str,
    path: str,
    method: str | None,
    headers: list[tuple[str, str]],
    body: bytes | None,
) -> None:
    """One invocation by a running gateway."""
    given = {name.lower(): value for name, value in headers}
    sent = None if body is None else Sent(io.BytesIO(body), len(body), given.pop("content-type", _FORM))
    how = method or ("GET" if body is None else "POST")
    target = f"/invoke/{function}/{path.removeprefix('/')}"
    status, answered, content = exchange(admin, target, method=how, token=token, headers=given, body=sent)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    outcome = answered.get("edge-outcome", "")
    if status >= 500 or outcome not in {"", "ok"} or (status >= 400 and not outcome):
        click.echo(f"edge: the gateway answered {status}{f', outcome {outcome}' if outcome else ''}", err=True)
        raise click.exceptions.Exit(1)


def _target(function: str, config: Path | None, sets: tuple[str, ...]) -> tuple[ConfigSource, str]:
    """A folder stands for itself; a name is looked up in the config."""
    folder = Path(function)
    if config is None and folder.is_dir():
        return ConfigSource(folder=folder.resolve().parent, sets=sets), folder.resolve().name
    if config is None and folder.is_file():
        raise click.UsageError(f"{function} is a file: give the folder of its package, or a function's name")
    found = config or default_config()
    if config is None and "/" in function:
        raise click.UsageError(f"there is no folder {function}; give a package's folder, or a function's name")
    if found is None:
        raise click.UsageError(
            f"there is no folder {function}, and neither config/edge.toml nor edge.toml in which it could be a "
            "function's name; give a package's folder, or --config FILE"
        )
    return config_source(found, sets), function


def _scheduled(cron: str, at: str) -> Scheduled:
    from edge.gateway.scheduled_time import scheduled

    try:
        return scheduled(cron, at)
    except CallerError as error:
        raise click.UsageError(str(error)) from error


def _body(data: str | None) -> bytes | None:
    if data is None or not data.startswith("@"):
        return None if data is None else data.encode()
    try:
        return sys.stdin.buffer.read() if data == "@-" else Path(data[1:]).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{data[1:]} cannot be read: {error.strerror}") from error


def pairs(texts: tuple[str, ...], separator: str, option: str) -> list[tuple[str, str]]:
    """Names and values of an option that may be repeated.  Raises click.UsageError."""
    pairs = []
    for text in texts:
        name, found, value = text.partition(separator)
        if not found or not name.strip():
            raise click.UsageError(f"{option} {text!r} is not of the form NAME{separator}VALUE")
        pairs.append((name.strip(), value.strip() if separator == ":" else value))
    return pairs
