"""Request bodies that are written while the request is on its way."""

from __future__ import annotations

import msgspec
import pytest
import trio
import trio.testing
from fetch_rig import QUICK, call, fetching, ok, start

from edge.errors import HostCallError
from edge.services.http.failure import FetchError
from edge.services.http.upload import Keeping, Upload

pytestmark = pytest.mark.integration

KIB = 1024


class Raw:
    """A server that hands each connection to `talk(stream, head, rest)` after its first request head."""

    def __init__(self, talk):
        self.talk = talk
        self.heads = []
        self.second = trio.Event()

    async def handle(self, stream):
        data = b""
        while b"\r\n\r\n" not in data:
            data += await stream.receive_some()
        head, _, rest = data.partition(b"\r\n\r\n")
        self.heads.append(head.decode("latin-1"))
        if len(self.heads) == 2:
            self.second.set()
        await self.talk(stream, len(self.heads) - 1, rest)


async def chunks(stream, rest):
    """The pieces of a chunked body; b"" at its end, None when the connection ended before."""
    while True:
        while b"\r\n" not in rest:
            more = await stream.receive_some()
            if not more:
                yield None
                return
            rest += more
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        while len(rest) < length + 2:
            more = await stream.receive_some()
            if not more:
                yield None
                return
            rest += more
        yield rest[:length]
        if length == 0:
            return
        rest = rest[length + 2 :]


def rig(talk, **options):
    """`fetching` with a server that talks by itself."""
    server = Raw(talk)

    async def answer(stream, number):
        raise AssertionError("not used")

    return server, fetching(answer, handle=server.handle, **options)


def launch(nursery, service, server, **args):
    """`fetch.start` in a task of its own; the list gets its answer, or its error."""
    outcomes = []

    async def run():
        try:
            outcomes.append(await start(service, f"http://api.test:{server.port}/", stream=1, upload=True, **args))
        except HostCallError as error:
            outcomes.append(error)

    nursery.start_soon(run)
    return outcomes


async def write(service, data, stream=1):
    """`fetch.write`: whether more is wanted."""
    return (await call(service, "fetch.write", {"stream": stream}, data)).value


async def test_pieces_reach_the_server_one_by_one_before_the_body_has_ended():
    """A chunk is there as soon as it was written; the answer comes after the last."""
    seen = []
    arrived = [trio.Event(), trio.Event()]

    async def talk(stream, number, rest):
        async for piece in chunks(stream, rest):
            seen.append(piece)
            if piece:
                arrived[len(seen) - 1].set()
        await stream.send_all(ok(b"done"))

    raw, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        answers = launch(nursery, service, server, method="POST")
        assert await write(service, b"first")
        with trio.fail_after(2):
            await arrived[0].wait()
        assert await write(service, b"second")
        with trio.fail_after(2):
            await arrived[1].wait()
        assert answers == []
        await call(service, "fetch.end", {"stream": 1})
    assert seen == [b"first", b"second", b""]
    assert answers[0].data == b"done"
    assert "transfer-encoding: chunked" in raw.heads[0]
    assert "content-length" not in raw.heads[0]


async def test_a_length_that_is_known_is_sent_instead_of_chunks():
    """It ends the body, too: the answer does not wait for `fetch.end`."""

    async def talk(stream, number, rest):
        while len(rest) < 10:
            rest += await stream.receive_some()
        await stream.send_all(ok(rest))

    raw, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        answers = launch(nursery, service, server, method="PUT", length=10)
        await write(service, b"01234")
        await write(service, b"56789")
    assert answers[0].data == b"0123456789"
    assert "content-length: 10" in raw.heads[0]


@pytest.mark.parametrize(("data", "words"), [(b"0123", "shorter than the 10"), (b"0123456789a", "longer than the 10")])
async def test_another_length_than_announced_fails_the_fetch(data, words):
    """It is the function's fault; the server sees a broken request."""
    ends = []

    async def talk(stream, number, rest):
        while more := await stream.receive_some():
            rest += more
        ends.append(rest)

    _, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        outcomes = launch(nursery, service, server, method="PUT", length=10)

        async def send():
            await write(service, data)
            await call(service, "fetch.end", {"stream": 1})

        with pytest.raises(FetchError, match=words), trio.fail_after(2):
            await send()
        await trio.testing.wait_all_tasks_blocked(0.02)
    assert words in outcomes[0].message
    assert all(len(end) < 10 for end in ends)
    assert not service._open


async def test_what_is_kept_for_redirects_is_bounded_for_all_of_an_invocation():
    """With less room than the body has, a redirect that wants it again fails."""

    async def talk(stream, number, rest):
        while len(rest) < 10:
            rest += await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 307 Moved\r\nlocation: /two\r\ncontent-length: 0\r\n\r\n")

    limits = msgspec.structs.replace(QUICK, replay=8)
    _, fetched = rig(talk, limits=limits)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        outcomes = launch(nursery, service, server, method="PUT", length=10)
        await write(service, b"01234")
        await write(service, b"56789")
    assert "asks for the request body again" in outcomes[0].message
    assert service._keeping._room == 8


