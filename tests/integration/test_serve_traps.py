"""Where documents and code of the seeds say different things (FEATURES B.1, "Docs vs code traps"): one test for each.

What was decided, and why, is in docs/decisions/traps.md.  The last one, "two cron pollers would double-run", is in
test_serve_schedules.py.
"""

from __future__ import annotations

import pytest

from tests.support.gateway_process import gateway
from tests.support.streaming_origin import streaming_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TRAPS = """
const fs = require('fs');
const attempt = (url) => fetch(url).then((answer) => `answered ${answer.status}`, (error) => error.message);
const actions = {
  async write(req, res) {
    res.type('txt');
    res.write('first ');
    await kv.get('nothing');
    await sleep(1500);
    res.end('last');
  },
  async pipe(req, res) { await res.pipeFrom(await fetch(req.query.url)); },
  file(req, res) { fs.createReadStream('/app/data.txt').pipe(res); },
  async missing(req, res) { res.json([await kv.get('nothing'), (await kv.get('nothing')) === null]); },
  async fetch(req, res) { res.json(await Promise.all([].concat(req.query.url).map(attempt))); },
  async slow(req, res) { await sleep(60000); res.send('never'); },
  memory(req, res) { res.json([process.constrainedMemory(), process.memoryUsage().rss]); },
  seen(req, res) {
    const { hostname, id } = req;
    res.json({ authorization: req.get('authorization'), hostname, trace: req.get('x-trace-id'), id });
  },
};
module.exports = (req, res) => actions[req.path.slice(1)](req, res);
"""
CONFIG = """
[[routes]]
path = "/traps/*rest"
function = "traps"
strip_prefix = true
[[routes]]
path = "/origin/*rest"
function = "origin"
strip_prefix = true
[[routes]]
path = "/closed/*rest"
function = "closed"
strip_prefix = true
[functions.traps]
timeout = "1s"
[functions.origin]
package = "traps"
egress = {{ allow = ["http://127.0.0.1:{port}"] }}
[functions.closed]
package = "traps"
egress = {{ allow = [] }}
"""


@pytest.fixture(scope="module")
def origin():
    """A server that answers in pieces."""
    with streaming_origin() as server:
        yield server


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, origin):
    """A gateway whose functions fall into the traps."""
    files = {
        "edge.toml": CONFIG.format(port=origin.server_port),
        "functions/traps/index.js": TRAPS,
        "functions/traps/data.txt": "content of the package",
    }
    with gateway(tmp_path_factory.mktemp("traps"), files=files) as running:
        yield running


def fetched(edge, function, *urls):
    """What became of fetches of these URLs."""
    answer = edge.get(f"/{function}/fetch", params=[("url", url) for url in urls])
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_trap_res_write_is_documented_but_absent(edge):
    """It streams: what is written is with the client before the response ends."""
    with edge.client.stream("GET", f"{edge.url}/origin/write") as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"first "
        assert b"".join(pieces) == b"last"


def test_trap_pipefrom_streams_but_buffers(edge, origin):
    """It streams: the first piece of the origin is with the client while the origin waits to send the second one."""
    origin.release.clear()
    url = f"{edge.url}/origin/pipe?url=http://127.0.0.1:{origin.server_port}/drip"
    with edge.client.stream("GET", url) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        assert next(pieces) == b"one"
        origin.release.set()
        assert b"".join(pieces) == b"two"


def test_trap_fs_createreadstream_is_documented_but_throws(edge):
    """It is there, for files of the package."""
    assert edge.get("/traps/file").text == "content of the package"


def test_trap_kv_get_is_null_in_documents_and_undefined_in_code(edge):
    """It is null."""
    assert edge.get("/traps/missing").json() == [None, True]


def test_trap_egress_default_is_allow_in_documents_and_deny_in_code(edge):
    """The public internet is allowed, private addresses are not; an empty list allows nothing."""
    [private, metadata] = fetched(edge, "traps", "http://10.0.0.1/", "http://169.254.169.254/")
    assert "not allowed" in private + metadata or "blocked" in private + metadata, (private, metadata)
    verdict = edge.operate("GET", "/egress/explain", params={"function": "traps", "url": "http://93.184.216.34/"})
    assert verdict.json()["allowed"] is True
    verdict = edge.operate("GET", "/egress/explain", params={"function": "closed", "url": "http://93.184.216.34/"})
    assert verdict.json()["allowed"] is False


def test_trap_dns_failure_means_allowed(edge):
    """A name that cannot be resolved is not connected to, and is no way around the policy."""
    [closed] = fetched(edge, "closed", "http://name.invalid/")
    [open_] = fetched(edge, "traps", "http://name.invalid/")
    assert not closed.startswith("answered")
    assert not open_.startswith("answered")


def test_trap_ipv6_is_blocked_unless_some_rule_is_for_it(edge):
    """Its public addresses are as public as those of IPv4, its private ones as private."""
    asked = {
        "http://[2606:2800:220:1:248:1893:25c8:1946]/": True,
        "http://[::1]/": False,
        "http://[fd00::1]/": False,
        "http://[::ffff:10.0.0.1]/": False,
    }
    for url, allowed in asked.items():
        verdict = edge.operate("GET", "/egress/explain", params={"function": "traps", "url": url})
        assert verdict.json()["allowed"] is allowed, url


def test_trap_ports_and_protocols_are_documented_but_not_implemented(edge, origin):
    """A rule with a scheme and a port allows just these."""
    host = f"127.0.0.1:{origin.server_port}"
    asked = {f"http://{host}/": True, f"https://{host}/": False, "http://127.0.0.1:1/": False}
    for url, allowed in asked.items():
        verdict = edge.operate("GET", "/egress/explain", params={"function": "origin", "url": url})
        assert verdict.json()["allowed"] is allowed, url


def test_trap_timeout_covers_only_synchronous_code(edge):
    """`await sleep(60000)` is stopped at the function's timeout."""
    assert edge.code("/traps/slow") == (504, "timeout", "timeout")


def test_trap_memory_is_128_in_one_place_and_256_in_another(edge):
    """A function that says nothing has 128 MiB, and is told so."""
    assert edge.get("/traps/memory").json() == [128 * 1024 * 1024] * 2


def test_trap_authorization_is_documented_in_req_and_stripped_before(edge):
    """The function gets it."""
    answer = edge.get("/traps/seen", headers={"Authorization": "Bearer abc"})
    assert answer.json()["authorization"] == "Bearer abc"


def test_trap_hostname_is_always_localhost(edge):
    """It is the one that the client asked for."""
    assert edge.get("/traps/seen", headers={"Host": "api.example.com:8080"}).json()["hostname"] == "api.example.com"


def test_trap_x_trace_id_is_accepted_unvalidated(edge):
    """It is a header as any other; the id of a request is made here, or a well-formed X-Request-Id or traceparent."""
    answer = edge.get("/traps/seen", headers={"X-Trace-Id": "<script>"})
    assert answer.json()["trace"] == "<script>"
    assert "<script>" not in answer.headers["edge-request-id"] + answer.json()["id"]
    assert edge.get("/traps/seen", headers={"X-Request-Id": "a b<c"}).headers["edge-request-id"] != "a b<c"
    assert edge.get("/traps/seen", headers={"X-Request-Id": "mine-1"}).headers["edge-request-id"] == "mine-1"
