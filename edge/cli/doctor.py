"""`edge doctor`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from edge.cli.options import (
    config_option,
    default_config,
    functions_option,
    output_option,
    print_rows,
    sets_option,
    source_of,
)
from edge.config.zero import zero_config
from edge.units import format_size

if TYPE_CHECKING:
    from edge.compose.doctor import Examination
    from edge.config.model import Config


@click.command(epilog="Example: edge doctor --output json")
@config_option
@functions_option
@sets_option
@output_option
def command(config: Path | None, functions: Path | None, sets: tuple[str, ...], output: str) -> None:
    """Make one cell, and say what it is confined by, what this machine gives to a gateway, and what to do about it.

    Addresses, folders and limits are those of the config, or the usual ones. Exits with 1 when cells cannot be had.
    """
    import trio  # not needed for --help

    from edge.compose.doctor import examine

    found = trio.run(examine, _config(config, functions, sets))
    if output == "json":
        click.echo(json.dumps({**msgspec.to_builtins(found), "advice": found.advice}, indent=2))
    else:
        print_rows(_rows(found), output)
    if found.problem:
        click.echo(f"edge: {found.problem}", err=True)
        raise click.exceptions.Exit(1)


def _config(config: Path | None, functions: Path | None, sets: tuple[str, ...]) -> Config:
    """That of the options, or what holds without one.  Raises ConfigError."""
    if config or functions or default_config():
        return source_of(config, functions, sets).read()
    return zero_config(".", [], environ=os.environ, sets=sets)


def _rows(found: Examination) -> dict[str, Any]:
    rows: dict[str, Any] = {**found.versions, **found.machine}
    rows["snapshots"] = "yes" if found.snapshots else "no: functions start slower"
    for check in found.checks:
        rows[check.name] = f"{check.found} (! {check.advice})" if check.advice else check.found
    if found.sandbox is not None:
        rows["cell"] = f"ready in {found.sandbox.ready_ms} ms, {format_size(found.sandbox.resident)} of its own"
        rows["layers"] = ", ".join(found.sandbox.layers)
        for name, reason in found.sandbox.missing.items():
            advice = f" ({found.advice[name]})" if name in found.advice else ""
            rows[f"missing {name}"] = f"{reason}{advice}"
    return rows
