"""Commands that steer a running gateway over its admin listener."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import gateway, run_edge

ENGINE_MODES = ("cells",)
CONFIG = """
[packages]
root = "."
[functions.job]
schedule = [{ cron = "30 6 * * MON-FRI", timezone = "Europe/Berlin" }]
[functions.fails]
"""
FILES = {
    "edge.toml": CONFIG,
    "job/index.mjs": "export default { scheduled(controller) { console.log(controller.cron) } }",
    "fails/index.js": "module.exports = () => { throw new Error('no') }",
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with gateway(tmp_path_factory.mktemp("admin"), "--config", "edge.toml", files=FILES) as running:
        yield running


def command(edge, *arguments):
    done = run_edge(*arguments, cwd=edge.folder, EDGE_ADMIN=edge.admin)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_schedules_are_listed(edge):
    """For people, and for programs."""
    code, table, _ = command(edge, "schedule", "list")
    assert code == 0
    head, row = table.splitlines()
    assert head.split() == ["FUNCTION", "SCHEDULE", "TIMEZONE", "NEXT", "LAST", "RESULT"]
    assert "Europe/Berlin" in row
    assert "T06:30:00+0" in row
    [found] = json.loads(command(edge, "schedule", "list", "job", "--output", "json")[1])
    assert found["cron"] == "30 6 * * MON-FRI"
    assert len(found["next"]) == 5


def test_a_function_runs_as_scheduled_and_the_exit_code_says_how_it_went(edge):
    """At any time."""
    code, out, _ = command(
        edge, "schedule", "run", "job", "--cron", "@daily", "--time", "2026-01-01", "--output", "json"
    )
    assert (code, json.loads(out)["scheduled_time"]) == (0, 1767225600000)
    assert edge.console(json.loads(out)["request_id"]) == [("info", "@daily")]
    code, out, _ = command(edge, "schedule", "run", "fails")
    assert code == 1
    assert "exception" in out


def test_a_reload_says_what_serves_and_what_is_wrong(edge):
    """The exit code, too; a wrong config changes nothing."""
    code, out, _ = command(edge, "reload")
    assert (code, out.startswith("nothing has changed, serving generation ")) == (0, True)
    path = edge.folder / "edge.toml"
    path.write_text(CONFIG.replace("30 6", "61 6") + "[functions.gone]\nmemroy = 1\n")
    code, _, error = command(edge, "reload")
    assert code == 1
    assert len([line for line in error.splitlines() if line.startswith("edge.toml:")]) == 2
    path.write_text(CONFIG.replace("30 6", "31 6"))
    assert command(edge, "reload")[0] == 0
    assert "31 6" in command(edge, "schedule", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("schedule", "run", "nobody"), 1, "there is no function 'nobody'"),
        (("schedule", "run", "job", "--cron", "soon"), 1, "is not a schedule"),
        (("schedule", "list", "nobody"), 1, "there is no function"),
        (("schedule", "list", "--admin", "http://127.0.0.1:9"), 1, "does not answer"),
        (("reload", "--admin", "ftp://127.0.0.1:9090"), 2, "begins with http://"),
        (("schedule", "preview", "61 * * * *"), 2, "bad minute"),
        (("schedule", "preview", "@daily", "--timezone", "Mars"), 2, "is not a time zone"),
    ],
)
def test_what_cannot_be_done_is_said(edge, arguments, code, part):
    """In one line, without a traceback."""
    found, _, error = command(edge, *arguments)
    assert found == code
    assert part in error
    assert "Traceback" not in error


def test_an_expression_is_tried_without_a_gateway(edge):
    """In its time zone."""
    code, out, _ = command(edge, "schedule", "preview", "0 12 * * *", "--timezone", "Asia/Tokyo", "-n", "2")
    assert code == 0
    assert [line[10:] for line in out.splitlines()] == ["T12:00:00+09:00"] * 2


@pytest.mark.parametrize("admin", ["http://127.0.0.1:port", "http://[::1", "127.0.0.1:1 2"])
def test_an_address_that_is_none_is_said(admin, tmp_path):
    """As one that does not answer."""
    done = run_edge("schedule", "list", "--admin", admin, cwd=tmp_path)
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)
    assert b"does not answer" in done.stderr


def test_a_token_comes_from_a_file_too(tmp_path):
    """Named by an option or a variable; without one it is told how to give it."""
    (tmp_path / "token").write_text("a-token-of-the-admin-listener\n")
    files = {"edge.toml": '[admin]\ntoken_file = "token"\n', "token": "a-token-of-the-admin-listener\n"}
    with gateway(tmp_path / "run", "--config", "edge.toml", files=files) as running:
        done = run_edge("functions", "--url", running.admin, cwd=tmp_path)
        assert done.returncode == 1
        assert b"--token-file" in done.stderr
        assert run_edge("functions", "--url", running.admin, "--token-file", "token", cwd=tmp_path).returncode == 0
        arguments = ("reload", "--url", running.admin, "--output", "json")
        done = run_edge(*arguments, cwd=tmp_path, EDGE_ADMIN_TOKEN_FILE="token")
        assert json.loads(done.stdout)["changed"] is False
        # TLS where there is none, and the listener that is not the admin's.
        done = run_edge("functions", "--url", running.admin.replace("http:", "https:"), cwd=tmp_path)
        assert (done.returncode, b"without it its address is http://" in done.stderr) == (1, True)
        done = run_edge("functions", "--url", running.url, cwd=tmp_path)
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr


def test_nobody_at_home_is_told(tmp_path):
    """With what to do."""
    done = run_edge("versions", "hello", "--url", "http://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 1
    assert b"nothing listens there (is the gateway running? `edge serve` starts one" in done.stderr


def test_the_doctor_looks_at_what_a_config_asks_for(tmp_path):
    """Addresses that are taken, folders that cannot be written, memory that is not there; each with advice."""
    (tmp_path / "edge.toml").write_text(
        '[server]\nlisten = ["127.0.0.1:0"]\n[engine]\nmemory = "2GiB"\nmax_pool_size = 1000\n'
    )
    done = run_edge(
        "doctor", "--set", "admin.listen=127.0.0.1:0", "--config", "edge.toml", "--output", "json", cwd=tmp_path
    )
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["listen"]["advice"] == ""
    assert "lower engine.max_pool_size" in found["memory"]["advice"]
    assert {"admin", "admin access", "data folder", "open files", "user"} <= found.keys()
