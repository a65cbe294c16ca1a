"""`edge test`."""

from __future__ import annotations

import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from edge.cli import reporters
from edge.cli.invoke import pairs
from edge.cli.options import sets_option
from edge.cli.packages import Place, package_places
from edge.cli.reporters import Reporter
from edge.errors import EdgeError
from edge.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import trio

    from edge.compose.testing import FileResult, Tested, Wish
    from edge.packages.bundle import Bundle


@click.command("test", epilog="Example: edge test functions/hello --watch")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(exists=True, path_type=Path))
@click.argument("files", metavar="[FILE]...", nargs=-1)
@click.option("-t", "--filter", "filter_", default="", metavar="PATTERN", help="Only tests whose names match.")
@click.option("-w", "--watch", is_flag=True, help="Run again whenever a file of the package changes.")
@click.option("--timeout", default="5s", show_default=True, metavar="T", help="How long one test may take.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), help="Files at a time (default: one for each core).")
@click.option("--env", multiple=True, metavar="K=V", help="A variable, or the value of a secret, of the function.")
@click.option(
    "--reporter", type=click.Choice(list(get_args(Reporter))), default="pretty", show_default=True, help="What is said."
)
@click.option("--report-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this file.")
@click.option("--output", type=click.Choice(["table", "json"]), help="json: the same as --reporter json.")
@click.option("-v", "--verbose", is_flag=True, help="Name every test, also those that pass.")
@click.option("--pass-with-no-tests", is_flag=True, help="Exit with 0 when there are no tests.")
@sets_option
def command(
    folder: Path,
    files: tuple[str, ...],
    filter_: str,
    timeout: str,
    jobs: int | None,
    env: tuple[str, ...],
    reporter: Reporter,
    report_file: Path | None,
    output: str | None,
    sets: tuple[str, ...],
    *,
    watch: bool,
    verbose: bool,
    pass_with_no_tests: bool,
) -> None:
    """Run the tests of a package (or of every package in a folder) inside the runtime.

    Tests are *.test.* and *.spec.* files and those in __tests__, in JavaScript or TypeScript. Each file has a fresh
    isolate, an empty KV store and the function's memory. `describe`, `test`, `expect` (Vitest's), hooks, `vi` and fake
    timers are there, as globals or from "edge:test"; app.fetch("/path") of "edge:test" calls the function.
    FILE is a part of a path. Exits with 1 when a test fails.
    """
    from edge.compose.testing import Wish
    from edge.fleet.cores import cores

    _check_filter(filter_)
    if watch and reporter != "pretty":
        raise click.UsageError("--watch is for --reporter pretty")
    wish = Wish(tuple(files), filter_, _seconds(timeout), jobs or cores(), dict(pairs(env, "=", "--env")))
    printing = _Printing("json" if output == "json" else reporter, report_file, verbose=verbose)
    places = package_places(folder)
    if watch:
        _watch(folder if folder.is_dir() else folder.parent, places, sets, wish, printing)
        return
    ok = _run(places, sets, wish, printing)
    if not printing.results and not printing.broken:
        click.echo(f"edge: there are no tests in {folder}: name a file index.test.js or index.test.ts", err=True)
        ok = pass_with_no_tests
    if not ok:
        raise click.exceptions.Exit(1)


def _check_filter(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise click.UsageError(f"-t {pattern!r} is no regular expression: {error}") from error


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"--timeout: {error}") from error
    if not 0 < seconds <= 900:
        raise click.UsageError("--timeout is more than 0 and at most 900s")
    return seconds


class _Printing:
    """Takes results and prints them, at once or at the end."""

    def __init__(self, reporter: Reporter, file: Path | None, *, verbose: bool) -> None:
        self._reporter = reporter
        self._file = file
        self._verbose = verbose
        self._named = False
        self.results: list[FileResult] = []
        self.broken = False

    def begin(self, packages: int) -> None:
        """Another run, of so many packages."""
        self.results, self.broken, self._named = [], False, packages > 1

    def failed(self, place: Place, error: EdgeError) -> None:
        """A package that cannot be tested at all."""
        self.broken = True
        click.echo(f"edge: {place.name}: {error}", err=True)

    def take(self, bundle: Bundle, result: FileResult) -> None:
        """A file is over."""
        self.results.append(result)
        if self._reporter == "pretty" and self._file is None:
            read = partial(_source, bundle)
            for line in reporters.pretty(result, read, verbose=self._verbose, named=self._named):
                click.echo(line)

    def end(self, seconds: float) -> None:
        """The last word."""
        self.results.sort(key=lambda result: (result.package, result.path))
        if self._file is None:
            lines = self._lines(seconds)
            for line in lines:
                click.echo(line)
            return
        self._file.write_text("\n".join(map(click.unstyle, self._lines(seconds))) + "\n", encoding="utf-8")
        for line in reporters.summary(self.results, seconds):
            click.echo(line, err=True)

    def _lines(self, seconds: float) -> list[str]:
        match self._reporter:
            case "tap":
                return list(reporters.tap(self.results))
            case "junit":
                return [reporters.junit(self.results)]
            case "json":
                return [reporters.as_json(self.results, seconds)]
        return list(reporters.summary(self.results, seconds)) if self.results else []


def _source(bundle: Bundle, path: str) -> str | None:
    """For code frames."""
    return bundle.text(path) if bundle.is_file(path) else None


def _run(places: list[Place], sets: tuple[str, ...], wish: Wish, printing: _Printing) -> bool:
    import trio

    return trio.run(partial(_run_all, places, sets, wish, printing))


async def _run_all(places: list[Place], sets: tuple[str, ...], wish: Wish, printing: _Printing) -> bool:
    """Whether everything passed."""
    import trio

    from edge.compose.testing import read_package, run_tests

    began = time.perf_counter()
    printing.begin(len(places))
    for place in places:
        try:
            package: Tested = await trio.to_thread.run_sync(read_package, place.source(sets), place.name, wish)
            if package.tests:
                take: Callable[[FileResult], None] = partial(printing.take, package.bundle)
                await run_tests(place.source(sets), package, wish, take)
        except EdgeError as error:
            printing.failed(place, error)
    if printing.results or printing.broken:
        printing.end(time.perf_counter() - began)
    return bool(printing.results) and not printing.broken and not any(result.failed for result in printing.results)


def _watch(root: Path, places: list[Place], sets: tuple[str, ...], wish: Wish, printing: _Printing) -> None:
    import trio

    trio.run(partial(_watch_all, root, places, sets, wish, printing))


async def _watch_all(root: Path, places: list[Place], sets: tuple[str, ...], wish: Wish, printing: _Printing) -> None:
    """Run, and run again after each change, until Ctrl-C."""
    import trio

    changed = trio.Event()

    async def change(_names: frozenset[str]) -> None:
        changed.set()

    async with trio.open_nursery() as nursery:
        await nursery.start(_watch_folder, root, change)
        while True:
            changed = trio.Event()
            if sys.stdout.isatty():
                click.clear()
            await _run_all(places, sets, wish, printing)
            if not printing.results and not printing.broken:
                click.echo(f"there are no tests in {root} yet")
            click.echo(click.style("\nwaiting for changes (Ctrl-C ends)", dim=True))
            await changed.wait()
            places = package_places(root)


async def _watch_folder(
    root: Path, change: Callable[[frozenset[str]], Awaitable[None]], task_status: trio.TaskStatus[None]
) -> None:
    from edge.config.watch import watch_folder

    await watch_folder(root, change, quick=True, task_status=task_status)
