"""`edge serve --functions DIR`: the config made from the names of folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.config.zero import function_name, list_functions, single_config, zero_config
from edge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_each_folder_is_served_below_its_name() -> None:
    """The function sees the path without the name; everything else has its default."""
    config = zero_config("fns", ["b", "a"], environ={})
    assert list(config.functions) == ["a", "b"]
    assert [(route.path, route.function, route.strip_prefix) for route in config.routes] == [
        ("/a/*rest", "a", True),
        ("/b/*rest", "b", True),
    ]
    assert config.packages.root == "fns"
    assert str(config.path(config.packages.root)) == "fns"
    assert config.engine.pool_size == 5


def test_the_routers_pattern_serves_the_name_itself_and_what_is_below() -> None:
    """The pattern means to the router what it is meant to mean here."""
    routing = pytest.importorskip("edge.gateway.routing")
    route = zero_config("fns", ["hello"], environ={}).routes[0]
    router = routing.Router([routing.RouteRule(route.path, route.function, strip_prefix=route.strip_prefix)])
    for path in ("/hello", "/hello/", "/hello/x/y"):
        found = router.match("h", path, "GET")
        assert (found.route.function, found.matched_prefix) == ("hello", "/hello")
    assert isinstance(router.match("h", "/hellox", "GET"), routing.NotFound)


def test_variables_and_options_count() -> None:
    """Also for the functions, which no file names."""
    environ = {"EDGE_ENGINE_POOL_SIZE": "1", "EDGE_FUNCTIONS_A_TIMEOUT": "2s"}
    config = zero_config("fns", ["a"], environ=environ, sets=["functions.a.env.X=1", "engine.timeout=9s"])
    assert (config.engine.pool_size, config.engine.timeout) == (1, 9.0)
    assert (config.functions["a"].timeout, config.functions["a"].env) == (2.0, {"X": "1"})
    assert config.origin.forced == (("functions", "a", "env", "X"), ("engine", "timeout"))


def test_a_bad_option_is_an_error_without_a_file() -> None:
    """There is no file to name."""
    with pytest.raises(ConfigError) as caught:
        zero_config("fns", [], environ={}, sets=["engine.timeout=x"])
    assert caught.value.problems[0].startswith("--set: engine.timeout: ")


def test_a_folder_that_cannot_be_a_function_does_not_hold_the_others_back() -> None:
    """It is left out with a warning."""
    config = zero_config("fns", ["good", "no good"], environ={})
    assert list(config.functions) == ["good"]
    assert len(config.origin.warnings) == 1
    assert "'no good' is not a function name" in config.origin.warnings[0]


def test_folders_are_listed_without_files_and_hidden_ones(tmp_path: Path) -> None:
    """Links to folders count, as in a mounted ConfigMap."""
    for name in ("b", "a", ".git", "..data"):
        (tmp_path / name).mkdir()
    (tmp_path / "file.js").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    assert list_functions(tmp_path) == ["a", "b", "link"]


def test_a_package_alone_gets_every_path(tmp_path):
    """The function sees the path as it is, and is called as its folder, as far as that can be a name."""
    config = single_config(tmp_path / "my app", environ={})
    assert [(name, found.package) for name, found in config.functions.items()] == [("my-app", "my app")]
    assert [(route.path, route.strip_prefix, route.function) for route in config.routes] == [
        ("/*rest", False, "my-app")
    ]
    assert config.packages.root == str(tmp_path)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("hello", "hello"), ("my app", "my-app"), (".hidden", "hidden"), ("ä", "function"), ("a.b", "a.b")],
)
def test_a_folder_gives_its_function_a_name(folder, name):
    """One that a function can have."""
    assert function_name(folder) == name
