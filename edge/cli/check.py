"""`edge check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from edge.cli.options import config_option, functions_option, output_option, sets_option, source_of
from edge.packages.report import about

if TYPE_CHECKING:
    from edge.compose.check import Checked, Findings


@click.command(epilog="Example: edge check --config config/edge.toml --report")
@config_option
@functions_option
@sets_option
@click.option(
    "--report", is_flag=True, help="Also print what each package consists of, and how much of it is in its snapshot."
)
@output_option
def command(config: Path | None, functions: Path | None, sets: tuple[str, ...], *, report: bool, output: str) -> None:
    """Check a config, and that the package of every function can be used, without starting.

    Every problem is printed on a line of its own, as FILE:LINE: key.path: what is wrong.  Imports that may not work
    are warnings: modules of Node that are not there, native addons, names that lead nowhere.
    """
    import trio

    from edge.compose.check import check  # not needed for --help

    found = trio.run(check, source_of(config, functions, sets))
    if output == "json":
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
    else:
        _print(found, with_reports=report)
    if found.problems:
        raise click.exceptions.Exit(1)


def _print(found: Findings, *, with_reports: bool) -> None:
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    for problem in found.problems:
        click.echo(problem, err=True)
    for name, checked in found.checked.items() if with_reports else ():
        for line in _report(checked):
            click.echo(f"{name}: {line}")
    if not found.problems:
        click.echo(f"ok: {found.functions} functions, {found.routes} routes")


def _report(checked: Checked) -> list[str]:
    """What there is to say of one package, line by line."""
    report = checked.report
    reason = f" ({checked.reason})" if checked.reason else ""
    lines = [report.summary, f"snapshot: {checked.level}{reason}"]
    lines += [f"dependency: {one.name}: {one.files} files, {about(one.size)}" for one in report.largest]
    lines += [f"native addon: {path}" for path in report.native]
    return lines
