"""`edge schedule`: when functions run by themselves."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from edge.cli.admin_client import admin_option, ask, token_option
from edge.cli.options import output_option, print_rows, print_table


@click.group(epilog="Example: edge schedule preview '30 6 * * MON-FRI' --timezone Europe/Berlin")
def command() -> None:
    """See and try schedules."""


@command.command(epilog="Example: edge schedule preview '30 6 * * MON-FRI' --timezone Europe/Berlin -n 3")
@click.argument("expression")
@click.option("--timezone", default="UTC", show_default=True, help="Whose clock counts, such as Europe/Berlin.")
@click.option("-n", "--count", type=click.IntRange(1, 100), default=5, show_default=True, help="How many ticks.")
@output_option
def preview(expression: str, timezone: str, count: int, output: str) -> None:
    """Print when a cron expression, or an interval such as '@every 30s', comes next."""
    from itertools import islice

    from edge.schedule.expression import check_expression, check_zone, ticks, written

    if what := check_expression(expression) or check_zone(timezone):
        raise click.UsageError(what)
    comes = [written(at, timezone) for at in islice(ticks(expression, timezone, time.time_ns() // 1_000_000), count)]
    click.echo(json.dumps(comes, indent=2) if output == "json" else "\n".join(comes))


@command.command("list", epilog="Example: edge schedule list --url https://edge.example.com:9090 --output json")
@click.argument("function", default="")
@admin_option
@token_option
@output_option
def list_(function: str, admin: str | None, token: str | None, output: str) -> None:
    """List the schedules of a running gateway: what comes next and how the last run ended."""
    schedules = ask(admin, f"/schedules/{function}" if function else "/schedules", token=token)["schedules"]
    if output == "json":
        click.echo(json.dumps(schedules, indent=2))
        return
    print_table([_row(schedule) for schedule in schedules], output)


@command.command(epilog="Example: edge schedule run report --cron '@daily' --time 2026-01-01")
@click.argument("function")
@click.option("--cron", default="", metavar="EXPR", help="The expression that it is due by.")
@click.option("--time", "at", default="", metavar="T", help="When; ISO 8601 or milliseconds since 1970 (now).")
@admin_option
@token_option
@output_option
def run(function: str, cron: str, at: str, admin: str | None, token: str | None, output: str) -> None:
    """Run a function of a running gateway as its schedule would; exit with 1 when it fails."""
    result = ask(admin, f"/schedules/{function}/run", {"cron": cron, "time": at}, method="POST", token=token)
    print_rows(result, output)
    if not result["ok"]:
        raise click.exceptions.Exit(1)


def _row(schedule: dict[str, Any]) -> dict[str, Any]:
    runs = schedule.get("runs") or [{}]
    return {
        "function": schedule["function"],
        "schedule": schedule["cron"],
        "timezone": schedule["timezone"],
        "next": next(iter(schedule["next"]), ""),
        "last": runs[0].get("tick", ""),
        "result": runs[0].get("result", ""),
    }
