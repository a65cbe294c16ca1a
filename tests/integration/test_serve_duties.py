"""Duties of routes with a real server: who may call, by every way in; issuers that misbehave; secrets that change."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.gateway_process import gateway, run_edge, serving, until
from tests.support.socket_peer import RefusedError, SocketPeer
from tests.support.tokens import jwk, private, token

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ["cells"]

ECHO = "module.exports = (req, res) => res.json({ headers: req.headers, baseUrl: req.baseUrl, path: req.path });"
GATE = """
module.exports = async (req, res) => {
  const ticket = req.get('x-ticket');
  if (ticket === 'throw') throw new Error('secret detail');
  if (ticket === 'hang') await new Promise((done) => setTimeout(done, 60000));
  if (ticket === 'spin') for (;;);
  if (ticket !== 'ok') return res.redirect('/login');
  res.set('X-User', 'ann').json({ subject: 'ann' });
};
"""
SOCKET = """
export default { fetch(request) {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.send(request.headers.get('edge-auth-subject') ?? 'nobody');
  return new Response(null, { status: 101, webSocket: client });
} };
"""
CHAT = """
const ns = new RealtimeNamespace('/chat');
ns.socket.on('$connect', () => ns.socket.emit('you', ns.socket.handshake.headers['edge-auth-subject'] ?? 'nobody'));
module.exports = ns;
"""
CONFIG = """
[auth.keys]
type = "api_key"
keys_secret = "KEYS"

[auth.tokens]
type = "bearer_jwt"
issuer = "{issuer}"
audience = "api"

[functions]
echo = {{}}
gate = {{}}
ws = {{}}
chat = {{}}

[[routes]]
path = "/echo"
function = "echo"
auth = "keys"
cors = {{ origins = ["https://app.test"] }}

[[routes]]
path = "/token"
function = "echo"
auth = "tokens"

[[routes]]
path = "/asked"
function = "echo"
auth = {{ type = "function", function = "gate", headers = ["X-User"], timeout = "500ms" }}

[[routes]]
path = "/files/*rest"
static = "public"
auth = "keys"

[[routes]]
path = "/ws"
function = "ws"
auth = "keys"

[[routes]]
path = "/chat/*rest"
function = "chat"
auth = "keys"
"""
GOOD = {"x-api-key": "k1"}


class Issuer(ThreadingHTTPServer):
    """Metadata and keys of an issuer; `keys` and `delay` may change."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.keys = [jwk("P-256", "one")]
        self.body = None
        self.asked = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def token(self, kid="one", which=0, **claims):
        claims = {"iss": self.url, "aud": "api", "sub": "ann", "exp": time.time() + 60} | claims
        return {"authorization": "Bearer " + token(claims, "ES256", private("P-256", which), kid=kid)}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        issuer = self.server
        issuer.asked.append(self.path)
        metadata = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks"}
        found = metadata if "well-known" in self.path else {"keys": issuer.keys}
        body = issuer.body or json.dumps(found).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture(scope="module")
def issuer():
    """An issuer on loopback, which nothing but its being named in the config opens."""
    with Issuer() as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, issuer):
    """A gateway whose keys are in a mounted file."""
    folder = tmp_path_factory.mktemp("duties")
    files = {
        "edge.toml": CONFIG.format(issuer=issuer.url),
        "keys": "ann:k1\n",
        "public/a.txt": "a file",
        "functions/echo/index.js": ECHO,
        "functions/gate/index.js": GATE,
        "functions/ws/index.mjs": SOCKET,
        "functions/chat/index.js": CHAT,
    }
    env = {"KEYS_FILE": str(folder / "keys")}
    with gateway(folder, "--config", "edge.toml", files=files, env=env) as running:
        yield running


def test_a_route_asks_before_anything_answers_for_it(edge):
    """A function, a folder of files; the log knows who it was."""
    for path in ("/echo", "/files/a.txt", "/files/nothing.txt"):
        assert edge.code(path) == (401, "unauthorized", "")
    answer = edge.get("/echo", headers=GOOD | {"edge-auth-subject": "root"})
    assert answer.json()["headers"]["edge-auth-subject"] == "ann"
    assert edge.get("/files/a.txt", headers=GOOD).text == "a file"
    [entry] = edge.logged(event="request", request_id=answer.headers["edge-request-id"])
    assert (entry["auth"], entry["identity"]) == ("api_key", "ann")
    preflight = {"origin": "https://app.test", "access-control-request-method": "GET"}
    answer = edge.client.options(edge.url + "/echo", headers=preflight)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "https://app.test")


def test_a_websocket_asks_as_well(edge):
    """Before it opens; the function behind it knows who it is."""
    url = edge.url.replace("http", "ws") + "/ws"
    with pytest.raises(RefusedError) as refused:
        SocketPeer(url)
    assert refused.value.status == 401
    with SocketPeer(url, {"X-API-Key": "k1"}) as peer:
        assert peer.read().payload == b"ann"


