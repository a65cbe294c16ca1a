"""What was learned about a function, and the allow list that it becomes."""

from __future__ import annotations

import ipaddress
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.services.egress.policy import SOCKET_SCHEMES, WEBSOCKET_SCHEMES, Policy
from edge.services.egress.target import Target
from edge.services.egress.url import parse_url
from edge.services.egress.verdict import Verdict
from edge.services.observation.learned import MAX_PLACES, Learned
from edge.services.observation.path_set import MAX_METHODS, MAX_PATTERNS, PathSet
from edge.services.observation.suggestion import suggest


def learned(*requests):
    """After requests `(method, url, address...)`."""
    found = Learned()
    for method, url, *addresses in requests:
        target = Target.request(method, parse_url(url))
        found.add(target, Verdict(True, "", target.host.name, target.port, "public", tuple(addresses or ["8.8.8.8"])))
    return found


def allow_list(*requests):
    """The suggestion for them."""
    return suggest("f", learned(*requests), learning=True).allow


def test_the_list_names_schemes_ports_methods_and_paths():
    """As tables, with default ports left out; identifiers in paths become `*`."""
    assert allow_list(
        ("GET", "https://api.test/v1/users/1"),
        ("GET", "https://api.test/v1/users/22?x=1"),
        ("POST", "https://api.test/v1/users"),
        ("GET", "http://files.test:8080/"),
    ) == [
        {"host": "files.test", "scheme": "http", "port": 8080, "methods": ["GET"], "path": "/"},
        {"host": "api.test", "scheme": "https", "methods": ["GET"], "path": "/v1/users/*"},
        {"host": "api.test", "scheme": "https", "methods": ["POST"], "path": "/v1/users"},
    ]


def test_private_places_are_marked_and_addresses_are_written_as_they_are():
    """A name that led to a private address needs `private`; a literal opens itself."""
    assert allow_list(("GET", "http://db.internal:5000/x", "10.0.0.1"), ("GET", "http://[fd12::1]/x", "fd12::1")) == [
        {"host": "db.internal", "scheme": "http", "port": 5000, "methods": ["GET"], "path": "/x", "private": True},
        {"host": "fd12::1", "scheme": "http", "methods": ["GET"], "path": "/x"},
    ]


def test_bare_connections_are_written_with_their_port():
    """Nothing is known of what goes over them."""
    found = Learned()
    for scheme, host in (("tcp", "db.test"), ("tls", "[2001:db8::1]")):
        target = Target(scheme, parse_url(f"http://{host}").host, 5432)
        found.add(target, Verdict(True, "", target.host.name, 5432, "public", ("8.8.8.8",)))
    assert suggest("f", found, learning=True).allow == ["tcp://db.test:5432", "tls://[2001:db8::1]:5432"]


def test_the_toml_is_what_a_config_takes():
    """It parses to the same list, whatever the function is called."""
    for name in ("hello", "my.fn", "a-b"):
        found = suggest(name, learned(("GET", 'https://api.test/a"b/1'), ("PUT", "ws://x.test/")), learning=True)
        assert tomllib.loads(found.toml)["functions"][name]["egress"]["allow"] == found.allow
    assert tomllib.loads(suggest("f", Learned(), learning=False).toml)["functions"]["f"]["egress"]["allow"] == []


def test_what_stayed_closed_is_told():
    """With the reason and how often."""
    found = Learned()
    target = Target.request("GET", parse_url("http://10.0.0.1/"))
    for _ in range(3):
        found.add(target, Policy.from_config(["public"]).check(target))
    refused = suggest("f", found, learning=True).refused
    assert [(one["host"], one["port"], one["count"]) for one in refused] == [("10.0.0.1", 80, 3)]
    assert "not public" in refused[0]["reason"]


