"""The keys of `edge dev`: one letter does something, while the gateway serves."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from edge.cli.admin_client import ask
from edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Iterator

HELP = "s runs scheduled functions, r reloads, c clears the screen, q quits, h shows this"


class Keys:
    """What the keys do, by way of the admin listener at `admin`."""

    def __init__(self, admin: str) -> None:
        self._admin = admin

    async def run(self) -> None:
        """Heed them until the program ends; returns at once where there is no terminal to read from."""
        import trio

        if not _owns_terminal():
            return
        with _single_keys():
            while True:
                await trio.lowlevel.wait_readable(0)
                letters = os.read(0, 64).decode("ascii", "replace")
                if not letters:
                    return  # the terminal has gone
                for letter in letters:
                    await trio.to_thread.run_sync(self.press, letter)

    def press(self, letter: str) -> None:
        """Blocks."""
        try:
            match letter.lower():
                case "q":
                    signal.raise_signal(signal.SIGINT)
                case "r":
                    ask(self._admin, "/config/reload", method="POST")
                    click.echo("reloaded", err=True)
                case "c":
                    click.clear()
                case "s":
                    self._run_schedules()
                case "h" | "?":
                    click.echo(HELP, err=True)
        except EdgeError as error:
            click.echo(click.style(str(error), fg="red"), err=True)

    def _run_schedules(self) -> None:
        found = ask(self._admin, "/schedules")["schedules"]
        if not found:
            click.echo(
                'no function has a schedule: write `schedule = ["*/5 * * * *"]` into its function.toml', err=True
            )
        for schedule in found:
            ask(
                self._admin, f"/schedules/{schedule['function']}/run", {"cron": schedule["cron"]}, method="POST"
            )  # the log tells what came of it


def _owns_terminal() -> bool:
    """Whether keys come to us: not in a pipe, nor in the background of a shell."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Letters come without Enter and are not shown; Ctrl-C goes on to work."""
    import termios
    import tty

    before = termios.tcgetattr(0)
    tty.setcbreak(0, termios.TCSADRAIN)  # what was typed before is not lost
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
