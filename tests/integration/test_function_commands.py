"""Commands that have to know which functions call which, and one that runs a function as its schedule would."""

from __future__ import annotations

import pytest

from tests.integration.test_serve_scheduled import FILES as SCHEDULED
from tests.support.gateway_process import run_edge, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FUNCTIONS = {
    "functions/front/index.mjs": "export default (request, env) => env.API.fetch(request);",
    "functions/api/index.mjs": "export default (request, env) => env.STORE.fetch('http://store/');",
    "functions/store/index.js": "module.exports = (req, res) => res.send('from the store');",
}
CONFIG = """
[functions.front]
services = { API = "api" }
[functions.api]
services = { STORE = "store", FRONT = "front" }
[functions.store]
"""


def test_a_service_that_is_no_function_is_a_problem_of_the_config(tmp_path):
    """By key and with the nearest name."""
    write_files(tmp_path, FUNCTIONS | {"edge.toml": CONFIG.replace('"store"', '"stor"', 1)})
    checked = run_edge("check", "--config", "edge.toml", cwd=tmp_path)
    assert checked.returncode == 1
    text = (checked.stdout + checked.stderr).decode()
    assert "functions.api.services.STORE: there is no function 'stor', did you mean store?" in text


def test_one_invocation_brings_the_functions_along_that_it_calls(tmp_path):
    """Also those that they call, and circles end."""
    write_files(tmp_path, FUNCTIONS | {"edge.toml": CONFIG})
    assert run_edge("check", "--config", "edge.toml", cwd=tmp_path).returncode == 0
    answer = run_edge("invoke", "front", "/", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, b"from the store"), answer.stderr


@pytest.mark.parametrize(
    ("name", "cron", "code", "out", "err"),
    [
        ("web", "@daily", 0, "", "web ran as scheduled: ok, status 204"),
        ("web", "@hourly", 1, "", "Error: the run broke"),
        ("express", "@daily", 0, '{"method":"POST","by":"true","cron":"@daily","time":"5"}', "status 200"),
        ("web", "soon", 2, "", "'soon' is not a schedule"),
    ],
)
def test_the_command_runs_a_function_as_scheduled(tmp_path, name, cron, code, out, err):
    """Without a server."""
    write_files(tmp_path, SCHEDULED)
    arguments = ("invoke", name, "--scheduled", "--cron", cron, "--time", "5", "--config", "edge.toml")
    done = run_edge(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (code, out)
    assert err in done.stderr.decode()
