"""FetchClient against real servers on loopback."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import struct
import zlib

import msgspec
import pytest
import trio
import trio.testing
from fetch_rig import EVERYWHERE, QUICK, Names, client_of, fetching, ok, read_all, redirect, replies

from edge.services.dial.network import SystemResolver
from edge.services.egress.policy import Policy
from edge.services.http.failure import FetchError

pytestmark = pytest.mark.integration


async def test_a_response_comes_with_status_headers_and_body():
    """Status, reason, header order and duplicates, URL and body arrive as the server sent them."""
    async with fetching(replies(ok(b"hello", b"Set-Cookie: a=1", b"set-cookie: b=2"))) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/x?y#z")
        assert (response.status, response.reason, response.redirected) == (200, "OK", False)
        assert response.url == f"http://api.test:{server.port}/x?y"
        assert [value for name, value in response.headers if name == "set-cookie"] == ["a=1", "b=2"]
        assert await read_all(response) == b"hello"


async def test_the_request_is_ours_to_frame():
    """Host, length and hop-by-hop headers are made by the host, whatever the function sets."""
    headers = [("Host", "evil.test"), ("Transfer-Encoding", "chunked"), ("Content-Length", "999"), ("X-A", " 1 ")]
    async with fetching(replies(ok())) as (server, client):
        await read_all(await client.fetch("POST", f"http://api.test:{server.port}/", headers, b"body"))
        head = server.heads[0].lower()
        assert f"host: api.test:{server.port}" in head
        assert "x-a: 1" in head.split("\r\n")
        assert "evil" not in head
        assert "transfer-encoding" not in head
        assert [line for line in head.split("\r\n") if line.startswith("content-length")] == ["content-length: 4"]
        assert server.requests[0].endswith(b"\r\n\r\nbody")


async def test_post_without_a_body_says_so():
    """A POST without a body has Content-Length 0, so that no server waits for one."""
    async with fetching(replies(ok())) as (server, client):
        await read_all(await client.fetch("POST", f"http://api.test:{server.port}/"))
        assert "content-length: 0" in server.heads[0]


async def test_connections_are_kept_alive_per_client():
    """Ten requests in a row need one connection and one look-up."""
    names = Names()
    async with fetching(replies(ok()), resolver=names) as (server, client):
        for _ in range(10):
            await read_all(await client.fetch("GET", f"http://api.test:{server.port}/"))
        assert (server.connections, len(server.requests), names.asked) == (1, 10, ["api.test"])


async def test_a_connection_that_the_server_closed_is_not_used_again():
    """A server that closes after each answer, without saying so, costs new connections and no failures."""
    async with fetching(replies(ok(), close=True)) as (server, client):
        for _ in range(5):
            assert await read_all(await client.fetch("GET", f"http://api.test:{server.port}/")) == b"ok"
        assert server.connections == 5


async def test_an_idempotent_request_is_sent_again_when_the_kept_connection_dies_under_it():
    """The server takes the second request on a connection and hangs up: it comes again on a new one."""

    async def answer(stream, number):
        if number != 1:
            await stream.send_all(ok())
        return number == 1

    async with fetching(answer) as (server, client):
        url = f"http://api.test:{server.port}/"
        await read_all(await client.fetch("GET", url))
        assert await read_all(await client.fetch("GET", url)) == b"ok"
        assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_post_is_never_sent_twice():
    """The same for a POST is a failure: the server may have acted on it."""

    async def answer(stream, number):
        if number != 1:
            await stream.send_all(ok())
        return number == 1

    async with fetching(answer) as (server, client):
        url = f"http://api.test:{server.port}/"
        await read_all(await client.fetch("GET", url))
        with pytest.raises(FetchError, match="closed too early"):
            await client.fetch("POST", url, body=b"pay")
        assert len(server.requests) == 2


async def test_the_checked_address_is_dialled_and_the_name_is_kept():
    """What was resolved once is what is connected to; nothing is resolved a second time."""
    names = Names()
    async with fetching(replies(ok()), resolver=names) as (server, client):
        await read_all(await client.fetch("GET", f"http://Rebind.TEST.:{server.port}/"))
        assert names.asked == ["rebind.test"]


async def test_a_refused_address_is_never_connected_to():
    """A name that leads to a listening private address: the server sees no connection at all."""
    policy = Policy.from_config(["public"])
    async with fetching(replies(ok()), policy=policy) as (server, client):
        with pytest.raises(FetchError) as caught:
            await client.fetch("GET", f"http://rebind.test:{server.port}/")
        assert caught.value.message.startswith(
            "fetch failed: Network policy blocked connection to rebind.test (resolved"
        )
        assert caught.value.js_class == "TypeError"
        assert "127.0.0.1" not in caught.value.message
        assert server.connections == 0


async def test_an_unreachable_address_makes_room_for_the_next_one():
    """Happy eyeballs: the first address refuses, the second answers."""
    names = Names(two=["127.0.0.9", "127.0.0.1"])
    async with fetching(replies(ok()), resolver=names) as (server, client):
        response = await client.fetch("GET", f"http://two.test:{server.port}/")
        assert await read_all(response) == b"ok"


async def test_no_listener_is_a_connect_failure():
    """The error names the place and has Node's code."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with fetching(replies(ok())) as (_, client):
        with pytest.raises(FetchError, match=f"connect to gone.test:{port} failed: Connection refused") as caught:
            await client.fetch("GET", f"http://gone.test:{port}/")
        assert caught.value.js_code == "ECONNREFUSED"


