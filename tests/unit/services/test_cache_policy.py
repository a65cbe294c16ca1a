"""The rules of a shared cache, table by table (RFC 9111, 9110, 5861, 9211)."""

from __future__ import annotations

import pytest

from edge.services.cache import conditional, ranges, vary
from edge.services.cache.control import MAX_SECONDS, parse_control, seconds
from edge.services.cache.fields import field, http_date, members
from edge.services.cache.freshness import initial_age
from edge.services.cache.records import Head, Times
from edge.services.cache.status import CacheStatus
from edge.services.cache.storable import Rules, judge
from edge.services.cache.tags import MAX_TAGS, tags_of
from edge.services.cache.usable import Use, may_cover_failure, use

NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"  # NOW
HOUR_AGO = "Fri, 15 Jan 2027 07:00:00 GMT"
IN_AN_HOUR = "Fri, 15 Jan 2027 09:00:00 GMT"

CONTROLS = {
    "": {},
    "max-age=60": {"max-age": "60"},
    "Max-Age=60, PUBLIC": {"max-age": "60", "public": None},
    'max-age="60"': {"max-age": "60"},
    'private="set-cookie, x", max-age=1': {"private": "set-cookie, x", "max-age": "1"},
    "max-age=1, max-age=100": {"max-age": "1"},
    ",, no-store ,": {"no-store": None},
    'ext="a\\"b, no-store", public': {"ext": 'a"b, no-store', "public": None},
    "max-age = 60": {"max-age": "60"},
}


@pytest.mark.parametrize(("text", "control"), CONTROLS.items())
def test_directives_are_read(text, control):
    """Section 5.2: a list with quoted strings, names in any case; the first of two counts."""
    assert parse_control(text) == control


def test_what_is_no_number_makes_nothing_fresh():
    """And what is too large counts as much as can be."""
    for text in ("max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=abc", "max-age=6 0"):
        assert seconds(parse_control(text), "max-age") == 0, text
    assert seconds(parse_control("max-age=99999999999999999999"), "max-age") == MAX_SECONDS
    assert seconds({}, "max-age") is None
    assert len(parse_control(",".join(f"a{n}" for n in range(1000)))) == 64


def test_dates_and_lists():
    """All three forms of a date, and nothing that only looks like one."""
    for text in (DATE, "Friday, 15-Jan-27 08:00:00 GMT", "Fri Jan 15 08:00:00 2027"):
        assert http_date(text) == NOW, text
    for text in ("", "0", "-1", "yesterday", "15", "Fri, 99 Jan 2027 08:00:00 GMT", "x" * 100):
        assert http_date(text) is None, text
    assert list(members('a, "b, c" , ,d')) == ["a", '"b, c"', "d"]
    assert field([("a", "1"), ("b", "x"), ("a", " 2 ")], "a") == "1, 2"


def kept(control=None, status=200, *, rules=None, credentials=False, request="", **headers):
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if control is not None:
        fields.append(("cache-control", control))
    return judge(
        *(status, fields), received=NOW, rules=rules or Rules(), credentials=credentials, request=parse_control(request)
    )


LIFETIMES = {
    "max-age": ({"control": "max-age=60"}, 60),
    "s-maxage first": ({"control": "max-age=60, s-maxage=5"}, 5),
    "s-maxage of 0": ({"control": "max-age=60, s-maxage=0"}, None),
    "expires": ({"expires": IN_AN_HOUR}, 3600),
    "expires and date": ({"expires": DATE, "date": HOUR_AGO}, 3600),
    "max-age before expires": ({"control": "max-age=1", "expires": IN_AN_HOUR}, 1),
    "expired": ({"expires": HOUR_AGO}, None),
    "expires 0": ({"expires": "0"}, None),
    "nothing": ({}, None),
    "public alone": ({"control": "public"}, None),
    "modified alone": ({"last_modified": HOUR_AGO}, None),
    "heuristic": ({"last_modified": HOUR_AGO, "rules": Rules(heuristic=True)}, 360),
    "heuristic, a day at most": (
        {"last_modified": "Fri, 15 Jan 2016 07:00:00 GMT", "rules": Rules(heuristic=True)}, 86400,
    ),
    "heuristic, of another status": (
        {"last_modified": HOUR_AGO, "rules": Rules(heuristic=True), "status": 302}, None,
    ),
    "default": ({"rules": Rules(default=30)}, 30),
    "default, of another status": ({"rules": Rules(default=30), "status": 500}, None),
    "default and said": ({"control": "max-age=0", "rules": Rules(default=30)}, None),
    "any status that says so": ({"control": "max-age=9", "status": 500}, 9),
    "not found": ({"control": "max-age=9", "status": 404}, 9),
    "a status nobody knows": ({"control": "max-age=9", "status": 599}, 9),
    "too much": ({"control": f"max-age={10**30}"}, MAX_SECONDS),
}  # fmt: skip


