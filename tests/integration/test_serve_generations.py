"""Generations: what a reload keeps, what it tries first, what it refuses, and where that is seen."""

from __future__ import annotations

import pytest

from tests.support.gateway_process import gateway, until, write_files
from tests.support.socket_peer import SocketPeer

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)

COUNTING = "let n = 0; module.exports = (req, res) => res.send(`${process.env.NAME} ${++n}`);"
CALLER = """
export const config = { contract: "web" };
let n = 0;
export default { async fetch(request, env) {
  n += 1;
  return new Response(`${n} ${await (await env.TOLD.fetch("http://x/")).text()}`);
} };
"""
TOLD = "module.exports = (req, res) => res.send('one');"
PLAIN = """
module.exports = async (req, res) => {
  if (req.path === '/slow') await sleep(5000);
  if (req.path === '/throw') throw new Error('thrown by the function');
  res.set('x-kind', 'plain text').status(req.path === '/teapot' ? 418 : 200).send(`${req.method} ${req.get('x-sent')}`);
};
"""
SOCKET = """
export default { fetch(request, env) {
  const [client, server] = Object.values(new WebSocketPair());
  let n = 0;
  server.accept();
  server.addEventListener("message", () => server.send(`${env.VERSION ?? ""} ${++n}`));
  return new Response(null, { status: 101, webSocket: client });
} };
"""
ALWAYS = """
[engine]
pool_size = 0
max_pool_size = 40
[functions.counting]
reuse = true
env = { NAME = "counting" }
[functions.caller]
reuse = true
services = { TOLD = "told" }
[functions.told]
[functions.plain]
[functions.socket]
[functions.other-socket]
package = "socket"
[[routes]]
path = "/socket"
function = "socket"
[[routes]]
path = "/other-socket"
function = "other-socket"
[[routes]]
path = "/counting"
function = "counting"
[[routes]]
path = "/caller"
function = "caller"
[[routes]]
path = "/told"
function = "told"
[[routes]]
path = "/plain/*rest"
function = "plain"
strip_prefix = true
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """One gateway for all tests of a mode; each leaves the config that it found."""
    files = {
        "functions/counting/index.js": COUNTING,
        "functions/caller/index.js": CALLER,
        "functions/told/index.js": TOLD,
        "functions/plain/index.js": PLAIN,
        "functions/socket/index.mjs": SOCKET,
        "edge.toml": ALWAYS,
    }
    with gateway(tmp_path_factory.mktemp("generations"), "--config", "edge.toml", files=files) as running:
        yield running


def reload(edge, extra=""):
    """Write the config and wait until it serves, or is refused; the answer to POST /config/reload."""
    write_files(edge.folder, {"edge.toml": ALWAYS + extra})
    return edge.operate("POST", "/config/reload")


def rebuilt(edge):
    """The functions that the latest reload made anew."""
    return set(edge.log(event="reloaded")[-1]["rebuilt"])


def count(edge, path):
    return int(edge.get(path).text.split()[-1])


def smoke(**fields):
    """A smoke test of the function `plain`."""
    lines = "\n".join(f"{key} = {value}" for key, value in fields.items())
    return f"\n[[functions.plain.smoke]]\n{lines}\n"


def test_functions_that_a_reload_does_not_change_go_on_as_they_are(edge):
    """The isolate that counts is the same one before and after; what has changed is built anew, and nothing else."""
    first = count(edge, "/counting")
    answer = reload(edge, '\n[functions.plain.env]\nCHANGED = "yes"\n')
    assert answer.json()["changed"] is True
    assert rebuilt(edge) == {"plain"}
    assert count(edge, "/counting") == first + 1
    assert reload(edge).json()["changed"] is True
    assert rebuilt(edge) == {"plain"}
    assert count(edge, "/counting") == first + 2


def cells(edge, name):
    """Processes of cells of a function."""
    found = edge.operate("GET", "/health/detailed").json()["cells"]
    return {cell["pid"] for cell in found if cell["key"].endswith(f"-{name}")}


def test_a_function_in_use_is_warm_before_its_change_serves(edge):
    """Its next request finds a cell; one that nobody uses gets none before it is asked for."""
    assert edge.get("/plain/x").status_code == 200
    old = cells(edge, "plain")
    assert old
    for number in (1, 2):
        unused = f'[functions.unused]\npackage = "plain"\nenv = {{ A = "{number}" }}\n'
        reload(edge, f'\n[functions.plain.env]\nWARM = "{number}"\n{unused}')
        assert rebuilt(edge) == {"plain", "unused"}
        assert cells(edge, "plain") - old
        assert not cells(edge, "unused")
        old = cells(edge, "plain")
    reload(edge)


def test_a_function_that_calls_a_changed_one_calls_the_new_one(edge):
    """It is made anew itself, since it belongs to the same generation as what it calls."""
    assert edge.get("/caller").text.endswith(" one")
    write_files(edge.folder, {"functions/told/index.js": TOLD.replace("one", "two")})
    assert reload(edge).json()["changed"] is True
    assert rebuilt(edge) == {"told", "caller"}
    assert edge.get("/caller").text.endswith(" two")
    write_files(edge.folder, {"functions/told/index.js": TOLD})
    reload(edge)
    assert edge.get("/caller").text.endswith(" one")


def test_identical_content_is_no_new_generation(edge):
    """Also when files were written anew, or the config has other comments: nothing is built, nothing is counted."""
    before = edge.operate("GET", "/health/detailed").json()
    write_files(edge.folder, {"functions/counting/index.js": COUNTING, "functions/told/index.js": TOLD})
    answer = reload(edge, "# nothing but a comment\n").json()
    assert answer == {"changed": False, "generation": before["generation"]}
    after = edge.operate("GET", "/health/detailed").json()
    assert (after["generations"], after["moduleCache"]["misses"]) == (
        before["generations"],
        before["moduleCache"]["misses"],
    )


def test_the_hash_is_the_same_wherever_it_is_shown_and_for_the_same_content(edge):
    """In /ready, /health/detailed, the metrics and the log; going back to a config goes back to its hash."""
    first = edge.operate("GET", "/ready").json()["detail"]["generation"]
    second = reload(edge, '\n[functions.plain.env]\nHASH = "1"\n').json()["generation"]
    assert second != first
    metrics = edge.operate("GET", "/metrics").text
    assert [line for line in metrics.splitlines() if line.startswith("edge_generation_info{")] == [
        f'edge_generation_info{{generation="{second}"}} 1.0'
    ]
    assert edge.operate("GET", "/health/detailed").json()["generation"] == second
    assert edge.log(event="reloaded")[-1]["generation"] == second
    assert reload(edge).json()["generation"] == first


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ({"path": '"/teapot"'}, "status 418, expected one below 400"),
        ({"path": '"/ok"', "expect": "{ status = 204 }"}, "status 200, expected 204"),
        ({"path": '"/ok"', "expect": '{ body = "POST" }'}, "the body does not contain 'POST', it begins with 'GET"),
        ({"path": '"/ok"', "expect": '{ headers = { x-none = "" } }'}, "no header x-none, expected one"),
        ({"path": '"/ok"', "expect": '{ headers = { X-Kind = "json" } }'}, "header X-Kind is 'plain text'"),
        ({"path": '"/throw"'}, "thrown by the function"),
        ({"path": '"/slow"', "timeout": '"300ms"'}, "no answer within 300ms"),
    ],
    ids=["status", "another status", "body", "missing header", "other header", "throws", "deadline"],
)  # fmt: skip
def test_a_failed_smoke_test_refuses_the_reload_and_says_why(edge, test, why):
    """In the answer, the log, the metric and /ready; the function goes on as it was."""
    before = edge.operate("GET", "/ready").json()["detail"]["generation"]
    answer = reload(edge, '\n[functions.plain.env]\nSMOKE = "1"\n' + smoke(**test))
    assert answer.status_code == 400, answer.text
    [problem] = answer.json()["error"]["problems"]
    assert problem.startswith(f"functions.plain.smoke[0]: GET {test['path'][1:-1]}: ")
    assert why in problem
    detail = edge.operate("GET", "/ready").json()["detail"]
    assert (detail["generation"], detail["last_reload"]) == (before, {"ok": False, "error": problem})
    assert edge.log(event="smoke_failed")[-1]["problem"] == problem
    assert "edge_last_reload_successful 0.0" in edge.operate("GET", "/metrics").text
    assert edge.get("/plain/x").status_code == 200
    assert reload(edge).json() == {"changed": False, "generation": before}


def test_smoke_tests_that_hold_let_the_reload_pass(edge):
    """All that was asked for holds: method, headers, body, status."""
    asked = {
        "method": '"POST"',
        "path": '"/ok?x=1"',
        "headers": '{ X-Sent = "this" }',
        "body": '"{}"',
        "expect": '{ status = 200, body = "POST this", headers = { X-Kind = "plain" } }',
    }
    assert reload(edge, smoke(**asked) + smoke(path='"/teapot"', expect="{ status = 418 }")).json()["changed"] is True
    assert edge.operate("GET", "/ready").json()["detail"]["last_reload"] == {"ok": True}
    reload(edge)


def test_an_egress_policy_of_a_refused_reload_is_not_in_force(edge):
    """Neither for new requests nor for what runs: the reload changed nothing."""
    explain = {"function": "plain", "url": "http://93.184.216.34/"}
    before = edge.operate("GET", "/egress/explain", params=explain).json()["allowed"]
    answer = reload(edge, "\n[functions.plain.egress]\nallow = []\n" + smoke(path='"/teapot"'))
    assert answer.status_code == 400
    assert edge.operate("GET", "/egress/explain", params=explain).json()["allowed"] is before is True
    reload(edge)


def draining(edge):
    return edge.operate("GET", "/health/detailed").json()["draining"]


def test_web_sockets_go_on_through_reloads_and_their_generation_is_seen_until_they_end(edge):
    """On the route of a function that changes, and on another; each knows what it was told before."""
    with (
        SocketPeer(f"ws://127.0.0.1:{edge.port}/socket") as kept,
        SocketPeer(f"ws://127.0.0.1:{edge.port}/other-socket") as old,
    ):
        for number in range(3):
            reload(edge, f'\n[functions.other-socket.env]\nVERSION = "{number}"\n')
            for client in (kept, old):
                client.send("x")
                assert client.message() == f" {number + 1}"
        assert [entry["requests"] for entry in draining(edge)] == [2]
        assert "edge_generations_draining 1.0" in edge.operate("GET", "/metrics").text
        with SocketPeer(f"ws://127.0.0.1:{edge.port}/other-socket") as new:
            new.send("x")
            assert new.message() == "2 1"
    reload(edge)
    until(lambda: draining(edge) == [], 5, "the end of the old generations")
