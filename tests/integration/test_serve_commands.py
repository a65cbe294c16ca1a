"""Commands beside `serve`, as processes: what they print and how they exit."""

from __future__ import annotations

import json
import sqlite3

import pytest

from tests.support.gateway_process import run_edge, serving, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ECHO = """
module.exports = async (req, res) => {
  console.log('called');
  console.error('to the error log');
  const count = await kv.incr('count');
  const { method, path, body } = req;
  const seen = { method, path, header: req.get('x-a'), body, env: process.env.GREETING, count };
  res.status(Number(req.query.status ?? 200)).json(seen);
};
"""
FILES = {
    "echo/index.js": ECHO,
    "throws/index.js": "module.exports = () => {\n  throw new RangeError('on purpose');\n};",
    "binary/index.mjs": "export default () => new Response(new Uint8Array([0, 255, 10]));",
    "broken/index.js": "module.exports = (=;",
    "edge.toml": (
        '[packages]\nroot = "."\n[functions.named]\npackage = "echo"\nenv = { GREETING = "from the config" }\n'
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, engine_mode):
    return write_files(tmp_path_factory.mktemp("commands"), FILES)


def test_invoke_prints_the_body_and_logs_to_standard_error(folder):
    """Method, header, body, environment and path arrive; exit code 0."""
    options = (
        "-X",
        "PUT",
        "-H",
        "x-a: b",
        "-H",
        "content-type: application/json",
        "-d",
        '{"k": 1}',
        "--env",
        "GREETING=hi",
    )
    found = run_edge("invoke", "./echo", "/p/q?x=1", *options, cwd=folder)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {
        "method": "PUT",
        "path": "/p/q",
        "header": "b",
        "body": {"k": 1},
        "env": "hi",
        "count": 1,
    }
    assert "called" in found.stderr.decode()
    assert "to the error log" in found.stderr.decode()


def test_invoke_knows_the_functions_of_a_config_and_keeps_kv_in_a_file(folder):
    """Twice on one file counts to two."""
    for expected in (1, 2):
        found = run_edge("invoke", "named", "--config", "edge.toml", "--kv", "kept.sqlite3", cwd=folder)
        assert found.returncode == 0, found.stderr
        assert (json.loads(found.stdout)["env"], json.loads(found.stdout)["count"]) == ("from the config", expected)
    with sqlite3.connect(folder / "kept.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_invoke_prints_bytes_as_they_are(folder):
    """Nothing is added and nothing is decoded."""
    assert run_edge("invoke", "./binary", cwd=folder).stdout == b"\x00\xff\x0a"
    assert (
        run_edge(
            "invoke", "./echo", "-d", "@-", "-H", "content-type: text/plain", cwd=folder, stdin=b"from a pipe"
        ).returncode
        == 0
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["./throws"], 1, "RangeError: on purpose\n    at module.exports (/app/index.js:2:9)"),
        (["./broken"], 1, "/app/index.js:1"),
        (["./echo", "/?status=503"], 1, "503"),
        (["./echo", "/?status=404"], 0, ""),
        (["unknown", "--config", "edge.toml"], 1, "named"),
        (["./echo/index.js"], 2, "./echo/index.js is a file: give the folder"),
        (["./ecko"], 2, "there is no folder ./ecko"),
        (["./echo", "--env", "novalue"], 2, "novalue"),
        (["./echo", "-d", "@no-such-file"], 2, "no-such-file"),
        (["./echo", "--unknown"], 2, "--unknown"),
        ([], 2, "NAME|DIR"),
    ],
)
def test_invoke_exits_with_1_for_a_failure_and_2_for_misuse(folder, arguments, code, said):
    """And says why, without a traceback of its own."""
    found = run_edge("invoke", *arguments, cwd=folder)
    assert found.returncode == code, found.stderr
    assert said in found.stderr.decode()
    assert "Traceback" not in found.stderr.decode()


def test_invoke_stops_at_the_deadline(folder):
    """Its function's own, which `--set` may change."""
    write_files(folder, {"spins/index.js": "module.exports = () => { for (;;) {} };"})
    found = run_edge("invoke", "./spins", "--set", "engine.timeout=300ms", cwd=folder, timeout=20)
    assert found.returncode == 1
    assert "300ms" in found.stderr.decode()


def test_healthcheck_asks_whether_the_gateway_is_ready(tmp_path):
    """0 when it is, 1 when it is not there, 2 for a URL that is none."""
    with serving(tmp_path, {"echo": ECHO}) as edge:
        assert run_edge("healthcheck", "--url", f"{edge.url}/_edge/ready", cwd=tmp_path).returncode == 0
        assert run_edge("healthcheck", "--url", f"{edge.admin}/ready", cwd=tmp_path).returncode == 0
        assert run_edge("healthcheck", cwd=tmp_path, PORT=str(edge.port)).returncode == 0
        assert run_edge("healthcheck", "--url", f"{edge.url}/nowhere", cwd=tmp_path).returncode == 1
        url = f"{edge.url}/_edge/ready"
    gone = run_edge("healthcheck", "--url", url, cwd=tmp_path)
    assert gone.returncode == 1
    assert "not ready" in gone.stderr.decode()
    assert run_edge("healthcheck", "--url", "file:///etc/passwd", cwd=tmp_path).returncode == 2


def test_version_names_every_part(tmp_path):
    """For people and for programs."""
    rows = json.loads(run_edge("version", "--output", "json", cwd=tmp_path).stdout)
    assert {"edge", "v8", "mini-racer", "python", "trio", "hypercorn"} <= set(rows)
    table = run_edge("version", cwd=tmp_path).stdout.decode()
    assert all(value in table for value in rows.values())


def test_a_mistyped_command_names_the_nearest_one(tmp_path):
    """And exits with 2."""
    found = run_edge("serv", cwd=tmp_path)
    assert (found.returncode, "serve" in found.stderr.decode()) == (2, True)
    assert run_edge("serve", "--config", "a.toml", "--functions", ".", cwd=tmp_path).returncode == 2