def test_methods_that_are_made_up_become_any():
    """They are not remembered without end."""
    requests = [(f"M{number}", "https://api.test/v1") for number in range(1000)]
    assert allow_list(*requests) == [{"host": "api.test", "scheme": "https", "path": "/v1"}]
    assert allow_list(("X" * 100_000, "https://api.test/")) == [{"host": "api.test", "scheme": "https", "path": "/"}]
    found = learned(*requests)
    assert max(len(use.paths.patterns["/v1"]) for use in found.uses.values()) <= MAX_METHODS + 1


def test_what_is_remembered_is_bounded():
    """Places, patterns, their lengths and refusals: a function can choose all of them."""
    found = Learned()
    policy = Policy.from_config([])
    for number in range(MAX_PLACES + 500):
        target = Target.request("GET", parse_url(f"http://h{number}.test/{'x' * 3000}"))
        found.add(target, Verdict(True, "", target.host.name, 80, "public", ("8.8.8.8",)))
        found.add(target, policy.check(target))
    assert (len(found.uses), found.missed) == (MAX_PLACES, 500)
    assert {pattern for use in found.uses.values() for pattern in use.paths.patterns} == {"/*"}
    assert len(found.refused) <= 100


ELSEWHERE = ipaddress.ip_address("8.8.8.8")
_SEGMENT = st.sampled_from(
    [
        "v1",
        "users",
        "1",
        "42",
        "a.json",
        "%2e%2e",
        "..",
        "",
        ";x",
        "%2F",
        "A",
        "deadbeef99",
        "x" * 300,
        "*",
        "a b",
        "\xe9",
    ]
)
_PATH = st.lists(_SEGMENT, max_size=5).map(lambda segments: "/" + "/".join(segments))
_URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "ws", "wss"]),
    st.sampled_from(["api.test", "b.test", "93.184.216.34", "[2606:4700::1]"]),
    st.sampled_from(["", ":8080"]),
    _PATH,
)


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "DELETE"]), _URLS), max_size=40))
def test_the_list_lets_through_whatever_was_seen_and_no_other_host(requests):
    """Each request again, and nothing at a host, port or scheme that was not among them."""
    policy = Policy.from_config(allow_list(*requests))
    schemes = frozenset({"http", "https"}) | WEBSOCKET_SCHEMES
    places = set()
    for method, url in requests:
        target = Target.request(method, parse_url(url))
        places.add((target.scheme, target.host.name, target.port))
        verdict = policy.check(target, schemes)
        assert verdict.allowed, (url, verdict.reason)
    for url in ("https://api.test:9/", "https://c.test/", "http://93.184.216.35/", "https://x.api.test/"):
        target = Target.request("GET", parse_url(url))
        assert not (policy.check(target, schemes).allowed and policy.check_addresses(target, [ELSEWHERE]).allowed)
    bare = Target("tcp", parse_url("http://api.test").host, 8080)
    assert not (policy.check(bare, SOCKET_SCHEMES).allowed and policy.check_addresses(bare, [ELSEWHERE]).allowed)


@given(st.lists(_PATH, max_size=200))
def test_patterns_are_few_whatever_the_paths(paths):
    """However many there are."""
    found = PathSet()
    for path in paths:
        found.add(parse_url(f"http://a.test{path}").path, "GET")
    assert len(found.patterns) <= MAX_PATTERNS


@pytest.mark.parametrize(
    ("paths", "patterns"),
    [
        (["/a", "/b"], {"/a", "/b"}),
        (["/u/550e8400-e29b-41d4-a716-446655440000/x"], {"/u/*/x"}),
        ([f"/v1/{word}" for word in "abcdefghij"], {"/v1/*"}),
        ([f"/v1/{word}" for word in "abcdefghij"] + ["/health"], {"/v1/*", "/health"}),
        ([f"/{word}" for word in "abcdefghijk"], {"/*"}),
    ],
)
def test_paths_are_generalised_sensibly(paths, patterns):
    """Exact while there are few, folded at the first segment when there are many."""
    found = PathSet()
    for path in paths:
        found.add(path, "GET")
    assert set(found.patterns) == patterns
