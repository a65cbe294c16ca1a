"""`edge rollback`."""

from __future__ import annotations

import click

from edge.cli.admin_client import admin_option, token_option
from edge.cli.deployed import change, if_match_option
from edge.cli.options import output_option


@click.command(epilog="Example: edge rollback hello")
@click.argument("function", metavar="NAME")
@if_match_option
@admin_option
@token_option
@output_option
def command(function: str, if_match: str, admin: str | None, token: str | None, output: str) -> None:
    """Let that version of a function serve again which did before, one step back each time."""
    change(f"/functions/{function}/rollback", {}, admin, token, output, if_match=if_match)
