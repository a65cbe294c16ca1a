"""Answers that routes keep: what is given again, when it is asked for anew, and what never is."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.gateway_process import gateway, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENGINE_MODES = ("cells",)

# Answers as its query says: cc is Cache-Control, and so on; the body counts how often it has run for this path.
FUNCTION = """
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const say = url.searchParams;
    const n = await env.KV.incr(url.pathname);
    const headers = new Headers(JSON.parse(say.get('h') ?? '{}'));
    if (say.has('cc')) headers.set('cache-control', say.get('cc'));
    if (say.has('etag')) {
      headers.set('etag', `"${say.get('etag')}"`);
      const asked = request.headers.get('if-none-match') ?? '';
      if (asked.includes(`"${say.get('etag')}"`)) return new Response(null, { status: 304, headers });
    }
    if (await env.KV.get('broken')) {
      if (say.has('throws')) throw new Error('broken');
      return new Response('broken', { status: 503 });
    }
    if (say.has('sleep')) await new Promise((resolve) => setTimeout(resolve, Number(say.get('sleep'))));
    if (say.has('after')) ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, Number(say.get('after')))));
    if (say.has('cookie')) headers.append('set-cookie', 'a=b');
    const name = request.headers.get('x-name') ?? '';
    const text = `${n} ${request.method} ${name} ${url.search.length} ${request.headers.get('x-forwarded-prefix')}`;
    if (say.has('breaks')) {
      return new Response(new ReadableStream({ async pull(controller) {
        controller.enqueue(new TextEncoder().encode(text));
        throw new Error('breaks');
      } }), { headers });
    }
    if (say.has('stream')) {
      let left = Number(say.get('stream'));
      return new Response(new ReadableStream({ pull(c) {
        if (left-- === 0) return c.close();
        c.enqueue(new TextEncoder().encode(String(n).padEnd(1000, '.')));
      } }), { headers });
    }
    const status = Number(say.get('status') ?? 200);
    return new Response(say.has('big') ? text.padEnd(Number(say.get('big')), '.') : text, { status, headers });
  },
};
"""
CONFIG = """
[packages]
root = "."
[log]
expose_errors = true
[cache]
size = "8MiB"
max_entry = "1MiB"
[functions.f]
package = "f"
[[routes]]
path = "/*rest"
function = "f"
cache = { ignore_query = ["utm_*", "ref"], key_headers = ["X-Name"] }
[[routes]]
path = "/lent/*rest"
function = "f"
cache = { stale_while_revalidate = "60s", stale_if_error = "60s" }
[[routes]]
path = "/client/*rest"
function = "f"
cache = { client_control = true, default_ttl = "60s" }
[[routes]]
path = "/together/*rest"
function = "f"
cache = { coalesce = true, coalesce_wait = "4s" }
[[routes]]
path = "/briefly/*rest"
function = "f"
cache = { coalesce = true, coalesce_wait = "200ms" }
[[routes]]
path = "/packed/*rest"
function = "f"
cache = {}
compression = true
[[routes]]
path = "/none/*rest"
function = "f"
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    files = {"f/index.mjs": FUNCTION, "edge.toml": CONFIG}
    with gateway(tmp_path_factory.mktemp("caching"), "--config", "edge.toml", files=files) as running:
        yield running


def ask(edge, path, cc=None, method="GET", headers=None, **say):
    """The answer, and what Cache-Status says."""
    params = {**({"cc": cc} if cc is not None else {}), **{key: str(value) for key, value in say.items()}}
    answer = edge.client.request(method, edge.url + path, params=params, headers=headers)
    return answer, answer.headers.get("cache-status", "")


def count(answer):
    return int(answer.text.split()[0])


def test_a_fresh_answer_is_given_again(edge):
    """With its age and date; HEAD gets the same head; what it stands for is told apart by path, query and host."""
    first, status = ask(edge, "/a", "max-age=60", h='{"cache-tag": "x", "age": "5"}')
    assert status == "edge; fwd=uri-miss; fwd-status=200; stored"
    again, status = ask(edge, "/a", "max-age=60", h='{"cache-tag": "x", "age": "5"}')
    assert (again.text, again.headers["date"]) == (first.text, first.headers["date"])
    assert status in {"edge; hit; ttl=55", "edge; hit; ttl=54"}
    assert again.headers["age"] in {"5", "6"}
    assert "cache-tag" not in first.headers
    assert "cache-tag" not in again.headers
    assert again.headers["edge-outcome"] == "ok"
    assert again.headers["edge-request-id"] != first.headers["edge-request-id"]
    head, status = ask(edge, "/a", "max-age=60", method="HEAD", h='{"cache-tag": "x", "age": "5"}')
    assert (head.content, head.headers["content-length"]) == (b"", str(len(first.content)))
    assert "hit" in status
    for other in (
        {"path": "/a/b"},
        {"cc": "max-age=61"},
        {"headers": {"host": "other.test"}},
        {"headers": {"x-name": "ann"}},
    ):
        given = {"path": "/a", "cc": "max-age=60", "h": '{"cache-tag": "x", "age": "5"}', **other}
        assert "fwd=uri-miss" in ask(edge, **given)[1], other


