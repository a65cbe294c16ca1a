"""Traces: a collector that decodes what it gets, and requests that pass through functions, fetches and queues."""

from __future__ import annotations

import re
import time

import pytest

from tests.support.gateway_process import gateway, until, write_files
from tests.support.otlp_receiver import otlp_receiver
from tests.support.recording_origin import recording_origin

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TRACE, SPAN = "12345678901234567890123456789012", "1234567890123456"
PARENT = f"00-{TRACE}-{SPAN}-01"

FRONT = """
import { get } from 'node:http';
export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const to = searchParams.get('to');
    switch (pathname) {
      case '/look': return Response.json([...request.headers]);
      case '/fetch': return Response.json((await fetch(to, { redirect: 'follow' })).status);
      case '/node': return Response.json(await new Promise((resolve, reject) => {
        const headers = searchParams.has('own') ? { traceparent: searchParams.get('own') } : {};
        get(to, { headers }, (answer) => { answer.resume(); resolve(answer.statusCode); }).on('error', reject);
      }));
      case '/own': {
        const headers = { traceparent: searchParams.get('own') };
        return Response.json((await fetch(to, { headers })).status);
      }
      case '/proxy': return Response.json((await fetch(to, { headers: request.headers })).status);
      case '/refused': return Response.json(await fetch('http://10.1.2.3/').catch((error) => error.message));
      case '/many': {
        for (let i = 0; i < 100; i++) await kv.set('k', i);
        await Promise.all(Array.from({ length: 80 }, async () => (await fetch(to)).text()));
        return new Response('many');
      }
      case '/all': {
        await kv.set('key of a person', 1);
        await (await fetch(to)).text();
        return env.BACK.fetch('https://back/deep?q=1');
      }
      case '/throw': throw new Error('front broke');
      case '/hang': await new Promise((resolve) => setTimeout(resolve, 60000));
    }
    return new Response('?');
  },
};
"""
BACK = """
export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/throw') throw new Error('back broke');
    return Response.json([...request.headers]);
  },
  async scheduled(controller) { if (controller.cron) await kv.set('ran', controller.cron); },
};
"""
CONFIG = """
[server]
workers = 2
[egress]
allow = ["127.0.0.1", { host = "localhost", private = true }]
[telemetry]
interval = "50ms"
propagate = ["127.0.0.1"]
headers = { Authorization = "Bearer hunter2" }
[functions.front]
services = { BACK = "back" }
timeout = "5s"
[functions.back]
[[routes]]
path = "/front/:what"
function = "front"
strip_prefix = false
[[routes]]
path = "/*rest"
function = "front"
"""


@pytest.fixture(scope="module")
def origin():
    """Whom functions fetch from."""
    with recording_origin() as running:
        running.url = f"http://{running.address}"
        yield running


@pytest.fixture(scope="module")
def collector(engine_mode):
    """Whom the gateway sends its spans to."""
    with otlp_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode, collector):
    """A gateway that traces everything, told by a standard variable where to."""
    files = {"edge.toml": CONFIG, "functions/front/index.js": FRONT, "functions/back/index.js": BACK}
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_RESOURCE_ATTRIBUTES": "team=edges"}
    with gateway(tmp_path_factory.mktemp("traces"), files=files, env=env) as running:
        yield running


def asked(edge, path, **options):
    """The answer to a request, and the id of its trace."""
    answer = edge.get(path, **options)
    return answer, answer.headers["edge-request-id"]


def by_name(spans):
    return {span.name: span for span in spans}


def sent(origin, path):
    """The headers with which a path was fetched last."""
    return next(dict(headers) for _, at, headers, _ in reversed(origin.seen) if at.startswith(path))


