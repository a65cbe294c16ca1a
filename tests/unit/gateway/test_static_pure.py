"""Static files, the parts without a disk: ranges, preconditions, encodings, names, types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gateway.static.content_types import content_type
from edge.gateway.static.paths import Wanted, tries, wanted
from edge.gateway.static.preconditions import evaluate, may_send_parts
from edge.gateway.static.ranges import GAP, MOST, parse_ranges
from edge.gateway.static.variants import choose, weights

SIZE = 10_000


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-", [(500, SIZE)]),
        ("bytes=-500", [(9500, SIZE)]),
        ("bytes=-99999", [(0, SIZE)]),
        ("bytes=9999-99999999", [(9999, SIZE)]),
        ("BYTES = 0-1", [(0, 2)]),
        ("bytes=0-1, 5000-5001 ,, -1", [(0, 2), (5000, 5002), (9999, SIZE)]),
        ("bytes=5000-5001,0-1", [(5000, 5002), (0, 2)]),  # the client's order
        ("bytes=0-10,5-20", [(0, 21)]),
        ("bytes=0-10,11-20", [(0, 21)]),
        (f"bytes=0-10,{10 + GAP}-200", [(0, 201)]),
        ("bytes=0-10,1000-1010,5-1005", [(0, 1011)]),  # the third joins the first two
        ("bytes=5000-5001,0-1,2-4990", [(0, 5002)]),
        ("bytes=0-1,20000-", [(0, 2)]),  # what is not there is left out
        ("bytes=10000-", []),
        ("bytes=-0", []),
        ("bytes=20000-20001,30000-", []),
    ],
)
def test_ranges_that_can_be_sent(header, spans):
    """RFC 9110, section 14.1.2; overlapping and near ones become one."""
    assert parse_ranges(header, SIZE) == spans


@pytest.mark.parametrize(
    "header",
    [
        *("", "bytes", "bytes=", "bytes=,", "bytes=x", "bytes=1", "bytes=-", "bytes=--1", "bytes=5-4", "items=0-1"),
        *("bytes=0-1;", "bytes=0-1 2-3", "bytes=0x0-1", "bytes=٣-٤", "bytes=0-1,x", "bytes=" + "1" * 40 + "-"),
        "bytes=" + ",".join(f"{n * 200}-{n * 200}" for n in range(MOST + 1)),
    ],
)
def test_ranges_that_stand_for_all(header):
    """What is not understood, or too much, is as if it were not there."""
    assert parse_ranges(header, SIZE) is None


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=1, max_size=MOST), st.integers(0, 1500))
def test_no_request_gets_more_bytes_than_there_are(pairs, size):
    """All that is asked for is sent, none of it twice."""
    asked = [(min(pair), max(pair)) for pair in pairs]
    spans = parse_ranges("bytes=" + ",".join(f"{first}-{last}" for first, last in asked), size)
    sent = [byte for first, last in spans for byte in range(first, last)]
    assert len(sent) == len(set(sent))
    assert set(sent) >= {byte for first, last in asked for byte in range(first, min(last + 1, size))}
    assert all(0 <= first < last <= size for first, last in spans)


NOW = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT"
TAG = '"abc"'


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "send"),
        ({"if-none-match": TAG}, "not modified"),
        ({"if-none-match": f'"x", W/{TAG}'}, "not modified"),
        ({"if-none-match": "*"}, "not modified"),
        ({"if-none-match": '"x"'}, "send"),
        ({"if-none-match": '"x"', "if-modified-since": DATE}, "send"),  # the tag counts
        ({"if-none-match": "abc"}, "send"),
        ({"if-modified-since": DATE}, "not modified"),
        ({"if-modified-since": "Tuesday, 14-Nov-23 22:13:20 GMT"}, "not modified"),
        ({"if-modified-since": "Tue Nov 14 22:13:20 2023"}, "not modified"),
        ({"if-modified-since": EARLIER}, "send"),
        ({"if-modified-since": "yesterday"}, "send"),
        ({"if-modified-since": "Tue, 99 Nov 99999999 22:13:20 GMT"}, "send"),
        ({"if-match": TAG}, "send"),
        ({"if-match": "*"}, "send"),
        ({"if-match": f"W/{TAG}"}, "failed"),
        ({"if-match": '"x"'}, "failed"),
        ({"if-match": TAG, "if-none-match": TAG}, "not modified"),
        ({"if-unmodified-since": DATE}, "send"),
        ({"if-unmodified-since": EARLIER}, "failed"),
        ({"if-match": TAG, "if-unmodified-since": EARLIER}, "send"),
    ],
)
def test_preconditions_in_their_order(headers, verdict):
    """RFC 9110, section 13.2.2."""
    assert evaluate(headers, TAG, NOW) == verdict


@pytest.mark.parametrize(
    ("condition", "etag", "holds"),
    [
        (None, TAG, True),
        (TAG, TAG, True),
        ('"x"', TAG, False),
        (f"W/{TAG}", TAG, False),
        (TAG, f"W/{TAG}", False),
        (f"W/{TAG}", f"W/{TAG}", False),
        (DATE, TAG, True),
        (EARLIER, TAG, False),
        (DATE, f"W/{TAG}", False),
        ("nonsense", TAG, False),
    ],
)
def test_parts_are_only_sent_of_what_the_client_has(condition, etag, holds):
    """RFC 9110, section 13.1.5: a weak tag is never enough."""
    assert may_send_parts({} if condition is None else {"if-range": condition}, etag, NOW) is holds


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, br, zstd", "br"),  # the smallest of those equally welcome
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("GZIP ; Q=0.3", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "zstd"),
        ("br;q=0", "identity"),
        ("identity;q=0, br;q=0, *;q=0", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("deflate", "identity"),
        ("br;q=banana, gzip", "gzip"),
        ("br" * 2000, "identity"),
    ],
)
def test_the_form_that_a_client_gets(header, chosen):
    """RFC 9110, section 12.5.3."""
    assert choose({"identity": 100, "br": 20, "zstd": 25, "gzip": 30}, weights(header)) == chosen


def test_a_compressed_form_that_is_larger_is_not_sent_where_the_plain_one_is_as_welcome():
    """It would help nobody."""
    assert choose({"identity": 100, "gzip": 120}, weights("gzip, identity")) == "identity"


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("", Wanted((), slash=True)),
        ("/", None),
        ("a", Wanted(("a",), slash=False)),
        ("a/", Wanted(("a",), slash=True)),
        ("a/b%20c", Wanted(("a", "b c"), slash=False)),
        ("%E2%82%AC.txt", Wanted(("€.txt",), slash=False)),
        ("%252e%252e", Wanted(("%2e%2e",), slash=False)),  # decoded once, and that is it
        (".well-known/acme", Wanted((".well-known", "acme"), slash=False)),
        *((rest, None) for rest in ("a//b", "/a", "a//", ".env", "a/.git/x", "a/.well-known/x", "a%2Fb", "%2F", "..",
                                    "a/../b", ".", "%5C", "x" * 256, "é" * 128, "...")),
    ],
)  # fmt: skip
def test_names_of_files_from_a_path(rest, found):
    """One segment is one name, and none of them leads anywhere else."""
    assert wanted(rest, hidden=False) == found


def test_hidden_files_are_served_where_that_is_wanted():
    """But never `..`."""
    assert wanted(".env", hidden=True) == Wanted((".env",), slash=False)
    assert wanted("..", hidden=True) is None


def test_what_is_looked_for_in_order():
    """The path itself is what was asked for, with or without its slash."""
    path = Wanted(("a", "b"), slash=True)
    patterns = ("{path}", "{path}.html", "{path}/index.php", "/index.html")
    found = list(tries(patterns, path))
    assert found[0] is path
    assert found[1:] == [
        Wanted(("a", "b.html"), slash=False),
        Wanted(("a", "b", "index.php"), slash=False),
        Wanted(("index.html",), slash=False),
    ]
    assert [one.names for one in tries(patterns, Wanted((), slash=True))] == [(), ("index.php",), ("index.html",)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("A.HTML", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.tar.gz", "application/gzip"),
        ("a.png", "image/png"),
        ("a.woff2", "font/woff2"),
        ("a", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
        (".html", "application/octet-stream"),
    ],
)
def test_content_types_follow_from_names(name, kind):
    """And not from tables of the machine."""
    assert content_type(name) == kind
