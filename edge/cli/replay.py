"""`edge replay`: run recorded invocations again, without a gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge.cli.options import config_option, config_source, default_config, output_option, print_table, sets_option
from edge.gateway.source import ConfigSource

if TYPE_CHECKING:
    from edge.compose.replay import Wanted
    from edge.recording.recording import Summary
    from edge.recording.report import Report

_USUAL = 100
_MOST = 10_000


@click.command(
    epilog="""\b
Examples:
  edge replay --list
  edge replay 5f2c81d09ab34e77
  edge replay 5f2c81d09ab34e77 --package functions/hello
  edge replay --against hello@v4 --last 200
  edge replay 5f2c81d09ab34e77 --export bug.rec --with-package
"""
)
@click.argument("recording", metavar="[ID|FILE]", default="")
@click.option(
    "--package",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Run it with the code in this folder.",
)
@click.option("--against", metavar="NAME@VERSION", default="", help="Run with the code of an uploaded version.")
@click.option("--last", type=click.IntRange(1, _MOST), default=None, help="Run the newest N recordings.")
@click.option("--function", metavar="NAME", default="", help="With --last or --list: those of one function.")
@click.option("--list", "show", is_flag=True, help="List recordings, the newest first.")
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write a file to pass it on."
)
@click.option("--with-package", is_flag=True, help="With --export: the code goes with it.")
@click.option("--with-secrets", is_flag=True, help="Give the code the secrets that the config has today.")
@output_option
@config_option
@sets_option
def command(
    recording: str,
    package: Path | None,
    against: str,
    last: int | None,
    function: str,
    show: bool,  # noqa: FBT001 - click's
    export: Path | None,
    with_package: bool,  # noqa: FBT001
    with_secrets: bool,  # noqa: FBT001
    output: str,
    config: Path | None,
    sets: tuple[str, ...],
) -> None:
    """Run recorded invocations again, in isolates that reach nothing.

    The same code gives the same answer, log and host calls, byte for byte. Of other code (--package, --against) it says
    what is otherwise. Exits with 1 when something is.
    """
    from edge.compose.replay import Wanted

    source = _source(config, sets)
    if show:
        _list(source, function, last or _USUAL, output)
    elif export is not None:
        _export(source, recording, export, with_package=with_package)
    else:
        _check(recording, package, against, last, function)
        function = function or against.partition("@")[0]
        wanted = Wanted(recording, 0 if recording else last or _USUAL, function, package, against, with_secrets)
        _replay(source, wanted, output)


def _source(config: Path | None, sets: tuple[str, ...]) -> ConfigSource:
    """A recording in a file needs no config."""
    found = config or default_config()
    return ConfigSource(folder=Path(), sets=sets) if found is None else config_source(found, sets)


def _check(recording: str, package: Path | None, against: str, last: int | None, function: str) -> None:
    if package is not None and against:
        raise click.UsageError("--package and --against exclude each other")
    if recording and (last or function):
        raise click.UsageError("--last and --function choose recordings, and one is named already")
    if not recording and not last and not against:
        raise click.UsageError("give the ID of a recording (edge replay --list), a FILE, or --last N")


def _list(source: ConfigSource, function: str, count: int, output: str) -> None:
    from edge.compose.replay import stored
    from edge.recording.recording import listed

    found = stored(source).summaries(function, count)
    rows = [listed(summary) for summary in found] if output == "json" else [_row(summary) for summary in found]
    print_table(rows, output)
    if not found and output != "json":
        click.echo("there are no recordings yet: failures are kept, and what recordings.share says of all others")


def _row(summary: Summary) -> dict[str, object]:
    return {
        "id": summary.id,
        "time": datetime.fromtimestamp(summary.time, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "function": summary.function,
        "outcome": summary.outcome,
        "status": summary.status or "-",
        "why": summary.reason,
        "request": f"{summary.method} {summary.url}"[:80],
    }


def _export(source: ConfigSource, recording: str, target: Path, *, with_package: bool) -> None:
    from edge.compose.replay import exported

    if not recording:
        raise click.UsageError("give the ID of the recording to export")
    content = exported(source, recording, package=with_package)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{target} cannot be written: {error.strerror}") from error
    click.echo(
        f"edge: wrote {target} ({len(content)} bytes). It holds the request, bodies and logs; credentials in headers "
        "and secrets are left out.",
        err=True,
    )


def _replay(source: ConfigSource, wanted: Wanted, output: str) -> None:
    import trio

    reports: list[Report] = []

    async def run() -> None:
        from edge.compose.replay import replay

        await replay(source, wanted, lambda report: _came(report, reports, wanted, output))

    trio.run(run)
    if output == "json":
        import msgspec

        found: object = reports[0] if wanted.recording else reports
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif not wanted.recording:
        _sum_up(reports)
    if not all(report.same for report in reports):
        raise click.exceptions.Exit(1)


def _came(report: Report, reports: list[Report], wanted: Wanted, output: str) -> None:
    reports.append(report)
    if output != "json":
        _print(report, brief=not wanted.recording)


def _print(report: Report, *, brief: bool) -> None:
    from edge.recording.render import lines_of

    for line in lines_of(report, brief=brief):
        click.echo(line)


def _sum_up(reports: list[Report]) -> None:
    same = sum(report.same for report in reports)
    identical = sum(report.identical for report in reports)
    click.echo(f"{len(reports)} replayed: {same} the same ({identical} byte for byte), {len(reports) - same} otherwise")
    kinds: dict[str, int] = {}
    for report in reports:
        for kind in {difference.what for difference in report.differences}:
            kinds[kind] = kinds.get(kind, 0) + 1
    for what, count in sorted(kinds.items(), key=lambda item: -item[1]):
        click.echo(f"  {what}: in {count}")
