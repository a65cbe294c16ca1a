"""`edge init`: a new function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge.compose.scaffold import Language, Template


@click.command(epilog="Example: edge init functions/hello --template web")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--template",
    type=click.Choice(["express", "web", "event"]),
    default="web",
    show_default=True,
    help="How the function is called: (req, res), fetch(request, env, ctx), or handler(event, context).",
)
@click.option(
    "--typescript/--javascript", "typescript", default=True, help="The language of the function (default: TypeScript)."
)
@click.option("--types", is_flag=True, help="Only write the type declarations anew, for this version of edge.")
@click.option("--force", is_flag=True, help="Overwrite files that are there already.")
def command(folder: Path, template: Template, *, typescript: bool, types: bool, force: bool) -> None:
    """Write a new function into DIR (default: the current folder), with settings and type declarations.

    The name of the folder becomes the name of the function.  Nothing that is there is overwritten without --force.
    """
    from edge.compose.scaffold import TYPES, declarations, new_package, write_package
    from edge.errors import CallerError

    name = folder.resolve().name
    language: Language = "typescript" if typescript else "javascript"
    files = declarations() if types else new_package(name, template, language)
    try:
        write_package(folder, files, overwrite=force or types)
    except CallerError as error:
        if "there already" not in error.message:
            raise
        raise CallerError(error.message, hint="--force overwrites; --types only renews the declarations") from error
    for path in files:
        if not path.startswith(f"{TYPES}/"):
            click.echo(f"{folder / path}")
    click.echo(f"{folder / TYPES}/ ({len(declarations())} files)")
    if not types:
        steps = (("Work on it", "dev"), ("Test it", "test"), ("Deploy it", "deploy"))
        click.echo("", err=True)
        for what, verb in steps:
            click.echo(f"{what + ':':<12} edge {verb}{'' if folder == Path() else f' {folder}'}", err=True)
