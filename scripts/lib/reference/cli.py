"""docs/reference/cli.md, from the commands themselves."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from edge.cli.main import COMMANDS, group
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_HEAD = """\
# Command line

{generated}

`edge COMMAND`, or `python -m edge COMMAND`. Every command explains itself with `--help`.

Exit codes: 0 all went well, 1 it failed (and standard error says why), 2 the command line was wrong, 130 interrupted.
"""


def page() -> str:
    """The page."""
    head = _HEAD.format(generated=GENERATED.format(source="edge/cli/"))
    return whole(head, *(_command(name, COMMANDS[name]) for name in COMMANDS))


def _command(name: str, summary: str) -> str:
    context = click.Context(group, info_name="edge")
    command = group.get_command(context, name)
    assert command is not None
    inner = click.Context(command, info_name=name, parent=context)
    text = inspect.cleandoc(command.help or summary)
    example = (command.epilog or "").removeprefix("Example: ")
    body = _group(command, inner) if isinstance(command, click.Group) else [_usage(command, inner), *_options(inner)]
    parts = [f"## `edge {name}`", text, *body, f"Example: `{example}`" if example else ""]
    return "\n\n".join(part for part in parts if part)


def _group(command: click.Group, context: click.Context) -> list[str]:
    """Each command of a group; options that all of them have once, at the end."""
    inner = {name: click.Context(found, info_name=name, parent=context) for name, found in command.commands.items()}
    shared = set.intersection(*(set(_rows(each)) for each in inner.values()))
    parts = []
    for each in inner.values():
        parts += [f"### `{each.command_path}`", inspect.cleandoc(each.command.help or ""), _usage(each.command, each)]
        parts += _options(each, without=shared)
    first = next(iter(inner.values()))
    return [*parts, "All of them take:", table(("option", "what it does"), [r for r in _rows(first) if r in shared])]


def _usage(command: click.Command, context: click.Context) -> str:
    return f"```sh\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"


def _options(context: click.Context, without: AbstractSet[tuple[str, str]] = frozenset()) -> list[str]:
    rows = [row for row in _rows(context) if row not in without]
    return [table(("option", "what it does"), rows)] if rows else []


def _rows(context: click.Context) -> list[tuple[str, str]]:
    return [_row(option, context) for option in context.command.params if isinstance(option, click.Option)]


def _row(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, text = option.get_help_record(context) or ("", "")
    return code(names), text
