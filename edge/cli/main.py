"""`edge`: the group of commands.  Each is imported when it is used, so that `--help` is quick."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from edge import __version__
from edge.errors import ConfigError, EdgeError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = {
    "serve": "Serve functions over HTTP.",
    "dev": "Serve functions while you work on them.",
    "check": "Check a config without starting.",
    "split": "Show and change how routes split requests among versions.",
    "plan": "Show what a config would change.",
    "routes": "Say which route a request gets, and why.",
    "init": "Write a new function, with settings and type declarations.",
    "invoke": "Run one invocation of a function without a server.",
    "test": "Run the tests of a package inside the runtime.",
    "replay": "Run recorded invocations again, also with other code.",
    "deploy": "Upload a package as a new version of a function, and let it serve.",
    "functions": "List the functions of a running gateway.",
    "versions": "List the uploaded versions of a function.",
    "activate": "Let an uploaded version serve.",
    "rollback": "Let the version before serve again.",
    "logs": "Print and follow what requests and functions said.",
    "egress": "Say what functions may reach, why, and what they need.",
    "reload": "Let a running gateway read its config again.",
    "schedule": "See and try schedules.",
    "secrets": "Keep secrets of functions in an encrypted file.",
    "cache": "See and purge answers that are kept.",
    "kv": "Read and write the key-value store.",
    "doctor": "Say what this machine gives to cells, and what it lacks.",
    "healthcheck": "Ask a running gateway whether it is ready.",
    "completion": "Print the script that lets a shell complete commands.",
    "version": "Show the versions of all parts.",
}


COMPLETE = "_EDGE_COMPLETE"
"""Variable by which the script of a shell asks for completions."""


class LazyGroup(click.Group):
    """Commands by name; `edge.cli.NAME` holds `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"edge.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table above: nothing needs to be imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command names the nearest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # only for a mistake

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="edge")
@click.pass_context
def group(ctx: click.Context) -> None:
    """A self-hosted edge gateway with a JavaScript engine inside.

    Example: edge serve --functions ./functions
    """
    from edge.cli.options import colors  # not needed for --help

    ctx.color = colors()


def main() -> None:
    """Entry of the program: 0 ok, 1 failed, 2 usage."""
    try:
        sys.exit(group.main(standalone_mode=False, prog_name="edge", complete_var=COMPLETE))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EdgeError as error:
        _explain(error)
        sys.exit(1)
    except BaseExceptionGroup as errors:
        interrupted, others = errors.split(KeyboardInterrupt)
        if interrupted is not None and others is None:
            sys.exit(130)
        _, others = errors.split(EdgeError)
        if others is not None:
            raise
        for leaf in _leaves(errors):
            _explain(leaf)
        sys.exit(1)


def _explain(error: BaseException) -> None:
    """What went wrong, without a traceback: it is not a bug."""
    lines = error.problems if isinstance(error, ConfigError) else [f"edge: {error}"]
    for line in lines:
        click.echo(line, err=True)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
