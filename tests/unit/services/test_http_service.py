"""FetchService: the host calls of one invocation."""

from __future__ import annotations

import gzip

import msgspec
import pytest
import trio
import trio.testing
from fetch_rig import QUICK, call, fetching, ok, replies, start

from edge.errors import HostCallError
from edge.services.api import Grants
from edge.services.http.failure import FetchError

pytestmark = pytest.mark.integration


async def _read_stream(service, stream):
    data = b""
    while True:
        answer = await call(service, "fetch.read", {"stream": stream})
        assert len(answer.data) <= 65536
        data += answer.data
        if answer.value:
            return data


async def _held(stream, _):
    """A head and half of a body, and nothing more."""
    await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf.")
    await trio.sleep_forever()


async def test_a_small_body_comes_with_the_head():
    """No stream, no second host call."""
    async with fetching(replies(ok(b"hello"))) as (server, client):
        service = client.service()
        answer = await start(service, f"http://api.test:{server.port}/", headers=[["x-a", "1"]])
        assert answer.data == b"hello"
        assert answer.value == {
            "status": 200,
            "status_text": "OK",
            "headers": (("content-length", "5"),),
            "url": f"http://api.test:{server.port}/",
            "redirected": False,
            "stream": None,
        }
        assert msgspec.json.encode(answer.value)
        assert "x-a: 1" in server.heads[0]


