"""Who wins: the config and what was uploaded."""

from __future__ import annotations

import pytest

from edge.config.load import load
from edge.config.zero import zero_config
from edge.gateway.deploys.deployed import deployed_config, mentioned, pinned, serving_numbers
from edge.packages.versions import Versions

HASH = "sha256:" + "0" * 64


def config(text):
    return load(text.encode(), "edge.toml", environ={})


def document(name, *, active=1):
    found = Versions(name).added(HASH, 0).added(HASH, 0)
    return {name: found.activated(active) if active else found}


def served(said, documents, proposal=None):
    """The package of each function that serves."""
    found = deployed_config(said, serving_numbers(said, documents, proposal or {}))
    return {name: function.package or name for name, function in found.functions.items()}


@pytest.mark.parametrize(
    ("said", "active", "expected"),
    [
        ("[functions.hello]", 0, "hello"),
        ("[functions.hello]", 2, "hello@v2"),
        ("[functions.hello]\npackage = 'folder'", 0, "folder"),
        ("[functions.hello]\npackage = 'folder'", 2, "hello@v2"),
        (f"[functions.hello]\npackage = '{HASH}'", 2, HASH),
        ("[functions.hello]\npackage = 'hello@v1'", 2, "hello@v1"),
        ("[functions.hello]\npackage = 'hello@stable'", 2, "hello@stable"),
        ("", 2, "hello@v2"),
    ],
)
def test_the_config_that_names_an_upload_wins_then_the_active_version_then_the_folder(said, active, expected):
    """Whatever the config says beside it stays."""
    assert served(config(said), document("hello", active=active)) == {"hello": expected}


def test_a_version_keeps_the_settings_of_the_config():
    """Only the package is another one."""
    said = config("[functions.hello]\nmemory = '64MiB'\nenv = { A = 'b' }\n[functions.other]\n")
    found = deployed_config(said, {"hello": 1})
    assert found.functions["hello"].memory == 64 * 1024 * 1024
    assert found.functions["hello"].env == {"A": "b"}
    assert found.functions["other"] is said.functions["other"]
    assert found.routes == said.routes
    assert deployed_config(said, {}) is said


def test_a_proposal_overrules_the_documents():
    """Also that nothing serves."""
    said = config("[functions.hello]")
    assert served(said, document("hello"), {"hello": 2}) == {"hello": "hello@v2"}
    assert served(said, document("hello"), {"hello": 0}) == {"hello": "hello"}
    assert served(config(""), document("hello"), {"hello": 0}) == {}


def test_an_active_number_without_its_version_serves_nothing():
    """Somebody has edited the document."""
    [(name, found)] = document("hello").items()
    assert served(config(""), {name: Versions(name, versions=found.versions[1:], active=1)}) == {}


def test_names_that_no_function_can_have_are_left_alone():
    """The store is not the config."""
    assert served(config(""), {"a@b": document("a@b")["a@b"]}) == {}


def test_without_a_config_file_what_was_uploaded_has_a_route():
    """As folders have."""
    said = zero_config("functions", ["plain"], environ={})
    found = deployed_config(said, {"hello": 1, "plain": 2})
    assert [(route.path, route.function) for route in found.routes] == [
        ("/plain/*rest", "plain"),
        ("/hello/*rest", "hello"),
    ]
    assert deployed_config(config("[functions.plain]"), {"hello": 1}).routes == []


def test_what_the_config_names_is_known():
    """So that it is not removed, and not activated by others."""
    said = config(
        f"[functions.a]\npackage = 'a@v3'\n[functions.b]\npackage = 'a@stable'\n[functions.c]\npackage = '{HASH}'\n"
    )
    assert mentioned(said, "a") == {"v3", "stable"}
    assert mentioned(said, "c") == frozenset()
    assert [pinned(said, name) for name in ("a", "b", "c", "d")] == [True, True, True, False]
