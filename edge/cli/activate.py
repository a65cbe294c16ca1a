"""`edge activate`."""

from __future__ import annotations

import click

from edge.cli.admin_client import admin_option, token_option
from edge.cli.deployed import change, if_match_option
from edge.cli.options import output_option


@click.command(epilog="Example: edge activate hello v3")
@click.argument("function", metavar="NAME")
@click.argument("version")
@if_match_option
@admin_option
@token_option
@output_option
def command(function: str, version: str, if_match: str, admin: str | None, token: str | None, output: str) -> None:
    """Let an uploaded version of a function serve: v3, an alias, latest, or the hash of its package.

    It is built first; when it cannot be, its problems are printed, nothing changes, and the exit code is 1.
    """
    change(f"/functions/{function}/activate", {"version": version}, admin, token, output, if_match=if_match)
