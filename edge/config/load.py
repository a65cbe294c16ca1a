"""Bytes of an `edge.toml`, variables and options, to a checked config."""

from __future__ import annotations

import functools
import re
import tomllib
from typing import TYPE_CHECKING, Final

import msgspec

from edge.config.checks import check
from edge.config.decode import Decoder
from edge.config.egress_syntax import check_egress_entry
from edge.config.environment import read_environment
from edge.config.keypath import KeyPath, format_path
from edge.config.model import Config, Origin
from edge.config.overrides import Override, apply, read_sets
from edge.config.positions import find_positions
from edge.config.problems import Places, Problems
from edge.config.schema import table, walk
from edge.errors import ConfigError
from edge.units import MIB, format_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.config.function_checks import CheckEgress

MAX_SOURCE: Final = 16 * MIB
_WHERE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load(
    source: bytes,
    filename: str,
    *,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    check_egress: CheckEgress | None = None,
) -> Config:
    """The config that a file, the environment and `--set` options make together.

    `filename` is for messages, and relative paths of the config start at its folder.  `sets` are texts
    `SECTION.KEY=VALUE`; they win over variables, which win over the file.  `check_egress` says what is wrong with
    an entry of an egress list (a text, or a dict with `host`), or None; without it only the syntax is looked at.

    Raises ConfigError with every problem, each `PLACE: key.path: what is wrong (what is allowed)`, where the place
    is `FILE:LINE`, the name of a variable or `--set`.
    """
    text, values = parse_toml(source, filename)
    return build(text, values, filename, environ, sets, check_egress)


def build(
    text: str,
    values: dict[str, object],
    filename: str,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    check_egress: CheckEgress | None = None,
) -> Config:
    """The same from the plain values of the TOML document `text`.  Changes `values`.  Raises ConfigError."""
    schema = table(Config)
    unread: list[str] = []
    variables, warnings = read_environment(environ, values, schema, unread)
    options = read_sets(sets, unread)
    sources = apply([*variables, *options], values, schema, unread)
    problems = Problems()
    config = Decoder(problems, _homes()).decode(schema, values)
    if isinstance(config, Config):
        for problem in check(config, environ, check_egress or check_egress_entry, _names(values.get("functions"))):
            problems.add_checked(problem)
    if unread or problems or not isinstance(config, Config):
        raise ConfigError([*unread, *_lines(problems, text, filename, sources)])
    return msgspec.structs.replace(config, origin=_origin(filename, options, warnings))


def parse_toml(source: bytes, filename: str, limit: int = MAX_SOURCE) -> tuple[str, dict[str, object]]:
    """A TOML document as text and as plain values.  Raises ConfigError with the line of a syntax error."""
    if len(source) > limit:
        raise ConfigError([f"{filename}:1: the file has {len(source)} bytes (at most {format_size(limit)})"])
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{filename}:{line}: the file is not UTF-8 (save it as UTF-8)"]) from None
    try:
        return text, tomllib.loads(text)
    except RecursionError:
        raise ConfigError([f"{filename}:1: values are nested too deeply (flatten them)"]) from None
    except ValueError as error:
        raise ConfigError([_syntax_problem(str(error), text, filename)]) from None


def _syntax_problem(message: str, text: str, filename: str) -> str:
    where = _WHERE.search(message)
    what = message[: where.start()] if where else "a value cannot be read"
    line = where[1] if where and where[1] else str(text.count("\n") + 1)
    return f"{filename}:{line}: not valid TOML: {what[:1].lower()}{what[1:]}"


def _names(functions: object) -> list[str]:
    return list(functions) if isinstance(functions, dict) else []


def _lines(problems: Problems, text: str, filename: str, sources: Mapping[KeyPath, str]) -> list[str]:
    return problems.lines(Places(filename, find_positions(text), sources)) if problems else []


def _origin(filename: str, options: Sequence[Override], warnings: Sequence[str]) -> Origin:
    return Origin(file=filename, forced=tuple(option.path for option in options), warnings=tuple(warnings))


@functools.cache
def _homes() -> dict[str, str]:
    """For each key name, the first key that has it and that may be set: where a misplaced key may belong."""
    homes: dict[str, str] = {}
    for path, _ in walk(table(Config)):
        homes.setdefault(str(path[-1]), format_path(path).replace('"*"', "NAME"))
    return homes