NOT_KEPT = {
    "nothing said": ({"cc": None}, "no-lifetime"),
    "no-store": ({"cc": "no-store, max-age=60"}, "no-store"),
    "private": ({"cc": "private, max-age=60"}, "private"),
    "a cookie": ({"cc": "public, max-age=60", "cookie": 1}, "set-cookie"),
    "events": ({"cc": "max-age=60", "h": '{"content-type": "text/event-stream"}'}, "event-stream"),
    "everything": ({"cc": "max-age=60", "h": '{"vary": "*"}'}, "vary"),
    "somebody": ({"cc": "max-age=60", "headers": {"authorization": "Bearer x"}}, "authorization"),
    "no-store asked": ({"cc": "max-age=60", "headers": {"cache-control": "no-store"}}, "request-no-store"),
    "a part": ({"cc": "max-age=60", "status": 206}, "status"),
}


@pytest.mark.parametrize("case", NOT_KEPT)
def test_what_is_for_one_client_is_not_kept(edge, case):
    """Cache-Status says why."""
    given, detail = NOT_KEPT[case]
    for _ in range(2):
        answer, status = ask(edge, "/not-kept", **given)
        assert status.endswith(f"; detail={detail}"), answer.text
    assert "fwd=uri-miss" in status


def test_public_answers_are_kept_whoever_asks(edge):
    """RFC 9111 section 3.5."""
    first, _ = ask(edge, "/public", "public, max-age=60", headers={"authorization": "x"})
    again, status = ask(edge, "/public", "public, max-age=60")
    assert again.text == first.text
    assert "hit" in status


def test_answers_that_are_broken_off_or_too_large_are_not_kept(edge):
    """The client sees what it would see without a cache."""
    for _ in range(2):
        with pytest.raises(Exception, match=r"incomplete|closed|reset|protocol"):
            ask(edge, "/breaks", "max-age=60", breaks=1)
    assert ask(edge, "/breaks", "max-age=60")[0].text.startswith("3 ")
    large = [ask(edge, "/large", "max-age=60", big=1_100_000)[0] for _ in range(2)]
    assert [count(one) for one in large] == [1, 2]
    assert len(large[0].content) == 1_100_000
    streams = [ask(edge, "/stream", "max-age=60", stream=1500)[0] for _ in range(2)]
    assert [one.text[0] for one in streams] == ["1", "2"]
    assert len(streams[1].content) == 1_500_000
    whole = [ask(edge, "/whole", "max-age=60", stream=300)[0] for _ in range(2)]
    assert whole[0].text == whole[1].text
    assert len(whole[0].content) == 300_000


def test_a_client_that_leaves_keeps_nothing(edge):
    """Half an answer is no answer."""
    with socket.create_connection(("127.0.0.1", edge.port)) as client:
        client.sendall(b"GET /leaves?cc=max-age%3D60&stream=900&sleep=1 HTTP/1.1\r\nHost: a\r\n\r\n")
    answer, status = ask(edge, "/leaves", "max-age=60", stream=1)
    assert "uri-miss" in status, answer.text


def test_conditions_and_parts_are_answered_from_what_is_kept(edge):
    """304, 206 and 416, without the function."""
    say = {"cc": "max-age=60", "h": '{"etag": "\\"e\\""}', "big": 1000}
    first, _ = ask(edge, "/parts", **say)
    none, status = ask(edge, "/parts", **say, headers={"if-none-match": 'W/"e"'})
    assert (none.status_code, none.content, none.headers["etag"]) == (304, b"", '"e"')
    assert "hit" in status
    assert "content-length" not in none.headers
    part, _ = ask(edge, "/parts", **say, headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, first.content[2:6])
    assert (part.headers["content-range"], part.headers["content-length"]) == ("bytes 2-5/1000", "4")
    over, _ = ask(edge, "/parts", **say, headers={"range": "bytes=1000-"})
    assert (over.status_code, over.headers["content-range"], over.content) == (416, "bytes */1000", b"")
    stale, _ = ask(edge, "/parts", **say, headers={"range": "bytes=0-1", "if-range": '"other"'})
    assert (stale.status_code, stale.headers["accept-ranges"]) == (200, "bytes")
    assert "hit" not in ask(edge, "/parts", **say, headers={"if-match": '"e"'})[1]