async def test_a_server_that_does_not_read_holds_up_the_writer():
    """What the gateway keeps is bounded: a writer waits, and goes on when the server reads on."""
    read_on = trio.Event()

    async def talk(stream, number, rest):
        await read_on.wait()
        async for _ in chunks(stream, rest):
            pass
        await stream.send_all(ok(b"all"))

    _, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        written = 0

        async def produce():
            nonlocal written
            for _ in range(1000):
                assert await write(service, bytes(64 * KIB))
                written += 64 * KIB
            await call(service, "fetch.end", {"stream": 1})

        answers = launch(nursery, service, server, method="POST")
        nursery.start_soon(produce)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert written < 40_000 * KIB
        assert service._open[1].upload._waiting <= 2 * 64 * KIB
        read_on.set()
    assert written == 64_000 * KIB
    assert answers[0].data == b"all"


async def test_an_answer_is_heard_while_the_body_is_still_on_its_way():
    """A refusal with the rest unread: the head comes at once, and writers learn that nobody wants more."""

    async def talk(stream, number, rest):
        await stream.send_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nno!")
        await trio.sleep_forever()

    _, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        answers = launch(nursery, service, server, method="POST")
        with trio.fail_after(2):
            while await write(service, bytes(64 * KIB)):
                pass
        assert not await write(service, b"more")
        await call(service, "fetch.end", {"stream": 1})
    assert (answers[0].value["status"], answers[0].data) == (413, b"no!")
    assert not client._pool.connections


async def test_a_server_that_answers_as_it_reads_is_no_deadlock():
    """An echo of 8 MiB through buffers that hold much less, in both directions at once."""

    async def talk(stream, number, rest):
        await stream.send_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        async for piece in chunks(stream, rest):
            await stream.send_all(b"%x\r\n%s\r\n" % (len(piece), piece))

    _, fetched = rig(talk)
    sent = received = 0
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()

        async def produce():
            nonlocal sent
            for _ in range(128):
                assert await write(service, bytes(64 * KIB))
                sent += 64 * KIB
            await call(service, "fetch.end", {"stream": 1})

        nursery.start_soon(produce)
        with trio.fail_after(10):
            answer = await start(service, f"http://api.test:{server.port}/", stream=1, method="POST", upload=True)
            end = False
            while not end:
                part = await call(service, "fetch.read", {"stream": answer.value["stream"]})
                received += len(part.data)
                end = part.value
    assert sent == received == 8192 * KIB
    assert not service._open


@pytest.mark.parametrize("stage", ["before", "head", "body"])
async def test_cancel_ends_a_fetch_at_every_stage(stage):
    """Also one whose start comes later: the server sees a broken request, not a complete one."""
    pieces = []
    begun = trio.Event()

    async def talk(stream, number, rest):
        if stage == "body":
            await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        begun.set()
        pieces.extend([piece async for piece in chunks(stream, rest)])

    _, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        if stage == "before":
            await call(service, "fetch.cancel", {"stream": 1})
            outcomes = launch(nursery, service, server, method="POST")
        else:
            outcomes = launch(nursery, service, server, method="POST")
            await write(service, b"piece")
            await begun.wait()
            await trio.testing.wait_all_tasks_blocked(0.05)
            await call(service, "fetch.cancel", {"stream": 1})
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not await write(service, b"more")
    assert pieces == ([] if stage == "before" else [b"piece", None])
    if stage == "body":
        assert outcomes[0].value["status"] == 200
    else:
        assert [error.message for error in outcomes] == ["fetch failed: it was given up"]
    assert not client._pool.connections
    assert not service._open


async def test_closing_the_service_ends_uploads():
    """The invocation is over: writers are let go, and the server sees the end of the connection."""
    ends = []

    async def talk(stream, number, rest):
        ends.extend([piece async for piece in chunks(stream, rest)])

    _, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()

        outcomes = launch(nursery, service, server, method="POST")
        await write(service, b"piece")
        await trio.testing.wait_all_tasks_blocked(0.02)
        with trio.fail_after(1):
            await service.aclose()
        with pytest.raises(HostCallError, match="the invocation is over"):
            await write(service, b"more")
        await trio.testing.wait_all_tasks_blocked(0.02)
    assert [error.message for error in outcomes] == ["fetch failed: the invocation is over"]
    assert ends == [b"piece", None]
    assert not client._pool.connections