async def test_own_listeners_are_refused_even_when_allowed():
    """A listener on every address is refused under each local address."""
    async with fetching(replies(ok())) as (server, client):
        port = server.port
        await read_all(await client.fetch("GET", f"http://api.test:{port}/"))
    for listener in [("127.0.0.1", port), ("0.0.0.0", port)]:
        async with fetching(replies(ok()), own_listeners=[listener]) as (_, client):
            with pytest.raises(FetchError, match="own listeners are always refused"):
                await client.fetch("GET", f"http://api.test:{port}/")


async def test_redirects_are_followed_and_checked_hop_by_hop():
    """Relative, absolute and cross-origin redirects; credentials are left behind at the border."""
    headers = [("authorization", "Bearer x"), ("cookie", "a=1"), ("x-keep", "1")]
    async with fetching(replies(redirect(302, "/second"), redirect(307, "//other.test:{port}/third"), ok())) as (s, c):
        s._answer = replies(redirect(302, "/second"), redirect(307, f"//other.test:{s.port}/third"), ok())
        response = await c.fetch("GET", f"http://api.test:{s.port}/first", headers)
        assert (response.redirected, response.url) == (True, f"http://other.test:{s.port}/third")
        assert "authorization: Bearer x" in s.heads[1]
        assert "authorization" not in s.heads[2]
        assert "cookie" not in s.heads[2]
        assert "x-keep: 1" in s.heads[2]
        await read_all(response)


@pytest.mark.parametrize("location", ["http://10.0.0.1/", "//169.254.169.254/", "http://[::1]/", "http://0x7f.1/"])
async def test_a_redirect_into_a_private_network_is_refused(location):
    """Every hop repeats the whole decision."""
    policy = Policy.from_config([{"host": "api.test", "private": True}, "public"])
    async with fetching(replies(redirect(302, location)), policy=policy) as (server, client):
        with pytest.raises(FetchError, match="Network policy blocked"):
            await client.fetch("GET", f"http://api.test:{server.port}/")
        assert len(server.requests) == 1


async def test_redirect_modes():
    """`manual` gives the redirect itself, `error` fails."""
    async with fetching(replies(redirect(302, "/again"))) as (server, client):
        url = f"http://api.test:{server.port}/"
        response = await client.fetch("GET", url, mode="manual")
        assert (response.status, dict(response.headers)["location"]) == (302, "/again")
        await response.body.aclose()
        with pytest.raises(FetchError, match="answered with a redirect"):
            await client.fetch("GET", url, mode="error")
        with pytest.raises(FetchError, match="more than 20 redirects"):
            await client.fetch("GET", url)


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"), (301, "PUT", "PUT")],
)
async def test_redirects_rewrite_the_method_as_browsers_do(status, method, after):
    """With the method go the body and its headers."""
    async with fetching(replies(redirect(status, "/next"), ok())) as (server, client):
        url = f"http://api.test:{server.port}/"
        await read_all(await client.fetch(method, url, [("content-type", "text/x")], b"body"))
        assert server.heads[1].startswith(f"{after} /next ")
        assert ("content-type" in server.heads[1]) == (after != "GET")
        assert server.requests[1].endswith(b"body") == (after != "GET")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "gzip, gzip"])
