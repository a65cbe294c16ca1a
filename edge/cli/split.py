"""`edge split`."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import click

from edge.cli.admin_client import RefusedError, Sent, admin_option, ask, token_option
from edge.cli.deployed import if_match_option
from edge.cli.options import output_option, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command(epilog="Example: edge split /hello v3=80 v4=20")
@click.argument("route", default="")
@click.argument("weights", nargs=-1, metavar="[VERSION=WEIGHT]...")
@click.option("--reset", is_flag=True, help="Let hold what the config says.")
@if_match_option
@admin_option
@token_option
@output_option
def command(
    route: str,
    weights: tuple[str, ...],
    if_match: str,
    admin: str | None,
    token: str | None,
    output: str,
    *,
    reset: bool,
) -> None:
    """Show how routes split their requests among versions, or change the weights while the gateway runs.

    ROUTE is its path, as `edge split` lists it; it may be left out when only one route splits. VERSION is v4, an alias,
    or hello@v4. The weights hold until the config says others.
    """
    if "=" in route and "/" not in route:
        route, weights = "", (route, *weights)
    if reset and weights:
        raise click.UsageError("--reset takes no weights.")
    query, only = {"route": route}, {"If-Match": if_match}
    try:
        if reset:
            found = [ask(admin, "/splits", query, method="DELETE", token=token, headers=only)]
        elif weights:
            known = ask(admin, "/splits", query, token=token)["splits"]
            body = _body({"weights": _weights(weights, known)})
            found = [ask(admin, "/splits", query, method="PUT", token=token, headers=only, body=body)]
        else:
            found = ask(admin, "/splits", query, token=token)["splits"]
    except RefusedError as error:
        for problem in error.problems or [error.message]:
            click.echo(problem, err=True)
        raise click.exceptions.Exit(1) from error
    _print(found, output)


def _body(value: object) -> Sent:
    content = json.dumps(value).encode()
    return Sent(io.BytesIO(content), len(content), "application/json")


def _weights(given: Iterable[str], known: list[dict[str, Any]]) -> dict[str, int]:
    """`v4=10` of the one function that the route has, or `hello@v4=10`."""
    functions = {target.partition("@")[0] for split in known for target in split["weights"]}
    found = {}
    for text in given:
        version, equals, weight = text.partition("=")
        if not equals or not weight.isascii() or not weight.isdigit():
            raise click.UsageError(f"{text!r} is not of the form VERSION=WEIGHT")
        if "@" not in version and (len(known) != 1 or len(functions) != 1):
            raise click.UsageError(f"write {version} with its function, as hello@{version}, and name the route")
        found[version if "@" in version else f"{next(iter(functions))}@{version}"] = int(weight)
    return found


def _print(splits: list[dict[str, Any]], output: str) -> None:
    if output == "json":
        click.echo(json.dumps(splits, indent=2))
        return
    if not splits:
        click.echo("no route splits its requests")
    rows = [
        {
            "route": split["route"],
            "version": one["version"],
            "weight": one["weight"],
            "share": f"{one['share']:.2%}",
            "requests": one["requests"],
            "failures": one["failures"],
            "timeouts": one["timeouts"],
            "note": _note(split, one["version"]),
        }
        for split in splits
        for one in split["versions"]
    ]
    print_table(rows, output)


def _note(split: dict[str, Any], version: str) -> str:
    watched = split.get("watched", {})
    if watched.get("version") != version:
        return ""
    reason = split.get("set", {}).get("reason", "")
    return f"taken back: {reason}" if reason else "watched" if watched.get("baking") else ""