@pytest.mark.parametrize(("given", "fresh"), LIFETIMES.values(), ids=LIFETIMES)
def test_how_long_an_answer_is_fresh(given, fresh):
    """Section 4.2.1 and 4.2.2; None when it is not kept at all."""
    verdict = kept(**given)
    assert (verdict.times.fresh if verdict.times else None) == fresh


REFUSED = {
    "no-store": {"control": "no-store, max-age=60"},
    "private": {"control": "private, max-age=60"},
    "set-cookie": {"control": "public, max-age=60", "set_cookie": "a=b"},
    "event-stream": {"control": "max-age=60", "content_type": "Text/Event-Stream; charset=utf-8"},
    "status": {"control": "max-age=60", "status": 206},
    "request-no-store": {"control": "max-age=60", "request": "no-store"},
    "authorization": {"control": "max-age=60", "credentials": True},
    "vary": {"control": "max-age=60", "vary": "Accept, *"},
    "tags": {"control": "max-age=60", "cache_tag": ",".join(map(str, range(MAX_TAGS + 1)))},
    "no-lifetime": {"control": "no-cache"},
}


@pytest.mark.parametrize(("reason", "given"), REFUSED.items())
def test_what_is_not_kept(reason, given):
    """Section 3, and why."""
    verdict = kept(**given)
    assert (verdict.times, verdict.reason, verdict.shareable) == (None, reason, False)


def test_more_that_is_not_kept():
    """In other words."""
    assert kept('private="x-name", max-age=60').reason == "private"
    assert kept("max-age=60", vary=", ".join(f"x-{n}" for n in range(17))).reason == "vary"
    assert kept("max-age=60", vary="x" * 65).reason == "vary"
    assert kept("max-age=60", status=304).reason == "status"
    assert kept("max-age=60", cache_tag="x" * 257).reason == "tags"
    assert kept("no-store, must-understand, max-age=5").times.fresh == 5
    assert kept("no-store, must-understand, max-age=5", status=299).reason == "no-store"


def test_answers_for_somebody_are_kept_when_they_say_that_they_are_for_all():
    """Section 3.5."""
    for control in ("public, max-age=60", "s-maxage=60", "max-age=60, must-revalidate"):
        assert kept(control, credentials=True).times.fresh == 60


LENIENT = Rules(revalidating=10, failing=20)
STALENESS = {
    "nothing": ("max-age=60", Rules(), (0, 0)),
    "said": ("max-age=60, stale-while-revalidate=5, stale-if-error=6", Rules(), (5, 6)),
    "by the route": ("max-age=60", LENIENT, (10, 20)),
    "said wins": ("max-age=60, stale-while-revalidate=0", LENIENT, (0, 20)),
    "must-revalidate": ("max-age=60, must-revalidate, stale-while-revalidate=5", LENIENT, (0, 0)),
    "proxy-revalidate": ("max-age=60, proxy-revalidate, stale-if-error=5", LENIENT, (0, 0)),
    "s-maxage, by the route": ("s-maxage=60", LENIENT, (0, 0)),
    "s-maxage, said": ("s-maxage=60, stale-while-revalidate=5", LENIENT, (5, 0)),
}


@pytest.mark.parametrize(("control", "rules", "times"), STALENESS.values(), ids=STALENESS)
def test_how_long_an_answer_may_be_stale(control, rules, times):
    """RFC 5861, within what section 4.2.4 forbids."""
    found = kept(control, rules=rules).times
    assert (found.fresh, found.revalidating, found.failing) == (60, *times)


def test_what_must_be_asked_about_is_kept_when_it_can_be():
    """`no-cache` with a validator."""
    assert kept("no-cache", etag='"a"').times == Times(checked=True)
    assert kept("no-cache", last_modified=DATE).times.checked
    assert not kept("no-cache", etag='"a"').shareable
    assert kept("max-age=0", etag='"a"').times is None
    assert kept("max-age=0, stale-while-revalidate=5").times == Times(0, 5)