async def test_bodies_are_decoded_as_they_come(coding):
    """The function sees the decoded body, and no header that would no longer be true."""
    text = b"hello " * 50_000
    raw = zlib.compressobj(wbits=-15)
    encoded = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "gzip, gzip": gzip.compress(gzip.compress(text)),
    }[coding]
    header = b"content-encoding: " + coding.removeprefix("raw ").encode()
    async with fetching(replies(ok(encoded, header))) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        assert await read_all(response) == text
        assert not {"content-encoding", "content-length"} & {name for name, _ in response.headers}


async def test_an_unknown_coding_is_left_alone():
    """What we cannot decode arrives as it is, with its header."""
    async with fetching(replies(ok(b"xyz", b"content-encoding: br"))) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        assert dict(response.headers)["content-encoding"] == "br"
        assert await read_all(response) == b"xyz"


async def test_a_gzip_bomb_is_refused_long_before_it_is_unpacked():
    """64 MiB of zeros in 64 KiB: reading fails early, and never gives more than a chunk at once."""
    bomb = gzip.compress(bytes(64 << 20))
    limits = msgspec.structs.replace(QUICK, expansion_floor=8 << 20)
    async with fetching(replies(ok(bomb, b"content-encoding: gzip")), limits=limits) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        sizes = []

        async def read_on():
            while data := await response.body.read():
                sizes.append(len(data))

        with pytest.raises(FetchError, match="decompression bomb"):
            await read_on()
        assert sum(sizes) <= 16 << 20
        assert max(sizes) <= client.limits.chunk
        await response.body.aclose()


async def test_a_body_over_its_limit_is_cut_off():
    """The message names limit and value."""
    limits = msgspec.structs.replace(QUICK, response_body=1000)
    async with fetching(replies(ok(b"x" * 1001)), limits=limits) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        with pytest.raises(FetchError, match="over the limit of 1000 bytes"):
            await read_all(response)
        await response.body.aclose()


async def _drip(stream, _):
    await stream.send_all(b"HTTP/1.1 200 OK\r\n")
    while True:
        await stream.send_all(b"x")
        await trio.sleep(0.02)


async def _endless_headers(stream, _):
    await stream.send_all(b"HTTP/1.1 200 OK\r\n")
    while True:
        await stream.send_all(b"x-more: yes\r\n" * 100)


async def _endless_hints(stream, _):
    while True:
        await stream.send_all(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 100)


