"""The manual and the sample file: complete, and equal to what the code says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from edge.config.function_file_model import FunctionFile, Manifest
from edge.config.load import load
from edge.config.model import Config
from edge.config.reference import reference
from edge.config.schema import table, walk
from edge.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "config" / "edge.toml"


def uncommented() -> str:
    """The sample with every key that is switched off switched on."""
    return re.sub(r"^#(?=[\w\[])", "", SAMPLE.read_text(), flags=re.MULTILINE)


def test_the_manual_is_up_to_date() -> None:
    """When this fails, run scripts/gen-docs."""
    assert (ROOT / "docs" / "reference" / "config.md").read_text() == reference()


def test_every_key_has_a_description() -> None:
    """The descriptions are the manual."""
    for struct in (Config, FunctionFile, Manifest):
        for path, key in walk(table(struct)):
            assert key.description or (len(path) == 1 and struct is Config), path


def test_the_manual_names_every_key() -> None:
    """Under the heading of its section."""
    sections = dict(re.findall(r"^## `\[+(\w+).*?`$(.*?)(?=^## )", reference(), flags=re.MULTILINE | re.DOTALL))
    for path, key in walk(table(Config)):
        if len(path) > 1 and path[-1] != "*":
            names = [step for step in path[1:] if step != "*"]
            row = r"(?:\[\]|\.NAME)?\.".join(map(re.escape, names))
            assert key.kind.shape == "table" or re.search(rf"`{row}[`.\[]", sections[path[0]]), path


def test_the_sample_has_every_key() -> None:
    """As a value or switched off; of the forms of auth, schedules and egress, and of what is repeated, the names."""
    document = tomllib.loads(uncommented())
    for path, _ in walk(table(Config)):
        shown_once = path[:1] == ("functions",) and not {"limits", "hosts"}.isdisjoint(path)
        if (
            "auth" in path
            or shown_once
            or ({"egress", "schedule", "certificates", "rate_limit"} & {*path} and path[-2:-1] == ("*",))
        ):
            assert re.search(rf"\b{path[-1]}\b", SAMPLE.read_text()), path
        else:
            assert _has(document, path), path


def _has(value: object, path: tuple[str | int, ...]) -> bool:
    if not path:
        return True
    if path[0] == "*":
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return any(_has(item, path[1:]) for item in items)
    return isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:])


def test_the_sample_is_valid_and_has_the_defaults() -> None:
    """But for the places, which fit this repository."""
    config = load(SAMPLE.read_bytes(), "edge.toml", environ={})
    default = Config()
    for section in ("server", "admin", "engine", "egress", "log", "telemetry"):
        assert getattr(config, section) == getattr(default, section)
    assert (config.packages.store, config.packages.cache_size) == (default.packages.store, default.packages.cache_size)
    assert config.packages.module_cache_size == default.packages.module_cache_size
    assert config.storage.kv == default.storage.kv
    assert config.origin.warnings == ()
    assert {route.function for route in config.routes} == set(config.functions)


def test_the_keys_that_are_switched_off_in_the_sample_are_valid() -> None:
    """Switched on, all that is wrong is that two of them exclude each other and that features are missing."""
    with pytest.raises(ConfigError) as caught:
        load(uncommented().encode(), "edge.toml", environ={})
    others = [line for line in caught.value.problems if "not available in this version" not in line]
    [found] = others
    assert found.partition(": ")[2].startswith("routes[0]: has function and split, but needs exactly one of ")
