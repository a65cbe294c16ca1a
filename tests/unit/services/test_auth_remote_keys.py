"""The keys of an issuer: fetched when needed, kept, and fetched again without being a burden to anybody."""

from __future__ import annotations

import json

import pytest
import trio

from edge.errors import AuthUnavailableError, OutsideError
from edge.services.auth.remote_keys import FETCH_TIMEOUT, FRESH, MAX_STALE, PAUSE, Fetched, RemoteKeys
from tests.support.tokens import jwk

URL = "https://keys.test/jwks"
ISSUER = "https://login.test/"


class Issuer:
    """What a URL answers, and how often it was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []
        self.cache_control = ""
        self.delay = 0.0

    async def __call__(self, url):
        self.asked.append(url)
        await trio.sleep(self.delay)
        answer = self.answers[url.rpartition("/")[2].replace("-", "_")]
        if isinstance(answer, Exception):
            raise answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Fetched(body, self.cache_control)


def key_set(*names):
    return {"keys": [jwk("P-256", name) for name in names]}


async def names(keys, name="a", alg="ES256"):
    return [one.id for one in await keys.find(name, alg)]


async def many(count, call):
    """The results of calls at the same time."""
    found = []

    async def one():
        found.append(await call())

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(one)
    return found


async def test_keys_are_fetched_once_for_all_who_need_them_first(autojump_clock, nursery):
    """And not again while they are fresh."""
    issuer = Issuer(jwks=key_set("a"))
    issuer.delay = 1
    keys = RemoteKeys(issuer, nursery.start_soon, jwks_url=URL)
    assert await many(20, lambda: names(keys)) == [["a"]] * 20
    await trio.sleep(FRESH - 2)
    assert await names(keys) == ["a"]
    assert issuer.asked == [URL]


async def test_a_key_that_is_not_known_is_looked_for_but_not_oftener_than_the_pause(autojump_clock, nursery):
    """A new key is found; a flood of made-up names is one fetch in PAUSE seconds."""
    issuer = Issuer(jwks=key_set("a"))
    keys = RemoteKeys(issuer, nursery.start_soon, jwks_url=URL)
    await names(keys)
    issuer.answers["jwks"] = key_set("a", "b")
    assert await names(keys, "b") == ["a"]
    await trio.sleep(PAUSE + 0.1)
    assert await names(keys, "b") == ["a", "b"]
    await many(100, lambda: names(keys, "made up"))
    assert len(issuer.asked) == 2
    for _ in range(50):
        await trio.sleep(1)
        await names(keys, "made up")
    assert len(issuer.asked) <= 2 + 50 / PAUSE


async def test_aged_keys_are_good_while_newer_ones_are_fetched(autojump_clock, nursery):
    """Nobody waits for that; a key that is gone is not known any more afterwards."""
    issuer = Issuer(jwks=key_set("a"))
    issuer.cache_control = "public, max-age=120"
    keys = RemoteKeys(issuer, nursery.start_soon, jwks_url=URL)
    await names(keys)
    issuer.answers["jwks"], issuer.delay = key_set("b"), 3
    await trio.sleep(121)
    before = trio.current_time()
    assert await names(keys) == ["a"]
    assert trio.current_time() == before
    await trio.sleep(4)
    assert await names(keys, "b") == ["b"]
    assert len(issuer.asked) == 2


async def test_known_keys_outlive_an_outage_but_not_for_ever(autojump_clock, nursery):
    """A day; whatever goes wrong."""
    issuer = Issuer(jwks=key_set("a"))
    keys = RemoteKeys(issuer, nursery.start_soon, jwks_url=URL)
    await names(keys)
    for broken in (OutsideError("away"), b"<html>", {"keys": []}, {"keys": "x"}, b"[" * 9999, {"keys": [{}] * 101}):
        issuer.answers["jwks"] = broken
        await trio.sleep(FRESH + PAUSE)
        assert await names(keys) == ["a"]
        await trio.sleep(1)
    await trio.sleep(MAX_STALE)
    with pytest.raises(AuthUnavailableError):
        await names(keys)


async def test_an_issuer_that_hangs_costs_one_deadline_and_then_nothing(autojump_clock, nursery):
    """Those who come meanwhile wait for the same fetch; those who come after it are refused at once, for the pause."""
    issuer = Issuer(jwks=key_set("a"))
    issuer.delay = 10_000
    keys = RemoteKeys(issuer, nursery.start_soon, jwks_url=URL)
    began = trio.current_time()

    async def refused():
        with pytest.raises(AuthUnavailableError):
            await names(keys)

    await many(50, refused)
    assert trio.current_time() - began == pytest.approx(FETCH_TIMEOUT)
    before = trio.current_time()
    issuer.delay = 0
    await trio.sleep(0.2)
    assert await names(keys) == ["a"]
    assert trio.current_time() - before < 1
    assert len(issuer.asked) == 2


async def test_a_client_that_leaves_does_not_take_the_fetch_with_it(autojump_clock, nursery):
    """Others wait for it."""
    issuer = Issuer(jwks=key_set("a"))
    issuer.delay = 2
    keys = RemoteKeys(issuer, nursery.start_soon, jwks_url=URL)
    with trio.move_on_after(1):
        await names(keys)
    assert await names(keys) == ["a"]
    assert len(issuer.asked) == 1


async def test_the_keys_of_an_issuer_are_where_it_says(autojump_clock, nursery):
    """OpenID Connect Discovery: its metadata first."""
    metadata = {"issuer": ISSUER, "jwks_uri": "https://keys.test/jwks", "other": 1}
    issuer = Issuer(openid_configuration=metadata, jwks=key_set("a"))
    assert await names(RemoteKeys(issuer, nursery.start_soon, issuer=ISSUER)) == ["a"]
    assert issuer.asked == ["https://login.test/.well-known/openid-configuration", "https://keys.test/jwks"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.test", "jwks_uri": URL},
        {"issuer": "https://evil.test/", "jwks_uri": URL},
        {"issuer": ISSUER, "jwks_uri": "http://keys.test/jwks"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/jwks"},
        {"issuer": ISSUER},
        [],
        b"{",
    ],
)
async def test_metadata_of_another_issuer_or_without_a_safe_place_are_not_believed(metadata, autojump_clock, nursery):
    """Section 4.3: the issuer must be exactly the one that was asked for."""
    issuer = Issuer(openid_configuration=metadata, jwks=key_set("a"))
    with pytest.raises(AuthUnavailableError):
        await names(RemoteKeys(issuer, nursery.start_soon, issuer=ISSUER))
