"""Logs, receipts and the journal of a gateway of two workers, as operators ask for them."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from contextlib import contextmanager

import pytest

from tests.support.gateway_process import PROGRAM, environment, gateway, run_edge, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CONFIG = """
[server]
workers = 2
[log]
request_headers = ["user-agent", "Cookie", "x-ours"]
secret_headers = ["X-Ours"]
function_lines = 50
[functions.front]
services = { API = "front", BAD = "bad" }
timeout = "10s"
[functions.slow]
package = "front"
timeout = "300ms"
[functions.bad]
[functions.timed]
package = "front"
server_timing = "asked"
[[routes]]
path = "/timed/*rest"
function = "timed"
[[routes]]
path = "/kept/*rest"
function = "timed"
cache = { default_ttl = "60s" }
[[routes]]
path = "/*rest"
function = "front"
[[routes]]
path = "/slow"
function = "slow"
[[routes]]
path = "/bad"
function = "bad"
"""
FRONT = """export default { async fetch(request, env) {
  const path = new URL(request.url).pathname;
  if (path === '/slow') { await env.KV.get('a'); await new Promise(r => setTimeout(r, 5000)); }
  if (path === '/call') {
    console.log('calling');
    const called = await env.API.fetch('https://api/called');
    await env.BAD.fetch('https://bad/').catch(() => {});
    return new Response('called ' + await called.text());
  }
  if (path === '/flood') for (let i = 0; i < 500; i++) console.log('line ' + i);
  if (path.startsWith('/timed/one')) await env.KV.get('k');
  if (path === '/many') for (let i = 0; i < 100; i++) await env.KV.get('k' + i);
  console.warn(`at ${path} with ${request.headers.get('authorization')}`);
  return new Response(path);
} };
"""
BAD = "export default { fetch() { throw new TypeError('so bad') } };"


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    files = {"edge.toml": CONFIG, "functions/front/index.js": FRONT, "functions/bad/index.js": BAD}
    with gateway(tmp_path_factory.mktemp("logs"), "--config", "edge.toml", files=files) as running:
        yield running


def asked(edge, path, **options):
    """The id of a request that has been answered."""
    return edge.get(path, **options).headers["edge-request-id"]


def invocation(edge, name):
    answer = edge.operate("GET", f"/invocations/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def entries(edge, **query):
    answer = edge.operate("GET", "/logs", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


# -- receipts


def test_an_invocation_is_known_as_soon_as_its_answer_is_there(edge):
    """By whichever worker is asked, with its receipt and what it wrote."""
    for number in range(6):
        found = invocation(edge, asked(edge, f"/now/{number}"))
        assert (found["function"], found["path"], found["status"], found["outcome"]) == (
            *("front", f"/now/{number}", 200, "ok"),
        )
        assert found["logs"][0]["text"] == f"at /now/{number} with null"
        receipt = found["receipt"]
        assert receipt["resources"]["wall"]["limit"] == 10.0
        assert 0 < receipt["resources"]["cpu"]["used"] < receipt["resources"]["cpu"]["limit"]
        assert 100_000 < receipt["resources"]["memory"]["used"] < receipt["resources"]["memory"]["limit"]
        assert receipt["resources"]["log_lines"] == {"used": 1, "dropped": 0}
        assert receipt["isolate"]["uses"] == 1
        assert receipt["durations"]["run_ms"] > 0


def test_a_timeout_names_the_call_that_it_waited_for(edge):
    """What was under way is in the receipt, which says that the time was used up."""
    found = invocation(edge, asked(edge, "/slow"))
    assert (found["outcome"], found["status"], found["code"]) == ("timeout", 504, "timeout")
    wall = found["receipt"]["resources"]["wall"]
    assert wall["used"] >= wall["limit"] == 0.3
    assert [call["op"] for call in found["receipt"]["host_calls"]] == ["kv.get"]


def test_many_host_calls_are_listed_and_summed(edge):
    """A hundred of them: the first ones each, the rest together."""
    receipt = invocation(edge, asked(edge, "/many"))["receipt"]
    assert receipt["resources"]["host_calls"]["used"] == 100
    assert len(receipt["host_calls"]) == 64
    [rest] = receipt["more_calls"]
    assert (rest["op"], rest["count"], rest["failed"]) == ("kv.get", 36, 0)


def test_functions_that_were_called_have_receipts_of_their_own(edge):
    """Under the id of the request with a number, with the failure of the one that failed, and who called."""
    name = asked(edge, "/call")
    found = invocation(edge, name)
    assert [(call["id"], call["function"], call["outcome"]) for call in found["calls"]] == [
        (f"{name}.1", "front", "ok"),
        (f"{name}.2", "bad", "exception"),
    ]
    assert [line["text"] for line in found["logs"]] == ["calling"]
    callee = invocation(edge, f"{name}.1")
    assert (callee["type"], callee["receipt"]["caller"], callee["function"]) == ("call", name, "front")
    assert [line["text"] for line in callee["logs"]] == ["at /called with null"]
    bad = invocation(edge, f"{name}.2")
    assert bad["error"] == "TypeError: so bad"
    assert "/app/index.js" in bad["stack"]


def test_an_id_that_nobody_has_is_not_found(edge):
    """Whatever it looks like."""
    for name in ("nothing", "no.1", "a/b", "x" * 500):
        assert edge.operate("GET", f"/invocations/{name}").status_code == 404


def test_recent_invocations_are_listed_with_deferred_ones(edge):
    """The newest first, page by page, each once."""
    assert edge.operate("POST", "/invoke-async/front/later").status_code == 202
    names = [asked(edge, f"/listed/{number}") for number in range(5)]
    pages, cursor = [], ""
    while True:
        page = edge.operate("GET", "/invocations", params={"limit": 3, "cursor": cursor}).json()
        pages += page["invocations"]
        if page["complete"]:
            break
        cursor = page["cursor"]
    found = [one["id"] for one in pages]
    assert len(set(found)) == len(found)
    assert [one for one in found if one in names] == names[::-1]
    assert "async" in [one.get("type") for one in pages]
    only = edge.operate("GET", "/invocations?type=async").json()["invocations"]
    assert {one["type"] for one in only} == {"async"}
    deferred = until(lambda: (it := invocation(edge, only[0]["id"]))["status"] == "succeeded" and it, 10, "the attempt")
    assert [line["text"] for line in deferred["logs"]] == ["at /later with null"]


# -- lines


def test_a_line_of_a_request_says_how_long_what_took_and_what_it_used(edge):
    """In the log on standard error, too."""
    name = asked(edge, "/line", headers={"user-agent": "tester", "cookie": "session=5e55104", "x-ours": "k3y"})
    [line] = edge.logged(event="request", request_id=name)
    assert {"function", "version", "generation", "outcome", "bytes_in", "bytes_out", "worker"} <= line.keys()
    for field in ("ms", "queued_ms", "start_ms", "wall_ms", "cpu_ms", "memory"):
        assert line[field] >= 0
    assert line["headers"] == {"user-agent": "tester", "cookie": "[redacted]", "x-ours": "[redacted]"}
    [kept] = entries(edge, request=name, event="request")
    assert kept["headers"] == line["headers"]
    assert "receipt" not in kept


def test_credentials_of_a_request_are_in_no_line(edge):
    """Neither where its function writes them, nor in any field."""
    secret = "tok-3n-of-alice"
    name = asked(edge, "/secret", headers={"authorization": f"Bearer {secret}"})
    assert invocation(edge, name)["logs"][0]["text"] == "at /secret with [redacted]"
    assert secret not in edge.text()
    for segment in (edge.folder / ".edge/journal").iterdir():
        assert secret.encode() not in segment.read_bytes()


def test_a_function_that_floods_the_log_loses_lines_that_are_counted(edge):
    """In its receipt and in a metric; the bucket holds two seconds' worth."""
    lines = invocation(edge, asked(edge, "/flood"))["receipt"]["resources"]["log_lines"]
    assert (lines["used"], lines["dropped"]) == (501, pytest.approx(401, abs=60))
    text = edge.operate("GET", "/metrics").text
    dropped = next(
        line
        for line in text.splitlines()
        if line.startswith('edge_function_log_lines_total{function="front",result="d')
    )
    assert float(dropped.rpartition(" ")[2]) >= lines["dropped"]


