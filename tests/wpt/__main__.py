"""The command: `./scripts/wpt --corpus DIR [--area NAME]... [--json OUT]`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import trio

from tests.wpt.discover import discover
from tests.wpt.expectations import Expectations
from tests.wpt.report import Report, lines
from tests.wpt.run import HARNESS, open_runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from tests.wpt.discover import Test
    from tests.wpt.run import Runner


@click.command(epilog="Example: ./scripts/wpt --corpus ../wpt --area url --area fetch/headers")
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    required=True,
    help="A checkout of web-platform-tests, or a part of one with its resources/.",
)
@click.option("--area", "areas", multiple=True, metavar="NAME", help="Only this area (url, fetch/basic, dom, ...).")
@click.option("--file", "part", default="", metavar="PART", help="Only tests with this in their names.")
@click.option("--engine", "mode", type=click.Choice(["embedded", "cells"]), default="embedded", show_default=True)
@click.option("--jobs", default=2, show_default=True, help="Tests at once.")
@click.option("--patience", default=1.0, show_default=True, help="How many times the usual time a test may take.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write all results there.")
@click.option("-v", "--verbose", is_flag=True, help="Show expected failures too.")
def command(areas: tuple[str, ...], part: str, corpus: Path, out: Path | None, **options: Any) -> None:
    """Run the `.any.js` tests of a corpus inside functions, and compare with tests/wpt/expectations.

    Prints a line for each result that was not expected, then counts by area.  Exits with 1 when anything was not
    expected; last comes `N passed, N failed`, in which an expected failure is not counted.
    """
    if not (corpus / HARNESS).is_file():
        raise click.UsageError(
            f"{corpus} has no {HARNESS}: a corpus is web-platform-tests or a part with its resources/"
        )
    tests = discover(corpus, list(areas), part)
    if not tests:
        raise click.UsageError("no test matches")
    report = Report()
    with tempfile.TemporaryDirectory() as folder, _server(corpus) as ports:
        trio.run(partial(_run_all, tests, report, partial(open_runner, corpus, Path(folder), ports), **options))
    click.echo()
    for line in report.table():
        click.echo(line)
    if report.skipped:
        click.echo(f"{len(report.skipped)} tests are not run (tests/wpt/expectations says why)")
    click.echo(f"all: {report.passed:,} of {report.passed + report.failed:,} subtests pass")
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    click.echo(f"{report.passed} passed, {report.unexpected} failed")
    sys.exit(1 if report.unexpected else 0)


async def _run_all(
    tests: list[Test],
    report: Report,
    opened: Callable[[Any], AbstractAsyncContextManager[Runner]],
    *,
    mode: Any,
    jobs: int,
    patience: float,
    verbose: bool,
) -> None:
    expectations = Expectations.load()
    waiting = []
    for test in tests:
        if reason := expectations.skip(test.name):
            report.skipped[test.name] = reason
        else:
            waiting.append(test)
    waiting.reverse()

    async def work(runner: Runner) -> None:
        while waiting:
            ran = await runner.run(waiting.pop(), patience=patience)
            for line in lines(ran.test.name, report.add(ran, expectations), verbose=verbose):
                click.echo(line)

    async with opened(mode) as runner, trio.open_nursery() as nursery:
        for _ in range(max(jobs, 1)):
            nursery.start_soon(work, runner)


@contextmanager
def _server(corpus: Path) -> Iterator[list[int]]:
    """The corpus' server; gives its ports."""
    program = [sys.executable, "-m", "tests.wpt.server", str(corpus)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield json.loads(server.stdout.readline())["ports"]
        finally:
            server.kill()


if __name__ == "__main__":
    command()
