"""`edge dev` in a real terminal: what is saved serves, errors show their code, keys do what they say."""

from __future__ import annotations

import json
import os
import socket

import httpx
import pytest

from tests.support.gateway_process import run_edge, until, write_files
from tests.support.terminal import terminal

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENGINE_MODES = ("cells",)

SHOP = """interface Env { GREETING: string }

function priced(name: string): number {
  if (name === 'dear') throw new RangeError(`${name} is too dear`);
  return 1;
}

export default {
  async fetch(request: Request, env: Env) {
    const name = new URL(request.url).searchParams.get('name') ?? 'plain';
    console.log('asked for %s', name);
    return Response.json({ version: 1, price: priced(name), visits: await env.KV.incr('visits') });
  },
  async scheduled(controller: { cron: string }) { console.log('cleaned by %s', controller.cron); },
};
"""
OPTIONS = ("--port", "0", "--admin", "127.0.0.1:0", "--ready-file", "../ready.json")


def address(folder):
    """Of the gateway that has written its file."""
    found = json.loads(until((folder / "ready.json").read_text, what="the ready file"))
    return found["listen"][0]


def test_a_function_is_worked_on(tmp_path):
    """From the first request over errors, half a file and a wrong setting to the end, and on from there next time."""
    files = {"shop/index.ts": SHOP, "shop/function.toml": 'schedule = ["0 0 1 1 *"]\n'}
    write_files(tmp_path, files)
    main, settings = tmp_path / "shop" / "index.ts", tmp_path / "shop" / "function.toml"
    with terminal("dev", *OPTIONS, cwd=tmp_path / "shop") as dev:
        dev.wait_for("ready: listening on")
        base = address(tmp_path)
        assert httpx.get(f"{base}/any/path").json() == {"version": 1, "price": 1, "visits": 1}
        dev.wait_for(r"\[shop\] asked for plain\n.*GET /any/path 200")

        answer = httpx.get(f"{base}/?name=dear")
        assert answer.status_code == 500
        assert "/app/index.ts:4:30" in answer.json()["error"]["stack"]
        dev.wait_for(r"RangeError: dear is too dear\n\n  index\.ts:4:30\n.*> 4 \|   if \(name === 'dear'\) throw.*\^")
        dev.wait_for(r"at priced \(index\.ts:4:30\)")

        main.write_text(SHOP[: SHOP.index("Request, env")])
        dev.wait_for(r"✗ shop\n  index\.ts:9:\d+: Unexpected token")
        main.write_text(SHOP.replace("version: 1", "version: 2"))
        dev.wait_for(r"✓ shop is ready \d+ ms after it was saved")
        assert httpx.get(base).json()["version"] == 2

        settings.write_text('timeuot = "1s"\n')
        dev.wait_for(r"✗ shop\n  function\.toml:1: timeuot: unknown key, did you mean timeout\?")
        assert "did you mean timeout?" in httpx.get(base).json()["error"]["message"]
        settings.write_text(files["shop/function.toml"])
        dev.wait_for("✓ shop is ready")

        dev.press("s")
        dev.wait_for(r"\[shop\] cleaned by 0 0 1 1 \*\n.*shop ran as scheduled by 0 0 1 1 \* ok")
        dev.press("h")
        dev.wait_for("q quits")
        dev.press("q")
        assert dev.wait_ended() == 0
    assert run_edge("kv", "get", "shop", "visits", "--functions", "..", cwd=tmp_path / "shop").stdout == b"2"
    with terminal("dev", *OPTIONS, cwd=tmp_path / "shop") as dev:
        dev.wait_for("ready: listening on")
        assert httpx.get(address(tmp_path)).json()["visits"] == 3


def test_a_folder_of_functions_is_worked_on(tmp_path):
    """Each at its name; one that appears, one that breaks and one that goes do not disturb the others."""
    write_files(tmp_path, {"all/one/index.js": "module.exports = (req, res) => res.send('one');"})
    with terminal("dev", "all", *OPTIONS[:-1], "ready.json", cwd=tmp_path) as dev:
        dev.wait_for(r"/one  one\n.*ready: listening on")
        base = address(tmp_path)
        write_files(tmp_path, {"all/two/index.js": "module.exports = (req, res) => res.send(req.path);"})
        dev.wait_for("✓ two is ready")
        assert (httpx.get(f"{base}/one/").text, httpx.get(f"{base}/two/x").text) == ("one", "/x")
        (tmp_path / "all/two/index.js").write_text("module.exports = (")
        dev.wait_for(r"✗ two\n  index\.js:1:\d+: Unexpected token|✗ two\n  index\.js:1: ")
        assert httpx.get(f"{base}/one/").text == "one"
        assert httpx.get(f"{base}/two/").status_code == 500
        (tmp_path / "all/two/index.js").unlink()
        (tmp_path / "all/two").rmdir()
        dev.wait_for("two is gone")
        os.kill(dev.pid, 2)
        assert dev.wait_ended() == 0


def test_a_port_that_is_taken_is_told(tmp_path):
    """One that was asked for; what to do is said with it."""
    write_files(tmp_path, {"f/index.js": ""})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_edge("dev", "f", "--port", str(port), "--admin", "127.0.0.1:0", cwd=tmp_path)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["empty"], "edge init empty"),
        (["missing"], "does not exist"),
        (["f/index.js"], "give the folder of its package"),
        (["f", "--port", "1", "--listen", "127.0.0.1:2"], "exclude each other"),
        (["f", "--config", "f/index.js"], "exclude each other"),
    ],
)
def test_mistakes_are_usage_errors(tmp_path, arguments, says):
    """With what to do instead."""
    write_files(tmp_path, {"f/index.js": "", "empty/notes.txt": ""})
    done = run_edge("dev", *arguments, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr.decode()) == (2, False)
    assert says in done.stderr.decode()
