"""`edge functions`."""

from __future__ import annotations

import json
from typing import Any

import click

from edge.cli.admin_client import admin_option, ask, token_option
from edge.cli.options import output_option, print_table


@click.command(epilog="Example: edge functions --url http://127.0.0.1:9090 --output json")
@admin_option
@token_option
@output_option
def command(admin: str | None, token: str | None, output: str) -> None:
    """List the functions of a running gateway, with the version that serves."""
    found = ask(admin, "/functions", token=token)["functions"]
    if output == "json":
        click.echo(json.dumps(found, indent=2))
    else:
        print_table([_row(function) for function in found], output)


def _row(function: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": function["name"],
        "status": function["status"],
        "version": function.get("version", ""),
        "snapshot": function.get("level", ""),
        "package": function.get("package", "")[:19],
        "error": function.get("error", "").partition("\n")[0][:80],
    }