def test_answers_vary(edge):
    """One for each of what clients say."""
    say = {"cc": "max-age=60", "h": '{"vary": "X-Lang"}'}
    de, _ = ask(edge, "/vary", **say, headers={"x-lang": "de"})
    _, status = ask(edge, "/vary", **say, headers={"x-lang": "en"})
    assert "fwd=vary-miss" in status
    assert ask(edge, "/vary", **say, headers={"x-lang": "de"})[0].text == de.text
    assert "vary-miss" in ask(edge, "/vary", **say)[1]


def test_what_is_not_a_part_of_the_key_does_not_reach_the_function(edge):
    """Parameters that are ignored, headers that override the URL or the method; a body is no part of a GET."""
    first, _ = ask(edge, "/key", "max-age=60", headers={"x-forwarded-prefix": "/evil", "x-http-method-override": "PUT"})
    assert first.text.split()[1:] == ["GET", str(len("?cc=max-age%3D60")), "null"]
    again, status = ask(edge, "/key", "max-age=60", utm_source="evil", ref="x")
    assert again.text == first.text
    assert "hit" in status
    assert "uri-miss" in ask(edge, "/key", "max-age=60", utm="x", referer="y")[1]
    fat = edge.client.request("GET", edge.url + "/key?cc=max-age%3D60", content=b"evil")
    assert fat.headers["cache-status"] == "edge; fwd=bypass; fwd-status=200"
    assert ask(edge, "/key", "max-age=60")[0].text == first.text


def raw(edge, *lines):
    """What a client gets that writes the request itself, and closes."""
    with socket.create_connection(("127.0.0.1", edge.port), timeout=10) as client:
        client.sendall("\r\n".join(lines).encode())
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def test_requests_that_others_could_read_otherwise_poison_nothing(edge):
    """Two hosts, two framings, a body in pieces, dots and escapes: each its own answer, or none at all."""
    path = "/raw?cc=max-age%3D60"
    host = f"Host: 127.0.0.1:{edge.port}"
    evil = raw(edge, f"GET http://evil.test{path} HTTP/1.1", host, "Connection: close", "", "")
    assert "uri-miss" in evil
    good = raw(edge, f"GET {path} HTTP/1.1", host, "Connection: close", "", "")
    assert "uri-miss" in good
    assert "hit" in raw(edge, f"GET /x/..{path} HTTP/1.1", host, "Connection: close", "", "")
    assert "hit" in raw(edge, f"GET /%72aw{path[4:]} HTTP/1.1", host, "Connection: close", "", "")
    chunked = raw(edge, f"GET {path} HTTP/1.1", host, "Transfer-Encoding: chunked", "", "4", "evil", "0", "", "")
    assert "fwd=bypass" in chunked
    for extra in (["Transfer-Encoding: chunked", "Content-Length: 5"], ["Content-Length: 0", "Content-Length: 5"]):
        assert raw(edge, f"GET {path} HTTP/1.1", host, *extra, "", "0", "", "evil").startswith("HTTP/1.1 400")
    assert "hit" in raw(edge, f"GET {path} HTTP/1.1", host, "Connection: close", "", "")


def test_unsafe_methods_pass_and_take_what_is_kept_with_them(edge):
    """RFC 9111 section 4.4; not when they fail."""
    first, _ = ask(edge, "/unsafe", "max-age=60")
    failed, status = ask(edge, "/unsafe", "max-age=60", method="POST", status=500)
    assert (failed.status_code, status) == (500, "edge; fwd=method; fwd-status=500")
    ask(edge, "/unsafe", "max-age=60", method="OPTIONS")
    assert ask(edge, "/unsafe", "max-age=60")[0].text == first.text
    ask(edge, "/unsafe", "max-age=60", method="POST")
    again, status = ask(edge, "/unsafe", "max-age=60")
    assert "uri-miss" in status
    assert again.text != first.text


def test_an_answer_that_is_on_its_way_during_a_change_is_not_kept(edge):
    """It may have been made before it."""
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(edge.get, "/race?cc=max-age%3D60&sleep=600")
        until(lambda: edge.operate("GET", "/kv/f/%2Frace").status_code == 200)
        edge.post("/race?cc=max-age%3D60&sleep=600")
        assert slow.result().status_code == 200
    assert "uri-miss" in edge.get("/race?cc=max-age%3D60&sleep=600").headers["cache-status"]


