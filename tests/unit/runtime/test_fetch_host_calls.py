"""fetch() in a real isolate, against a written host: which host calls it makes and what it makes of their answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.engine.build import Record
from edge.errors import HostCallError
from edge.wire.messages import Failure, Reply, Request
from tests.support.isolate_driver import IsolateDriver

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.wire.messages import Call


class Host:
    """Answers `fetch.start` with `head` and `body`; with `chunks` the body comes by `fetch.read`."""

    def __init__(
        self, head: dict[str, object] | None = None, body: bytes | None = None, chunks: list[bytes] | None = None
    ) -> None:
        self.calls: list[tuple[str, dict[str, object], bytes | None]] = []
        self.error: HostCallError | None = None
        self._head: dict[str, object] = {
            "status": 200,
            "status_text": "OK",
            "headers": [],
            "url": "http://h/",
            "redirected": False,
            "stream": None if chunks is None else 7,
            **(head or {}),
        }
        self._body = body
        self._chunks = chunks or []

    def answer(self, call: Call) -> tuple[object, bytes | None]:
        """The reply to one host call."""
        self.calls.append((call.op, msgspec.json.decode(call.args), call.data))
        if self.error is not None:
            raise self.error
        if call.op == "fetch.start":
            return self._head, self._body
        if call.op == "fetch.write":
            return True, None
        if call.op == "fetch.read":
            return (False, self._chunks.pop(0)) if self._chunks else (True, None)
        return None, None

    def ops(self) -> list[str]:
        """The names of the calls so far."""
        return [op for op, _, _ in self.calls]


class Driver(IsolateDriver):
    """A driver whose host calls may answer bytes."""

    host: Host

    def _call(self, call: Call) -> Reply:
        try:
            value, data = self.host.answer(call)
        except HostCallError as error:
            return Reply(call.call, error=Failure(error.js_class, error.message))
        return Reply(call.call, msgspec.Raw(msgspec.json.encode(value)), data)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Driver:
    """One runtime snapshot for all tests."""
    return Driver(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture
def run(driver: Driver) -> Callable[[Host, str], object]:
    """The JSON value that the code returns."""

    def run(host: Host, code: str) -> object:
        driver.host = host
        answer = f"Response.json(await (async () => {{ {code} }})() ?? null)"
        record = Record("/app/index.js", "cjs", f"module.exports = {{ async fetch() {{ return {answer} }} }};", {})
        return json.loads(driver.run([record], Request("GET", "http://host/", "/"), contract="web").body)

    return run


def test_the_request_goes_to_the_host_as_bytes(run: Callable[[Host, str], object]) -> None:
    """Method, normalised URL, headers and the whole body."""
    host = Host()
    init = "{ method: 'post', headers: { 'X-A': '1' }, body: 'é', redirect: 'manual' }"
    run(host, f"await fetch('HTTP://H:80/a b#f', {init})")
    codings = ["accept-encoding", "gzip, deflate, br, zstd"]
    headers = [["x-a", "1"], ["content-type", "text/plain;charset=UTF-8"], codings]
    args = {"stream": 1, "url": "http://h/a%20b#f", "method": "POST", "headers": headers, "redirect": "manual"}
    assert host.calls == [("fetch.start", args, "é".encode())]


def test_a_stream_body_goes_to_the_host_as_it_comes(run: Callable[[Host, str], object]) -> None:
    """Piece by piece, beside the request, until its end, also when the answer has begun."""
    host = Host(chunks=[b"answer"])
    stream = "ReadableStream.from([new Uint8Array([65]), new Uint8Array([66])])"
    run(host, f"await fetch('http://h/', {{ method: 'PUT', body: {stream}, duplex: 'half' }}); await sleep(5)")
    assert host.calls[0][1]["upload"] is True
    assert [(op, data) for op, _, data in host.calls[1:]] == [
        ("fetch.write", b"A"),
        ("fetch.write", b"B"),
        ("fetch.end", None),
    ]


def test_the_response_is_what_the_host_says(run: Callable[[Host, str], object]) -> None:
    """Status, url, redirected and headers in lower case; the headers are immutable."""
    headers = [["X-A", "1"], ["Set-Cookie", "a"]]
    head = {"status": 404, "status_text": "No", "headers": headers, "url": "http://h/2", "redirected": True}
    host = Host(head, b"body")
    code = """
        const r = await fetch('http://h/1');
        let immutable = false;
        try { r.headers.set('a', 'b'); } catch { immutable = true; }
        return [r.status, r.statusText, r.ok, r.url, r.redirected, [...r.headers], immutable, await r.text()];"""
    assert run(host, code) == [404, "No", False, "http://h/2", True, [["set-cookie", "a"], ["x-a", "1"]], True, "body"]


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(run: Callable[[Host, str], object], status: int) -> None:
    """Statuses without body give null."""
    assert run(Host({"status": status}), "return (await fetch('http://h/')).body") is None


def test_a_long_body_is_read_when_it_is_wanted(run: Callable[[Host, str], object]) -> None:
    """Nothing is read ahead; reading to the end needs no cancel."""
    host = Host(chunks=[b"a", b"b"])
    assert run(host, "const r = await fetch('http://h/'); return r.status") == 200
    assert host.ops() == ["fetch.start"]
    host = Host(chunks=[b"a", b"b"])
    assert run(host, "return (await fetch('http://h/')).text()") == "ab"
    assert host.ops() == ["fetch.start", "fetch.read", "fetch.read", "fetch.read"]


def test_leaving_a_body_cancels_it(run: Callable[[Host, str], object]) -> None:
    """The host may close the connection; one piece is asked for ahead."""
    host = Host(chunks=[b"a", b"b"])
    run(host, "for await (const chunk of (await fetch('http://h/')).body) break")
    assert host.ops() == ["fetch.start", "fetch.read", "fetch.read", "fetch.cancel"]


def test_a_refusal_of_the_host_is_a_type_error(run: Callable[[Host, str], object]) -> None:
    """With the host's message."""
    host = Host()
    host.error = HostCallError("not allowed", js_class="TypeError")
    code = "try { await fetch('http://h/') } catch (e) { return [e instanceof TypeError, e.message] }"
    assert run(host, code) == [True, "not allowed"]