async def test_a_server_that_takes_nothing_any_more_is_given_up():
    """The idle limit counts for the request body, too."""

    async def talk(stream, number, rest):
        await trio.sleep_forever()

    limits = msgspec.structs.replace(QUICK, idle=0.1)
    _, fetched = rig(talk, limits=limits)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()

        outcomes = launch(nursery, service, server, method="POST")
        with trio.fail_after(5):
            while await write(service, bytes(64 * KIB)):
                pass
    assert outcomes[0].js_code == "ETIMEDOUT"
    assert "nothing of the request body was taken within 0.1s" in outcomes[0].message


async def test_a_function_that_takes_its_time_is_not_a_slow_server():
    """The wait for the head counts from the end of the upload."""

    async def talk(stream, number, rest):
        async for _ in chunks(stream, rest):
            pass
        await stream.send_all(ok(b"patient"))

    limits = msgspec.structs.replace(QUICK, connect=0.05, first_byte=0.05)
    _, fetched = rig(talk, limits=limits)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        answers = launch(nursery, service, server, method="POST")
        await write(service, b"a")
        await trio.sleep(0.15)
        await write(service, b"b")
        await call(service, "fetch.end", {"stream": 1})
    assert answers[0].data == b"patient"


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_that_keeps_the_body_fails_for_a_stream(status):
    """It cannot be read twice: https://fetch.spec.whatwg.org/#http-redirect-fetch."""

    async def talk(stream, number, rest):
        async for _ in chunks(stream, rest):
            pass
        await stream.send_all(b"HTTP/1.1 %d Moved\r\nlocation: /two\r\ncontent-length: 0\r\n\r\n" % status)

    raw, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()

        outcomes = launch(nursery, service, server, method="POST")
        await write(service, b"once")
        await call(service, "fetch.end", {"stream": 1})
    assert "asks for the request body again" in outcomes[0].message
    assert len(raw.heads) == 1


async def test_a_redirect_sends_a_body_of_known_size_again():
    """What is written before and after the redirect arrives whole at the second place."""

    async def talk(stream, number, rest):
        size = 10 if number else 5
        while len(rest) < size:
            rest += await stream.receive_some()
        if number == 0:
            await stream.send_all(b"HTTP/1.1 307 Moved\r\nlocation: /two\r\ncontent-length: 0\r\n\r\n")
        else:
            await stream.send_all(ok(b"got " + rest))

    raw, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        answers = launch(nursery, service, server, method="POST", length=10)
        await write(service, b"01234")
        with trio.fail_after(2):
            await raw.second.wait()
        await write(service, b"56789")
        await call(service, "fetch.end", {"stream": 1})
    assert answers[0].data == b"got 0123456789"


async def test_a_redirect_that_drops_the_body_lets_the_writer_go():
    """After 303 the request is a GET; nobody wants the rest."""

    async def talk(stream, number, rest):
        if number == 0:
            await stream.send_all(b"HTTP/1.1 303 See\r\nlocation: /two\r\ncontent-length: 0\r\n\r\n")
        else:
            await stream.send_all(ok(b"seen"))

    raw, fetched = rig(talk)
    async with fetched as (server, client), trio.open_nursery() as nursery:
        service = client.service()
        answers = launch(nursery, service, server, method="POST")
        with trio.fail_after(2):
            while await write(service, bytes(KIB)):
                await trio.lowlevel.checkpoint()
    assert answers[0].data == b"seen"
    assert raw.heads[1].startswith("GET /two")


async def test_hostile_order_and_numbers_are_refused_and_leave_nothing():
    """A number used twice, a body for a request without one, unknown streams: errors, and no memory."""

    async def talk(stream, number, rest):
        await stream.send_all(ok())

    _, fetched = rig(talk)
    async with fetched as (server, client):
        service = client.service()
        url = f"http://api.test:{server.port}/"
        await start(service, url, stream=1)
        with pytest.raises(FetchError, match="was used before"):
            await start(service, url, stream=1)
        assert not await write(service, b"x")
        with pytest.raises(FetchError, match="not open"):
            await call(service, "fetch.read", {"stream": 2})
        for number in range(10, 1010 + client.limits.concurrent):
            await call(service, "fetch.cancel", {"stream": number})
        with pytest.raises(FetchError, match="too many fetches"):
            await call(service, "fetch.cancel", {"stream": 5000})
        assert len(service._open) < 1100
        await service.aclose()


async def test_an_upload_is_bounded_by_its_writer():
    """A writer that does not wait for its answers is the machine's to stop; each that waits holds one piece."""
    upload = Upload(None, 10, Keeping(100))
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(upload.write, b"12345678901")
        await trio.testing.wait_all_tasks_blocked()
        assert [await upload.take() for _ in range(3)] == [b"12345678901"] * 3
        upload.end()
        assert await upload.take() == b""
        assert not upload.rewind()