def test_a_request_is_one_tree_of_spans(edge, collector, origin):
    """The client's span, the server's, waiting, the run, and below it what the function asked of others."""
    before = time.time_ns()
    answer = edge.get(
        "/all", params={"to": f"{origin.url}/tree?key=hunter2"}, headers={"traceparent": PARENT, "tracestate": "foo=1"}
    )
    assert answer.headers["edge-request-id"] == TRACE
    spans = collector.wait(TRACE, 10)
    found = {(span.name, span.parent): span for span in spans}
    assert len(found) == len({span.id for span in spans}) == 10
    server = found["GET /*rest", SPAN]
    run = found["run front", server.id]
    fetch, call = found["GET", run.id], found["call back", run.id]
    assert set(found) == {
        *(("GET /*rest", SPAN), ("queue", server.id), ("isolate", server.id), ("run front", server.id)),
        *(("kv.set", run.id), ("GET", run.id), ("call back", run.id)),
        *(("queue", call.id), ("isolate", call.id), ("run back", call.id)),
    }
    assert {span.trace for span in spans} == {TRACE}
    assert {span.state for span in spans} == {"foo=1"}
    assert [span.kind for span in (server, run, fetch, call)] == ["server", "internal", "client", "client"]
    assert all(before <= span.start <= span.end <= time.time_ns() for span in spans)
    assert server.start <= run.start + 1_000_000
    assert run.start <= fetch.start <= fetch.end <= run.end + 1_000_000
    assert not any(span.error for span in spans)
    # What was sent on is what was recorded.
    onward = sent(origin, "/tree")
    assert (onward["traceparent"], onward["tracestate"]) == (f"00-{TRACE}-{fetch.id}-01", "foo=1")
    told = dict(answer.json())
    assert told["traceparent"] == f"00-{TRACE}-{found['run back', call.id].id}-01"


