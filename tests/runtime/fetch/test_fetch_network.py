"""fetch() against a real server: streams both ways, aborts, broken connections."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import pytest
import trio

from tests.runtime.fetch.network_rig import happened, network, until
from tests.support.embedded_rig import FakeExchange

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

KIB = 1024


async def test_a_streamed_body_leaves_as_it_is_written(tmp_path: Path) -> None:
    """The server has the first chunk while the function has not made the second."""
    code = """
      let go; const second = new Promise((resolve) => { go = resolve; });
      const body = new ReadableStream({ async start(controller) {
        controller.enqueue(new TextEncoder().encode('first'));
        await second;
        controller.enqueue(new TextEncoder().encode('second'));
        controller.close();
      } });
      const answer = fetch(`${origin}/collect`, { method: 'POST', body, duplex: 'half' });
      env; await sleep(20); go();
      return Response.json(await (await answer).text());
    """
    async with network(tmp_path, code) as net, trio.open_nursery() as nursery:
        answers: list[str] = []

        async def run() -> None:
            answers.append(await net.answer())

        nursery.start_soon(run)
        first = await trio.to_thread.run_sync(partial(net.origin.pieces.get, timeout=5))
        assert (first, answers) == (b"first", [])
    digest = hashlib.sha256(b"firstsecond").hexdigest()
    assert answers == [f"11 {digest}"]
    assert net.origin.pieces.get(timeout=1) == b"second"


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("(async function* () { yield 'text '; yield new Uint8Array(5); })()", 10),
        ("new Blob(['x'.repeat(3000000)])", 3_000_000),
        ("'\\u20ac'.repeat(1000000)", 3_000_000),
        ("new ReadableStream({ type: 'bytes', pull(c) { c.enqueue(new Uint8Array(700000)); c.close(); } })", 700_000),
        ("new Response('from another body').body", 17),
    ],
    ids=["generator", "large-blob", "large-text", "byte-stream", "body"],
)
async def test_bodies_of_every_kind_arrive_whole(tmp_path: Path, body: str, size: int) -> None:
    """What is larger than a host call should be goes in pieces."""
    code = f"""
      const response = await fetch(`${{origin}}/collect`, {{ method: 'POST', body: {body}, duplex: 'half' }});
      return Response.json(await response.text());
    """
    async with network(tmp_path, code) as net:
        assert (await net.answer()).split()[0] == str(size)


async def test_a_slow_server_holds_the_functions_source(tmp_path: Path) -> None:
    """Back-pressure: of 64 MiB only what fits the buffers has been pulled; all of it once the server reads on."""
    code = """
      let pulled = 0;
      const body = new ReadableStream({ type: 'bytes', pull(controller) {
        if (pulled === 64 * 1048576) controller.close();
        else { controller.enqueue(new Uint8Array(65536)); pulled += 65536; }
      } });
      const answer = fetch(`${origin}/stuck`, { method: 'POST', body });
      let before;
      do { before = pulled; await sleep(100); } while (pulled > before);
      console.log(`held at ${pulled < 32 * 1048576}`);
      return Response.json([await (await answer).text(), pulled]);
    """
    async with network(tmp_path, code) as net, trio.open_nursery() as nursery:
        answers: list[object] = []

        async def run() -> None:
            answers.append(await net.answer())

        nursery.start_soon(run)
        await happened(net.origin.begun)
        await until(lambda: net.logged)
        net.origin.release.set()
    assert net.logged == ["held at true"]
    assert answers == [["67108864", 67108864]]


async def test_a_body_that_is_not_read_holds_the_server(tmp_path: Path) -> None:
    """Of an endless body only what fits the buffers is sent; cancelling it ends the connection."""
    code = """
      const response = await fetch(`${origin}/endless`);
      const reader = response.body.getReader();
      await reader.read();
      await sleep(150);
      await reader.cancel();
      return Response.json((await reader.read()).done);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() is True
        await happened(net.origin.gone)
        assert net.origin.sent < 32 * 1024 * KIB
        assert not net.service._open


async def test_an_echo_streams_through_the_function_in_both_directions(tmp_path: Path) -> None:
    """Upload and response body go on side by side: 8 MiB through buffers that hold less."""
    code = """
      let left = 128;
      const body = new ReadableStream({ type: 'bytes', pull(controller) {
        if (left-- === 0) controller.close();
        else controller.enqueue(new Uint8Array(65536));
      } });
      return fetch(`${origin}/echo`, { method: 'POST', body });
    """
    async with network(tmp_path, code) as net:
        receipt = await net.invoke()
        assert receipt.error is None
        assert len(net.exchange.body) == 8192 * KIB


