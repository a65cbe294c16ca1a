"""The command line of `./scripts/corpus faults`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click
import trio

from edge.corpus.faults.case import Case, load, select
from edge.corpus.faults.report import Result, failure_line, summary_lines, write_json
from edge.corpus.faults.run import Settings, run
from edge.corpus.gateway_process import GatewayError

if TYPE_CHECKING:
    from types import TracebackType

_EXAMPLE = "Example: ./scripts/corpus faults faults.json --group pollution --json result.json"


def main(arguments: list[str]) -> int:
    """Run the cases of one file; exit code 1 when one fails, 2 when the file cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        cases = select(load(Path(options.file)), options.only, options.group)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{options.file}: {error}\n")
        return 2
    settings = Settings(options.engine, options.quiet)
    with tempfile.TemporaryDirectory(prefix="edge-faults-") as folder, _Progress(len(cases)) as progress:
        try:
            results, summary = trio.run(run, cases, settings, Path(folder), progress)
        except GatewayError as error:
            sys.stderr.write(f"\n{error}\n")
            return 1
    for line in summary_lines(results, summary):
        sys.stdout.write(f"{line}\n")
    if options.json:
        write_json(Path(options.json), results, summary)
    return 1 if summary.problems or any(result.problems for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./scripts/corpus faults", description=__doc__, epilog=_EXAMPLE)
    parser.add_argument("file", metavar="FILE", help="cases: a list of objects with name, group, kind, js and expect")
    parser.add_argument("--engine", choices=["cells", "embedded"], default="cells", help="where functions run")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this case; may be repeated")
    parser.add_argument("--group", action="append", default=[], metavar="NAME", help="this group; may be repeated")
    parser.add_argument("--json", metavar="OUT", help="write all figures to this file")
    parser.add_argument(
        "--quiet", type=float, default=10.0, metavar="SECONDS", help="how long the neighbour is measured alone"
    )
    return parser


class _Progress:
    """Prints failures as they come, and on a terminal how far the run is."""

    def __init__(self, cases: int) -> None:
        self._bar = click.progressbar(
            length=cases, label="cases", file=sys.stderr, item_show_func=_shown, hidden=not sys.stderr.isatty()
        )

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def begins(self, case: Case) -> None:
        """See run.Watch."""
        self._bar.update(0, case)

    def ends(self, result: Result) -> None:
        """See run.Watch."""
        if result.problems:
            if not self._bar.hidden:
                click.echo("\r\x1b[K", file=sys.stderr, nl=False)
            click.echo(failure_line(result))
        self._bar.update(1, result.case)


def _shown(case: Case | None) -> str:
    return case.name if case else ""
