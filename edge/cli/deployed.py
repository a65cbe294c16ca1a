"""What commands about versions share."""

from __future__ import annotations

import getpass
import json
import os
import platform
from typing import TYPE_CHECKING, Any

import click

from edge.cli.admin_client import RefusedError, ask
from edge.packages.report import about

if TYPE_CHECKING:
    from collections.abc import Iterator

if_match_option = click.option(
    "--if-match",
    default="",
    metavar="ETAG",
    help="Change nothing unless the versions are still as they were: the ETag that the gateway answered.",
)


def told(found: dict[str, Any]) -> Iterator[str]:
    """What came of a deploy or a change of the active version, for people."""
    name, version = found["function"], found["version"]
    before = f"; before it, {found['previous']}" if found.get("previous") else ""
    if version is None:
        yield f"{name}: the package that the config names is active{before}"
    elif not found["active"]:
        yield f"{name}: {version} is uploaded ({found['package']}); edge activate {name} {version} lets it serve"
        return
    else:
        yield f"{name}: {version} is active ({found['package']}){before}"
    for line in report_lines(found.get("report", {})):
        yield f"{name}: {line}"


def refused(error: RefusedError, output: str) -> None:
    """Print what the gateway did not do, and why."""
    if output == "json":
        click.echo(json.dumps({"error": error.told or {"message": error.message}}, indent=2))
    click.echo(f"edge: {error.message}", err=True)
    for problem in error.problems:
        if problem not in error.message:
            click.echo(problem, err=True)


def change(
    path: str, query: dict[str, str], admin: str | None, token: str | None, output: str, *, if_match: str
) -> None:
    """Ask for a change and print what came of it; exits with 1 when it is refused."""
    headers = {"If-Match": if_match, "Edge-Actor": actor()}
    try:
        found = ask(admin, path, query, method="POST", token=token, headers=headers)
    except RefusedError as error:
        refused(error, output)
        raise click.exceptions.Exit(1) from error
    show(found, output)


def show(found: dict[str, Any], output: str) -> None:
    """Print it."""
    if output == "json":
        click.echo(json.dumps(found, indent=2))
        return
    for line in told(found):
        click.echo(line)


def actor() -> str:
    """Who says that they deploy: the variable EDGE_ACTOR, or user and machine."""
    if said := os.environ.get("EDGE_ACTOR", ""):
        return _header(said)
    try:
        return _header(f"{getpass.getuser()}@{platform.node()}")
    except (KeyError, OSError):
        return ""


def _header(text: str) -> str:
    return "".join(letter for letter in text if " " <= letter <= "~")[:100]


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """What a deploy report says, for people."""
    if "files" not in report:
        return
    yield f"{report['files']} files, {about(report['size'])}; {report['modules']} modules reached"
    snapshot = report["snapshot"]
    yield f"snapshot: {snapshot['level']}{' (' + snapshot['reason'] + ')' if snapshot['reason'] else ''}"
    yield from (f"dependency: {one['name']}: {one['files']} files, {about(one['size'])}" for one in report["largest"])
    yield from (f"native addon: {path}" for path in report["native"])
    yield from (f"warning: {problem}" for problem in report["problems"])
