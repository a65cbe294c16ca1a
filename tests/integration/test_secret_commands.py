"""`edge secrets`: set while a gateway runs, and seen by nobody but the function."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support.gateway_process import gateway, run_edge, until

ENGINE_MODES = ("cells",)
CONFIG = """
[packages]
root = "."
[storage]
secrets_key_file = "key"
[functions.f]
secrets = ["API_KEY"]
[[routes]]
path = "/f"
function = "f"
"""
FILES = {"edge.toml": CONFIG, "f/index.js": "module.exports = (req, res) => res.send(process.env.API_KEY)"}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "key").write_bytes(run_edge("secrets", "key", cwd=tmp_path).stdout)
    return tmp_path


def secrets(folder, *arguments, stdin=None, code=0, **env):
    done = run_edge("secrets", *arguments, cwd=folder, stdin=stdin, **env)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    return (done.stdout if code == 0 else done.stderr).decode()


def test_a_secret_reaches_its_function_at_once_and_nothing_else(folder, engine_mode):
    """Not the log, the config, the disk, the command's output."""
    secrets(folder, "set", "API_KEY", stdin=b"hunter2-first\n")
    with gateway(folder, "--config", "edge.toml", files={}) as edge:
        assert edge.get("/f").text == "hunter2-first"
        secrets(folder, "set", "API_KEY", "--function", "f", stdin=b"hunter2-second")
        until(lambda: edge.get("/f").text == "hunter2-second", 10, "the new value")
        told = [edge.operate("GET", path).text for path in ("/config", "/functions/f", "/health/detailed", "/metrics")]
        told += [edge.text(), secrets(folder, "list"), secrets(folder, "list", "--output", "json")]
        assert "hunter2" not in "".join(told)
        secrets(folder, "delete", "API_KEY", "--function", "f")
        until(lambda: edge.get("/f").text == "hunter2-first", 10, "the old value")
    found = subprocess.run(["grep", "-rl", "hunter2", str(folder)], capture_output=True, check=False)
    assert found.stdout == b""


def test_a_function_without_its_secret_is_a_clear_error(folder):
    """It says how to set one, and a key that is none is not repeated."""
    assert "edge secrets set API_KEY" in run_edge("check", "--config", "edge.toml", cwd=folder).stderr.decode()
    secrets(folder, "set", "API_KEY", stdin=b"v")
    assert run_edge("check", "--config", "edge.toml", cwd=folder).returncode == 0
    (folder / "key").write_text("not a key")
    wrong = run_edge("check", "--config", "edge.toml", cwd=folder).stderr.decode()
    assert "32 bytes" in wrong
    assert "not a key" not in wrong
    (folder / "key").unlink()
    assert "secrets_key_file cannot be read" in secrets(folder, "list", code=1)


def test_the_key_may_come_from_the_environment_and_be_changed(folder):
    """Then the old one opens nothing."""
    (folder / "edge.toml").write_text(CONFIG.replace('secrets_key_file = "key"', ""))
    assert "EDGE_SECRETS_KEY" in secrets(folder, "list", code=1)
    old = (folder / "key").read_text().strip()
    secrets(folder, "set", "API_KEY", "--file", "f/index.js", EDGE_SECRETS_KEY=old)
    (folder / "new").write_bytes(run_edge("secrets", "key", cwd=folder).stdout)
    secrets(folder, "change-key", "new", EDGE_SECRETS_KEY=old)
    new = (folder / "new").read_text().strip()
    [row] = json.loads(secrets(folder, "list", "--output", "json", EDGE_SECRETS_KEY=new))
    assert row["name"] == "API_KEY"
    assert "another key" in secrets(folder, "set", "B", stdin=b"1", code=1, EDGE_SECRETS_KEY=old)


def test_a_value_that_is_no_text_is_refused_and_not_repeated(folder):
    """From standard input and from a file; a key of other bytes is no key."""
    (folder / "bytes").write_bytes(b"hunter2\xff")
    for said in (
        secrets(folder, "set", "API_KEY", stdin=b"hunter2\xff", code=1),
        secrets(folder, "set", "API_KEY", stdin=b"hunter2\xff", code=1, LC_ALL="C", PYTHONUTF8="0"),
        secrets(folder, "set", "API_KEY", "--file", "bytes", code=1),
    ):
        assert "not text in UTF-8" in said
        assert "hunter2" not in said
    assert "32 bytes" in secrets(folder, "change-key", "bytes", code=1)


def test_secrets_of_a_running_gateway_are_set_from_afar(folder, tmp_path_factory, engine_mode):
    """By its admin listener and with its key; it tells their names, and no value."""
    away = tmp_path_factory.mktemp("away")
    with gateway(folder, "--config", "edge.toml", files={}) as edge:
        place = ("--url", edge.admin)
        secrets(away, "set", "API_KEY", *place, stdin=b"hunter2-far\n")
        until(lambda: edge.get("/f").text == "hunter2-far", 10, "the value")
        secrets(away, "set", "API_KEY", "--function", "f", *place, stdin=b"hunter2-own")
        until(lambda: edge.get("/f").text == "hunter2-own", 10, "its own value")
        listed = secrets(away, "list", "--output", "json", *place)
        assert [(row["name"], row["function"]) for row in json.loads(listed)] == [("API_KEY", ""), ("API_KEY", "f")]
        assert "hunter2" not in listed + edge.text() + edge.operate("GET", "/audit").text
        secrets(away, "delete", "API_KEY", "--function", "f", *place)
        until(lambda: edge.get("/f").text == "hunter2-far", 10, "the value for all")
        assert "there is no secret f/API_KEY" in secrets(away, "delete", "API_KEY", "--function", "f", *place, code=1)
        assert "not the name of a variable" in secrets(away, "set", "1x", *place, stdin=b"v", code=1)
        assert edge.operate("PUT", "/secrets/X", content=b"\xff").status_code == 400


def test_a_gateway_without_a_key_keeps_no_secrets(tmp_path, engine_mode):
    """And says how to give it one."""
    with gateway(tmp_path, "--config", "edge.toml", files={"edge.toml": ""}) as edge:
        told = secrets(tmp_path, "set", "API_KEY", "--url", edge.admin, stdin=b"v", code=1)
        assert "no key for secrets" in told
        assert "EDGE_SECRETS_KEY" in told