AGES = {
    "new": ({}, 0),
    "stated": ({"age": "30"}, 32),
    "stated twice": ({"age": "30, 40"}, 32),
    "no number": ({"age": "x"}, 0),
    "by its date": ({"date": HOUR_AGO}, 3600),
    "the greater": ({"date": HOUR_AGO, "age": "30"}, 3600),
    "of the future": ({"date": IN_AN_HOUR}, 0),
    "of this second": ({"date": DATE}, 0),
}


@pytest.mark.parametrize(("headers", "age"), AGES.values(), ids=AGES)
def test_how_old_an_answer_is_when_it_comes(headers, age):
    """Section 4.2.3; it was asked for two seconds ago."""
    assert initial_age(list(headers.items()), NOW - 2, NOW) == age


def head(times, age=0.0):
    return Head(url="https://a/", status=200, headers=(), times=times, received=NOW, age=age)


MIXED = Times(60, 30, 300)
USES = [
    (MIXED, 0, "", Use.FRESH),
    (MIXED, 59, "", Use.FRESH),
    (MIXED, 60, "", Use.STALE),
    (MIXED, 90, "", Use.CHECK),
    (Times(60), 60, "", Use.CHECK),
    (Times(checked=True), 0, "", Use.CHECK),
    (MIXED, -1000, "", Use.FRESH),
    (MIXED, 0, "no-cache", Use.CHECK),
    (MIXED, 10, "max-age=5", Use.CHECK),
    (MIXED, 10, "max-age=15", Use.FRESH),
    (MIXED, 50, "min-fresh=20", Use.CHECK),
    (MIXED, 70, "no-cache", Use.CHECK),
    (Times(0, 0, 5), 0, "max-age=0", Use.CHECK),
    (MIXED, 100, "max-stale", Use.CHECK),
    (MIXED, 70, "max-age=100", Use.STALE),
]


@pytest.mark.parametrize(("times", "later", "wish", "expected"), USES)
def test_what_is_done_with_what_is_kept(times, later, wish, expected):
    """Section 4, and 5.2.1 for the wishes of clients."""
    assert use(head(times), NOW + later, parse_control(wish)) is expected


def test_a_failure_is_covered_for_a_while():
    """RFC 5861 section 4."""
    assert may_cover_failure(head(MIXED), NOW + 359)
    assert not may_cover_failure(head(MIXED), NOW + 360)
    assert not may_cover_failure(head(MIXED, age=100), NOW + 300)
    assert not may_cover_failure(head(Times(checked=True, failing=100)), NOW)


def test_an_answer_fits_requests_that_say_the_same():
    """Section 4.1; blanks and the order of lines do not count, presence does."""
    names = vary.vary_names([("vary", "Accept-Language, X-A"), ("vary", "x-a")])
    assert names == ("accept-language", "x-a")
    first = [("accept-language", "de, en;q=0.5"), ("x-a", "1")]
    selection = vary.select(names, first)
    assert vary.fits(selection, first)
    assert vary.fits(selection, [("x-a", "1"), ("accept-language", "DE ,en;q=0.5"), ("other", "x")])
    assert vary.fits(selection, [("accept-language", "de"), ("accept-language", "en;q=0.5"), ("x-a", "1")])
    assert not vary.fits(selection, [("accept-language", "de, en;q=0.5"), ("x-a", "A")])
    assert not vary.fits(selection, [("accept-language", "de, en;q=0.5")])
    assert not vary.fits(vary.select(("x-a",), []), [("x-a", "")])
    assert vary.digest(()) == b""
    assert vary.digest(selection) == vary.digest(vary.select(names, list(reversed(first))))
    assert vary.digest(vary.select(("a", "b"), [("a", "1"), ("b", "")])) != vary.digest(
        vary.select(("a", "b"), [("a", ""), ("b", "1")])
    )


