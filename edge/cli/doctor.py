"""`edge doctor`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import msgspec

from edge.cli.options import output_option, print_rows
from edge.units import format_size

if TYPE_CHECKING:
    from edge.compose.doctor import Examination


@click.command(epilog="Example: edge doctor --output json")
@output_option
def command(output: str) -> None:
    """Make one cell, and say what it is confined by, what is missing and what to do about it.

    Exits with 1 when cells cannot be had on this machine.
    """
    import trio  # not needed for --help

    from edge.compose.doctor import examine

    found = trio.run(examine)
    if output == "json":
        click.echo(json.dumps({**msgspec.to_builtins(found), "advice": found.advice}, indent=2))
    else:
        print_rows(_rows(found), output)
    if found.problem:
        click.echo(f"edge: {found.problem}", err=True)
        raise click.exceptions.Exit(1)


def _rows(found: Examination) -> dict[str, Any]:
    rows: dict[str, Any] = {**found.versions, **found.machine}
    rows["snapshots"] = "yes" if found.snapshots else "no: functions start slower"
    if found.sandbox is not None:
        rows["cell"] = f"ready in {found.sandbox.ready_ms} ms, {format_size(found.sandbox.resident)} of its own"
        rows["layers"] = ", ".join(found.sandbox.layers)
        for name, reason in found.sandbox.missing.items():
            advice = f" ({found.advice[name]})" if name in found.advice else ""
            rows[f"missing {name}"] = f"{reason}{advice}"
    return rows