@pytest.mark.parametrize(
    "answer",
    [
        replies(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        replies(ok(gzip.compress(b"hello"), b"content-encoding: gzip")),
        replies(b"HTTP/1.1 200 OK\r\n\r\nhello", close=True),
    ],
)
async def test_a_complete_body_of_unknown_length_may_come_either_way(answer):
    """Whether it arrived in time or not, the bytes are the same."""
    async with fetching(answer) as (server, client):
        service = client.service()
        found = await start(service, f"http://api.test:{server.port}/")
        stream = found.value["stream"]
        assert (found.data if stream is None else await _read_stream(service, stream)) == b"hello"


async def test_an_empty_body_is_complete():
    """204 and HEAD have no body, and no stream."""
    async with fetching(replies(b"HTTP/1.1 204 No Content\r\n\r\n", ok(b"x" * 99)[:-99])) as (server, client):
        service = client.service()
        first = await start(service, f"http://api.test:{server.port}/")
        second = await start(service, f"http://api.test:{server.port}/", method="HEAD")
        assert (first.data, first.value["stream"]) == (b"", None)
        assert (second.data, second.value["stream"]) == (b"", None)
        assert dict(second.value["headers"])["content-length"] == "99"


async def test_a_large_body_is_streamed():
    """Chunks of at most 64 KiB, the last one says that it is."""
    body = bytes(range(256)) * 4000
    async with fetching(replies(ok(body))) as (server, client):
        service = client.service()
        answer = await start(service, f"http://api.test:{server.port}/")
        assert answer.data is None
        assert await _read_stream(service, answer.value["stream"]) == body
        with pytest.raises(FetchError, match="not open"):
            await call(service, "fetch.read", {"stream": answer.value["stream"]})


async def test_a_head_is_not_held_up_by_a_slow_body():
    """The body was announced as small and does not come: the head is answered all the same."""
    async with fetching(_held) as (server, client):
        service = client.service()
        with trio.fail_after(1):
            answer = await start(service, f"http://api.test:{server.port}/")
        first = await call(service, "fetch.read", {"stream": answer.value["stream"]})
        assert (first.data, first.value) == (b"half.", False)
        await service.aclose()


async def test_a_body_that_breaks_fails_the_read_after_what_came():
    """The head is answered; what arrived is readable, then comes the error."""
    async with fetching(replies(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", close=True)) as (server, client):
        service = client.service()
        answer = await start(service, f"http://api.test:{server.port}/")
        stream = answer.value["stream"]
        assert (await call(service, "fetch.read", {"stream": stream})).data == b"half"
        with pytest.raises(FetchError, match="without sending complete"):
            await call(service, "fetch.read", {"stream": stream})
        assert not service._open


async def test_cancel_ends_a_pending_read_and_frees_the_connection():
    """A reader that waits gets an error; the server sees the connection end."""
    async with fetching(_held) as (server, client):
        service = client.service()
        answer = await start(service, f"http://api.test:{server.port}/")
        stream = answer.value["stream"]
        await call(service, "fetch.read", {"stream": stream})
        failed = trio.Event()

        async def read():
            with pytest.raises(FetchError, match="given up"):
                await call(service, "fetch.read", {"stream": stream})
            failed.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked()
            await call(service, "fetch.cancel", {"stream": stream})
            with trio.fail_after(1):
                await failed.wait()
        assert not client._pool.connections
        assert (await call(service, "fetch.cancel", {"stream": stream})).value is None


async def test_closing_ends_streams_and_requests_in_flight():
    """Nothing of an invocation outlives it: not an open body, not a fetch that waits for its head."""

    async def answer(stream, number):
        if number == 0:
            await _held(stream, number)
        await trio.sleep_forever()

    async with fetching(answer) as (server, client):
        service = client.service()
        await start(service, f"http://api.test:{server.port}/")

        async def wait_for_a_head():
            with pytest.raises(HostCallError, match="the invocation is over"):
                await start(service, f"http://api.test:{server.port}/")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_for_a_head)
            await trio.testing.wait_all_tasks_blocked()
            with trio.fail_after(1):
                await service.aclose()
        await service.aclose()
        assert not client._pool.connections
        with pytest.raises(HostCallError, match="the invocation is over"):
            await start(service, f"http://api.test:{server.port}/")


async def test_a_cancelled_call_leaves_nothing_behind():
    """The engine cancels the task of a host call when the invocation ends."""

    async def never(stream, _):
        await trio.sleep_forever()

    limits = msgspec.structs.replace(QUICK, concurrent=1)
    async with fetching(never, limits=limits) as (server, client):
        service = client.service()
        for _ in range(3):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(start, service, f"http://api.test:{server.port}/")
                await trio.testing.wait_all_tasks_blocked(0.01)
                nursery.cancel_scope.cancel()
        assert not client._pool.connections
        assert len(server.requests) == 3


async def test_subrequests_are_limited():
    """The error names the limit; redirects count as one request."""
    limits = msgspec.structs.replace(QUICK, subrequests=3)
    async with fetching(replies(ok()), limits=limits) as (server, client):
        service = client.service()
        for _ in range(3):
            await start(service, f"http://api.test:{server.port}/")
        with pytest.raises(FetchError, match="more than 3 requests"):
            await start(service, f"http://api.test:{server.port}/")
        await start(client.service(), f"http://api.test:{server.port}/")


async def test_requests_beyond_the_concurrency_wait_their_turn():
    """Fifty at once with four slots all succeed; the server never sees more than four."""
    now = peak = 0

    async def answer(stream, _):
        nonlocal now, peak
        now += 1
        peak = max(peak, now)
        await trio.sleep(0.002)
        now -= 1
        await stream.send_all(ok())

    limits = msgspec.structs.replace(QUICK, concurrent=4)
    async with fetching(answer, limits=limits) as (server, client):
        service = client.service()
        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(start, service, f"http://api.test:{server.port}/")
        assert len(server.requests) == 50
        assert peak == 4
        assert server.connections <= 4


async def test_responses_that_are_never_read_do_not_block_for_ever():
    """With every slot taken by an unread response, the next fetch fails and says what to do."""
    limits = msgspec.structs.replace(QUICK, concurrent=2, first_byte=0.1)
    async with fetching(_held, limits=limits) as (server, client):
        service = client.service()
        for _ in range(2):
            await start(service, f"http://api.test:{server.port}/")
        with pytest.raises(FetchError, match="2 responses are open"):
            await start(service, f"http://api.test:{server.port}/")
        await service.aclose()


async def test_a_slow_reader_holds_up_the_server_and_not_the_memory():
    """Ten megabytes for a function that does not read: one chunk and what the network buffers is taken."""
    sent = 0

    async def answer(stream, _):
        nonlocal sent
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        for _ in range(1000):
            await stream.send_all(b"x" * 100_000)
            sent += 100_000

    async with fetching(answer) as (server, client):
        service = client.service()
        answer = await start(service, f"http://api.test:{server.port}/")
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert sent < 90_000_000
        assert len(service._open[answer.value["stream"]].pump._buffer) <= 2 * client.limits.chunk
        await service.aclose()


async def test_a_loop_through_the_gateway_is_cut():
    """CDN-Loop grows with every pass and ends the sixteenth; a function cannot reset it."""
    async with fetching(replies(ok())) as (server, client):
        url = f"http://api.test:{server.port}/"
        await start(client.service(cdn_loop="edge, other"), url, headers=[["cdn-loop", ""]])
        assert "cdn-loop: edge, other, edge" in server.heads[0]
        with pytest.raises(FetchError, match="passed through edge 16 times"):
            await start(client.service(cdn_loop=", ".join(["edge"] * 16)), url)


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("fetch.start", {}),
        ("fetch.start", {"url": 1}),
        ("fetch.start", {"url": "http://x/", "redirect": "maybe"}),
        ("fetch.start", {"url": "http://x/", "unix": "/run/docker.sock"}),
        ("fetch.start", {"url": "http://x/", "headers": [["a"]]}),
        ("fetch.read", {"stream": "1"}),
        ("fetch.read", {"stream": 7}),
        ("fetch.cancel", {}),
    ],
)
async def test_arguments_are_decoded_strictly(op, args):
    """What an isolate sends is hostile: anything unexpected is a TypeError."""
    async with fetching(replies(ok())) as (_, client):
        with pytest.raises(HostCallError) as caught:
            await call(client.service(), op, args)
        assert caught.value.js_class == "TypeError"


async def test_it_is_a_service_that_grants_can_hold():
    """Through Grants the operations answer, others do not exist."""
    async with fetching(replies(ok())) as (server, client):
        grants = Grants((client.service(),))
        url = f"http://api.test:{server.port}/"
        answer = await grants.call("fetch.start", msgspec.Raw(msgspec.json.encode({"stream": 1, "url": url})))
        assert answer.data == b"ok"
        with pytest.raises(HostCallError, match="not granted"):
            await grants.call("fetch.listen", msgspec.Raw(b"{}"))
        await grants.aclose()


async def test_one_function_does_not_hold_up_another():
    """Two hundred requests of one function that get no answer; another function's is answered at once."""
    limits = msgspec.structs.replace(QUICK, concurrent=300)
    async with fetching(_held, limits=limits) as (slow, busy), fetching(replies(ok())) as (server, client):
        async with trio.open_nursery() as nursery:
            service = busy.service()
            for _ in range(200):
                nursery.start_soon(start, service, f"http://slow.test:{slow.port}/")
            await trio.testing.wait_all_tasks_blocked(0.01)
            with trio.fail_after(1):
                assert (await start(client.service(), f"http://api.test:{server.port}/")).data == b"ok"
            nursery.cancel_scope.cancel()
        await service.aclose()