def test_abort_rejects_at_once_and_cancels_what_arrives_later(run: Callable[[Host, str], object]) -> None:
    """The promise does not wait for the host."""
    host = Host(chunks=[b"a"])
    code = """
        const controller = new AbortController();
        const promise = fetch('http://h/', { signal: controller.signal });
        controller.abort('why');
        const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
        try { await promise } catch (reason) { await pause(); return reason }"""
    assert run(host, code) == "why"
    assert host.ops() in ([], ["fetch.start", "fetch.cancel"])


def test_abort_ends_a_body_that_is_being_read(run: Callable[[Host, str], object]) -> None:
    """The next read rejects with the reason, and the host is told."""
    host = Host(chunks=[b"a", b"b"])
    code = """
        const controller = new AbortController();
        const reader = (await fetch('http://h/', { signal: controller.signal })).body.getReader();
        await reader.read();
        controller.abort('why');
        try { await reader.read() } catch (reason) { await null; return reason }"""
    assert run(host, code) == "why"
    assert host.ops() == ["fetch.start", "fetch.read", "fetch.cancel"]


def test_a_clone_and_its_original_read_the_same_bytes(run: Callable[[Host, str], object]) -> None:
    """The host is asked once."""
    host = Host(chunks=[b"a", b"b"])
    code = "const r = await fetch('http://h/'); const c = r.clone(); return [await r.text(), await c.text()]"
    assert run(host, code) == ["ab", "ab"]
    assert host.ops().count("fetch.read") == 3
