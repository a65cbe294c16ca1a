"""The command: `./scripts/autobahn [--cases 1.*,7.*] [--side server|client]`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import httpx

from tests.autobahn.suite import command as wstest
from tests.autobahn.suite import prepare
from tests.support import gateway_process
from tests.support.gateway_process import gateway

FUNCTIONS = Path(__file__).parent / "functions"
USUAL = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,9.*,10.*"
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}
PORT = 9001
LIMITS = ("--set", "server.websocket.max_message=32MiB", "--set", f'egress.allow=["127.0.0.1:{PORT}"]')
A_FEW = 20
"""Cases of a client in one invocation."""


@click.command(epilog="Example: ./scripts/autobahn --side server --cases 5.*,7.*")
@click.option("--cases", default=USUAL, show_default=True, help="Which cases; compression is in 12.* and 13.*.")
@click.option("--side", type=click.Choice(["server", "client", "both"]), default="both", show_default=True)
@click.option("--engine", type=click.Choice(["cells", "embedded"]), default="cells", show_default=True)
def command(cases: str, side: str, engine: str) -> None:
    """Run Autobahn's cases against a gateway, and with a function against Autobahn's server.

    Prints a line for each case that fails, and last `N passed, N failed`; exits with 1 when one did.
    """
    prepare()
    gateway_process.ENGINE = engine
    failed = passed = 0
    files = {f"functions/{path.relative_to(FUNCTIONS)}": path.read_text() for path in FUNCTIONS.rglob("*.*")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with gateway(folder, "--functions", str(folder / "functions"), *LIMITS, files=files) as edge:
            for one, run in (("server", _server), ("client", _client)):
                if side not in (one, "both"):
                    continue
                report = run(edge, folder / one, cases.split(","))
                for case, result in sorted(report.items(), key=lambda item: [int(n) for n in item[0].split(".")]):
                    if {result["behavior"], result["behaviorClose"]} <= PASSED:
                        passed += 1
                    else:
                        failed += 1
                        click.echo(f"{one} {case}: {result['behavior']}, closing {result['behaviorClose']}")
    click.echo(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def _server(edge, folder, cases):
    """Autobahn's client against the function `echo`."""
    servers = [{"agent": "edge", "url": f"ws://127.0.0.1:{edge.port}/echo"}]
    spec = _spec(folder, {"servers": servers, "cases": cases, "exclude-cases": []})
    words, env = wstest("-m", "fuzzingclient", "-s", spec)
    subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)
    return _report(folder)


def _client(edge, folder, cases):
    """The function `client` against Autobahn's server, case after case."""
    spec = _spec(folder, {"url": f"ws://127.0.0.1:{PORT}", "cases": cases, "exclude-cases": []})
    words, env = wstest("-m", "fuzzingserver", "-u", "0", "-s", spec)
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL) as server:
        try:
            count = int(_until_it_answers(edge))
            for first in range(1, count + 1, A_FEW):
                last = min(first + A_FEW - 1, count)
                edge.get(f"/client?from={first}&to={last}&port={PORT}", timeout=300).raise_for_status()
            edge.get(f"/client?report=1&port={PORT}", timeout=60).raise_for_status()
        finally:
            server.terminate()
    return _report(folder)


def _until_it_answers(edge):
    for _ in range(100):
        answer = edge.get(f"/client?count=1&port={PORT}")
        if answer.status_code == httpx.codes.OK and answer.text.isdigit():
            return answer.text
        time.sleep(0.1)
    raise click.ClickException("Autobahn's server does not answer")


def _spec(folder, spec):
    folder.mkdir()
    path = folder / "spec.json"
    path.write_text(json.dumps({"outdir": str(folder / "reports"), **spec}))
    return str(path)


def _report(folder):
    [cases] = json.loads((folder / "reports" / "index.json").read_text()).values()
    return cases


if __name__ == "__main__":
    command()
