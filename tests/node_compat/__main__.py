"""The command: `./scripts/node-tests --corpus DIR [--area NAME]... [--json OUT]`."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import trio

from tests.node_compat.discover import AREAS, FOLDER, discover, folder_of_tests
from tests.node_compat.report import Report
from tests.node_compat.run import open_runner
from tests.wpt.expectations import Expectations

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.node_compat.discover import Test
    from tests.node_compat.run import Runner

EXPECTATIONS = Path(__file__).with_name("expectations")


@click.command(epilog="Example: ./scripts/node-tests --corpus ../node --area path --area events")
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    required=True,
    help=f"A checkout of Node, or its folder with {FOLDER} in it.",
)
@click.option(
    "--area",
    "areas",
    multiple=True,
    type=click.Choice(sorted(AREAS)),
    help="Only tests of this module (all by default).",
)
@click.option("--file", "part", default="", metavar="PART", help="Only tests with this in their names.")
@click.option("--engine", "mode", type=click.Choice(["embedded", "cells"]), default="embedded", show_default=True)
@click.option("--jobs", default=2, show_default=True, help="Tests at once.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write all results there.")
@click.option("-v", "--verbose", is_flag=True, help="Show expected failures too, with their stacks.")
def command(areas: tuple[str, ...], part: str, corpus: Path, out: Path | None, mode: Any, **options: Any) -> None:
    """Run Node's own tests of the modules that functions have, and compare with tests/node_compat/expectations.

    Prints a line for each result that was not expected, then counts by module.  Exits with 1 when anything was not
    expected; last comes `N passed, N failed`, in which an expected failure is not counted.
    """
    folder_with_tests = folder_of_tests(corpus)
    if folder_with_tests is None:
        raise click.UsageError(f"{corpus} has neither {FOLDER} nor test/{FOLDER}: a corpus is a checkout of Node")
    tests = list(discover(folder_with_tests, list(areas), part))
    if not tests:
        raise click.UsageError("no test matches")
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        trio.run(
            partial(_run_all, tests, report, partial(open_runner, folder_with_tests, Path(folder), mode), **options)
        )
    click.echo()
    for line in report.table():
        click.echo(line)
    click.echo(f"all: {report.passed:,} of {report.passed + report.failed:,} subtests pass")
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    click.echo(f"{report.passed} passed, {report.unexpected} failed")
    sys.exit(1 if report.unexpected else 0)


async def _run_all(
    tests: list[Test],
    report: Report,
    opened: Callable[[], AbstractAsyncContextManager[Runner]],
    *,
    jobs: int,
    verbose: bool,
) -> None:
    expectations = Expectations.load(EXPECTATIONS)
    waiting = []
    for test in tests:
        if reason := test.needs or expectations.skip(test.name):
            report.leave_out(test.name, test.area, reason)
        else:
            waiting.append(test)
    waiting.reverse()

    async def work(runner: Runner) -> None:
        while waiting:
            ran = await runner.run(waiting.pop())
            for line in report.add(ran, expectations, verbose=verbose):
                click.echo(line)

    async with opened() as runner, trio.open_nursery() as nursery:
        for _ in range(max(jobs, 1)):
            nursery.start_soon(work, runner)


if __name__ == "__main__":
    command()
