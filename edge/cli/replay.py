"""`edge replay`: run recorded invocations again, without a gateway."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge.cli.admin_client import admin_option, ask, download, token_option
from edge.cli.options import config_option, config_source, default_config, output_option, print_table, sets_option
from edge.gateway.source import ConfigSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.compose.replay import Wanted
    from edge.recording.recording import Summary
    from edge.recording.report import Report

_USUAL = 100
_MOST = 10_000
_PAGE = 1000  # recordings that a gateway lists at once


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
@admin_option
@token_option
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
    admin: str | None,
    token: str | None,
    output: str,
    config: Path | None,
    sets: tuple[str, ...],
) -> None:
    """Run recorded invocations again, in isolates that reach nothing.

    The same code gives the same answer, log and host calls, byte for byte. Of other code (--package, --against) it says
    what is otherwise. Exits with 1 when something is.

    With --url the recordings are those of a running gateway; with --package they are run here, else there.
    """
    from edge.compose.replay import Wanted

    remote = None if admin is None or Path(recording).is_file() else _Remote(admin, token)
    source = _source(config, sets)
    if show:
        found = _recordings(source, remote, function, last or _USUAL)
        _list(found, output)
        return
    if export is not None:
        _export(source, remote, recording, export, with_package=with_package)
        return
    _check(recording, package, against, last, function)
    function = function or against.partition("@")[0]
    wanted = Wanted(recording, 0 if recording else last or _USUAL, function, package, against, with_secrets)
    if remote is not None and package is None:
        _tell(remote.replay(wanted), wanted, output)
    elif remote is not None:
        with remote.downloaded(wanted) as files:
            reports = [report for file in files for report in _replay(source, _of_file(wanted, file))]
        _tell(reports, wanted, output)
    else:
        _tell(_replay(source, wanted), wanted, output)


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


class _Remote:
    """The recordings of a running gateway."""

    def __init__(self, admin: str, token: str | None) -> None:
        self._admin = admin
        self._token = token

    def summaries(self, function: str, count: int) -> list[Summary]:
        import msgspec

        from edge.recording.recording import Summary

        query = {"function": function, "limit": str(min(count, _PAGE))}
        return msgspec.convert(ask(self._admin, "/recordings", query, token=self._token)["recordings"], list[Summary])

    def file(self, name: str, *, package: bool) -> bytes:
        query = {"package": "true" if package else ""}
        return download(self._admin, f"/recordings/{name}/file", query, token=self._token)

    def replay(self, wanted: Wanted) -> Iterator[Report]:
        import msgspec

        from edge.recording.report import Report

        if wanted.secrets:
            raise click.UsageError("--with-secrets is for recordings that are run here: the gateway keeps its secrets")
        for name in self._names(wanted):
            query = {"against": wanted.against}
            told = ask(self._admin, f"/recordings/{name}/replay", query, method="POST", token=self._token)
            yield msgspec.convert(told, Report)

    @contextmanager
    def downloaded(self, wanted: Wanted) -> Iterator[Iterator[Path]]:
        """Files of the recordings, each there until the next one comes."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "recording"
            yield (file for name in self._names(wanted) if file.write_bytes(self.file(name, package=False)))

    def _names(self, wanted: Wanted) -> list[str]:
        from edge.compose.replay import none_of

        if wanted.recording:
            return [wanted.recording]
        names = [summary.id for summary in self.summaries(wanted.function, wanted.last)]
        if not names:
            raise none_of(wanted.function)
        return names


def _of_file(wanted: Wanted, file: Path) -> Wanted:
    import msgspec

    return msgspec.structs.replace(wanted, recording=str(file))


def _recordings(source: ConfigSource, remote: _Remote | None, function: str, count: int) -> list[Summary]:
    from edge.compose.replay import stored

    return stored(source).summaries(function, count) if remote is None else remote.summaries(function, count)


def _list(found: list[Summary], output: str) -> None:
    from edge.recording.recording import listed

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


def _export(source: ConfigSource, remote: _Remote | None, recording: str, target: Path, *, with_package: bool) -> None:
    from edge.compose.replay import exported

    if not recording:
        raise click.UsageError("give the ID of the recording to export")
    if remote is None:
        content = exported(source, recording, package=with_package)
    else:
        content = remote.file(recording, package=with_package)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{target} cannot be written: {error.strerror}") from error
    click.echo(
        f"edge: wrote {target} ({len(content)} bytes). It holds the request, bodies and logs; credentials in headers "
        "and secrets are left out.",
        err=True,
    )


def _replay(source: ConfigSource, wanted: Wanted) -> list[Report]:
    import trio

    from edge.compose.replay import replay

    reports: list[Report] = []
    trio.run(replay, source, wanted, reports.append)
    return reports


def _tell(reports: Iterable[Report], wanted: Wanted, output: str) -> None:
    """Each as it comes; exits with 1 when something is otherwise."""
    told = []
    for report in reports:
        told.append(report)
        if output != "json":
            _print(report, brief=not wanted.recording)
    if output == "json":
        import msgspec

        found: object = told[0] if wanted.recording else told
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif not wanted.recording:
        _sum_up(told)
    if not all(report.same for report in told):
        raise click.exceptions.Exit(1)


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
