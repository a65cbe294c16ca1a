"""Egress as an operator has it: explain, learn, suggest, count, limit, help, and edits that take effect at once."""

from __future__ import annotations

import contextlib
import json
import threading
import tomllib
from http.server import BaseHTTPRequestHandler

import pytest

from edge.corpus.certificates import Authority
from tests.support.gateway_process import gateway, run_edge
from tests.support.local_origin import serving
from tests.support.recording_origin import recording_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PROBE = """
const attempt = async (url, init) => {
  try {
    const answer = await fetch(url, init);
    return `${answer.status} ${(await answer.text()).length}`;
  } catch (error) { return `${error.name}: ${error.message}`; }
};
export default { async fetch(request) {
  const { urls = [], init, together, wait } = await request.json();
  const results = [];
  if (together) results.push(...await Promise.all(urls.map((url) => attempt(url, init))));
  else {
    for (const url of urls) {
      if (wait && results.length) await attempt(wait);
      results.push(await attempt(url, init));
    }
  }
  return Response.json(results);
} };
"""
CONFIG = """
[egress]
allow = ["127.0.0.1:{port}"]
[functions.learner]
package = "probe"
egress = {{ allow = [], learn = true }}
[functions.narrow]
[functions.limited]
package = "probe"
[functions.limited.egress.limits]
subrequests = 3
response_size = "4KiB"
first_byte_timeout = "300ms"
timeout = "600ms"
response_header_count = 20
[functions.helped]
package = "probe"
[functions.helped.egress.hosts."127.0.0.1"]
retry = {{ attempts = 3, backoff = "10ms" }}
breaker = {{ failures = 4, cooldown = "60s" }}
[functions.edited]
package = "probe"
[functions.few]
package = "probe"
egress = {{ limits = {{ connections = 2 }} }}
"""
ROUTES = "".join(
    f'[[routes]]\npath = "/{name}"\nfunction = "{name}"\n'
    for name in ("learner", "narrow", "limited", "helped", "edited", "few")
)


@pytest.fixture(scope="module")
def origin():
    """A server that functions may reach."""
    with recording_origin() as server:
        yield server


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, origin):
    """A gateway whose functions fetch what they are told."""
    files = {
        "edge.toml": CONFIG.format(port=origin.server_port) + ROUTES,
        "functions/probe/index.mjs": PROBE,
        "functions/narrow/index.mjs": PROBE,
        "functions/narrow/function.toml": f'egress = {{ allow = ["http://localhost:{origin.server_port}"] }}',
    }
    with gateway(tmp_path_factory.mktemp("egress"), files=files) as running:
        yield running


@pytest.fixture(autouse=True)
def untouched(origin):
    """Nothing was asked before."""
    origin.seen.clear()
    origin.answers.clear()


