"""`edge routes`: what is tried for a request, and in which order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.cli.options import config_option, functions_option, output_option, print_table, sets_option, source_of


@click.command(epilog="Example: edge routes /shop/7 --method POST --header 'x-beta: 1'")
@click.argument("path", required=False)
@click.option("--method", "-X", default="GET", show_default=True, help="Method of the request.")
@click.option("--host", default="localhost", show_default=True, help="Host of the request.")
@click.option("--header", "-H", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header of the request.")
@config_option
@functions_option
@sets_option
@output_option
def command(
    path: str | None,
    method: str,
    host: str,
    headers: tuple[str, ...],
    config: Path | None,
    functions: Path | None,
    sets: tuple[str, ...],
    output: str,
) -> None:
    """List the routes of a config, or say which of them a request for PATH gets, and why not the others.

    PATH may be a URL. The most specific route comes first; those that packages bring are among them. Exits with 1 when
    no route serves PATH.
    """
    from edge.compose.routes import explain, listing  # not needed for --help

    source = source_of(config, functions, sets)
    if path is None:
        print_table([msgspec.to_builtins(one) for one in listing(source)], output)
        return
    found = explain(source, host, path, method.upper(), [_header(text) for text in headers])
    _print(msgspec.to_builtins(found), output)
    if not found.served:
        raise click.exceptions.Exit(1)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{text!r} is not a header ('NAME: VALUE')")
    return name.strip().lower(), value.strip()


def _print(found: dict[str, Any], output: str) -> None:
    if output == "json":
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"{found['request']}: {found['verdict']}")
    print_table(found["tried"], "table")