E_A, LM = ("etag", '"a"'), ("last-modified", HOUR_AGO)
CONDITIONS = [
    ([("if-none-match", '"a"')], [E_A], True),
    ([("if-none-match", 'W/"a"')], [E_A], True),
    ([("if-none-match", '"a"')], [("etag", 'W/"a"')], True),
    ([("if-none-match", '"b", "a"')], [E_A], True),
    ([("if-none-match", '"b"')], [E_A], False),
    ([("if-none-match", "*")], [], True),
    ([("if-none-match", "a")], [E_A], False),
    ([("if-none-match", '"a"')], [], False),
    ([("if-modified-since", HOUR_AGO)], [LM], True),
    ([("if-modified-since", DATE)], [LM], True),
    ([("if-modified-since", "Fri, 15 Jan 2027 06:59:59 GMT")], [LM], False),
    ([("if-modified-since", "soon")], [LM], False),
    ([("if-modified-since", DATE)], [], False),
    ([("if-none-match", '"b"'), ("if-modified-since", DATE)], [E_A, LM], False),
    ([], [E_A], False),
]


@pytest.mark.parametrize(("request_", "stored", "expected"), CONDITIONS)
def test_what_a_client_has_already(request_, stored, expected):
    """RFC 9110 section 13.2.2."""
    assert conditional.not_modified(request_, stored) is expected


def test_asking_whether_it_is_still_right():
    """Sections 4.3.1, 4.3.4 and 3.2."""
    stored = [("etag", '"a"'), LM, ("content-type", "text/plain"), ("x", "1"), ("cache-control", "max-age=1")]
    assert conditional.conditions(stored) == [("if-none-match", '"a"'), ("if-modified-since", HOUR_AGO)]
    assert conditional.conditions([("x", "1")]) == []
    assert conditional.confirms(stored, [])
    assert conditional.confirms(stored, [("etag", '"a"')])
    assert conditional.confirms(stored, [("etag", 'W/"a"')])
    assert not conditional.confirms(stored, [("etag", '"b"')])
    assert not conditional.confirms([("etag", 'W/"a"')], [("etag", '"a"')])
    answer = [("cache-control", "max-age=9"), ("content-type", "x/y"), ("content-length", "0"), ("x", "2"), ("x", "3")]
    assert conditional.updated([*stored, ("age", "7")], answer) == (
        ("etag", '"a"'), LM, ("content-type", "text/plain"), ("cache-control", "max-age=9"), ("x", "2"), ("x", "3"),
    )  # fmt: skip


RANGES = [
    ("bytes=0-4", (0, 5)),
    ("bytes=5-", (5, 10)),
    ("bytes=-3", (7, 10)),
    ("bytes=-30", (0, 10)),
    ("bytes=9-100", (9, 10)),
    ("Bytes = 0-0", (0, 1)),
    ("bytes=10-", (0, 0)),
    ("bytes=-0", (0, 0)),
    ("bytes=5-4", None),
    ("bytes=0-1,3-4", None),
    ("bytes=a-b", None),
    ("bytes=-", None),
    ("lines=0-1", None),
    ("bytes=99999999999999999999-", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "part"), RANGES)
def test_parts(text, part):
    """RFC 9110 section 14.1.2: (0, 0) is 416, None is the whole."""
    found = ranges.wanted_part([("range", text)], [], 10)
    assert (None if found is None else (found.start, found.stop)) == part


def test_parts_only_of_what_the_client_has():
    """RFC 9110 section 13.1.5: If-Range compares strongly."""
    asked = ("range", "bytes=0-1")
    assert ranges.wanted_part([asked, ("if-range", '"a"')], [E_A], 10)
    assert ranges.wanted_part([asked, ("if-range", HOUR_AGO)], [LM], 10)
    for condition, own in (('"b"', E_A), ('W/"a"', ("etag", 'W/"a"')), (DATE, LM), (HOUR_AGO, E_A), ("x", E_A)):
        assert ranges.wanted_part([asked, ("if-range", condition)], [own], 10) is None
    assert ranges.Part(2, 5).content_range(10) == "bytes 2-4/10"


def test_tags_and_status():
    """`Cache-Tag` in any case; members of Cache-Status as RFC 9211 writes them."""
    assert tags_of([("cache-tag", "A, b ,,a")]) == {"a", "b"}
    assert tags_of([]) == frozenset()
    assert CacheStatus(hit=True, ttl=-5, detail="stale-if-error").text() == "edge; hit; ttl=-5; detail=stale-if-error"
    miss = CacheStatus(forward="uri-miss", forward_status=200, stored=True, collapsed=True)
    assert miss.text() == "edge; fwd=uri-miss; fwd-status=200; stored; collapsed"