def socket_io(edge, headers):
    """What a Socket.IO client hears when it connects to /chat by polling."""
    path = "/socket.io/?EIO=4&transport=polling"
    opened = json.loads(edge.get(path, headers=headers).text[1:])
    path += f"&sid={opened['sid']}"
    assert edge.post(path, content="40/chat,", headers=headers).text == "ok"
    return edge.get(path, headers=headers).text.split("\x1e")


def test_a_namespace_asks_as_well(edge):
    """It is reached past its route, but not past the route's duties."""
    assert socket_io(edge, {}) == ['44/chat,{"message":"unauthorized"}']
    assert socket_io(edge, GOOD)[0].startswith("40/chat,")
    assert edge.logged(event="realtime", name="$connect", outcome="ok")


def test_a_function_that_is_asked_may_refuse_fail_or_hang(edge):
    """It has its own time; no detail of its failure gets out."""
    assert edge.get("/asked").headers["location"] == "/login"
    answer = edge.get("/asked", headers={"x-ticket": "ok", "x-user": "root"})
    assert (answer.json()["headers"]["x-user"], answer.json()["headers"]["edge-auth-subject"]) == ("ann", "ann")
    for ticket, expected in (
        ("throw", (500, "function_error")),
        ("hang", (504, "timeout")),
        ("spin", (504, "timeout")),
    ):
        answer = edge.get("/asked", headers={"x-ticket": ticket})
        assert (answer.status_code, answer.json()["error"]["code"]) == expected
        assert "secret detail" not in answer.text


def test_tokens_of_an_issuer_are_good_until_it_changes_its_keys(edge, issuer):
    """Its keys are found, fetched once, and looked for again when a token names a new one."""
    assert edge.get("/token", headers=issuer.token()).json()["headers"]["edge-auth-subject"] == "ann"
    for headers in (issuer.token(aud="other"), issuer.token(exp=5), issuer.token(which=1), {}):
        assert edge.code("/token", headers=headers)[:2] == (401, "unauthorized")
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]
    issuer.keys = [jwk("P-256", "two", which=1)]
    new = issuer.token("two", which=1)
    until(lambda: edge.get("/token", headers=new).status_code == 200, 12, "the new key")
    assert edge.code("/token", headers=issuer.token())[0] == 401
    assert len(issuer.asked) <= 6


def test_an_issuer_whose_keys_are_huge_is_as_one_that_is_away(edge, issuer):
    """The known keys go on; the log says why."""
    issuer.body = b'{"keys": [' + b" " * 2_000_000 + b"]}"
    try:
        until(lambda: edge.code("/token", headers=issuer.token("three", which=2)) and edge.log(event="jwks_failed"), 12)
        assert edge.get("/token", headers=issuer.token("two", which=1)).status_code == 200
    finally:
        issuer.body = None
    assert "ERR_FETCH_LIMIT" not in edge.get("/token").text


def test_a_mounted_secret_that_changes_counts_at_once(edge):
    """Without a reload by hand; one that cannot be used leaves the old one in force."""
    keys = edge.folder / "keys"
    keys.write_text("bob:k2\n")
    until(lambda: edge.get("/echo", headers={"x-api-key": "k2"}).status_code == 200, 10, "the new key")
    assert edge.code("/echo", headers=GOOD)[0] == 401
    keys.write_text("bob:k2\nbob\x00:\n")
    edge.logged(event="reload_failed")
    assert edge.get("/echo", headers={"x-api-key": "k2"}).status_code == 200
    keys.write_text("ann:k1\n")
    until(lambda: edge.get("/echo", headers=GOOD).status_code == 200, 10, "the old key")


def test_check_names_what_cannot_be_set_up(edge, tmp_path):
    """With file and line, before anything serves."""
    done = run_edge("check", "--config", "edge.toml", cwd=edge.folder)
    assert done.returncode == 1
    lines = [line for line in done.stdout.decode().splitlines() + done.stderr.decode().splitlines() if "KEYS" in line]
    assert len(lines) == 4
    assert lines[0].startswith("edge.toml:20: routes[0].auth: the secret KEYS has no value")


TOKEN = """
spec:
  runtime: nodejs
  trigger:
    path: /api
    auth: token
"""


def test_a_package_that_wants_a_token_is_guarded_wherever_it_is(tmp_path, engine_mode):
    """At its own path and at its name."""
    how = ["--set", 'auth.token={ type = "api_key", keys_secret = "KEYS" }']
    functions = {"guarded": {"index.js": ECHO, "function.yaml": TOKEN}, "open": ECHO}
    with serving(tmp_path, functions, *how, env={"KEYS": "ann:k1"}) as running:
        assert running.get("/open").status_code == 200
        for path in ("/api", "/guarded", "/guarded/x", "/%67uarded/x"):
            assert running.code(path) == (401, "unauthorized", "")
            assert running.get(path, headers=GOOD).status_code == 200
