"""YAML to plain values with the line of each, for `function.yaml`.

Only what JSON could say is read: text keys, no anchors or aliases (they can make a small file huge).  The parser
takes quadratic time for deep nesting, so depth is limited as well as size: a package's file is not to be trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from edge.config.keypath import KeyPath, format_path
from edge.errors import ConfigError
from edge.units import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 20


def parse_yaml(source: bytes, filename: str, limit: int) -> tuple[dict[str, object], dict[KeyPath, int]]:
    """The plain values of a YAML document, and the line, from 1, of each.

    Raises ConfigError with file and line.
    """
    if len(source) > limit:
        raise ConfigError([f"{filename}:1: the file has {len(source)} bytes (at most {format_size(limit)})"])
    try:
        return _parse(source.decode("utf-8-sig"), filename)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{filename}:{line}: the file is not UTF-8 (save it as UTF-8)"]) from None
    except RecursionError:
        raise ConfigError([f"{filename}:1: values are nested too deeply (flatten them)"]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "a character that YAML does not allow"
        what += " (use spaces, not tabs)" if r"'\t'" in what else ""
        raise ConfigError([f"{filename}:{mark.line + 1 if mark else 1}: not valid YAML: {what}"]) from None
    except ValueError:
        raise ConfigError([f"{filename}:1: not valid YAML: a number or date cannot be read (quote it)"]) from None


def _parse(text: str, filename: str) -> tuple[dict[str, object], dict[KeyPath, int]]:
    for line, what in _refused(text):
        raise ConfigError([f"{filename}:{line}: {what}"])
    loader = yaml.SafeLoader(text)
    try:
        return _document(loader, filename)
    finally:
        loader.dispose()


def _refused(text: str) -> Iterator[tuple[int, str]]:
    """Lines of what is YAML but is not read; the parser stops where the caller does."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            yield line, f"values are nested too deeply (at most {MAX_DEPTH} levels)"
        if isinstance(event, yaml.AliasEvent):
            yield line, "aliases are not read (write the value out)"


def _document(loader: yaml.SafeLoader, filename: str) -> tuple[dict[str, object], dict[KeyPath, int]]:
    node = loader.get_single_node()
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError([f"{filename}:{_line(node)}: not a table of keys (memory: 128MiB)"])
    lines: dict[KeyPath, int] = {}
    problems = [f"{filename}:{line}: {format_path(path)}: {what}" for path, line, what in _walk(node, (), lines)]
    if problems:
        raise ConfigError(problems)
    values: dict[str, object] = loader.construct_document(node)
    return values, lines


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def _walk(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> Iterator[tuple[KeyPath, int, str]]:
    """Note the line of everything below `node`; the problems with keys."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[(*path, number)] = _line(item)
            yield from _walk(item, (*path, number), lines)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        here, line = (*path, str(key.value)), _line(key)
        if key.tag != "tag:yaml.org,2002:str":
            yield (here if isinstance(key, yaml.ScalarNode) else path), line, "the key is not text (quote it)"
        elif here in lines:
            yield here, line, "the key is there twice (each key once)"
        lines[here] = line
        yield from _walk(value, here, lines)