def test_lines_are_found_by_what_they_are_about(edge):
    """Function, outcome, level, event, text, time: the newest first."""
    slow, bad = asked(edge, "/slow"), asked(edge, "/bad")
    assert entries(edge, outcome="timeout", limit=1)[0]["request_id"] == slow
    assert entries(edge, function="bad", outcome="failed", limit=1)[0]["request_id"] == bad
    assert {line["level"] for line in entries(edge, level="warn")} <= {"warning", "error"}
    assert entries(edge, text="so bad", request=bad)[0]["stack"]
    assert entries(edge, since="2100-01-01T00:00:00Z") == []
    assert {line["function"] for line in entries(edge, function="slow")} == {"slow"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("level=loud", "it may be debug, info, warn or error"),
        ("outcome=odd", "it may be failed, ok"),
        ("since=soon", "a duration such as 10m"),
        ("limit=0", "it may be 1 to 1000"),
        ("cursor=odd", "no page has ended with"),
        ("follow=maybe", "it may be 1 or 0"),
        ("follow=1&level=loud", "it may be debug"),
    ],
)
def test_what_cannot_be_asked_is_told(edge, query, said):
    """With what is allowed."""
    answer = edge.operate("GET", f"/logs?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


# -- Server-Timing

ASKED = {"edge-server-timing": "1"}


def test_server_timing_is_for_those_who_ask_where_the_config_lets_them(edge):
    """What the request waited for, what its function took, and its host calls; nobody else learns anything."""
    told = edge.get("/timed/one", headers=ASKED).headers["server-timing"]
    parts = dict(part.split(";", 1) for part in told.split(", "))
    assert list(parts) == ["queue", "start", "run", "cpu", "calls"]
    assert parts["calls"].endswith(';desc="1 host call"')
    assert float(parts["run"].removeprefix("dur=")) > 0
    assert "server-timing" not in edge.get("/timed/a").headers
    assert "server-timing" not in edge.get("/a", headers=ASKED).headers


def test_server_timing_of_one_client_is_kept_for_no_other(edge):
    """The cache keeps answers without it."""
    path = "/kept/once"
    assert "server-timing" in edge.get(path, headers=ASKED).headers
    again = edge.get(path, headers=ASKED)
    assert "hit" in again.headers["cache-status"]
    assert "server-timing" not in again.headers


# -- following


@contextmanager
def following(edge, **query):
    """Events as they come: `(id, entry)` in a list that grows."""
    found, begun = [], threading.Event()

    def read():
        headers = {"last-event-id": query.pop("last")} if "last" in query else {}
        params = {"follow": "1", **query}
        with edge.client.stream("GET", edge.admin + "/logs", params=params, headers=headers, timeout=20) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            mark = ""
            for line in answer.iter_lines():
                begun.set()
                name, _, value = line.partition(": ")
                mark = value if name == "id" else mark
                if name == "data":
                    found.append((mark, json.loads(value)))
                if ended.is_set():
                    return

    ended = threading.Event()
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert begun.wait(10)
    yield found
    ended.set()
    asked(edge, "/end", headers={"x-request-id": "last-one"})
    thread.join(10)


def test_lines_of_all_workers_are_followed_as_they_come(edge):
    """Those that fit, in order; whoever was away gets what was added meanwhile."""
    with following(edge, function="front", event="request") as found:
        names = [asked(edge, f"/followed/{number}") for number in range(10)]
        until(lambda: len(found) >= 10, 10, "the lines")
        asked(edge, "/bad")
    assert {entry["request_id"] for _, entry in found[:10]} == set(names)
    assert {entry["function"] for _, entry in found} == {"front"}
    mark = found[4][0]
    with following(edge, function="front", event="request", last=mark) as again:
        until(lambda: len(again) >= 5, 10, "what was missed")
    assert [entry for _, entry in again[:5]] == [entry for _, entry in found[5:10]]


# -- the command


def test_the_command_reads_the_disk_or_asks_a_gateway(edge):
    """The same lines, for programs and for people; with colours for nobody's file."""
    name = asked(edge, "/command")
    invocation(edge, name)  # written down by now
    here = run_edge("logs", "front", "--request", name, "--output", "json", "-c", "edge.toml", cwd=edge.folder)
    there = run_edge("logs", "front", "--request", name, "--output", "json", "--url", edge.admin, cwd=edge.folder)
    found = [json.loads(line) for line in here.stdout.splitlines()]
    assert [line["event"] for line in found] == ["function_log", "request"]
    assert [json.loads(line) for line in there.stdout.splitlines()] == found
    shown = run_edge("logs", "--request", name, "-c", "edge.toml", cwd=edge.folder).stdout.decode()
    assert "front GET /command 200 " in shown
    assert "warn  front at /command with null" in shown
    assert "\x1b" not in shown
    wrong = run_edge("logs", "--outcome", "odd", cwd=edge.folder)
    assert wrong.returncode == 2
    assert "it may be failed, ok" in wrong.stderr.decode()


@pytest.mark.parametrize("where", ["disk", "gateway"])
def test_a_function_that_there_is_not_is_told_by_the_command(edge, where):
    """Nothing would be printed for ever; one that has said nothing yet, or not what is asked for, is no mistake."""
    place = ["-c", "edge.toml"] if where == "disk" else ["--url", edge.admin]
    for options in ([], ["-f"]):
        wrong = run_edge("logs", "frnt", *options, *place, cwd=edge.folder)
        assert wrong.returncode == 1
        assert b"there is no function 'frnt', and no line of one" in wrong.stderr
        assert b"did you mean 'front'?" in wrong.stderr
    for known in (["timed", "--until", "1970-01-02T00:00:00Z"], ["front", "--grep", "what nobody says"]):
        right = run_edge("logs", *known, *place, cwd=edge.folder)
        assert (right.returncode, right.stdout, right.stderr) == (0, b"", b"")


@pytest.mark.parametrize("where", ["disk", "gateway"])
def test_the_command_follows(edge, where):
    """Until it is told to end."""
    place = ["-c", "edge.toml"] if where == "disk" else ["--url", edge.admin]
    command = [*PROGRAM, "logs", "-f", "-n", "0", "--output", "json", "--grep", f"/follow-{where}"]
    process = subprocess.Popen(
        [*command, *place], cwd=edge.folder, env=environment(), stdout=subprocess.PIPE, text=True
    )
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        until(lambda: asked(edge, f"/follow-{where}") and len(lines) >= 4, 20, "lines")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait(10)
        reader.join(10)
        process.stdout.close()
    assert {json.loads(line)["function"] for line in lines} == {"front"}


# -- trouble; the last tests of the file, which break the gateway


def test_a_journal_that_cannot_be_written_costs_no_request(edge):
    """The loss is told and counted; nobody's answer differs."""
    journal = edge.folder / ".edge/journal"
    journal.rename(edge.folder / "old")
    journal.write_text("in the way")
    try:
        for _ in range(20):
            assert edge.get("/on").status_code == 200
        edge.logged(event="journal_failed")
        lost = [line for line in edge.operate("GET", "/metrics").text.splitlines() if line.startswith("edge_journal_")]
        counts = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lost}
        assert counts["edge_journal_lost_total"] > 0
        assert edge.operate("GET", "/logs").json()["entries"] == []
    finally:
        journal.unlink()
        (edge.folder / "old").rename(journal)
    until(lambda: entries(edge, request=asked(edge, "/well"), event="request"), 15, "the journal of both workers")


def test_what_was_said_before_a_kill_is_there_after_it(edge):
    """From the disk, while no gateway runs; and a gateway that ends lets nobody follow on."""
    name = asked(edge, "/before-the-end")
    invocation(edge, name)
    with edge.client.stream("GET", edge.admin + "/logs?follow=1", timeout=20) as answer:
        lines = answer.iter_lines()
        next(lines)
        edge.send(signal.SIGTERM)
        for _ in lines:
            pass
    assert edge.wait() == 0
    edge.start()
    killed = asked(edge, "/killed")
    invocation(edge, killed)
    edge.stop(signal.SIGKILL)
    for one in (name, killed):
        found = run_edge("logs", "--request", one, "--output", "json", "-c", "edge.toml", cwd=edge.folder).stdout
        assert [json.loads(line)["event"] for line in found.splitlines()] == ["function_log", "request"]