def test_attributes_are_those_of_the_conventions(edge, collector, origin):
    """And hold neither queries nor keys."""
    _, trace = asked(edge, "/all", params={"to": f"{origin.url}/attributes?key=hunter2"})
    spans = collector.wait(trace, 10)
    found = by_name(spans)
    server = found["GET /*rest"].attributes
    assert (
        server.items()
        >= {
            "http.request.method": "GET",
            "http.route": "/*rest",
            "http.response.status_code": 200,
            "url.path": "/all",
            "url.scheme": "http",
            "server.address": "127.0.0.1",
            "client.address": "127.0.0.1",
            "network.protocol.version": "1.1",
            "faas.name": "front",
            "edge.outcome": "ok",
            "edge.request_id": trace,
        }.items()
    )
    assert found["GET"].attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": origin.server_port,
        "url.full": f"{origin.url}/attributes",
    }
    assert found["call back"].attributes["faas.invoked_name"] == "back"
    run = found["run front"].attributes
    assert (run["faas.name"], run["faas.invocation_id"], run["edge.outcome"]) == ("front", trace, "ok")
    assert (found["kv.set"].kind, found["kv.set"].attributes["db.operation.name"]) == ("client", "set")
    assert "hunter2" not in repr(spans)
    assert found["GET"].resource.items() >= {"service.name": "edge", "team": "edges"}.items()
    path, headers, _ = collector.requests[-1]
    assert (path, headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
    assert headers["Authorization"] == "Bearer hunter2"


def test_a_request_without_a_parent_is_the_root_of_a_trace_of_its_name(edge, collector):
    """Which the function learns, too."""
    answer, trace = asked(edge, "/look")
    [server] = [span for span in collector.wait(trace, 4) if span.kind == "server"]
    assert server.parent == ""
    assert re.fullmatch(f"00-{trace}-[0-9a-f]{{16}}-01", dict(answer.json())["traceparent"])


def test_a_name_that_the_client_gave_is_not_the_trace(edge, collector):
    """It is an attribute of the span, and the log has both."""
    answer = edge.get("/look", headers={"x-request-id": "mine-1"})
    trace = dict(answer.json())["traceparent"].split("-")[1]
    [server] = [span for span in collector.wait(trace, 4) if span.kind == "server"]
    assert server.attributes["edge.request_id"] == "mine-1"
    [line] = edge.logged(event="request", request_id="mine-1")
    assert line["trace_id"] == trace


@pytest.mark.parametrize("headers", [
    [("traceparent", PARENT.replace("00-", "ff-", 1))],
    [("traceparent", PARENT + "-more")],
    [("traceparent", PARENT), ("traceparent", PARENT)],
    [("traceparent", f"00-{'0' * 32}-{SPAN}-01"), ("tracestate", "foo=1")],
])  # fmt: skip
def test_a_malformed_context_begins_a_new_trace(edge, headers):
    """And its state goes with it."""
    seen = dict(edge.get("/look", headers=headers).json())
    assert TRACE not in seen["traceparent"]
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", seen["traceparent"])
    assert "tracestate" not in seen


def test_what_the_parent_does_not_record_is_not_recorded(edge, collector, origin):
    """But told on: the function, and whom it asks, learn that."""
    unsampled = PARENT.replace(TRACE, "ab" * 16)[:-2] + "00"
    sent_to = {"traceparent": unsampled, "tracestate": "foo=1"}
    assert edge.get("/fetch", params={"to": f"{origin.url}/unsampled"}, headers=sent_to).json() == 200
    onward = sent(origin, "/unsampled")
    assert re.fullmatch(f"00-{'ab' * 16}-[0-9a-f]{{16}}-00", onward["traceparent"])
    assert onward["tracestate"] == "foo=1"
    _, trace = asked(edge, "/look")
    collector.wait(trace, 4)
    assert collector.of("ab" * 16) == []


def test_a_function_may_say_who_it_is_itself(edge, origin):
    """Its own traceparent stays; that of its request, passed on, becomes that of the fetch."""
    own = f"00-{'c' * 32}-{'d' * 16}-00"
    edge.get("/own", params={"to": f"{origin.url}/own", "own": own})
    assert sent(origin, "/own")["traceparent"] == own
    _, trace = asked(edge, "/proxy", params={"to": f"{origin.url}/proxied"}, headers={"traceparent": PARENT})
    assert trace == TRACE
    assert re.fullmatch(f"00-{TRACE}-(?!{SPAN})[0-9a-f]{{16}}-01", sent(origin, "/proxied")["traceparent"])


def test_requests_of_node_tell_their_trace_only_where_anybody_may_know(edge, origin):
    """Who is asked is seen by the gateway after their heads have been written."""
    edge.get("/node", params={"to": f"{origin.url}/node"})
    assert "traceparent" not in sent(origin, "/node")


def test_hosts_that_are_not_named_learn_nothing(edge, origin):
    """By `telemetry.propagate`; each hop of a redirect is judged by itself."""
    elsewhere = f"http://localhost:{origin.server_port}/elsewhere"
    origin.answers["/there"] = (302, [elsewhere])
    edge.get("/fetch", params={"to": f"{origin.url}/there"})
    assert "traceparent" in sent(origin, "/there")
    assert {"traceparent", "tracestate"}.isdisjoint(sent(origin, "/elsewhere"))


def test_failures_are_told_where_they_happened(edge, collector):
    """In the function, in its fetch, in the gateway's refusal; a client's mistake is no error of the server."""
    _, trace = asked(edge, "/throw")
    found = by_name(collector.wait(trace, 4))
    assert (found["run front"].error, found["run front"].attributes["error.type"]) == (True, "function_error")
    assert "front broke" in found["run front"].message
    assert (found["GET /*rest"].error, found["GET /*rest"].attributes["http.response.status_code"]) == (True, 500)
    _, trace = asked(edge, "/refused")
    fetch = by_name(collector.wait(trace, 5))["GET"]
    assert (fetch.error, fetch.attributes["edge.fetch.stage"]) == (True, "ip")
    assert fetch.attributes["server.address"] == "10.1.2.3"
    assert not by_name(collector.of(trace))["GET /*rest"].error
    answer = edge.client.request("TRACE", edge.url + "/look")
    [server] = collector.wait(answer.headers["edge-request-id"])
    assert (server.name, server.error, server.attributes["error.type"]) == ("TRACE", False, "method_not_allowed")


def test_a_busy_function_has_so_many_spans(edge, collector, origin):
    """The rest are counted."""
    _, trace = asked(edge, "/many", params={"to": origin.url})
    spans = collector.wait(trace, 4 + 64, 20)
    run = by_name(spans)["run front"]
    assert run.attributes["edge.host_calls"] >= 180
    assert run.attributes["edge.more_calls.kv.set"] == 36
    assert sum(span.name == "GET" for span in spans) == 64
    assert len(collector.of(trace)) <= 4 + 2 * 64


def test_a_deferred_run_is_a_trace_of_its_own_with_a_link(edge, collector):
    """To the request that asked for it."""
    answer = edge.operate("POST", "/invoke-async/front/look", headers={"traceparent": PARENT.replace(TRACE, "cd" * 16)})
    assert answer.status_code == 202
    [accepted] = [span for span in collector.wait("cd" * 16) if span.kind == "server"]
    run = collector.find(lambda span: span.links == [("cd" * 16, accepted.id)])
    assert (run.name, run.kind, run.parent, run.trace != "cd" * 16) == ("deferred front", "consumer", "", True)
    assert run.attributes["edge.deferred.attempt"] == 1
    below = by_name(collector.wait(run.trace, 4))
    assert below["run front"].parent == run.id


def test_a_scheduled_run_is_a_trace_of_its_own(edge, collector):
    """With a link to who asked for it, if anybody did."""
    assert edge.operate("POST", "/schedules/back/run").status_code == 200
    run = collector.find(lambda span: span.name == "scheduled back")
    assert (run.kind, run.parent, run.links, run.attributes["faas.trigger"]) == ("internal", "", [], "timer")
    assert by_name(collector.wait(run.trace, 4))["run back"].parent == run.id
    asked_for = {"traceparent": PARENT.replace(TRACE, "ef" * 16)}
    assert edge.operate("POST", "/schedules/back/run", headers=asked_for).status_code == 200
    run = collector.find(lambda span: span.links == [("ef" * 16, SPAN)])
    assert (run.name, run.parent, run.trace == "ef" * 16) == ("scheduled back", "", False)


def test_what_was_sent_is_counted(edge, collector):
    """By what became of it."""
    until(lambda: _counted(edge, "exported") >= len(collector.spans) > 0)
    assert _counted(edge, "dropped") == 0


def _counted(edge, result):
    text = edge.operate("GET", "/metrics", headers={"accept": "text/plain"}).text
    return float(re.search(rf'^edge_trace_spans_total{{result="{result}"}} (\S+)$', text, re.MULTILINE)[1])


def test_operators_see_that_there_is_a_key_but_not_which(edge):
    """In the config that serves."""
    shown = edge.operate("GET", "/config").json()["telemetry"]
    assert shown["headers"] == {"Authorization": "***"}
    assert "hunter2" not in edge.text()


def test_a_reload_changes_who_is_recorded_and_told(edge, collector, origin):
    """From the next request on; switched off, functions get what their clients sent."""
    config = CONFIG.replace('interval = "50ms"', 'interval = "50ms"\nparents = "none"\nservice_name = "renamed"')
    write_files(edge.folder, {"edge.toml": config})
    assert edge.operate("POST", "/config/reload").status_code == 200
    seen = dict(edge.get("/look", headers={"traceparent": PARENT}).json())
    trace = seen["traceparent"].split("-")[1]
    assert trace != TRACE
    assert collector.wait(trace, 4)[0].resource["service.name"] == "renamed"
    # Told to everybody, node:http tells it, too.
    write_files(edge.folder, {"edge.toml": CONFIG.replace("propagate", "#")})
    assert edge.operate("POST", "/config/reload").status_code == 200
    edge.get("/node", params={"to": f"{origin.url}/node"}, headers={"traceparent": PARENT, "tracestate": "foo=1"})
    assert re.fullmatch(f"00-{TRACE}-(?!{SPAN})[0-9a-f]{{16}}-01", sent(origin, "/node")["traceparent"])
    assert sent(origin, "/node")["tracestate"] == "foo=1"
    own = f"00-{'c' * 32}-{'d' * 16}-00"
    edge.get("/node", params={"to": f"{origin.url}/node", "own": own}, headers={"tracestate": "foo=1"})
    assert sent(origin, "/node")["traceparent"] == own
    assert "tracestate" not in sent(origin, "/node")
    write_files(edge.folder, {"edge.toml": config.replace("parents", 'sampler = "always_off"\nparents')})
    assert edge.operate("POST", "/config/reload").status_code == 200
    assert dict(edge.get("/look").json())["traceparent"].endswith("-00")


def test_a_collector_that_does_not_answer_holds_nobody_up(edge, collector):
    """Neither requests nor the end."""
    write_files(edge.folder, {"edge.toml": CONFIG})
    assert edge.operate("POST", "/config/reload").status_code == 200
    collector.held.clear()
    known = len(collector.requests)
    assert [edge.get("/look").status_code for _ in range(5)] == [200] * 5
    until(lambda: len(collector.requests) > known)
    assert [edge.get("/look").status_code for _ in range(5)] == [200] * 5
    began = time.monotonic()
    assert edge.stop() == 0
    assert time.monotonic() - began < 8
