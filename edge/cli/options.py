"""Options that several commands share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import click

from edge.gateway.config_object import SCHEMES
from edge.gateway.source import ConfigSource

DEFAULT_CONFIG = Path("config/edge.toml")


class ConfigPlace(click.ParamType[Path | str]):
    """A file, or the URL of an object in a store; `file://` URLs are files."""

    name = "file"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        """A Path, or a text that is a URL."""
        text = str(value)
        if isinstance(value, Path) or "://" not in text:
            return Path(text)
        parts = urlsplit(text)
        if parts.scheme == "file" and parts.path:
            return Path(unquote(parts.path))
        if not text.startswith(SCHEMES) or not parts.netloc or not parts.path.strip("/"):
            self.fail(f"{text!r} is neither a file nor {', '.join(SCHEMES)}BUCKET/PATH", param, ctx)
        return text


config_option = click.option(
    "--config",
    "-c",
    type=ConfigPlace(),
    help="Config file, or object such as s3://BUCKET/edge.toml (default: config/edge.toml, then edge.toml).",
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


def source_of(config: Path | str | None, functions: Path | None, sets: tuple[str, ...]) -> ConfigSource:
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
    return config_source(found, sets)


def config_source(config: Path | str, sets: tuple[str, ...]) -> ConfigSource:
    """A file or a URL as a source."""
    return ConfigSource(url=config, sets=sets) if isinstance(config, str) else ConfigSource(file=config, sets=sets)


def default_config() -> Path | None:
    """The config that is meant when none is named; None when there is none."""
    return next((path for path in (DEFAULT_CONFIG, Path("edge.toml")) if path.is_file()), None)


def colors(stream: IO[str] | None = None) -> bool | None:
    """Whether to print in colours: as NO_COLOR and FORCE_COLOR have it, else on a terminal; None for as `stream` is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return None if stream is None else stream.isatty() and os.environ.get("TERM") != "dumb"


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