def test_a_stale_answer_is_asked_about(edge):
    """304 makes it fresh; another answer takes its place."""
    first, _ = ask(edge, "/checked", "no-cache", etag="v1")
    again, status = ask(
        edge, "/checked", "no-cache", etag="v1", headers={"if-none-match": '"old"', "range": "bytes=0-1"}
    )
    assert status == "edge; fwd=stale; fwd-status=304; stored"
    assert (again.status_code, again.content) == (206, first.content[:2])
    client, _ = ask(edge, "/checked", "no-cache", etag="v1", headers={"if-none-match": '"v1"'})
    assert (client.status_code, client.content) == (304, b"")
    assert count(ask(edge, "/checked", "no-cache", etag="v1")[0]) == 1
    other, status = ask(
        edge, "/checked", "max-age=0, stale-while-revalidate=0", h='{"last-modified": "Fri, 15 Jan 2027 07:00:00 GMT"}'
    )
    assert "no-lifetime" in status, other.text


@contextlib.contextmanager
def broken(edge):
    edge.operate("PUT", "/kv/f/broken", content=b"1")
    try:
        yield
    finally:
        edge.operate("DELETE", "/kv/f/broken")


def test_a_stale_answer_is_given_while_it_is_made_anew(edge):
    """Once in the background, whoever many ask; then it is fresh."""
    first, _ = ask(edge, "/lent/swr", "max-age=0")
    stale, status = ask(edge, "/lent/swr", "max-age=0")
    assert stale.text == first.text
    assert status.startswith("edge; hit; ttl=")
    until(lambda: count(ask(edge, "/lent/swr", "max-age=0")[0]) > 1)
    with broken(edge):
        last, _ = ask(edge, "/lent/swr", "max-age=0")
        assert last.status_code == 200


@pytest.mark.parametrize("throws", [0, 1])
def test_a_stale_answer_is_given_when_the_function_fails(edge, throws):
    """By answering 503 or by throwing; without one, the client gets the failure."""
    say = {"cc": "max-age=0, stale-while-revalidate=0, stale-if-error=60", **({"throws": 1} if throws else {})}
    first, _ = ask(edge, f"/lent/sie{throws}", **say)
    with broken(edge):
        covered, status = ask(edge, f"/lent/sie{throws}", **say)
        assert (covered.status_code, covered.text) == (200, first.text)
        assert "detail=stale-if-error" in status
        assert ask(edge, f"/lent/none{throws}", **say)[0].status_code == (500 if throws else 503)
        strict = {**say, "cc": "max-age=0, must-revalidate"}
        assert ask(edge, f"/lent/sie{throws}", **strict)[0].status_code == (500 if throws else 503)
    assert count(ask(edge, f"/lent/sie{throws}", **say)[0]) > count(first)


def test_wishes_of_clients_count_where_the_route_says_so(edge):
    """`no-cache` and `max-age` ask anew, `only-if-cached` never does; elsewhere they say nothing."""
    first, status = ask(edge, "/client/a")
    assert "stored" in status
    assert ask(edge, "/client/a")[0].text == first.text
    fresh, _ = ask(edge, "/client/a", headers={"cache-control": "no-cache"})
    assert count(fresh) == count(first) + 1
    assert ask(edge, "/client/a", headers={"cache-control": "max-age=100"})[0].text == fresh.text
    only, _ = ask(edge, "/client/b", headers={"cache-control": "only-if-cached"})
    assert (only.status_code, only.json()["error"]["code"]) == (504, "not_cached")
    ask(edge, "/a", "max-age=60")
    assert "hit" in ask(edge, "/a", "max-age=60", headers={"cache-control": "no-cache"})[1]


def test_what_is_kept_is_compressed_for_whom_it_should(edge):
    """It is kept as the function made it."""
    say = {"cc": "max-age=60", "big": 5000, "h": '{"content-type": "text/plain", "etag": "\\"e\\""}'}
    plain, _ = ask(edge, "/packed/a", **say, headers={"accept-encoding": "identity"})
    packed, status = ask(edge, "/packed/a", **say, headers={"accept-encoding": "gzip"})
    assert packed.text == plain.text
    assert "hit" in status
    assert (packed.headers["content-encoding"], packed.headers["etag"]) == ("gzip", 'W/"e"')
    none, _ = ask(edge, "/packed/a", **say, headers={"accept-encoding": "gzip", "if-none-match": 'W/"e"'})
    assert (none.status_code, none.headers["etag"]) == (304, 'W/"e"')