def probe(edge, function, *urls, **options):
    """What the function made of these URLs."""
    answer = edge.post(f"/{function}", json={"urls": urls, **options}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


@contextlib.contextmanager
def edited(edge, *pairs):
    """The config with these texts replaced, each once, while the context lasts; gives what writes more of them."""
    config = edge.folder / "edge.toml"
    before = config.read_text()

    def write(*pairs):
        text = before
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert old in text
            text = text.replace(old, new, 1)
        config.write_text(text)
        return edge.operate("POST", "/config/reload")

    try:
        assert write(*pairs).status_code == 200
        yield write
    finally:
        write()


def explain(edge, **query):
    """The admin listener's explanation."""
    return edge.operate("GET", "/egress/explain", params=query).json()


def test_an_explanation_over_http_and_by_the_command(edge, origin):
    """The same words: rule, parsed host, addresses, reason; exit code 1 when it is denied."""
    good = explain(edge, function="edited", url=f"http://0x7f.1:{origin.server_port}/a/../b", method="post")
    assert (good["allowed"], good["host"], good["rule"]) == (True, "127.0.0.1", f"127.0.0.1:{origin.server_port}")
    assert (good["method"], good["url"]) == ("POST", f"http://127.0.0.1:{origin.server_port}/b")
    assert good["addresses"] == {"127.0.0.1": "loopback"}
    named = explain(edge, function="edited", url=f"http://localhost:{origin.server_port}/")
    assert named["addresses"]["127.0.0.1"] == "loopback"
    bad = explain(edge, function="edited", url="http://169.254.169.254/")
    assert (bad["allowed"], bad["stage"]) == (False, "ip")
    assert "metadata" in bad["reason"]
    own = explain(edge, function="edited", url=edge.admin)
    assert own["allowed"] is False
    for options in (["--admin", edge.admin], ["--config", "edge.toml"]):
        done = run_edge("egress", "explain", "edited", "http://169.254.169.254/", *options, cwd=edge.folder)
        assert done.returncode == 1, done.stderr
        assert b"denied" in done.stdout
        assert b"metadata services are always refused" in done.stdout
    url = f"http://127.1:{origin.server_port}/"
    done = run_edge("egress", "explain", "edited", url, "--output", "json", "-c", "edge.toml", cwd=edge.folder)
    assert (done.returncode, json.loads(done.stdout)["allowed"]) == (0, True)
    assert run_edge("egress", "explain", "nobody", url, "-c", "edge.toml", cwd=edge.folder).returncode == 1
    assert run_edge("egress", "explain", "nobody", url, "--admin", edge.admin, cwd=edge.folder).returncode == 1
    assert origin.seen == []


def test_verdicts_are_counted_each_and_logged_once(edge, origin):
    """By function and stage, never by host."""
    urls = ["http://10.0.0.1/", "http://10.0.0.1/x", f"http://127.0.0.1:{origin.server_port}/"]
    probe(edge, "edited", *urls, *urls)
    text = edge.operate("GET", "/metrics").text
    assert 'edge_egress_verdicts_total{function="edited",stage="ip",verdict="denied"} 4.0' in text
    assert 'edge_egress_verdicts_total{function="edited",stage="none",verdict="allowed"} 2.0' in text
    assert "10.0.0.1" not in text
    [line] = edge.logged(event="egress_denied", function="edited", host="10.0.0.1")
    assert (line["level"], line["stage"], line["addresses"]) == ("warning", "ip", ["10.0.0.1"])
    assert len(edge.log(event="egress_allowed", function="edited", port=origin.server_port)) == 1


def test_a_package_can_only_narrow(edge, origin):
    """It asks for a name that the gateway does not allow by name, and may not ask to learn."""
    port = origin.server_port
    [literal, name] = probe(edge, "narrow", f"http://127.0.0.1:{port}/", f"http://localhost:{port}/")
    assert "Network policy blocked connection to 127.0.0.1" in literal
    assert "Network policy blocked connection to localhost" in name
    folder = edge.folder / "functions" / "greedy"
    folder.mkdir(exist_ok=True)
    (folder / "index.mjs").write_text(PROBE)
    (folder / "function.toml").write_text("egress = { learn = true }")
    (edge.folder / "greedy.toml").write_text("[functions.greedy]\n")
    done = run_edge("check", "--config", "greedy.toml", cwd=edge.folder)
    assert done.returncode == 1
    assert b"egress.learn" in done.stderr


def test_learning_suggests_what_is_then_enough(edge, origin):
    """Everything that was used goes on when the suggestion is in force, and nothing else does."""
    port = origin.server_port
    closed, opened = "allow = [], learn = true", f'allow = ["127.0.0.1:{port}"], learn = true'
    with edited(edge, closed, opened) as write:
        probe(
            edge, "learner", *[f"http://127.0.0.1:{port}/v1/users/{number}" for number in range(20)], "http://10.0.0.1/"
        )
        probe(edge, "learner", f"http://127.0.0.1:{port}/v1/users", init={"method": "POST", "body": "x"})
        found = edge.operate("GET", "/egress/suggest", params={"function": "learner"}).json()
        assert found["learning"] is True
        place = {"host": "127.0.0.1", "scheme": "http", "port": port}
        assert found["allow"] == [
            {**place, "methods": ["GET"], "path": "/v1/users/*"},
            {**place, "methods": ["POST"], "path": "/v1/users"},
        ]
        assert [one["host"] for one in found["refused"]] == ["10.0.0.1"]
        done = run_edge("egress", "suggest", "learner", "--admin", edge.admin, cwd=edge.folder)
        assert (done.returncode, tomllib.loads(done.stdout.decode())) == (0, tomllib.loads(found["toml"]))
        assert b"refused 1 times: http://10.0.0.1:80" in done.stderr
        entries = found["toml"].partition("allow = ")[2].replace("\n", " ").strip()
        write(closed, f"allow = {entries}")
        assert edge.operate("GET", "/egress/suggest", params={"function": "learner"}).json()["allow"] == found["allow"]
        here = f"http://127.0.0.1:{port}"
        good, bad, dots = probe(edge, "learner", f"{here}/v1/users/77", f"{here}/v2", f"{here}/v1/users/..%2f..%2fv2")
        assert good.startswith("200")
        assert bad.startswith("TypeError")
        assert dots.startswith("TypeError")


def test_limits_are_errors_that_name_number_and_key(edge, origin):
    """Of requests, bytes and seconds."""
    here = f"http://127.0.0.1:{origin.server_port}"
    results = probe(edge, "limited", here, here, here, here)
    assert [result[:3] for result in results[:3]] == ["200"] * 3
    assert "more than 3 requests" in results[3]
    assert "egress.limits.subrequests" in results[3]
    [result] = probe(edge, "limited", f"{here}/{'x' * 5000}")
    assert "4096 bytes" in result
    assert "egress.limits.response_size" in result

    class Slow(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path == "/many":
                self.send_response(200)
                for number in range(30):
                    self.send_header(f"x-{number}", "1")
                self.end_headers()
            elif self.path == "/body":
                self.send_response(200)
                self.send_header("content-length", "1000")
                self.end_headers()
                while not self.server.release.wait(0.05):
                    self.wfile.write(b"x")
            else:
                self.server.release.wait(10)

        def log_message(self, *_):
            pass

    with serving(Slow) as slow:
        base = f"http://127.0.0.1:{slow.server_port}"
        with edited(edge, f"127.0.0.1:{origin.server_port}", f"127.0.0.1:{slow.server_port}"):
            [silent, drip, many] = probe(edge, "limited", f"{base}/silent", f"{base}/body", f"{base}/many")
    assert "no response within 0.3s (egress.limits.first_byte_timeout)" in silent
    assert "within 0.6s in all (egress.limits.timeout)" in drip
    assert "headers, over the limit of 20 (egress.limits.response_header_count)" in many


def test_open_connections_of_a_function_are_limited(edge, origin):
    """What is beyond waits for a connection that is free."""
    here = f"http://127.0.0.1:{origin.server_port}"
    results = probe(edge, "few", *[f"{here}/{number}" for number in range(12)], together=True)
    assert {result[:3] for result in results} == {"200"}
    assert len({dict(headers)["host"] for _, _, headers, _ in origin.seen}) == 1
    text = edge.operate("GET", "/metrics").text
    [line] = [line for line in text.splitlines() if line.startswith("edge_egress_connections ")]
    assert float(line.split()[1]) <= 20


def test_help_for_hosts_from_the_config(edge, origin):
    """Sent again while the server fails, then given a rest."""
    origin.answers["/down"] = (503, ["nowhere"])
    here = f"http://127.0.0.1:{origin.server_port}"
    [result] = probe(edge, "helped", f"{here}/down")
    assert result.startswith("503")
    assert len(origin.seen) == 3
    results = probe(edge, "helped", f"{here}/down", f"{here}/fine")
    assert all("has failed 4 times in a row" in result for result in results), results
    assert len(origin.seen) == 4


def test_an_edit_holds_for_the_next_connection_of_what_still_runs(edge, origin):
    """An invocation that began before the reload: its kept connection is not used for what is no longer allowed."""
    port = origin.server_port
    held = threading.Event()

    class Gate(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            held.set()
            self.server.release.wait(10)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    here = f'["127.0.0.1:{port}"]'
    with serving(Gate) as gate:
        both = f'["127.0.0.1:{port}", "127.0.0.1:{gate.server_port}"]'
        with edited(edge, here, both) as write:
            answers = []
            urls = [f"http://127.0.0.1:{port}/"] * 2
            wait = f"http://127.0.0.1:{gate.server_port}/"
            thread = threading.Thread(target=lambda: answers.extend(probe(edge, "edited", *urls, wait=wait)))
            thread.start()
            assert held.wait(10)
            write(here, '["public"]')
            gate.release.set()
            thread.join(20)
    assert answers[0].startswith("200")
    assert answers[1].startswith("TypeError: fetch failed: Network policy blocked connection to 127.0.0.1")
    assert len(origin.seen) == 1


def test_an_authority_of_ones_own(edge, origin):
    """Without it the certificate is refused, with it https works; a file that is none changes nothing."""
    authority = Authority()

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    section = f'[egress]\nallow = ["127.0.0.1:{origin.server_port}"]'
    with serving(Hello) as server:
        context = authority.server_context("localhost")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://localhost:{server.server_port}/"
        opened = f'[egress]\nallow = ["127.0.0.1:{server.server_port}"]'
        (edge.folder / "ca.pem").write_text(authority.pem)
        (edge.folder / "bad.pem").write_text("no certificate")
        with edited(edge, section, opened) as write:
            [refused] = probe(edge, "edited", url)
            write(section, f'{opened}\nca_file = "ca.pem"')
            [accepted] = probe(edge, "edited", url)
            bad = write(section, f'{opened}\nca_file = "bad.pem"')
    assert "certificate verify failed" in refused
    assert accepted == "200 5"
    assert bad.status_code == 400
    assert "egress.ca_file" in bad.text
