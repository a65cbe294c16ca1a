"""`edge reload`."""

from __future__ import annotations

import json

import click

from edge.cli.admin_client import RefusedError, admin_option, ask, token_option
from edge.cli.options import output_option


@click.command(epilog="Example: edge reload --admin http://127.0.0.1:9090")
@admin_option
@token_option
@output_option
def command(admin: str | None, token: str | None, output: str) -> None:
    """Let a running gateway read its config again, and wait until it serves it.

    A config that is wrong changes nothing: its problems are printed, one on a line, and the exit code is 1.
    """
    try:
        result = ask(admin, "/config/reload", method="POST", token=token)
    except RefusedError as error:
        for problem in error.problems or [error.message]:
            click.echo(problem, err=True)
        raise click.exceptions.Exit(1) from error
    if output == "json":
        click.echo(json.dumps(result, indent=2))
        return
    click.echo(
        f"{'serving' if result['changed'] else 'nothing has changed, serving'} generation {result['generation']}"
    )
