"""`edge plan`."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from edge.cli.admin_client import admin_option, ask, token_option
from edge.cli.options import config_option, functions_option, output_option, sets_option, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.gateway.plan.compare import Change, Difference, Plan
    from edge.gateway.source import ConfigSource

CHANGES = 2
"""Exit code when something would change, as `terraform plan -detailed-exitcode` has it."""
_SIGNS = {"add": "+", "remove": "-", "change": "~"}
_SHORT = 12  # digits of a package's hash
_CAPABILITIES = {
    "binding": "may call the Python of {}",
    "host": "may reach {}",
    "mention": "names the host {} in its code",
    "module": "uses the module {}",
    "secret": "gets the secret {}",
    "service": "may call the function {}",
    "variable": "reads the variable {}",
}


class _WrongUsageError(click.UsageError):
    exit_code = 1


class PlanCommand(click.Command):
    """Exits with 1 also for wrong usage: 2 means that something would change."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """See click."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _WrongUsageError(error.message, error.ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """See click."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _WrongUsageError(error.message, error.ctx) from error


@click.command(cls=PlanCommand, epilog="Example: edge plan --config config/edge.toml --admin http://127.0.0.1:9090")
@config_option
@functions_option
@sets_option
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with this config instead of a running gateway.",
)
@click.option("--reload", "reload_", is_flag=True, help="Let the gateway compare with what its own files say now.")
@admin_option
@token_option
@output_option
def command(
    config: Path | None,
    functions: Path | None,
    sets: tuple[str, ...],
    against: Path | None,
    reload_: bool,  # noqa: FBT001 - click's
    admin: str | None,
    token: str | None,
    output: str,
) -> None:
    """Show what a config would change: routes, functions, files of packages, variables, and what functions may do.

    Compares with a running gateway, or with another config. Values of variables and of secrets are never shown.
    Exits with 0 when nothing would change, with 2 when something would, and with 1 when that cannot be told.
    """
    if reload_ and (config or functions or sets or against):
        raise click.UsageError("--reload compares with the gateway's own files: give it alone, or with --admin.")
    if reload_:
        plan = _of_gateway(admin, token)
    else:
        plan = _of_source(source_of(config, functions, sets), against, sets, admin, token)
    if output == "json":
        click.echo(json.dumps({"changed": not plan.is_empty, **msgspec.to_builtins(plan)}, indent=2))
    else:
        click.echo("\n".join(_lines(plan)))
    if plan.problems:
        raise click.exceptions.Exit(1)
    if not plan.is_empty:
        raise click.exceptions.Exit(CHANGES)


def _of_gateway(admin: str | None, token: str | None) -> Plan:
    from edge.gateway.plan.compare import Plan

    return msgspec.convert(ask(admin, "/config/plan", method="POST", token=token), Plan)


def _of_source(
    source: ConfigSource, against: Path | None, sets: tuple[str, ...], admin: str | None, token: str | None
) -> Plan:
    from edge.compose.plan import Proposal  # not needed for --help
    from edge.gateway.plan.compare import changed_packages, compare
    from edge.gateway.plan.description import Description

    old: Proposal | None = None
    if against is not None:
        old = Proposal(source_of(against, None, sets), Description(salt=secrets.token_hex(8)))
    known = old.description if old is not None else ask(admin, "/generation", token=token)
    before = msgspec.convert(known, Description, from_attributes=True)
    new = Proposal(source, before)
    names = changed_packages(before, new.description)
    files = old.files(names) if old is not None else {name: _files(admin, token, name) for name in names}
    after = new.files(names)
    both = [name for name in names if name in files and name in after]
    plan = compare(before, new.description, {name: (files[name], after[name]) for name in both})
    notes = tuple(f"functions.{name}: an uploaded package serves, its settings are not compared" for name in new.unread)
    return msgspec.structs.replace(plan, notes=notes)


def _files(admin: str | None, token: str | None, name: str) -> dict[str, str]:
    found: dict[str, str] = ask(admin, f"/functions/{name}/files", token=token)["files"]
    return found


def _lines(plan: Plan) -> Iterator[str]:
    """For people."""
    yield from (f"problem: {problem}" for problem in plan.problems)
    yield from (f"note: {note}" for note in plan.notes)
    if plan.is_empty:
        yield "Nothing would change."
        return
    for change in plan.changes:
        yield f"{_SIGNS[change.action]} {_title(change)}"
        if change.what != "setting":
            yield from (f"    {line}" for detail in change.details for line in _detail(detail, change))
    for title, found in (("New capabilities", plan.new), ("No longer needed or allowed", plan.gone)):
        if found:
            yield f"\n{title}:"
            yield from (f"  {one.function}: {_CAPABILITIES[one.kind].format(one.name)}" for one in found)
    if plan.restart:
        yield f"\nTakes effect at the next start only: {', '.join(plan.restart)}"
    counts = [f"{plan.count('add')} to add", f"{plan.count('change')} to change", f"{plan.count('remove')} to remove"]
    yield f"\n{', '.join(counts)}."


def _title(change: Change) -> str:
    title = f"{change.what} {change.name}"
    if change.what != "setting":
        return title
    [one] = change.details
    return f"{title}: {one.before or '(nothing)'} -> {one.after or '(nothing)'}"


def _detail(detail: Difference, change: Change) -> Iterator[str]:
    if detail.what == "package":
        yield f"{_SIGNS[detail.action]} package {_short(detail.before)}{_arrow(detail)}{_short(detail.after)}"
    elif detail.what in ("setting", "target", "service", "binding"):
        name = detail.name if detail.what in ("setting", "target") else f"{detail.what} {detail.name}"
        if change.action == "change":
            yield f"{_SIGNS[detail.action]} {name}: {detail.before or '(nothing)'} -> {detail.after or '(nothing)'}"
        elif detail.what in ("service", "binding"):
            yield f"{_SIGNS[detail.action]} {name}: {detail.after or detail.before}"
    elif detail.what == "error":
        yield f"{_SIGNS[detail.action]} cannot be used: {detail.after}" if detail.after else "- can be used again"
    else:
        yield f"{_SIGNS[detail.action]} {detail.what} {detail.name}"


def _arrow(detail: Difference) -> str:
    return " -> " if detail.action == "change" else ""


def _short(package: str) -> str:
    return package.removeprefix("sha256:")[:_SHORT]
