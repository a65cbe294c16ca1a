"""The command line of `./scripts/corpus http`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click
import trio

from edge.corpus.gateway_process import GatewayError
from edge.corpus.http.case import load, select
from edge.corpus.http.run import Result, run

if TYPE_CHECKING:
    from types import TracebackType

_EXAMPLE = "Example: ./scripts/corpus http http_abuse.json --only 'smuggle_*' --json result.json"


def main(arguments: list[str]) -> int:
    """Run the cases of one file; exit code 1 when one fails, 2 when the file cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        cases = select(load(Path(options.file)), options.only)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{options.file}: {error}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="edge-http-") as folder, _Progress(len(cases)) as progress:
        try:
            results = trio.run(run, cases, Path(folder), options.engine, progress)
        except GatewayError as error:
            sys.stderr.write(f"\n{error}\n")
            return 1
    failed = sum(1 for result in results if result.problems)
    sys.stdout.write(f"{len(results) - failed} passed, {failed} failed\n")
    if options.json:
        _write(Path(options.json), results)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./scripts/corpus http", description=__doc__, epilog=_EXAMPLE)
    parser.add_argument("file", metavar="FILE", help="cases: an object with a list `cases`")
    parser.add_argument("--engine", choices=["cells", "embedded"], default="cells", help="where functions run")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this case, or NAME*; may be repeated"
    )
    parser.add_argument("--json", metavar="OUT", help="write all outcomes to this file")
    return parser


def _write(path: Path, results: list[Result]) -> None:
    rows = [
        {"name": one.case.name, "expect": one.case.expect, "words": one.words, "seconds": one.seconds,
         "problems": one.problems}
        for one in results
    ]  # fmt: skip
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


class _Progress:
    """Prints failures as they come, and on a terminal how far the run is."""

    def __init__(self, cases: int) -> None:
        self._bar = click.progressbar(length=cases, label="cases", file=sys.stderr, hidden=not sys.stderr.isatty())

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def ends(self, result: Result) -> None:
        """See run.Watch."""
        if result.problems:
            if not self._bar.hidden:
                click.echo("\r\x1b[K", file=sys.stderr, nl=False)
            click.echo(f"FAIL {result.case.name}: {'; '.join(result.problems)}")
        self._bar.update(1)