def test_routes_without_a_cache_say_nothing(edge):
    """Nor do they keep anything."""
    assert [count(ask(edge, "/none/a", "max-age=60")[0]) for _ in range(2)] == [1, 2]
    assert ask(edge, "/none/a", "max-age=60")[1] == ""


# -- together


def together(edge, path, number=20, **say):
    """The same question from many clients at once; the bodies, and what Cache-Status said."""
    barrier = threading.Barrier(number)

    def one(_):
        connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=15)
        try:
            connection.connect()
            barrier.wait()
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode(), answer.headers.get("cache-status")
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def test_one_invocation_answers_all_that_ask_at_once(edge):
    """When the answer turns out to be for all."""
    found = together(edge, "/together/a?cc=max-age%3D60&sleep=300")
    assert {text for text, _ in found} == {found[0][0]}
    assert edge.operate("GET", "/kv/f/%2Ftogether%2Fa").text == "1"
    assert sum("collapsed" in status or "hit" in status for _, status in found) == len(found) - 1


def test_work_after_an_answer_does_not_keep_it_alive(edge):
    """Who comes when it is stale gets another, although the first invocation still goes on."""
    path = "/together/w?cc=max-age%3D1&after=3000"
    assert edge.get(path).text.startswith("1 ")
    until(lambda: edge.get(path).text.startswith("2 "), 2.5)


def test_answers_for_one_client_are_made_for_each(edge):
    """Nobody gets what is another's."""
    found = together(edge, "/together/b?cc=private&sleep=100")
    assert len({text for text, _ in found}) == len(found)
    assert not any("collapsed" in status for _, status in found)


def test_a_first_client_that_leaves_does_not_hurt_the_others(edge):
    """They get the answer that it began."""
    path = "/together/c?cc=max-age%3D60&sleep=1000"
    with ThreadPoolExecutor() as pool:
        with socket.create_connection(("127.0.0.1", edge.port)) as leader:
            leader.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\n\r\n".encode())
            until(lambda: edge.operate("GET", "/kv/f/%2Ftogether%2Fc").status_code == 200)
            followers = [pool.submit(edge.get, path) for _ in range(5)]
            time.sleep(0.2)  # until they wait
        answers = [follower.result() for follower in followers]
    assert {answer.text.split()[0] for answer in answers} == {"1"}
    assert all("collapsed" in answer.headers["cache-status"] for answer in answers)


def test_a_first_client_that_is_slow_does_not_hurt_the_others(edge):
    """Its answer waits for its end, not for the client."""
    path = "/together/d?cc=max-age%3D60&big=1000000&sleep=300"
    with socket.socket() as leader:
        leader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        leader.connect(("127.0.0.1", edge.port))
        leader.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\n\r\n".encode())
        until(lambda: edge.operate("GET", "/kv/f/%2Ftogether%2Fd").status_code == 200)
        began = time.monotonic()
        answer = edge.get(path)
        assert (len(answer.content), count(answer)) == (1_000_000, 1)
        assert time.monotonic() - began < 3.5


def test_a_failure_is_everybodys_own(edge):
    """Each asks again; nobody waits for ever."""
    with broken(edge):
        found = together(edge, "/together/e?cc=max-age%3D60&throws=1", 6)
    assert all(json.loads(text)["error"]["code"] == "function_error" for text, _ in found)


def test_who_waits_too_long_runs_alone(edge):
    """The bound is the route's."""
    path = "/briefly/f?cc=max-age%3D60&sleep=800"
    with ThreadPoolExecutor() as pool:
        first = pool.submit(edge.get, path)
        until(lambda: edge.operate("GET", "/kv/f/%2Fbriefly%2Ff").status_code == 200)
        second = pool.submit(edge.get, path)
        until(lambda: edge.operate("GET", "/kv/f/%2Fbriefly%2Ff").text == "2")
        assert {first.result().status_code, second.result().status_code} == {200}


# -- deploys


def test_a_deploy_leaves_what_older_versions_answered_behind(edge):
    """Runs last: the function is another one afterwards."""
    ask(edge, "/deployed", "max-age=60")
    assert "hit" in ask(edge, "/deployed", "max-age=60")[1]
    edge.operate("POST", "/config/reload")
    assert "hit" in ask(edge, "/deployed", "max-age=60")[1]
    write_files(edge.folder, {"f/index.mjs": FUNCTION + "// another"})
    edge.operate("POST", "/config/reload").raise_for_status()
    assert "uri-miss" in ask(edge, "/deployed", "max-age=60")[1]
