"""Key paths: how messages and `--set` write the place of a value, such as `routes[2].path` or `functions."a.b".env`."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\[^\n])*"|'[^'\n]*')[ \t]*""")
_SHOWN = 60


def format_path(path: KeyPath) -> str:
    """`("routes", 2, "path")` as `routes[2].path`; names that need it are quoted, long ones are cut."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{_name(step)}"
    return text.removeprefix(".")


def _name(step: str) -> str:
    if _BARE.fullmatch(step) and len(step) <= _SHOWN:
        return step
    return json.dumps(step if len(step) <= _SHOWN else step[:_SHOWN] + "...", ensure_ascii=False)


def scan_key(text: str, start: int = 0) -> tuple[tuple[str, ...], int]:
    """A dotted TOML key at `start`, and where it ends.  Raises ValueError when there is none.

    https://toml.io/en/v1.0.0#keys
    """
    parts: list[str] = []
    while True:
        match = _PART.match(text, start)
        if match is None:
            raise ValueError("not a key")
        parts.append(_unquote(match[1]))
        start = match.end()
        if text[start : start + 1] != ".":
            return tuple(parts), start
        start += 1


def _unquote(token: str) -> str:
    if token[0] not in "\"'":
        return token
    try:
        return str(tomllib.loads(f"key = {token}")["key"])
    except tomllib.TOMLDecodeError as error:
        raise ValueError("not a key") from error
