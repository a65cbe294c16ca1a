"""`edge version`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from edge.cli.options import output_option, print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.compose.inventory.part import Part

_RULE = "-" * 80
_SHORT = {"edge-gateway": "edge"}


@click.command(epilog="Example: edge version --output json")
@output_option
@click.option("--sbom", is_flag=True, help="Print all parts as a software bill of materials (CycloneDX, JSON) instead.")
@click.option("--licenses", is_flag=True, help="Print the licences of all parts instead.")
def command(output: str, *, sbom: bool, licenses: bool) -> None:
    """Show the versions of all parts: V8, Python, and every library."""
    from edge.compose.inventory import installed
    from edge.compose.inventory.cyclonedx import document

    if sbom and licenses:
        raise click.UsageError("--sbom and --licenses exclude each other")
    if licenses:
        for heading, text in installed.licence_texts():
            click.echo(f"{_RULE}\n{heading}\n{_RULE}\n\n{text.strip()}\n")
        return
    from edge.engine import library_file

    engine = library_file.versions()
    parts = installed.whole(engine.v8, engine.mini_racer)
    if sbom:
        click.echo(json.dumps(document(parts), indent=2))
    else:
        print_rows(rows(parts), output)


def rows(parts: Sequence[Part]) -> dict[str, str]:
    """Name -> version; those of npm are in the JavaScript bundles and have it before their names."""
    return {
        f"npm:{part.name}" if part.kind == "npm" else _SHORT.get(part.name, part.name): part.version for part in parts
    }
