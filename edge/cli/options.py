"""Options that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edge.gateway.source import ConfigSource

DEFAULT_CONFIG = Path("config/edge.toml")

config_option = click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Config file (default: config/edge.toml, then edge.toml).",
)
functions_option = click.option(
    "--functions",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve each folder DIR/NAME at /NAME, without a config.",
)
sets_option = click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    help="Override a key of the config, also for its functions.",
)
output_option = click.option(
    "--output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How data is printed."
)


def source_of(config: Path | None, functions: Path | None, sets: tuple[str, ...]) -> ConfigSource:
    """Where the config comes from.  Raises click.UsageError when nothing says so."""
    if config is not None and functions is not None:
        raise click.UsageError("--config and --functions exclude each other: the config names its functions itself.")
    if functions is not None:
        return ConfigSource(folder=functions, sets=sets)
    found = config or default_config()
    if found is None:
        raise click.UsageError(
            "There is no config/edge.toml and no edge.toml here. Give --config FILE, or --functions DIR."
        )
    return ConfigSource(file=found, sets=sets)


def default_config() -> Path | None:
    """The config that is meant when none is named; None when there is none."""
    return next((path for path in (DEFAULT_CONFIG, Path("edge.toml")) if path.is_file()), None)


def print_rows(rows: dict[str, Any], output: str) -> None:
    """Name and value pairs, for people or for programs."""
    if output == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        click.echo(f"{name:<{width}}  {value}")


def print_table(rows: list[dict[str, Any]], output: str) -> None:
    """Rows of the same fields, for people or for programs."""
    if output == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        return
    texts = [[str(value) for value in row.values()] for row in rows]
    heads = [name.upper() for name in rows[0]]
    widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
    for line in (heads, *texts):
        click.echo("  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip())


def setting(key: str, value: str | None) -> tuple[str, ...]:
    """An option of its own as a `--set`."""
    return () if value is None else (f"{key}={value}",)
