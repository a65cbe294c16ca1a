"""`edge versions`."""

from __future__ import annotations

import json
from typing import Any

import click

from edge.cli.admin_client import admin_option, ask, token_option
from edge.cli.options import output_option, print_table
from edge.packages.report import about


@click.command(epilog="Example: edge versions hello --output json")
@click.argument("function", metavar="NAME")
@admin_option
@token_option
@output_option
def command(function: str, admin: str | None, token: str | None, output: str) -> None:
    """List the uploaded versions of a function, the newest first."""
    found = ask(admin, f"/functions/{function}/versions", token=token)
    if output == "json":
        click.echo(json.dumps(found, indent=2))
        return
    print_table([_row(version) for version in found["versions"]], output)
    if found["serves"] != "version":
        what = "the package that the config names serves" if found["serves"] == "config" else "nothing serves"
        click.echo(f"edge: no version of {function} is active: {what}", err=True)


def _row(version: dict[str, Any]) -> dict[str, Any]:
    marks = ["active"] if version["active"] else []
    marks += version["aliases"]
    return {
        "version": version["version"],
        "is": ", ".join(marks) or ("cannot be built" if version.get("problem") else ""),
        "created": version["created"],
        "who": version["who"],
        "size": about(version["size"]),
        "package": version["package"][:19],
        "note": version["note"],
    }
