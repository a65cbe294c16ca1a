"""The client of the checks tells apart how answers end."""

from __future__ import annotations

from functools import partial

import pytest
import trio

from edge.corpus.http_client import IDLE, KEPT, HttpClient

HEAD = b"HTTP/1.1 200 OK\r\nedge-outcome: ok\r\n"


async def ask(answer, *, within=5.0, hold=False, times=1):
    """What the client makes of a server that says `answer` to each request and then closes, or holds the connection."""
    connections = 0

    async def serve(stream):
        nonlocal connections
        connections += 1
        async with stream:
            while await stream.receive_some():
                await stream.send_all(answer)
                if hold:
                    await trio.sleep_forever()
                if not answer.endswith(b"keep"):
                    return

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        with HttpClient("127.0.0.1", listener.socket.getsockname()[1]) as client:
            answers = [await client.ask("POST", "/", {"a": "b"}, b"body", within=within) for _ in range(times)]
        nursery.cancel_scope.cancel()
    return answers[-1], connections


async def test_a_complete_answer_is_complete():
    """With its status, its headers and its body."""
    answer, connections = await ask(HEAD + b"content-length: 4\r\n\r\nkeep", times=3)
    assert (answer.status, answer.body, answer.size, answer.complete) == (200, b"keep", 4, True)
    assert answer.headers["edge-outcome"] == "ok"
    assert connections == 1


async def test_large_bodies_are_counted_and_not_kept():
    """An endless stream must not fill the memory of whoever checks."""
    body = b"x" * (3 * KEPT)
    answer, _ = await ask(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
    assert answer.complete
    assert (len(answer.body), answer.size) == (KEPT, len(body))


@pytest.mark.parametrize(
    "answer", [b"content-length: 9\r\n\r\nshort", b"transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n"]
)
async def test_an_answer_that_breaks_off_is_not_complete(answer):
    """Whichever way its end was to be told."""
    found, _ = await ask(HEAD + answer)
    assert (found.status, found.complete, found.body) == (200, False, b"short")
    assert found.trouble


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nhalf: a he", b"no http at all\r\n\r\n"])
async def test_without_a_head_there_is_no_status(answer):
    """Nor does it raise."""
    found, _ = await ask(answer or b"\r\n")
    assert (found.status, found.complete) == (0, False)
    assert found.trouble


async def test_a_server_that_says_nothing_is_given_up(autojump_clock):
    """After the time that the caller allows."""
    found, _ = await ask(HEAD, hold=True, within=3.0)
    assert found.trouble == "it went on for 3 s"
    assert found.seconds == pytest.approx(3)


async def test_nobody_there_is_an_answer_too():
    """A gateway that has died refuses connections."""
    with HttpClient("127.0.0.1", 1) as client:
        found = await client.ask("GET", "/", {}, within=5)
    assert found.status == 0
    assert "connection" in found.trouble


async def test_connections_that_have_waited_are_not_used_again(mock_clock):
    """The server closes them when it likes, and that would look like a lost request."""
    connections = 0

    async def serve(stream):
        nonlocal connections
        connections += 1
        async with stream:
            while await stream.receive_some():
                await stream.send_all(HEAD + b"content-length: 0\r\n\r\n")

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        with HttpClient("127.0.0.1", listener.socket.getsockname()[1]) as client:
            for seconds in (0, IDLE - 1, IDLE + 1):
                mock_clock.jump(seconds)
                assert (await client.ask("GET", "/", {}, within=5)).complete
        nursery.cancel_scope.cancel()
    assert connections == 2
