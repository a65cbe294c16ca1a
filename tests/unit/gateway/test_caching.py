"""Kept answers: what tells them apart, who waits for whom, and what operators mean."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from edge.config.cache_model import RouteCache
from edge.config.route_model import HeaderRules, Route
from edge.errors import CallerError
from edge.function import Function
from edge.gateway.caching.budget import Budget
from edge.gateway.caching.duty import cache_of
from edge.gateway.caching.fill import Ask, Fill
from edge.gateway.caching.flights import ALONE_SECONDS, MAX_FOLLOWERS, Flights, Landing
from edge.gateway.caching.key import KeyRules, cache_key, keyed, without
from edge.gateway.caching.purge import MOST, read_purge
from edge.gateway.caching.refresh import MOST as MOST_REFRESHES
from edge.gateway.caching.refresh import Nobody, Refresher
from edge.gateway.caching.shared import Caching
from edge.gateway.dispatch import DispatchSettings
from edge.gateway.duties.compiler import PolicyCompiler
from edge.invocation import Outcome, Receipt
from edge.services.cache.storable import Rules
from edge.services.cache.store import CacheStore
from edge.wire.messages import Request
from tests.support.routed_gateway import RoutedGateway


def asked(url="http://a.test/p?q=1", **more):
    return Request(method="GET", url=url, path="/p", query=url.partition("?")[2], **more)


def key(*arguments, rules=None, **more):
    return cache_key(keyed(asked(*arguments, **more), rules or KeyRules()), rules or KeyRules())


DISTINCT = [
    ("http://a.test/p", "https://a.test/p"),
    ("http://a.test/p", "http://b.test/p"),
    ("http://a.test/p", "http://a.test:81/p"),
    ("http://a.test/p", "http://a.test/P"),
    ("http://a.test/p", "http://a.test/p/"),
    ("http://a.test/p?a=1&b=2", "http://a.test/p?b=2&a=1"),
    ("http://a.test/p?a=1;b=2", "http://a.test/p?a=1&b=2"),
    ("http://a.test/p?a=%41", "http://a.test/p?a=A"),
    ("http://a.test/p?a", "http://a.test/p?a="),
]


@pytest.mark.parametrize(("one", "other"), DISTINCT)
def test_what_a_function_could_tell_apart_has_another_key(one, other):
    """Bytes are compared, nothing is parsed: two parsers might disagree."""
    assert key(one) != key(other)
    assert key(one) == key(one)


def test_a_host_that_is_not_that_of_the_url_has_another_key():
    """Functions see it, and proxies may say one thing in Host and another one in X-Forwarded-Host."""
    assert key(headers=[("host", "a.test")]) != key(headers=[("host", "evil.test")])


@pytest.mark.parametrize("name", ["x", "authorization", "client-cert"])
async def test_answers_to_who_has_said_who_he_is_are_kept_for_nobody_else(name):
    """Unless they say that they are for all: a certificate is as good as a password."""

    async def answer(_request, exchange):
        await exchange.head(200, [("cache-control", "max-age=60")], b"hello ann", end=True)

    async with CacheStore(None) as store:
        served = RoutedGateway({"path": "/*rest", "cache": {}}, compiler=PolicyCompiler(Caching(store)))
        served.app.reconfigure(DispatchSettings(trusted_proxies=("192.0.2.7",)))  # which may send certificates
        served.handlers["a"] = answer
        await served(headers={name: "ann"})
        await served()
        assert len(served.invoked) == (1 if name == "x" else 2)


@pytest.mark.parametrize("refusing", [("set-cookie", "session=ann"), ("cache-control", "private")])
@pytest.mark.parametrize("settings", [{}, {"coalesce": True}])
async def test_a_304_that_is_for_one_client_leaves_nothing_for_others(refusing, settings):
    """He gets all of it; whoever asks next gets what the function says then."""

    async def first(_request, exchange):
        await exchange.head(200, [("cache-control", "no-cache"), ("etag", '"1"')], b"hello", end=True)

    async def his(_request, exchange):
        await exchange.head(304, [("etag", '"1"'), refusing], end=True)

    async def later(request, exchange):
        asked_again = "if-none-match" in dict(request.headers)
        await exchange.head(304 if asked_again else 200, [("etag", '"1"')], b"" if asked_again else b"hello", end=True)

    async with CacheStore(None) as store:
        served = RoutedGateway({"path": "/*rest", "cache": settings}, compiler=PolicyCompiler(Caching(store)))
        answers = []
        for served.handlers["a"] in (first, his, later):
            answers.append(await served())
        assert [(answer.status, answer.body) for answer in answers] == [(200, b"hello")] * 3
        assert answers[1].headers[refusing[0]] == refusing[1]
        assert answers[2].headers.get(refusing[0]) != refusing[1]


def test_headers_of_the_key():
    """Absent is not empty, and none can be mistaken for another."""
    rules = KeyRules(headers=("a", "b"))
    found = {
        key(rules=rules, headers=headers)
        for headers in (
            [],
            [("a", "")],
            [("b", "")],
            [("a", "1"), ("b", "2")],
            [("a", '1","2')],
            [("a", "2"), ("b", "1")],
        )
    }
    assert len(found) == 6
    assert key(headers=[("a", "1")]) == key(headers=[("a", "2")])


IGNORED = {
    "utm_source=x&a=1&utm_medium=y": "a=1",
    "a=1&ref=x": "a=1",
    "ref&a=1&ref": "a=1",
    "reference=1": "reference=1",
    "a=1;ref=x": "a=1;ref=x",
    "%72ef=x": "%72ef=x",
    "utm_": "",
    "&&a": "&&a",
}


@pytest.mark.parametrize(("query", "left"), IGNORED.items())
def test_parameters_that_are_ignored_are_not_seen_either(query, left):
    """By their names as they are written; what is written otherwise stays in key and request."""
    assert without(query, ("utm_*", "ref")) == left
    seen = keyed(asked(f"http://a.test/p?{query}"), KeyRules(ignored=("utm_*", "ref")))
    assert (seen.query, seen.url) == (left, f"http://a.test/p?{left}" if left else "http://a.test/p")


def test_headers_that_override_url_or_method_are_not_seen():
    """Unless they are a part of the key."""
    headers = [
        ("x-original-url", "/evil"),
        ("x_original_url", "/evil"),
        ("x-http-method-override", "PUT"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x", "1"),
    ]
    assert keyed(asked(headers=headers), KeyRules()).headers == headers[3:]
    assert keyed(asked(headers=headers), KeyRules(headers=("x-original-url",))).headers == [headers[0], *headers[3:]]
    plain = asked(headers=[("x", "1")])
    assert keyed(plain, KeyRules()) is plain


def space(function=None, **route):
    settings = route.pop("cache", RouteCache())
    caching = Caching(CacheStore(None))
    return cache_of(Route(path="/p", cache=settings, **route), caching).space(
        function or Function(id="1", name="f", package="sha256:00")
    )


OTHERS = {
    "another function": {"function": Function(id="1", name="g", package="sha256:00")},
    "another package": {"function": Function(id="1", name="f", package="sha256:01")},
    "another variable": {"function": Function(id="1", name="f", package="sha256:00", env={"A": "1"})},
    "another secret": {"function": Function(id="1", name="f", package="sha256:00", secrets={"A": "1"})},
    "another host": {"host": "a.test"},
    "a condition": {"headers": {"x-beta": "1"}},
    "stripped": {"strip_prefix": True},
    "other headers for the function": {"request_headers": HeaderRules(set={"x": "1"})},
    "another key": {"cache": RouteCache(key_headers=["x"])},
    "ignored parameters": {"cache": RouteCache(ignore_query=["x"])},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_shapes_answers_has_a_place_of_its_own(other):
    """The same after a restart; another one for another route, function or version."""
    assert space() == space(Function(id="2", name="f", package="sha256:00"))
    assert space(**other) != space()


def test_answers_may_outlive_deploys():
    """When the route says so."""
    across = RouteCache(across_deploys=True)
    newer = Function(id="1", name="f", package="sha256:01")
    assert space(cache=across) == space(newer, cache=across)
    version = Function(id="1", name="f@v2", package="sha256:01")
    assert space(cache=across) == space(version, cache=across)
    assert space() != space(version) == space(newer)
    assert space(cache=across) != space()


# -- flights


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def test_followers_learn_what_becomes_of_a_flight(autojump_clock):
    """Shared, alone, lost; or they have waited long enough."""
    flights = Flights(Clock())
    flight = flights.begin("s", b"k", 0)
    assert flights.joins("s", b"k", 0) is flight
    assert flights.joins("s", b"k", 1) is None  # after a purge
    assert not flights.may_lead("s", b"k", 0)
    assert await flight.follow(1) is None
    assert await flight.follow(-1) is None
    async with trio.open_nursery() as nursery:
        found = []

        async def wait():
            found.append(await flight.follow(10))

        nursery.start_soon(wait)
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        assert flight.followers == 2
        flight.land(Landing.LOST)
    assert found == [Landing.LOST, Landing.LOST]
    assert flights.joins("s", b"k", 0) is None
    assert flights.may_lead("s", b"k", 0)


def test_nobody_waits_for_what_was_for_one_client_only():
    """For a while; and no flight has followers without end."""
    clock = Clock()
    flights = Flights(clock)
    flight = flights.begin("s", b"k", 0)
    flight.land(Landing.ALONE)
    flight.land(Landing.LOST)
    assert flights.joins("s", b"k", 0) is None
    assert not flights.may_lead("s", b"k", 0)
    assert flights.may_lead("s", b"other", 0)
    clock.now = ALONE_SECONDS + 0.1
    assert flights.may_lead("s", b"k", 0)
    flights.begin("s", b"k", 0).followers = MAX_FOLLOWERS
    assert flights.joins("s", b"k", 0) is None


# -- filling


class Sent(Nobody):
    """A client that remembers what it got."""

    def __init__(self):
        self.body = b""
        self.ended = False

    async def head(self, status, headers, body=b"", *, end=False):
        self.headers = dict(headers)
        self.body += body
        self.ended = end

    async def write(self, data):
        self.body += data

    async def end(self):
        self.ended = True


def filling(budget=1000, max_entry=100):
    kept = []

    async def store(new):
        kept.append(new)
        return True

    ask = Ask("s", b"k", "f", asked(), Rules(), False, "uri-miss", 0.0, 0)
    sent = Sent()
    memory = Budget(budget)
    fill = Fill(sent, ask, store=store, clock=lambda: 1.0, max_entry=max_entry, budget=memory)
    return fill, sent, kept, memory


async def parts(fill, *bodies, length=None):
    headers = [("cache-control", "max-age=60"), *([("content-length", str(length))] if length else [])]
    await fill.head(200, headers)
    for body in bodies:
        await fill.write(body)
    await fill.end()


@pytest.mark.parametrize(
    ("bodies", "length", "budget", "is_kept"),
    [
        ([b"one", b"two"], None, 1000, True),
        ([b"one", b"two"], 6, 1000, True),
        ([b"one"], 6, 1000, False),
        ([b"x" * 60, b"x" * 60], None, 1000, False),
        ([b"x" * 60], None, 50, False),
        ([], None, 1000, True),
    ],
)
async def test_what_a_stream_leaves(bodies, length, budget, is_kept):
    """All of it, when it is whole and there is room; the client gets it in any case, and memory comes back."""
    fill, sent, kept, memory = filling(budget)
    await parts(fill, *bodies, length=length)
    assert sent.body == b"".join(bodies)
    assert sent.ended
    assert [new.body for new in kept] == ([b"".join(bodies)] if is_kept else [])
    assert memory.free == budget


async def test_a_stream_that_does_not_end_leaves_nothing():
    """Nor does what has changed meanwhile."""
    fill, _, kept, memory = filling()
    await fill.head(200, [("cache-control", "max-age=60")], b"half")
    assert memory.free < 1000
    fill.drop()
    assert (kept, memory.free) == ([], 1000)
    fill, sent, kept, _ = filling()
    fill.spoilt = True
    await parts(fill, b"all")
    assert (sent.body, kept) == (b"all", [])


# -- refreshes


class Held:
    """A generation that counts who holds it."""

    users = 0

    def hold(self):
        self.users += 1

    def release(self):
        self.users -= 1


async def test_refreshes_are_one_at_a_time_of_each_and_not_too_many():
    """They keep their generation, whatever becomes of them."""
    refresher, generation, go = Refresher(), Held(), trio.Event()
    begun = []

    def job(number):
        async def refresh():
            begun.append(number)
            await go.wait()
            if number == 1:
                raise RuntimeError("a bug")
            return Receipt(Outcome.OK)

        return refresh

    refresher.start(0, generation, "f", job(0))  # nobody runs them yet
    async with trio.open_nursery() as nursery:
        await nursery.start(refresher.run)
        for number in [1, 1, *range(2, MOST_REFRESHES + 5)]:
            refresher.start(number, generation, "f", job(number))
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(begun) == list(range(1, MOST_REFRESHES + 1))
        assert generation.users == MOST_REFRESHES
        go.set()
        await trio.testing.wait_all_tasks_blocked()
        assert generation.users == 0
        refresher.start(1, generation, "f", job(7))
        await trio.testing.wait_all_tasks_blocked()
        assert begun[-1] == 7
        nursery.cancel_scope.cancel()
    assert generation.users == 0


# -- purges

NAMES = {
    "https://Example.com/a/../b?x=1#f": "example.com/b?x=1",
    "example.com": "example.com/",
    "example.com:8080/%7euser": "example.com:8080/~user",
    " http://example.com/%2f ": "example.com/%2F",
    "[::1]:80/a": "[::1]:80/a",
}


@pytest.mark.parametrize(("text", "url"), NAMES.items())
def test_urls_are_named_as_people_write_them(text, url):
    """And found as requests are routed."""
    assert read_purge([text], [], [], "", everything=False).urls == (url,)


def test_what_a_purge_means():
    """Prefixes stay as they are; something has to be named."""
    found = read_purge([], ["https://a.test", "a.test/b?c"], [" News "], "f", everything=False)
    assert (found.prefixes, found.tags, found.function) == (("a.test/", "a.test/b?c"), ("news",), "f")
    for urls in ([""], ["/path"], ["http://"], ["a b/c"], ["a.test/%zz"], ["ü.test"], ["a.test/ü"]):
        with pytest.raises(CallerError):
            read_purge(urls, [], [], "", everything=False)
    for arguments in (([], [], [], ""), (["a"] * (MOST + 1), [], [], "")):
        with pytest.raises(CallerError):
            read_purge(*arguments, everything=False)
    with pytest.raises(CallerError):
        read_purge(["a.test"], [], [], "", everything=True)
