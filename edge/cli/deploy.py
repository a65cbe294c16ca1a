"""`edge deploy`."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

from edge.cli.admin_client import RefusedError, Sent, Watched, admin_option, ask, token_option
from edge.cli.deployed import actor, if_match_option, refused, show
from edge.cli.options import output_option
from edge.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUFFIXES = (".tar.gz", ".tgz", ".zip", ".tar")
TYPES = {".zip": "application/zip", ".tar": "application/x-tar"}


@click.command(epilog="Example: edge deploy functions/hello --url http://127.0.0.1:9090 --note 'fixes the greeting'")
@click.argument("source", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.option("--name", default="", metavar="NAME", help="The function; the name of the folder when left out.")
@click.option("--note", default="", metavar="TEXT", help="What is new; it is shown with the version.")
@click.option("--activate/--no-activate", default=True, help="Whether the new version serves at once.")
@if_match_option
@admin_option
@token_option
@output_option
def command(
    source: Path,
    name: str,
    note: str,
    activate: bool,  # noqa: FBT001 - click's
    if_match: str,
    admin: str | None,
    token: str | None,
    output: str,
) -> None:
    """Upload a package folder (or a .tar.gz or .zip of one) as a new version of a function, and let it serve.

    The gateway builds it first. One that cannot be built is kept as a version, does not serve, and its problems are
    printed; the exit code is 1 then. A function that the gateway does not know yet is made by its first upload.
    """
    function = name or _name(source)
    with _packed(source) as (file, size, kind):
        query = {"activate": "true" if activate else "false", "note": note}
        headers = {"If-Match": if_match, "Edge-Actor": actor()}
        with _progress(f"uploading {function}", size) as progress:
            body = Sent(cast("IO[bytes]", Watched(file, progress)), size, kind)
            try:
                found = ask(
                    admin,
                    f"/functions/{function}/package",
                    query,
                    method="PUT",
                    token=token,
                    headers=headers,
                    body=body,
                )
            except RefusedError as error:
                refused(error, output)
                raise click.exceptions.Exit(1) from error
    show(found, output)
    if found["active"] and not ask(admin, f"/functions/{function}", {}, token=token)["routes"]:
        hint = "name it in a [[routes]] table of edge.toml, or give it a `trigger` in its function.toml"
        click.echo(f"edge: no route leads to {function}: {hint}", err=True)


def _name(source: Path) -> str:
    name = source.resolve().name
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if source.is_file() and name.endswith(suffix)), name)


@contextmanager
def _packed(source: Path) -> Iterator[tuple[IO[bytes], int, str]]:
    """The archive of a folder, or the archive itself, with its size and type."""
    if source.is_file():
        with source.open("rb") as file:
            yield file, source.stat().st_size, TYPES.get(source.suffix, "application/gzip")
        return
    from edge.packages.folder import read_folder
    from edge.packages.limits import DEFAULT_LIMITS, check_archive_size
    from edge.packages.pack import write_archive

    bundle = read_folder(source).bundle
    if not bundle.files:
        raise PackageError(f"there are no files in {source}")
    with tempfile.TemporaryFile() as file:
        write_archive(bundle, file)
        size = file.tell()
        check_archive_size(size, DEFAULT_LIMITS)
        file.seek(0)
        yield file, size, "application/gzip"


@contextmanager
def _progress(label: str, size: int) -> Iterator[Callable[[int], object]]:
    """A bar, when a person looks; then a line while the gateway builds."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=size, label=label, file=sys.stderr) as bar:
        yield bar.update
