"""`edge plan` against a running gateway, between two configs, and of what the gateway's own files say."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import gateway, run_edge, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

OLD = """
[storage]
kv = "redis://:hunter0@127.0.0.1:1/0"
[functions.hello]
env = { GREETING = "hunter1", OLD = "x" }
egress = { allow = ["https://a.example"] }
secrets = ["KEPT"]
[functions.gone]
package = "hello"
[[routes]]
path = "/hello"
function = "hello"
[[routes]]
path = "/gone"
function = "gone"
"""
NEW = """
[storage]
kv = "redis://:hunter2@127.0.0.1:1/0"
[functions.hello]
package = "changed"
env = { GREETING = "hunter3" }
memory = "64MiB"
secrets = ["KEPT", "API_KEY"]
egress = { allow = ["https://a.example", "https://b.example"] }
[functions.added]
package = "hello"
[[routes]]
path = "/hello"
function = "added"
[[routes]]
path = "/added"
methods = ["GET"]
function = "added"
"""
FILES = {
    "functions/hello/index.js": "module.exports = (req, res) => res.send('x');",
    "functions/hello/lib/a.js": "1",
    "functions/changed/index.js": "const net = require('node:net'); module.exports = (req, res) => res.send('y');",
    "functions/changed/b.js": "2",
    "edge.toml": OLD.replace("redis://:hunter0@127.0.0.1:1/0", "memory"),
    "old.toml": OLD,
    "new.toml": NEW,
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    """A gateway on edge.toml."""
    folder = tmp_path_factory.mktemp("plan")
    with gateway(
        folder, "--config", "edge.toml", "--engine", "embedded", files=FILES, env={"KEPT": "hunter4"}
    ) as running:
        yield running


def plan(edge, *arguments):
    """Exit code, and what was printed."""
    done = run_edge("plan", "--admin", edge.admin, *arguments, cwd=edge.folder)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_nothing_would_change(edge):
    """Against the gateway with its own file, by the gateway itself, and of a file with itself; the code is 0."""
    for arguments in (["--config", "edge.toml"], ["--reload"], ["--config", "new.toml", "--against", "new.toml"]):
        assert plan(edge, *arguments) == (0, "Nothing would change.\n", "")


def test_changes_are_told_by_name_and_no_value_is(edge):
    """Functions, files, variables, secrets, what they may reach, routes; the code is 2."""
    code, text, problems = plan(edge, "--config", "new.toml")
    assert (code, problems) == (2, "")
    lines = [line.strip() for line in text.splitlines()]
    for line in (
        "- function gone",
        "~ function hello",
        "+ function added",
        "+ file b.js",
        "~ file index.js",
        "- file lib/a.js",
        "~ memory: 128MiB -> 64MiB",
        "~ env GREETING",
        "- env OLD",
        "+ secret API_KEY",
        "+ egress.allow https://b.example",
        "~ route any /hello",
        "~ target: hello -> added",
        "+ route GET /added -> added",
        "- route any /gone -> gone",
        "~ setting storage.kv: (not shown) -> (not shown)",
        "hello: may reach https://b.example",
        "hello: uses the module net",
        "hello: gets the secret API_KEY",
        "Takes effect at the next start only: storage.kv",
        "2 to add, 3 to change, 2 to remove.",
    ):
        assert line in lines, line
    assert "hunter" not in text


def test_two_configs_are_compared_without_a_gateway(edge):
    """The same difference; nobody is asked."""
    done = run_edge("plan", "--config", "new.toml", "--against", "old.toml", "--admin", "127.0.0.1:1", cwd=edge.folder)
    assert done.returncode == 2, done.stderr
    assert done.stdout.decode() == plan(edge, "--config", "new.toml")[1]


def test_programs_get_json(edge):
    """With the same exit codes."""
    code, text, _ = plan(edge, "--config", "new.toml", "--output", "json")
    found = json.loads(text)
    assert (code, found["changed"], found["before"]) == (
        2,
        True,
        edge.operate("GET", "/ready").json()["detail"]["generation"],
    )
    assert {"function": "hello", "kind": "module", "name": "net"} in found["new"]
    assert {change["name"] for change in found["changes"] if change["what"] == "function"} == {"hello", "gone", "added"}
    assert "hunter" not in text
    code, text, _ = plan(edge, "--config", "edge.toml", "--output", "json")
    assert (code, json.loads(text)["changed"]) == (0, False)


def test_the_gateway_says_what_a_reload_would_change(edge):
    """Its own files, changed on the disk; then the reload changes that, and there is nothing left to change."""
    write_files(edge.folder, {"functions/hello/more.js": "3"})
    code, text, _ = plan(edge, "--reload")
    assert (code, text.count("+ file more.js")) == (2, 2)
    (edge.folder / "functions/hello/more.js").unlink()
    assert plan(edge, "--reload")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "missing.toml"], "cannot be read"),
        (["--no-such-option"], "No such option"),
        (["--reload", "--config", "edge.toml"], "give it alone"),
        (["--config", "edge.toml", "--admin", "127.0.0.1:1"], "does not answer"),
    ],
)
def test_what_cannot_be_told_is_an_error_and_no_change(edge, arguments, said):
    """The code is 1, for wrong usage too: 2 means that something would change."""
    code, text, problems = plan(edge, *arguments)
    assert (code, text) == (1, "")
    assert said in problems


def test_a_config_that_would_be_refused_is_a_problem(edge):
    """A package that is not there is told beside the changes, and the code is 1."""
    write_files(edge.folder, {"bad.toml": FILES["edge.toml"] + "[functions.broken]\n"})
    code, text, _ = plan(edge, "--config", "bad.toml")
    assert code == 1
    assert "problem: functions.broken: there is no package 'broken'" in text


def test_descriptions_hold_no_secret_and_nothing_to_try_guesses_on(edge):
    """Of secrets the names alone."""
    found = edge.operate("GET", "/generation").json()
    assert found["functions"]["hello"]["secrets"] == {"KEPT": ""}
    assert "hunter" not in edge.operate("GET", "/generation").text
    assert edge.operate("GET", "/functions/none/files").status_code == 404
