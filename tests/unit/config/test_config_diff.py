"""What a reload changes, key by key, and what it cannot change."""

from __future__ import annotations

import msgspec
import pytest

from edge.config.diff import Changes, diff, live
from edge.config.load import load
from edge.config.model import Config
from edge.config.route_model import Route
from edge.config.schema import table, walk

BASE = """
functions.a = { timeout = "1s" }
functions.b = {}
routes = [{ path = "/a", function = "a" }, { path = "/b", function = "b" }]
"""
A, B = Route(path="/a", function="a"), Route(path="/b", function="b")


def config(text: str = BASE, *sets: str) -> Config:
    """The config of a text."""
    return load(text.encode(), "edge.toml", environ={}, sets=sets)


CASES = [
    ("nothing", [], Changes()),
    ("a function's own key", ["functions.a.timeout=2s"], Changes(functions_changed=("a",))),
    ("a key to its own default", ["functions.b.package=b"], Changes()),
    ("a new function", ["functions.c={}"], Changes(functions_added=("c",))),
    ("a default", ["engine.memory=64MiB"], Changes(functions_changed=("a", "b"), keys=("engine.memory",))),
    ("egress of all", ["egress.allow=[]"], Changes(functions_changed=("a", "b"), keys=("egress.allow",))),
    ("a live key", ["server.shutdown_delay=1s"], Changes(keys=("server.shutdown_delay",))),
    ("the addresses", ["server.listen=127.0.0.1:1"], Changes(restart=("server.listen",))),
    ("the admin address", ["admin.listen=127.0.0.1:1"], Changes(restart=("admin.listen",))),
    ("the data directory", ["storage.data_dir=x"], Changes(restart=("storage.data_dir",))),
    (
        "a route's key",
        ["routes.0.strip_prefix=true"],
        Changes(routes_added=(Route(path="/a", function="a", strip_prefix=True),), routes_removed=(A,)),
    ),
    (
        "the order of routes",
        ['routes=[{path="/b",function="b"},{path="/a",function="a"}]'],
        Changes(routes_reordered=True),
    ),
    ("no routes", ["routes=[]"], Changes(routes_removed=(A, B))),
]


@pytest.mark.parametrize(("sets", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_difference_between_two_configs(sets: list[str], expected: Changes) -> None:
    """In one direction, and none where nothing has changed."""
    found = diff(config(), config(BASE, *sets))
    assert found == expected
    assert bool(found) is bool(expected != Changes())


def test_removed_is_the_opposite_of_added() -> None:
    """Functions and routes that are gone."""
    found = diff(config(), config('functions.a = { timeout = "1s" }\nroutes = [{ path = "/a", function = "a" }]'))
    assert (found.functions_removed, found.routes_removed, found.functions_changed) == (("b",), (B,), ())


def test_listeners_are_told_apart() -> None:
    """Whoever holds sockets asks for these."""
    found = diff(config(), config(BASE, "server.listen=127.0.0.1:1", "server.http2=false"))
    assert found.listeners == ("server.listen",)
    assert found.restart == ("server.listen", "server.http2")


def test_a_reload_takes_all_but_the_keys_that_need_a_restart() -> None:
    """These keep the value of the start, with a warning each."""
    running = config()
    new = config(
        BASE, "server.listen=127.0.0.1:1", "server.shutdown_delay=1s", "storage.data_dir=x", "functions.a.timeout=9s"
    )
    applied, warnings = live(running, new)
    assert applied.server.listen == running.server.listen
    assert applied.storage.data_dir == running.storage.data_dir
    assert (applied.server.shutdown_delay, applied.functions["a"].timeout) == (1.0, 9.0)
    assert warnings == [
        "server.listen has changed and takes effect at the next start",
        "storage.data_dir has changed and takes effect at the next start",
    ]
    assert diff(running, applied).restart == ()
    assert diff(applied, new).restart == ("server.listen", "storage.data_dir")


def test_a_reload_without_such_keys_is_the_new_config() -> None:
    """Nothing is copied."""
    new = config(BASE, "server.shutdown_delay=1s")
    assert live(config(), new) == (new, [])


def test_every_key_that_names_a_place_needs_a_restart() -> None:
    """Sockets, folders and stores are opened once."""
    marked = {".".join(map(str, path)) for path, key in walk(table(Config)) if key.restart}
    assert {
        "server.listen",
        "admin.listen",
        "storage.data_dir",
        "storage.kv",
        "engine.mode",
        "server.workers",
    } <= marked
    assert not marked & {"server.shutdown_delay", "server.max_body", "egress.allow", "engine.timeout", "packages.root"}


def test_every_setting_that_differs_is_found() -> None:
    """Whichever key of a section it is: diff looks at all of them."""
    base = Config()
    for path, key in walk(table(Config)):
        if len(path) < 2 or "*" in path or key.kind.shape == "table":
            continue
        changed = _with(base, path, object())
        assert diff(base, changed) != Changes(), path


def _with(struct, path, value):
    inner = value if len(path) == 1 else _with(getattr(struct, path[0]), path[1:], value)
    return msgspec.structs.replace(struct, **{path[0]: inner})
