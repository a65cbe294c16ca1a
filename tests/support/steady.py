"""Reloads and deploys under a constant load: `python -m tests.support.steady --help`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time

from tests.support.deploying import archive, says
from tests.support.gateway_process import gateway, until, write_files
from tests.support.steady_load import SteadyLoad, capacity

ECHO = """
export default { fetch() {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener("message", (event) => server.send(event.data));
  return new Response(null, { status: 101, webSocket: client });
} };
"""
HEAD = '[storage]\nkv = "memory"\n[packages]\npoll = "1s"\n'
FUNCTIONS = """
[functions.echo]
[functions.steady]
[functions.changing]
env = { NUMBER = "%d" }
[functions.hello]
package = "steady"
[[routes]]
path = "/echo"
function = "echo"
[[routes]]
path = "/steady"
function = "steady"
[[routes]]
path = "/changing"
function = "changing"
"""
SPLIT = '[[routes]]\npath = "/split"\nsplit = { "hello@v1" = 1 }\nsticky = "header:X-User"\n'
PATHS = ["/steady", "/changing", "/split", "/steady"]


def steady(folder, *, reloads, deploys, rate=0.0, pause=0.2, engine="cells", sockets=3):
    """Run it; what came of it, as a dict.  `rate` 0 is half of what the gateway can do."""
    files = {
        "functions/echo/index.mjs": ECHO,
        "functions/steady/index.js": says("steady")["index.js"],
        "functions/changing/index.js": "module.exports = (req, res) => res.send(process.env.NUMBER);",
        "edge.toml": HEAD + FUNCTIONS % 0,
    }
    with gateway(folder, "--config", "edge.toml", "--engine", engine, files=files) as edge:
        _upload(edge, 1)
        _reload(edge, 0)
        rate = rate or capacity(edge.port, "/steady") / 2
        with SteadyLoad(edge.port, PATHS, rate).running() as calm:
            time.sleep(max(2.0, pause * 5))
        began = time.monotonic()
        with SteadyLoad(edge.port, PATHS, rate, ["/echo"] * sockets).running() as load:
            time.sleep(pause)
            for number in range(1, reloads + 1):
                _reload(edge, number)
                if number * deploys // reloads > (number - 1) * deploys // reloads:
                    _deploy(edge, number * deploys // reloads + 1)
                time.sleep(pause)
        drained = until(lambda: edge.operate("GET", "/health/detailed").json()["draining"] == [], 10, "the end of all")
        return {
            "rate": round(rate, 1),
            "seconds": round(time.monotonic() - began, 1),
            "requests": sum(load.statuses.values()),
            "statuses": dict(load.statuses),
            "failed": load.failed[:20],
            "messages": load.messages,
            "reloads": len(edge.log(event="reloaded")),
            "crashed": len(edge.log(event="crashed")),
            "drained": drained,
            "p50_ms": [round(one.quantile(0.5) * 1000, 1) for one in (calm, load)],
            "p99_ms": [round(one.quantile(0.99) * 1000, 1) for one in (calm, load)],
            "p99_ms_by_path": {path: round(load.quantile(0.99, path) * 1000, 1) for path in load.latencies},
        }


def _reload(edge, number):
    write_files(edge.folder, {"edge.toml": HEAD + FUNCTIONS % number + SPLIT})
    answer = edge.operate("POST", "/config/reload", timeout=60)
    assert answer.status_code == 200, answer.text


def _upload(edge, number):
    answer = edge.operate("PUT", "/functions/hello/package", content=archive(says(f"v{number}")), timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()["version"]


def _deploy(edge, number):
    """A new version gets a tenth, then half, then everything."""
    version = _upload(edge, number)
    old = max(edge.operate("GET", "/splits").json()["splits"][0]["weights"].items(), key=lambda one: one[1])[0]
    for share in (10, 50, 100):
        weights = {old: 100 - share, f"hello@{version}": share}
        answer = edge.operate("PUT", "/splits", json={"weights": weights}, timeout=60)
        assert answer.status_code == 200, answer.text
    text = edge.get("/split").text
    assert text == version, text


def main():
    parser = argparse.ArgumentParser(description="Reloads and deploys under a constant load.")
    parser.add_argument("--reloads", type=int, default=50)
    parser.add_argument("--deploys", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0 is half of the capacity")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two reloads")
    parser.add_argument("--engine", choices=["cells", "embedded"], default="cells")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edge-steady-") as folder:
        found = steady(folder, **vars(options))
    print(json.dumps(found, indent=2))  # noqa: T201 - a program that talks to a terminal
    return int(bool(found["failed"] or found["crashed"] or set(found["statuses"]) != {200}))


if __name__ == "__main__":
    sys.exit(main())
