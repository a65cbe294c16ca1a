"""`edge logs`: what requests and functions said."""

from __future__ import annotations

import difflib
import time
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from edge.cli.admin_client import admin_option, token_option
from edge.cli.log_line import line_text
from edge.cli.log_source import FolderLog, GatewayLog
from edge.cli.options import ConfigPlace, config_source, default_config, output_option
from edge.compose.journal import journal_folder
from edge.errors import CallerError, NotFoundError
from edge.services.journal.filters import read_filter

if TYPE_CHECKING:
    from pathlib import Path

    from edge.cli.log_source import LogSource

_USUAL = 100
_USUAL_FOLLOWING = 10
_MOST = 1000
_NAMED = 10


@click.command(epilog="Example: edge logs hello -f --outcome failed --since 10m")
@click.argument("name", required=False, default="", metavar="[NAME]")
@click.option("--follow", "-f", is_flag=True, help="Go on with lines as they come, until Ctrl-C.")
@click.option(
    "--outcome",
    multiple=True,
    help="Only invocations that ended so: timeout, exception, ...; `failed` is all but ok. May be given several times.",
)
@click.option("--level", default="", help="Only lines of this level or above: debug, info, warn, error.")
@click.option("--since", default="", metavar="WHEN", help="From then on: 10m, 2h, or 2026-11-30T14:40:00Z.")
@click.option("--until", default="", metavar="WHEN", help="Until then.")
@click.option("--request", default="", metavar="ID", help="Only lines of this request (header Edge-Request-Id).")
@click.option("--grep", "text", default="", metavar="TEXT", help="Only lines with this text in them.")
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(0, _MOST),
    help=f"The newest lines only (default: {_USUAL}; {_USUAL_FOLLOWING} with --follow).",
)
@click.option("--config", "-c", type=ConfigPlace(), help="Config of the gateway whose journal on this disk is read.")
@admin_option
@token_option
@output_option
def command(
    name: str,
    follow: bool,  # noqa: FBT001 - click passes it by name
    outcome: tuple[str, ...],
    level: str,
    since: str,
    until: str,
    request: str,
    text: str,
    limit: int | None,
    config: Path | str | None,
    admin: str | None,
    token: str | None,
    output: str,
) -> None:
    """Print lines of requests and functions, of one function or of all, the newest last.

    They come from the gateway's journal: from the folder of the config when it is on this disk, whether the gateway
    runs or not, else from the admin listener, as always with --url. With --output json each is an object on a line of
    its own.
    """
    given = {
        "function": name,
        "outcome": ",".join(outcome),
        "level": level,
        "since": since,
        "until": until,
        "request": request,
        "text": text,
    }
    try:
        read_filter(given, time.time())
    except CallerError as error:
        raise click.UsageError(str(error)) from error
    count = limit if limit is not None else _USUAL_FOLLOWING if follow else _USUAL
    source = _source(config, admin, token)
    if follow:
        require_function(source, name)
    printed = False
    try:
        for line in source.follow(given, count) if follow else source.newest(given, count):
            click.echo(line if output == "json" else line_text(line))
            printed = True
    except KeyboardInterrupt:
        return
    if not printed:
        require_function(source, name)


def require_function(source: LogSource, name: str) -> None:
    """Raises NotFoundError for a name that no function has, and that no line is of."""
    if not name or any(source.newest({"function": name}, 1)):
        return
    names = sorted(source.functions())
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        known = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
        hint = f"did you mean {near[0]!r}?" if near else f"those that there are: {known or 'none'}"
        raise NotFoundError(f"there is no function {name[:60]!r}, and no line of one", hint=hint)


def _source(config: Path | str | None, admin: str | None, token: str | None) -> LogSource:
    if config is not None and click.get_current_context().get_parameter_source("admin") is ParameterSource.ENVIRONMENT:
        admin = None
    if config is not None and admin is not None:
        raise click.UsageError("--config and --url exclude each other: one reads this disk, the other asks a gateway.")
    found = config if admin is None and config is not None else default_config() if admin is None else None
    if found is None:
        return GatewayLog(admin, token)
    read = config_source(found, ()).read()
    folder = journal_folder(read)
    return FolderLog(folder, read.functions) if config is not None or folder.is_dir() else GatewayLog(admin, token)
