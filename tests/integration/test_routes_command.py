"""`edge routes`: the order of routes, and why a request gets the one that it gets."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from edge.cli.main import group

CONFIG = """\
[functions.shop]
[functions.beta]

[[routes]]
path = "/shop/:id"
methods = ["GET"]
function = "shop"

[[routes]]
path = "/shop/:id"
headers = { X-Beta = "1" }
function = "beta"

[[routes]]
path = "/*rest"
static = "public"

[[routes]]
path = "/shop/new"
host = "*.example.com"
redirect = "/shop"
"""


@pytest.fixture
def routes(tmp_path, monkeypatch):
    """Runs the command beside a config and a package that brings a route."""
    (tmp_path / "edge.toml").write_text(CONFIG)
    package = tmp_path / "functions" / "beta"
    package.mkdir(parents=True)
    (package / "index.js").write_text("module.exports = (req, res) => res.end()")
    (package / "function.toml").write_text('trigger = { path = "/packaged", method = "PUT" }\n')
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        done = CliRunner().invoke(group, ["routes", *arguments])
        return done.exit_code, done.output

    return run


def test_routes_are_listed_in_the_order_in_which_they_are_tried(routes):
    """With what answers, and where that is written."""
    code, output = routes("--output", "json")
    assert code == 0
    assert [(one["path"], one["answer"], one["place"]) for one in json.loads(output)] == [
        ("/shop/new", "redirect 302 /shop", "edge.toml:18"),
        ("/packaged", "function beta", "package of beta"),
        ("/shop/:id", "function beta", "edge.toml:9"),
        ("/shop/:id", "function shop", "edge.toml:4"),
        ("/*rest", "static public", "edge.toml:14"),
    ]
    assert "HOST" in routes()[1]


@pytest.mark.parametrize(
    ("arguments", "code", "verdict", "results"),
    [
        (["/shop/7"], 0, "function shop", ["needs x-beta: 1", "this one", "comes later"]),
        (["/shop/7", "-H", "x-beta: 1"], 0, "function beta", ["this one", "comes later", "comes later"]),
        (["/shop/7", "-X", "PUT"], 1, "405, Allow: GET, HEAD", ["needs x-beta: 1", "takes GET", "takes GET, HEAD"]),
        (["/shop/7", "-X", "options"], 0, "204, Allow: GET, HEAD", ["needs x-beta: 1", "takes GET", "takes GET, HEAD"]),
        (["/packaged", "-X", "PUT"], 0, "function beta", ["this one", "takes GET, HEAD"]),
        (["/x", "--host", "a.example.com:8080"], 0, "static public", ["this one"]),
        (["/shop/%6eew", "--host", "a.example.com"], 0, "redirect 302 /shop",
         ["this one", "needs x-beta: 1", "comes later", "comes later"]),
    ],
)  # fmt: skip
def test_a_request_is_explained(routes, arguments, code, verdict, results):
    """The one that it gets, and for each other one why not."""
    found = json.loads(routes(*arguments, "--output", "json")[1])
    assert (found["verdict"], [one["result"] for one in found["tried"]]) == (verdict, results)
    assert routes(*arguments)[0] == code


def test_a_route_of_a_package_that_the_config_hides_is_told_by_edge_check(routes, tmp_path):
    """With both places; and a folder that is not there yet."""
    (tmp_path / "edge.toml").write_text(CONFIG + '[[routes]]\npath = "/packaged"\nfunction = "shop"\n')
    (tmp_path / "functions" / "shop").mkdir()
    (tmp_path / "functions" / "shop" / "index.js").write_text("module.exports = (req, res) => res.end()")
    done = CliRunner().invoke(group, ["check"])
    assert done.exit_code == 0, done.output
    assert "edge.toml:16: routes[2].static: there is no folder 'public'" in done.output
    assert "functions.beta: the route '/packaged' of its package is never reached: edge.toml:22 takes" in done.output


def test_what_is_no_request_is_said(routes):
    """As everywhere."""
    assert routes("/a", "-H", "nonsense")[0] == 2
    assert routes("/..%2fa")[0] != 0
