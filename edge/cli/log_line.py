"""A line of the log for people."""

from __future__ import annotations

import json
from typing import Any

import click

from edge.services.logs import printable

_COLOURS = {"debug": "bright_black", "warning": "yellow", "error": "red", "critical": "red"}
_MARKS = {"debug": "debug", "info": "info", "warning": "warn", "error": "ERROR", "critical": "ERROR"}
_SHOWN = frozenset({"timestamp", "level", "event", "function", "version", "generation", "request_id", "id"})


def line_text(line: str) -> str:
    """When, how important, whose, what; what has several lines follows indented.  Nothing in it drives a terminal."""
    try:
        fields = json.loads(line)
    except ValueError:
        return printable(line)
    level = str(fields.get("level", "info"))
    clock = click.style(str(fields.get("timestamp", ""))[11:23], dim=True)
    mark = click.style(f"{_MARKS.get(level, level)[:5]:<5}", fg=_COLOURS.get(level))
    whose = click.style(printable(str(fields.get("function", "") or "gateway")), bold=True)
    return f"{clock} {mark} {whose} {_what(fields)}"


def _what(fields: dict[str, Any]) -> str:
    event = str(fields.get("event", ""))
    if event == "function_log":
        return _block(str(fields.get("text", "")))
    if event in ("request", "function_call", "invocation"):
        return _request(fields)
    rest = " ".join(f"{key}={_short(value)}" for key, value in fields.items() if key not in _SHOWN)
    return printable(f"{event} {rest}".rstrip())


def _request(fields: dict[str, Any]) -> str:
    failed = fields.get("outcome") not in (None, "", "ok") or int(fields.get("status") or 0) >= 500
    head = " ".join(
        str(part)
        for part in (fields.get("trigger"), fields.get("method"), fields.get("path"), fields.get("status"))
        if part
    )
    took = f"{fields.get('ms', fields.get('wall_ms', 0)):g}ms"
    used = f"cpu {fields['cpu_ms']:g}ms" if "cpu_ms" in fields else ""
    outcome = click.style(str(fields.get("outcome", "")), fg="red" if failed else "green")
    parts = [printable(head), took, used, outcome, click.style(printable(str(fields.get("request_id", ""))), dim=True)]
    text = " ".join(part for part in parts if part)
    problem = str(fields.get("stack") or fields.get("error") or "")
    return f"{text}\n    | {_block(problem)}" if problem else text


def _block(text: str) -> str:
    return printable(text.rstrip("\n"))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text and " " not in text else repr(text)
