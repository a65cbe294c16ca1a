"""docs/reference/cli.md, from the commands themselves."""

from __future__ import annotations

import inspect

import click

from edge.cli.main import COMMANDS, group
from reference.markdown import GENERATED, code, table
from reference.markdown import page as whole

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
    usage = " ".join([inner.command_path, *command.collect_usage_pieces(inner)])
    rows = [_row(option, inner) for option in command.params if isinstance(option, click.Option)]
    text = inspect.cleandoc(command.help or summary)
    example = (command.epilog or "").removeprefix("Example: ")
    parts = [f"## `edge {name}`", text, f"```sh\n{usage}\n```", table(("option", "what it does"), rows) if rows else ""]
    return "\n\n".join(part for part in [*parts, f"Example: `{example}`" if example else ""] if part)


def _row(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, text = option.get_help_record(context) or ("", "")
    return code(names), text
