"""`edge version`."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from edge import __version__
from edge.cli.options import output_option, print_rows

PARTS = ("trio", "hypercorn", "quart-trio", "msgspec", "httpcore")


@click.command(epilog="Example: edge version --output json")
@output_option
def command(output: str) -> None:
    """Show the versions of all parts."""
    from edge.engine import dll  # loads V8

    engine = dll.versions()
    rows = {"edge": __version__, "v8": engine.v8, "mini-racer": engine.mini_racer, "python": platform.python_version()}
    rows |= {part: metadata.version(part) for part in PARTS}
    print_rows(rows, output)