@pytest.mark.parametrize("stage", ["before", "same turn", "upload", "head", "body", "unread"])
async def test_an_abort_ends_a_fetch_at_every_stage_with_its_reason(tmp_path: Path, stage: str) -> None:
    """The very same reason rejects whatever waits, cancels the source, and the server sees the end."""
    code = f"""
      const stage = '{stage}';
      const controller = new AbortController();
      const reason = new Error('enough');
      const {{ signal }} = controller;
      let cancelled;
      const source = () => new ReadableStream({{
        start(c) {{ c.enqueue(new Uint8Array(3)); }},
        cancel(why) {{ cancelled = why; }},
      }});
      const failure = (promise) => promise.then(() => '', (error) => (error === reason ? 'reason' : String(error)));
      const found = [];
      if (stage === 'before') controller.abort(reason);
      if (stage === 'body' || stage === 'unread') {{
        const response = await fetch(`${{origin}}/drip`, {{ signal }});
        if (stage === 'body') {{
          const reader = response.body.getReader();
          await reader.read();
          const waiting = [failure(reader.read()), failure(reader.closed)];
          controller.abort(reason);
          found.push(...await Promise.all(waiting), await failure(reader.read()));
        }} else {{
          controller.abort(reason);
          found.push(await failure(response.text()), await failure(response.text()));
        }}
      }} else {{
        const init = stage === 'head' ? {{ signal }} : {{ signal, method: 'POST', body: source(), duplex: 'half' }};
        const answer = failure(fetch(`${{origin}}/${{stage === 'head' ? 'silent' : 'collect'}}`, init));
        if (stage === 'upload' || stage === 'head') await sleep(60);
        controller.abort(reason);
        found.push(await answer);
        if (stage !== 'head') found.push(cancelled === reason);
      }}
      ctx.waitUntil(sleep(30));
      return Response.json(found);
    """
    wanted = {
        "before": ["reason", True],
        "same turn": ["reason", True],
        "upload": ["reason", True],
        "head": ["reason"],
        "body": ["reason", "reason", "reason"],
        "unread": ["reason", "reason"],
    }
    async with network(tmp_path, code) as net:
        assert await net.answer() == wanted[stage]
        if stage in ("upload", "head", "body", "unread"):
            await happened(net.origin.gone)
        assert not net.client._pool.connections


async def test_what_breaks_is_a_type_error_with_a_cause(tmp_path: Path) -> None:
    """Truncated bodies, resets before and in the body, a closed port: a code says which, no path of the host."""
    code = """
      const refused = await attempt(fetch('http://127.0.0.1:1024/'));
      const truncated = await attempt((await fetch(`${origin}/truncated`)).text());
      const early = await attempt(fetch(`${origin}/early`));
      const scheme = await attempt(fetch('ftp://host.example/'));
      const denied = await attempt(fetch('http://10.0.0.1/'));
      return Response.json({ refused, truncated, early, scheme, denied });
    """
    async with network(tmp_path, code) as net:
        found = await net.answer()
    assert {name: error["name"] for name, error in found.items()} == dict.fromkeys(found, "TypeError")
    assert {name: error["cause"]["code"] for name, error in found.items()} == {
        "refused": "ECONNREFUSED",
        "truncated": "ERR_HTTP_RESPONSE",
        "early": "ECONNRESET",
        "scheme": "ERR_UNSUPPORTED_SCHEME",
        "denied": "ERR_EGRESS_DENIED",
    }
    assert all(error["message"] == f"fetch failed: {error['cause']['message']}" for error in found.values())


async def test_a_reset_in_the_middle_fails_all_who_read(tmp_path: Path) -> None:
    """What had arrived can be read; then reads fail, and who waits for the end learns it without reading."""
    code = """
      const response = await fetch(`${origin}/reset`);
      const [one, two] = [response.clone(), response];
      const reader = one.body.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      console.log('read');
      const closed = await attempt(reader.closed);
      return Response.json([first, closed.cause.code, (await attempt(two.text())).cause.code]);
    """
    async with network(tmp_path, code) as net, trio.open_nursery() as nursery:
        answers: list[object] = []

        async def run() -> None:
            answers.append(await net.answer())

        nursery.start_soon(run)
        await until(lambda: net.logged)
        net.origin.release.set()
    assert answers == [["res", "ECONNRESET", "ECONNRESET"]]


