"""What `edge dev` says: requests, logs of functions and reloads in colour, errors with the code that they are about."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import click
import structlog

from edge.cli.code_frame import frame_of, own_frames, styled
from edge.services.logs import console_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    Read = Callable[[str, str], str | None]

_FRAMES = 6
_LEVELS = {"debug": "bright_black", "info": None, "warning": "yellow", "error": "red"}
# What the operator of a gateway wants to know, and somebody who writes a function does not.
_SILENT = frozenset({
    *("sandbox", "shutting_down", "sandbox_off", "listening_by_activation", "nobody_to_take_over_from"),
})  # fmt: skip
_CONTROL_WORD = re.compile(r"^\w*Error\b")


class DevLog:
    """Makes lines of log events.  `read` gives a source by function and path, None when there is none.

    `saved` says how many seconds ago something of a function was saved, None when nothing was just now.
    """

    def __init__(self, read: Read, saved: Callable[[str], float | None], *, colors: bool = True) -> None:
        self._read = read
        self._saved = saved
        self._colors = colors
        self._noted: dict[str, list[str]] = {}
        self._faulty: set[str] = set()  # what is not ready, though it could be built

    def line(self, _: object, __: str, fields: MutableMapping[str, Any]) -> str:
        """A processor of structlog."""
        event = str(fields.get("event", ""))
        if event in _SILENT:
            raise structlog.DropEvent
        known = getattr(self, f"_{event}", None)
        text = known(dict(fields)) if known is not None else None
        if text is None:
            text = click.style(console_line(_, __, fields), fg=_LEVELS.get(str(fields.get("level")), "red"))
        told = f"{click.style(time.strftime('%H:%M:%S'), dim=True)} {text}"
        return told if self._colors else click.unstyle(told)

    # -- events, by their names

    def _request(self, fields: dict[str, Any]) -> str:
        status = int(fields.get("status", 0))
        color = "red" if status >= 500 else "yellow" if status >= 400 else "cyan" if status >= 300 else "green"
        parts = [
            click.style(str(fields.get("method", "")), bold=True),
            printable(str(fields.get("path", ""))),
            click.style(str(status), fg=color),
            click.style(f"{fields.get('ms', 0):.0f} ms", dim=True),
        ]
        outcome = fields.get("outcome", "ok")
        if outcome not in {"ok", ""}:
            parts.append(click.style(str(outcome), fg="red"))
        elif fields.get("code"):
            parts.append(click.style(str(fields["code"]), fg=color))
        error = str(fields.get("error", ""))
        return "\n".join([" ".join(parts), *self._error(fields, error, str(fields.get("stack", "")))])

    def _function_call(self, fields: dict[str, Any]) -> str:
        head = f"{fields.get('caller')} > {fields.get('function')} {fields.get('method')} {fields.get('path')}"
        error = str(fields.get("error", ""))
        lines = [
            f"{printable(head)} {fields.get('status')}",
            *self._error(fields, error, str(fields.get("stack", ""))),
        ]
        return "\n".join(lines)

    def _function_log(self, fields: dict[str, Any]) -> str:
        color = _LEVELS.get(str(fields.get("level")))
        name = click.style(f"[{fields.get('function', '')}]", fg="magenta")
        return f"{name} {click.style(printable(str(fields.get('text', ''))), fg=color)}"

    def _function_deployed(self, fields: dict[str, Any]) -> str:
        self._noted[str(fields.get("function", ""))] = [printable(str(one)) for one in fields.get("unsupported", ())]
        raise structlog.DropEvent  # it is told when it serves

    def _reloaded(self, fields: dict[str, Any]) -> str:
        broken = {*fields.get("broken", ()), *self._faulty}
        self._faulty.clear()
        lines = [self.ready(name) for name in fields.get("rebuilt", ()) if name not in broken]
        lines += [f"{click.style('✗', fg='yellow')} {name} is gone" for name in fields.get("removed", ())]
        if not lines and broken:
            raise structlog.DropEvent  # what is wrong has been said
        return "\n".join(lines or ["the config has changed"])

    def ready(self, name: str) -> str:
        """A function serves as it was saved last; and what of it may not work."""
        seconds = self._saved(name)
        when = f" {seconds * 1000:.0f} ms after it was saved" if seconds is not None else ""
        notes = self._noted.pop(name, [])
        lines = [f"{click.style('✓', fg='green')} {name} is ready{click.style(when, dim=True)}"]
        return "\n".join([*lines, *(click.style(f"    {note}", fg="yellow") for note in notes)])

    def _function_broken(self, fields: dict[str, Any]) -> str:
        return self._broken(fields, str(fields.get("error", "")))

    def _function_problem(self, fields: dict[str, Any]) -> str:
        self._faulty.add(str(fields.get("function", "")))
        return self._broken(fields, str(fields.get("problem", "")))

    def _reload_failed(self, fields: dict[str, Any]) -> str:
        return self._broken({"function": "reload"}, str(fields.get("error", "")))

    def _scheduled_run(self, fields: dict[str, Any]) -> str:
        color = "green" if fields.get("ok") else "red"
        head = f"{fields.get('function')} ran as scheduled{' by ' + fields['cron'] if fields.get('cron') else ''}"
        lines = [f"{printable(head)} {click.style(str(fields.get('outcome')), fg=color)} {fields.get('status') or ''}"]
        error = str(fields.get("error", ""))
        return "\n".join([*lines, *self._error(fields, error, error)])

    # -- parts

    def _broken(self, fields: dict[str, Any], error: str) -> str:
        name = str(fields.get("function", ""))
        head = f"{click.style('✗', fg='red')} {click.style(name, bold=True)}"
        return "\n".join([head, *self._error(fields, error, error)])

    def _error(self, fields: dict[str, Any], error: str, stack: str) -> list[str]:
        """The message, the code that it is about, and where it came from."""
        if not error:
            return []
        said = stack.splitlines()[0] if _CONTROL_WORD.match(stack) else error
        lines = [f"  {click.style(printable(line), fg='red')}" for line in said.replace("/app/", "").splitlines()]
        name = str(fields.get("function", ""))
        frame = frame_of(stack, lambda path: self._read(name, path)) or frame_of(
            error, lambda path: self._read(name, path)
        )
        if frame:
            lines += ["", f"  {click.style(frame[0], fg='cyan')}"]
            lines += [f"    {styled(line)}" for line in frame[1:]]
        frames = own_frames(stack)[:_FRAMES]
        lines += [f"    {click.style(printable(line), dim=True)}" for line in frames]
        return [*lines, ""] if frame else lines
