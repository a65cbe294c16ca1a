"""Cases of the egress corpus through functions, with their real fetch: those that need no name to be looked up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.corpus.egress import load
from edge.services.egress.url import UrlError, parse_url
from tests.support.gateway_process import gateway
from tests.support.recording_origin import recording_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

DATA = Path(__file__).parents[1] / "data"
SELF = "93.184.216.250"  # what {SELF} stands for in the corpora
BEFORE_DNS = {"parse", "scheme", "host", "request"}
PROBE = """
const attempt = async ({ url, method, headers, body }) => {
  try {
    const answer = await fetch(url, { method, headers, body });
    return { status: answer.status, url: answer.url, size: (await answer.arrayBuffer()).byteLength };
  } catch (error) {
    return { error: error.name, message: error.message, cause: error.cause?.message, code: error.cause?.code };
  }
};
export default { async fetch(request) {
  const results = [];
  for (const one of await request.json()) results.push(await attempt(one));
  return Response.json(results);
} };
"""


@pytest.fixture(scope="module")
def origin():
    """Where requests that are let through arrive."""
    with recording_origin() as server:
        yield server


@pytest.fixture
def corpora(origin, tmp_path):
    """Both files, with the server's port in the place of the corpus's; the server has seen nothing yet."""
    origin.seen.clear()
    found = []
    for name in ("egress.json", "egress_more.json"):
        path = tmp_path / name
        path.write_text(with_ports(name, origin))
        found.append(load(path))
    return found


def with_ports(name, origin):
    """A file of cases, about the server's port and another."""
    port = origin.server_port
    return (DATA / name).read_text().replace("{PORT}", str(port)).replace("{OTHER}", str(port ^ 1))


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, origin):
    """A function for each policy, all of the same code."""
    lines = ["[egress.limits]", "subrequests = 5000", "[engine]", "timeout = '60s'"]
    files = {"functions/probe/index.mjs": PROBE}
    for number, name in enumerate(("egress.json", "egress_more.json")):
        for policy, entry in json.loads(with_ports(name, origin))["policies"].items():
            lists = ", ".join(f"{key} = {toml(entry.get(key, []))}" for key in ("allow", "deny"))
            lines += route(f"p{number}_{policy}", lists)
    here = f'"127.0.0.1:{origin.server_port}"'
    lines += route("here", f'allow = [{here}, "public"]')
    files["edge.toml"] = "\n".join(lines)
    with gateway(tmp_path_factory.mktemp("egress"), files=files) as running:
        yield running


def toml(value):
    """A value of a policy as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else json.dumps(value)


def route(name, lists):
    """A function with these lists, at /name."""
    return [
        *(f"[functions.{name}]", 'package = "probe"', f"egress = {{ {lists} }}"),
        *("[[routes]]", f'path = "/{name}"', f'function = "{name}"'),
    ]


def probe(edge, function, cases):
    """What the function makes of each case."""
    wanted = [
        {"url": case.url, "method": case.method, "headers": dict(case.headers), "body": case.body} for case in cases
    ]
    answer = edge.post(f"/{function}", content=json.dumps(wanted), timeout=60)
    assert answer.status_code == 200, answer.text
    return zip(cases, answer.json(), strict=True)


def is_literal(url):
    """Whether no name needs to be looked up for it."""
    try:
        return parse_url(url).host.address is not None
    except UrlError:
        return True


def plain(case):
    """A case that is decided by its URL alone."""
    return not (
        case.redirects or case.server or case.tls or case.env or "{SELF}" in case.url or "93.184.216.250" in case.url
    )


def test_what_is_denied_is_a_type_error_and_is_never_sent(edge, corpora, origin):
    """Literals of every notation, bad URLs, schemes, ports, names that no rule allows: several hundred of them."""
    count = 0
    for number, corpus in enumerate(corpora):
        for name in corpus.policies:
            cases = [
                case
                for case in corpus.cases
                if case.policy == name and case.expect in ("deny", "throw") and plain(case)
                if set(case.stage.split("|")) <= BEFORE_DNS or is_literal(case.url)
                if not case.url.startswith(("ws:", "wss:", "tcp:", "tls:"))
            ]
            for case, outcome in probe(edge, f"p{number}_{name}", cases):
                assert outcome.get("error") == "TypeError", (case.policy, case.url, outcome)
                count += 1
    assert count > 500
    assert origin.seen == []


def test_what_is_local_or_allowed_on_loopback_is_let_through(edge, corpora, origin):
    """`data:` URLs, and the port that a policy opens."""
    local = [
        case
        for case in corpora[0].cases
        if case.expect == "allow" and case.url.startswith(("data:", "http://127.0.0.1:", "http://localhost"))
    ]
    assert len(local) >= 4
    for policy in {case.policy for case in local}:
        for case, outcome in probe(edge, f"p0_{policy}", [case for case in local if case.policy == policy]):
            assert outcome.get("status") == 200, (case.url, outcome)


def test_redirects_are_held_to_the_same_rules(edge, corpora, origin):
    """A server on loopback sends the function wherever the cases say; what is denied there is denied here."""
    cases = []
    for corpus in corpora:
        for case in corpus.cases:
            if case.policy == "default" and case.stage == "redirect" and len(case.redirects) == 1 and not case.tls:
                [(status, place)] = case.redirects
                if place is not None and "\\r" not in repr(place) and (is_literal(place) or "example" not in place):
                    origin.answers[f"/{len(cases)}"] = (status, [place.encode().decode("latin-1")])
                    case.url = f"http://{origin.address}/{len(cases)}"
                    cases.append(case)
    assert len(cases) > 15
    before = len(origin.seen)
    for case, outcome in probe(edge, "here", cases):
        assert outcome.get("error") == "TypeError", (case.redirects, outcome)
    assert len(origin.seen) - before == len(cases)


def test_headers_and_methods_reach_a_server_as_they_may(edge, corpora, origin):
    """What frames a message is the host's; what is malformed throws; the request line is clean ASCII."""
    cases = []
    for corpus in corpora:
        for case in corpus.cases:
            if case.policy == "default" and case.url.startswith("http://example.com/") and plain(case):
                if case.stage == "redirect" or (case.expect == "deny" and case.stage != "request"):
                    continue
                if case.headers.get("upgrade") == "websocket":
                    continue  # in a function it asks for the handshake of a WebSocket, which is the host's
                case.url = case.url.replace("http://example.com", f"http://{origin.address}", 1)
                cases.append(case)
    assert len(cases) > 80
    before = len(origin.seen)
    outcomes = list(probe(edge, "here", cases))
    seen = iter(origin.seen[before:])
    for case, outcome in outcomes:
        if case.expect == "throw":
            assert outcome.get("error") == "TypeError", (case.headers, case.method, outcome)
            continue
        assert outcome.get("status") == 200 or case.expect == "strip", (case.url, case.method, outcome)
        if "status" not in outcome:
            continue
        _, path, headers, _ = next(seen)
        sent = {(name.lower(), value) for name, value in headers}
        assert path.isascii(), path
        assert " " not in path
        assert dict(sent)["host"] == origin.address
        for name, value in dict(case.headers).items():
            assert case.expect != "strip" or (name.lower(), value) not in sent, (name, value)
