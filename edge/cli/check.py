"""`edge check`."""

from __future__ import annotations

from pathlib import Path

import click

from edge.cli.options import config_option, functions_option, sets_option, source_of


@click.command(epilog="Example: edge check --config config/edge.toml")
@config_option
@functions_option
@sets_option
def command(config: Path | None, functions: Path | None, sets: tuple[str, ...]) -> None:
    """Check a config, and that the package of every function can be used, without starting.

    Every problem is printed on a line of its own, as FILE:LINE: key.path: what is wrong.
    """
    import trio

    from edge.compose.check import check  # not needed for --help

    source = source_of(config, functions, sets)
    found = trio.run(check, source)
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    for problem in found.problems:
        click.echo(problem, err=True)
    if found.problems:
        raise click.exceptions.Exit(1)
    click.echo(f"ok: {found.functions} functions, {found.routes} routes")
