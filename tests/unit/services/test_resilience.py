"""Retries, breakers and limits per host, against real servers on loopback."""

from __future__ import annotations

import itertools

import pytest
import trio
import trio.testing
from fetch_rig import QUICK, fetching, ok, read_all, redirect, replies

from edge.services.http.failure import FetchError
from edge.services.resilience.rules import Breaker, HostRule, Retry

pytestmark = pytest.mark.integration

BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\nretry-after: %s\r\n\r\nbusy"
DOWN = b"HTTP/1.1 503 Down\r\ncontent-length: 4\r\n\r\ndown"
QUICKLY = Retry(attempts=3, backoff=0.01, max_backoff=0.05)


def helping(**kinds):
    """The same help for every host."""
    return [HostRule.of("*", **kinds)]


async def status_of(client, server, method="GET", body=None):
    """One request, read to its end."""
    response = await client.fetch(method, f"http://api.test:{server.port}/", body=body)
    await read_all(response)
    return response.status


async def test_an_idempotent_request_is_sent_again_until_it_is_answered():
    """A status that is no answer, a connection that breaks, and then the answer."""
    turns = itertools.count()

    async def answer(stream, _):
        turn = next(turns)
        if turn == 0:
            await stream.send_all(DOWN)
        elif turn == 1:
            return True
        else:
            await stream.send_all(ok())
        return False

    async with fetching(answer, hosts=helping(retry=QUICKLY)) as (server, client):
        assert await status_of(client, server) == 200
        assert len(server.requests) == 3


@pytest.mark.parametrize(("method", "body", "sent"), [("POST", b"x", 1), ("PATCH", b"x", 1), ("PUT", b"x", 3)])
async def test_what_is_not_idempotent_is_sent_once(method, body, sent):
    """A PUT may come twice, a POST may not; the last answer is the function's."""
    async with fetching(replies(DOWN), hosts=helping(retry=QUICKLY)) as (server, client):
        assert await status_of(client, server, method, body) == 503
        assert len(server.requests) == sent
        assert all(request.endswith(b"\r\n\r\nx") for request in server.requests)


async def test_without_help_nothing_is_sent_again():
    """It is off by default."""
    async with fetching(replies(DOWN)) as (server, client):
        assert await status_of(client, server) == 503
        assert len(server.requests) == 1


async def test_a_retry_after_beyond_the_limit_is_an_answer():
    """The function decides whether it waits for a minute."""
    async with fetching(replies(BUSY % b"60"), hosts=helping(retry=QUICKLY)) as (server, client):
        assert await status_of(client, server) == 503
        assert len(server.requests) == 1


async def test_a_retry_after_within_the_limit_is_waited_for():
    """At least as long as the server asks."""
    retry = Retry(attempts=2, backoff=0.01, max_backoff=2.0)
    async with fetching(replies(BUSY % b"1", ok()), hosts=helping(retry=retry)) as (server, client):
        began = trio.current_time()
        assert await status_of(client, server) == 200
        assert trio.current_time() - began >= 1.0


async def test_a_policy_that_refuses_is_not_asked_again():
    """No address will be another one by asking often."""
    asked = []

    class Names:
        async def resolve(self, name):
            await trio.lowlevel.checkpoint()
            asked.append(name)
            return []

    async with fetching(replies(ok()), resolver=Names(), hosts=helping(retry=QUICKLY)) as (server, client):
        with pytest.raises(FetchError, match="was not found"):
            await status_of(client, server)
        assert len(asked) == 1


async def test_a_host_that_fails_gets_a_rest_and_then_one_request():
    """Failures in a row open the circuit: requests fail at once, with the reason; later it closes."""
    good = False

    async def answer(stream, _):
        await stream.send_all(ok() if good else DOWN)

    rules = helping(breaker=Breaker(failures=2, cooldown=0.2))
    async with fetching(answer, hosts=rules) as (server, client):
        assert [await status_of(client, server) for _ in range(2)] == [503, 503]
        with pytest.raises(FetchError, match="has failed 2 times in a row") as caught:
            await status_of(client, server)
        assert caught.value.js_code == "ERR_CIRCUIT_OPEN"
        assert len(server.requests) == 2
        good = True
        await trio.sleep(0.25)
        assert await status_of(client, server) == 200
        assert await status_of(client, server) == 200


async def test_a_request_that_is_given_up_does_not_keep_the_circuit_half_open():
    """The next one may find out."""
    silent = trio.Event()

    async def answer(stream, number):
        if number == 0:
            await stream.send_all(DOWN)
        elif number == 1:
            silent.set()
            await trio.sleep_forever()
        else:
            await stream.send_all(ok())

    async with fetching(answer, hosts=helping(breaker=Breaker(failures=1, cooldown=0.05))) as (server, client):
        assert await status_of(client, server) == 503
        await trio.sleep(0.06)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(status_of, client, server)
            await silent.wait()
            nursery.cancel_scope.cancel()
        assert await status_of(client, server) == 200


async def test_other_hosts_are_not_held_responsible():
    """A circuit is of one host and port."""
    async with fetching(replies(DOWN), hosts=helping(breaker=Breaker(failures=1, cooldown=60))) as (server, client):
        assert await status_of(client, server) == 503
        response = await client.fetch("GET", f"http://other.test:{server.port}/")
        assert response.status == 503
        await read_all(response)


async def test_open_requests_to_a_host_are_limited_to_the_end_of_their_responses():
    """The third waits until a body has been read; nothing is lost when one fails or is given up."""
    now = most = 0
    two, release = trio.Event(), trio.Event()

    async def answer(stream, _):
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 2:
            two.set()
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no")
        await release.wait()
        now -= 1
        await stream.send_all(b"k")

    async with fetching(answer, hosts=helping(concurrency=2)) as (server, client):
        async with trio.open_nursery() as nursery:
            for _ in range(6):
                nursery.start_soon(status_of, client, server)
            await two.wait()
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert len(server.requests) == 2
            release.set()
        assert most == 2
        assert len(server.requests) == 6


async def test_waiting_for_room_has_an_end():
    """The error names the limit and where it is set."""

    async def answer(stream, _):
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no")
        await trio.sleep_forever()

    limits = QUICK.__class__(connect=2.0, first_byte=0.2, idle=2.0)
    async with fetching(answer, hosts=helping(concurrency=1), limits=limits) as (server, client):
        held = await client.fetch("GET", f"http://api.test:{server.port}/")
        with pytest.raises(FetchError, match="1 requests are open, its limit"):
            await status_of(client, server)
        await held.body.aclose()
        held = await client.fetch("GET", f"http://api.test:{server.port}/")
        await held.body.aclose()


async def test_each_hop_of_a_redirect_has_help_of_its_own():
    """And the place of the first is free when the second is asked."""
    async with fetching(replies(redirect(302, "/b"), ok()), hosts=helping(concurrency=1)) as (server, client):
        assert await status_of(client, server) == 200


async def test_attempts_end_with_the_time_of_the_request():
    """A pause that would reach beyond it is not begun."""
    retry = Retry(attempts=10, backoff=0.5, max_backoff=0.5)
    limits = QUICK.__class__(connect=2.0, first_byte=2.0, idle=2.0, total=0.6)
    async with fetching(replies(DOWN), hosts=helping(retry=retry), limits=limits) as (server, client):
        with trio.fail_after(2):
            assert await status_of(client, server) == 503
        assert len(server.requests) <= 3