async def test_a_request_body_that_fails_fails_the_fetch(tmp_path: Path) -> None:
    """With the error of the source as cause; the server sees a broken request, not a short one."""
    code = """
      const failing = (async function* () { yield 'some'; await sleep(20); throw new RangeError('no more'); })();
      const thrown = await attempt(fetch(`${origin}/collect`, { method: 'POST', body: failing }));
      const wrong = new ReadableStream({ start(controller) { controller.enqueue('text'); } });
      const bad = await attempt(fetch(`${origin}/collect`, { method: 'POST', body: wrong, duplex: 'half' }));
      return Response.json([thrown.name, thrown.cause.message, bad.name, bad.cause.message]);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() == [
            "TypeError",
            "no more",
            "TypeError",
            "A stream used as a body gave a chunk that is not a Uint8Array",
        ]
        await happened(net.origin.gone)
        assert not net.client._pool.connections


async def test_an_answer_before_the_end_of_the_body_is_heard(tmp_path: Path) -> None:
    """A refusal of an upload that would never end: the response is there, and the source is cancelled."""
    code = """
      let cancelled;
      const body = new ReadableStream({
        type: 'bytes',
        pull(controller) { controller.enqueue(new Uint8Array(65536)); },
        cancel(why) { cancelled = why; },
      });
      const response = await fetch(`${origin}/refuse`, { method: 'POST', body });
      await waitFor(() => cancelled !== undefined);
      return Response.json([response.status, await response.text(), cancelled.code]);
    """
    async with network(tmp_path, code) as net:
        found = await net.answer()
        assert found[:2] == [413, "no"]
        assert found[2] in ("ERR_RESPONSE_COMPLETE", "ERR_BODY_UNWANTED")
        net.origin.release.set()


async def test_a_redirect_that_keeps_the_body_sends_what_is_at_hand_again(tmp_path: Path) -> None:
    """Small bodies and large ones; a stream is gone, and the fetch fails."""
    code = """
      const post = (body) => fetch(`${origin}/moved`, { method: 'POST', body, duplex: 'half' });
      const small = await (await post('small')).text();
      const large = await (await post('x'.repeat(2000000))).text();
      const stream = await attempt(post(new Blob(['gone']).stream()));
      return Response.json([small.split(' ')[0], large.split(' ')[0], stream.name, stream.cause.code]);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() == ["5", "2000000", "TypeError", "ERR_HTTP_REDIRECT"]


async def test_interim_responses_and_bytes_behind_a_response_change_nothing(tmp_path: Path) -> None:
    """103 is skipped; what a server sends behind a 204 is not the answer to the next request."""
    code = """
      const hints = await (await fetch(`${origin}/hints`)).text();
      const nothing = await fetch(`${origin}/nothing`);
      const after = await (await fetch(`${origin}/hello`)).text();
      return Response.json([hints, nothing.status, nothing.body, after]);
    """
    async with network(tmp_path, code) as net:
        assert await net.answer() == ["after hints", 204, None, "hello"]


async def test_nothing_outlives_the_invocation(tmp_path: Path) -> None:
    """An answer while an upload, a wait for a head and a body are under way: all three end on the wire."""
    code = """
      const endless = new ReadableStream({ type: 'bytes', pull(c) { c.enqueue(new Uint8Array(1000)); } });
      fetch(`${origin}/stuck`, { method: 'POST', body: endless }).catch(() => {});
      fetch(`${origin}/silent`).catch(() => {});
      await fetch(`${origin}/endless`);
      return new Response('left');
    """
    async with network(tmp_path, code) as net:
        receipt = await net.invoke()
        assert (receipt.error, net.exchange.body) == (None, b"left")
        assert not net.client._pool.connections
        assert not net.service._open
        await happened(net.origin.gone)


async def test_a_client_that_leaves_ends_the_fetch_behind_it(tmp_path: Path) -> None:
    """A response passed on: when the client goes, so does the connection to the origin."""
    code = "return fetch(`${origin}/endless`, { signal: request.signal });"
    async with network(tmp_path, code) as net:
        exchange = FakeExchange()
        exchange.left = True
        receipt = await net.invoke(exchange)
        assert receipt.outcome == "canceled"
        await happened(net.origin.gone)
        assert not net.client._pool.connections
