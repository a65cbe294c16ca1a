"""Keys of features that this version does not have: known, checked, and refused when they are asked for."""

from __future__ import annotations

import tomllib

import pytest

from edge.config.decode import Decoder
from edge.config.load import load
from edge.config.model import Config
from edge.config.problems import Problems
from edge.config.schema import at, table
from edge.config.unavailable import UNAVAILABLE, find_unavailable
from edge.errors import ConfigError

ASKING = [
    ("telemetry.otlp_endpoint = 'http://localhost:4318'", "telemetry.otlp_endpoint"),
]
QUIET = [
    "",
    "server = { tls = {}, workers = 1, trusted_proxies = ['10.0.0.0/8'] }",
    "engine = { mode = 'embedded', isolates_per_cell = 8 }",
    "engine.mode = 'cells'",
    "packages.store = ''\ntelemetry.otlp_endpoint = ''",
    "storage.kv = 'memory'",
    "storage.kv = 'rediss://me:secret@localhost:6379/0'",
    "functions.a.schedule = ['* * * * *']\nroutes = [{ path = '/', function = 'a', split = {} }]",
]


@pytest.mark.parametrize(("source", "key"), ASKING)
def test_asking_for_a_missing_feature_is_one_clear_error(source: str, key: str) -> None:
    """Silently doing without would be worse."""
    with pytest.raises(ConfigError) as caught:
        load(source.encode(), "edge.toml", environ={})
    assert len(caught.value.problems) == 1
    assert f": {key}: " in caught.value.problems[0]
    assert "not available in this version (" in caught.value.problems[0]


@pytest.mark.parametrize("source", QUIET)
def test_keys_that_ask_for_nothing_are_fine(source: str) -> None:
    """A file may show every key with its default."""
    load(source.encode(), "edge.toml", environ={})


def test_every_row_is_asked_for_by_a_case_and_names_a_key() -> None:
    """No row can be forgotten, mistyped or left behind."""
    for row in UNAVAILABLE:
        assert at(table(Config), row.path) is not None, row.path
        left = tuple(other for other in UNAVAILABLE if other is not row)
        assert any(_refused(source, (row,)) and not _refused(source, left) for source, _ in ASKING), row.path


def _refused(source: str, rows: tuple) -> bool:
    """Whether the rows refuse a file, which is good otherwise."""
    config = Decoder(Problems()).decode(table(Config), tomllib.loads(source))
    return any(find_unavailable(config, rows))