async def _silent(stream, _):
    await trio.sleep_forever()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (_drip, "no response within"),
        (_silent, "no response within"),
        (_endless_headers, "bad HTTP"),
        (_endless_hints, "head is too large"),
        (replies(b"", close=True), "closed too early"),
        (replies(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000 + b"\r\n\r\n"), "over the limit of 65536"),
        (replies(b"\x00\x01 garbage\r\n\r\n"), "bad HTTP"),
        (replies(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), "bad HTTP"),
        (replies(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx"), "bad HTTP"),
        (replies(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"), "bad HTTP"),
    ],
)
async def test_a_misbehaving_server_is_a_type_error_with_a_cause(answer, message):
    """Slow, silent, endless, oversized and malformed heads: each fails within its deadline and leaves nothing open."""
    seconds = 0.2 if "within" in message else 2.0
    limits = msgspec.structs.replace(QUICK, connect=seconds, first_byte=seconds)
    async with fetching(answer, limits=limits) as (server, client):
        with trio.fail_after(5), pytest.raises(FetchError, match=message) as caught:
            await client.fetch("GET", f"http://api.test:{server.port}/")
        assert caught.value.js_class == "TypeError"
        assert caught.value.stage in ("response", "limit")
        assert f"api.test:{server.port}" in caught.value.message or message.startswith("over")
        assert not client._pool.connections
        if answer is not _silent:
            with trio.fail_after(2):
                await server.left.wait()


async def _reset(stream, _):
    await stream.send_all(ok(b"x" * 10)[:-5])
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return True


async def _stall(stream, _):
    await stream.send_all(ok(b"x" * 10)[:-5])
    await trio.sleep_forever()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (_reset, "closed too early|without sending complete"),
        (_stall, "nothing more of the response body within"),
        (replies(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", close=True), "without sending complete"),
        (replies(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), "bad HTTP"),
        (replies(ok(gzip.compress(b"x" * 100)[:-9], b"content-encoding: gzip")), "ended too early"),
        (replies(ok(b"not gzip at all", b"content-encoding: gzip")), "not what its content-encoding says"),
    ],
)
async def test_a_body_that_breaks_off_fails_the_read(answer, message):
    """The head has been delivered; the read that meets the damage says what it is."""
    limits = msgspec.structs.replace(QUICK, idle=0.2)
    async with fetching(answer, limits=limits) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        with pytest.raises(FetchError, match=message):
            await read_all(response)
        await response.body.aclose()
        assert not [c for c in client._pool.connections if not c.is_idle()]


async def test_a_cancelled_fetch_closes_its_connection():
    """Cancelling while the head is awaited: the server sees the connection end, the pool forgets it."""
    async with fetching(_silent) as (server, client):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.fetch, "GET", f"http://api.test:{server.port}/")
            await server.asked.wait()
            nursery.cancel_scope.cancel()
        assert not client._pool.connections


async def test_a_body_that_is_given_up_closes_its_connection():
    """The rest of a big body is not read: the server notices."""

    async def endless(stream, _):
        await stream.send_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await stream.send_all(b"5\r\nhello\r\n" * 1000)

    async with fetching(endless) as (server, client):
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        await response.body.read()
        await response.body.aclose()
        with trio.fail_after(2):
            await server.left.wait()
        assert not client._pool.connections


async def test_rules_by_method_and_path_hold_on_a_kept_connection():
    """A connection that a GET opened does not carry a POST, nor another path, past the policy."""
    rule = {"host": "api.test", "private": True, "methods": ["GET"], "path": "/v1/*"}
    async with fetching(replies(ok()), policy=Policy.from_config([rule, "public"])) as (server, client):
        base = f"http://api.test:{server.port}"
        assert await read_all(await client.fetch("GET", f"{base}/v1/x")) == b"ok"
        for method, path in [("POST", "/v1/x"), ("GET", "/v2"), ("GET", "/v1/..%2fv2"), ("GET", "/v1/%2e%2e/v2")]:
            with pytest.raises(FetchError, match="Network policy blocked"):
                await client.fetch(method, base + path)
        assert len(server.requests) == 1


async def test_proxies_of_the_environment_are_ignored(monkeypatch):
    """Requests go straight to their host."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    async with fetching(replies(ok())) as (server, client):
        assert await read_all(await client.fetch("GET", f"http://api.test:{server.port}/")) == b"ok"


async def test_a_data_url_needs_no_network():
    """Even a function without any egress may read one."""
    async with fetching(replies(ok()), policy=Policy.from_config([])) as (server, client):
        response = await client.fetch("GET", "data:text/plain;base64,aGVsbG8=")
        assert (dict(response.headers)["content-type"], await read_all(response)) == ("text/plain", b"hello")
        assert server.connections == 0


@pytest.mark.slow
async def test_a_flipping_resolver_never_gets_a_private_address_dialled():
    """10,000 connects with answers that flip between public and private: no private one is dialled."""
    dialled = []

    class Flipping:
        turn = 0

        async def resolve(self, name):
            await trio.lowlevel.checkpoint()
            self.turn += 1
            answers = (["93.184.216.34"], ["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:10.0.0.1"])
            return [ipaddress.ip_address(text) for text in answers[self.turn % 4]]

    class Recording:
        async def connect(self, address, port):
            await trio.lowlevel.checkpoint()
            dialled.append(str(address))
            raise OSError(111, "refused")

    policy = Policy.from_config(["public"])
    async with fetching(replies(ok()), policy=policy, resolver=Flipping(), network=Recording()) as (_, client):
        for _ in range(10_000):
            with pytest.raises(FetchError):
                await client.fetch("GET", "http://rebind.test/")
    assert set(dialled) == {"93.184.216.34"}
    assert len(dialled) == 2_500


async def test_every_verdict_is_observed():
    """Operators see what was allowed and what was refused, with the addresses."""
    seen = []
    async with fetching(replies(ok()), observe=lambda _, verdict: seen.append(verdict)) as (server, client):
        await read_all(await client.fetch("GET", f"http://api.test:{server.port}/"))
        assert [(v.allowed, v.host, v.addresses) for v in seen] == [(True, "api.test", ("127.0.0.1",))]
    assert EVERYWHERE.layers[0].allow[0].text in seen[0].rule


async def test_a_url_has_a_limit():
    """The message names length and limit."""
    async with fetching(replies(ok())) as (_, client):
        with pytest.raises(FetchError, match="the URL has 70014 characters, over the limit of 65536"):
            await client.fetch("GET", "http://api.test/".ljust(70_014, "x"))


async def test_the_resolver_of_the_system():
    """The name localhost through the real resolver, with a rule for its address only; and a name that cannot exist."""
    async with fetching(replies(ok())) as (server, _):
        policy = Policy.from_config([f"127.0.0.1:{server.port}", "*.invalid"])
        async with client_of(policy, resolver=SystemResolver()) as client:
            assert await read_all(await client.fetch("GET", f"http://localhost:{server.port}/")) == b"ok"
            with pytest.raises(FetchError) as caught:
                await client.fetch("GET", "http://no-such-name.invalid/")
            assert (caught.value.stage, caught.value.js_code in ("ENOTFOUND", "EAI_AGAIN")) == ("ip", True)


async def test_a_request_that_is_cancelled_before_it_begins_holds_no_connection():
    """Thousands of them, and the pool of two is as free as before."""
    limits = msgspec.structs.replace(QUICK, connections=2)
    async with fetching(replies(ok()), limits=limits) as (server, client):
        url = f"http://api.test:{server.port}/"
        for _ in range(3):
            with trio.CancelScope() as scope:
                scope.cancel()
                await client.fetch("GET", url)
        assert not client._pool.connections
        async with trio.open_nursery() as nursery:  # one has all connections, another waits for one
            blocked = trio.Event()

            async def wait():
                await read_all(await client.fetch("GET", url))
                blocked.set()

            for _ in range(4):
                nursery.start_soon(wait)
            with trio.fail_after(2):
                await blocked.wait()


async def test_a_misdirected_request_is_sent_once_more_on_a_new_connection():
    """421 is about the connection (RFC 9110, 15.5.20); the second one is the answer."""
    misdirected = b"HTTP/1.1 421 Misdirected Request\r\ncontent-length: 3\r\n\r\nbad"
    async with fetching(replies(misdirected, ok(b"good"), misdirected)) as (server, client):
        url = f"http://api.test:{server.port}/"
        response = await client.fetch("POST", url, body=b"same")
        assert (response.status, await read_all(response)) == (200, b"good")
        assert server.connections == 2
        assert [request.partition(b"\r\n\r\n")[2] for request in server.requests] == [b"same", b"same"]
        again = await client.fetch("GET", url)
        assert (again.status, await read_all(again)) == (421, b"bad")
        assert len(server.requests) == 4


async def test_bytes_behind_a_response_are_no_answer_to_the_next_request():
    """What a server sends behind a status without a body ends the connection."""
    smuggled = b"HTTP/1.1 204 No Content\r\n\r\n" + ok(b"evil")
    async with fetching(replies(smuggled, ok(b"good"))) as (server, client):
        url = f"http://api.test:{server.port}/"
        assert await read_all(await client.fetch("GET", url)) == b""
        assert await read_all(await client.fetch("GET", url)) == b"good"
        assert server.connections == 2


async def test_a_byte_in_each_chunk_stops_nobody_else():
    """What has arrived at once is taken in with pauses."""
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 5000 + b"0\r\n\r\n"
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with fetching(replies(chunked)) as (server, client), trio.open_nursery() as nursery:
        response = await client.fetch("GET", f"http://api.test:{server.port}/")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(count)
        assert len(await read_all(response)) == 5000
        nursery.cancel_scope.cancel()
    assert turns > 100
