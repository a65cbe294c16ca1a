"""Routing: what matches, what wins, and what a match says."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.gateway import route_states
from edge.gateway.header_match import conditions, joined
from edge.gateway.routing import Match, MethodNotAllowed, NotFound, Router, RouteRule


def rule(path, function=None, host=None, methods=None, *, strip_prefix=False):
    return RouteRule(path, function or path, host, methods, strip_prefix)


def served(router, path, method="GET", host="h.test"):
    found = router.match(host, path, method)
    return found.route.function if isinstance(found, Match) else found


@pytest.mark.parametrize(
    ("patterns", "path", "winner"),
    [
        (["/a", "/:x", "/*r"], "/a", "/a"),
        (["/*r", "/:x", "/a"], "/a", "/a"),
        (["/*r", "/:x"], "/b", "/:x"),
        (["/*r", "/:x"], "/b/c", "/*r"),
        (["/a/:x/c", "/a/b/:y"], "/a/b/c", "/a/b/:y"),
        (["/a/*r", "/:x/b"], "/a/b", "/a/*r"),
        (["/a/b/c", "/a/:x/d"], "/a/b/d", "/a/:x/d"),  # the text branch is a dead end: go back
        (["/a/*r", "/a/b/*r"], "/a/b/c/d", "/a/b/*r"),
        (["/a/*r", "/a"], "/a", "/a"),
        (["/a/*r"], "/a", "/a/*r"),
        (["/*r"], "/", "/*r"),
        (["/"], "/", "/"),
        (["/a"], "/a/", "/a"),
        (["/a/"], "/a", "/a/"),
        (["/café"], "/caf%C3%A9", "/café"),
        (["/a%2Fb"], "/a%2Fb", "/a%2Fb"),
        (["/a@b"], "/a%40b", "/a@b"),
    ],
)
def test_the_most_specific_pattern_wins_whatever_the_order(patterns, path, winner):
    """Segment by segment: text before :param before *rest."""
    assert served(Router([rule(p) for p in patterns]), path) == winner
    assert served(Router([rule(p) for p in reversed(patterns)]), path) == winner


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("/a", "/A"), ("/a", "/a/b"), ("/:x", "/"), ("/:x", "//"), ("/a/b", "/a%2Fb"), ("/a", "/a//"), ("/a/*r", "/ab")],
)
def test_what_does_not_match(pattern, path):
    """Case, depth, empty segments and encoded slashes all count."""
    assert served(Router([rule(pattern)]), path) == NotFound()


def test_equal_patterns_are_decided_by_order():
    """The names of parameters do not make a pattern more specific."""
    router = Router([rule("/:a", "first"), rule("/:b", "second")])
    assert served(router, "/x") == "first"


@pytest.mark.parametrize(
    ("host", "winner"),
    [
        ("a.example.com", "exact"),
        ("b.example.com", "wild"),
        ("c.b.example.com", "wild"),
        ("x.deep.example.com", "deep"),
        ("example.com", "any"),
        ("notexample.com", "any"),
        ("", "any"),
    ],
)
def test_the_most_specific_host_wins(host, winner):
    """Exact before the longer suffix before the shorter one before none; *.x is not x itself."""
    router = Router(
        [
            rule("/*r", "any"),
            rule("/*r", "wild", "*.Example.com"),
            rule("/*r", "deep", "*.deep.example.com"),
            rule("/*r", "exact", "a.example.com"),
        ]
    )
    assert served(router, "/x", host=host) == winner


def test_a_host_without_a_matching_path_leaves_it_to_less_specific_hosts():
    """Hosts do not hide each other's paths."""
    router = Router([rule("/a", "hosted", "h.test"), rule("/b", "general")])
    assert served(router, "/b") == "general"


def test_a_method_that_no_rule_allows_is_answered_with_those_that_would_do():
    """Allow is the union over all rules that match host and path, and GET brings HEAD."""
    router = Router([rule("/a", "x", methods=("GET",)), rule("/:x", "y", methods=("PUT", "DELETE"))])
    assert router.match("h", "/a", "POST") == MethodNotAllowed(("DELETE", "GET", "HEAD", "PUT"))
    assert router.match("h", "/a", "OPTIONS") == MethodNotAllowed(("DELETE", "GET", "HEAD", "PUT"))


def test_a_less_specific_pattern_serves_a_method_that_the_more_specific_one_does_not():
    """A route matches when host, path and method match."""
    router = Router([rule("/a", "x", methods=("GET",)), rule("/:x", "y")])
    assert served(router, "/a", "POST") == "y"


def test_head_is_served_as_get_unless_a_rule_names_it():
    """HEAD goes where GET goes, even beside a catch-all."""
    router = Router([rule("/a", "get", methods=("GET",)), rule("/*r", "rest"), rule("/b", "b", methods=("GET",))])
    assert served(router, "/a", "HEAD") == "get"
    named = Router([rule("/a", "get", methods=("GET",)), rule("/a", "head", methods=("HEAD",))])
    assert served(named, "/a", "HEAD") == "head"


def test_options_reaches_a_function_that_takes_all_methods():
    """Only a list of methods can exclude OPTIONS."""
    assert served(Router([rule("/a", "x")]), "/a", "OPTIONS") == "x"


@pytest.mark.parametrize(
    ("pattern", "path", "params", "prefix"),
    [
        ("/api/v1/:id", "/api/v1/7", {"id": "7"}, "/api/v1"),
        ("/:a/:b", "/x%20y/%C3%A9", {"a": "x y", "b": "é"}, ""),
        ("/f/*path", "/f/a/b%2Fc/", {"path": "a/b/c/"}, "/f"),
        ("/f/*path", "/f", {"path": ""}, "/f"),
        ("/f/*path", "/f/", {"path": ""}, "/f"),
        ("/f/:x/g/*r", "/f/1/g/2/3", {"x": "1", "r": "2/3"}, "/f"),
        ("/f/*", "/f/x", {"0": "x"}, "/f"),
        ("/%66oo/:x", "/f%6Fo/1".replace("%6F", "o"), {"x": "1"}, "/foo"),
    ],
)
def test_a_match_holds_decoded_parameters_and_the_static_prefix(pattern, path, params, prefix):
    """Parameters are decoded once; the prefix is as it stands in the path."""
    found = Router([rule(pattern)]).match("h", path, "GET")
    assert isinstance(found, Match)
    assert (found.params, found.matched_prefix) == (params, prefix)


@pytest.mark.parametrize(
    "pattern", ["a", "", "/*r/x", "/:", "/:a-b", "/*1", "/:a/:a", "/a*", "/a?x=1", "/%zz", "/a\\b", "/%00"]
)
def test_a_pattern_that_cannot_be_understood_is_refused(pattern):
    """At compile time, with the pattern in the message."""
    with pytest.raises(ValueError, match=r"."):
        Router([rule(pattern)])


# -- against a matcher that simply tries every rule


def naive(rules, host, path, method):
    """Try all rules, sort by specificity."""
    segments = path[1:].split("/")
    if not segments[-1]:
        segments.pop()
    matching = []
    for order, r in enumerate(rules):
        rank = _rank_of_host(r.host, host)
        shape = _shape(r.path, segments)
        if rank is not None and shape is not None:
            matching.append((rank, shape, order, r))
    matching.sort(key=lambda m: m[:3])
    groups: dict = {}
    for rank, shape, _, r in matching:
        groups.setdefault((rank, shape), []).append(r)
    for group in groups.values():
        del group[next((i + 1 for i, r in enumerate(group) if not r.methods), len(group)) :]
        wanted = ["HEAD", "GET"] if method == "HEAD" else [method]
        for want in wanted:
            named = [r for r in group if r.methods and want in r.methods]
            if named:
                return named[0]
        if not group[-1].methods:
            return group[-1]
    allow = {m for *_, r in matching for m in r.methods or ()}
    return allow | ({"HEAD"} if "GET" in allow else set())


def _rank_of_host(pattern, host):
    if pattern is None:
        return (2, 0)
    if pattern == host:
        return (0, 0)
    if pattern.startswith("*.") and host.endswith(pattern[1:]):
        return (1, -len(pattern))
    return None


def _shape(pattern, segments):
    parts = [p for p in pattern[1:].split("/") if p]
    shape = []
    for i, part in enumerate(parts):
        if part.startswith("*"):
            return (*shape, 2)
        if i >= len(segments):
            return None
        if part.startswith(":"):
            if not segments[i]:
                return None
            shape.append(1)
        elif part == segments[i]:
            shape.append(0)
        else:
            return None
    return tuple(shape) if len(parts) == len(segments) else None


_segment = st.sampled_from(["a", "b", ":p", ":q"])
_pattern = st.builds(
    lambda parts, rest: "/" + "/".join([f"{p}{i}" if p[0] == ":" else p for i, p in enumerate(parts)] + rest),
    st.lists(_segment, max_size=3),
    st.sampled_from([[], [], ["*r"]]),
)
_methods = st.sampled_from([None, None, ("GET",), ("POST",), ("GET", "PUT"), ("HEAD",)])
_hosts = st.sampled_from([None, None, "a.x.y", "*.x.y", "*.y"])
_paths = st.builds(
    lambda parts, end: "/" + "/".join(parts) + end,
    st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=4),
    st.sampled_from(["", "/"]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(_pattern, _hosts, _methods), max_size=8),
    _paths,
    st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    st.sampled_from(["a.x.y", "b.x.y", "z.y", "other"]),
)
def test_the_tree_agrees_with_trying_every_rule(rules, path, method, host):
    """Whatever the rules and the request."""
    compiled = [rule(p, str(i), h, m) for i, (p, h, m) in enumerate(rules)]
    expected = naive(compiled, host, path, method)
    found = Router(compiled).match(host, path, method)
    if isinstance(expected, RouteRule):
        assert isinstance(found, Match)
        assert found.route == expected
    elif expected:
        assert found == MethodNotAllowed(tuple(sorted(expected)))
    else:
        assert found == NotFound()


# -- headers


def by_header(function, headers, path="/x", methods=None, host=None):
    return RouteRule(path, function, host, methods, headers=tuple(headers.items()))


BETA = by_header("beta", {"X-Beta": "1"})


@pytest.mark.parametrize(
    ("rules", "headers", "winner"),
    [
        ([rule("/x", "plain"), BETA], {"x-beta": "1"}, "beta"),
        ([rule("/x", "plain"), BETA], {"x-beta": "10"}, "plain"),
        ([rule("/x", "plain"), BETA], {}, "plain"),
        ([BETA, by_header("two", {"x-beta": "1", "a": "b"})], {"x-beta": "1", "a": "b"}, "two"),  # more conditions
        ([by_header("any", {"x-beta": "*"}), BETA], {"x-beta": "1"}, "beta"),  # exact before a pattern
        ([by_header("any", {"x-beta": "*"}), BETA], {"x-beta": ""}, "any"),
        ([by_header("first", {"a": "1"}), by_header("second", {"b": "1"})], {"b": "1", "a": "1"}, "first"),  # order
        ([by_header("second", {"b": "1"}), by_header("first", {"a": "1"})], {"b": "1", "a": "1"}, "second"),
        ([by_header("globs", {"a": "v1.*", "b": "*-x*y"})], {"a": "v1.2", "b": "q-x.y"}, "globs"),
        ([by_header("globs", {"a": "v1.*", "b": "*-x*y"})], {"a": "v1.2", "b": "q-x.z"}, NotFound()),
        ([by_header("star", {"accept": r"\*/*"})], {"accept": "*/json"}, "star"),
        ([by_header("star", {"accept": r"\*/\*"})], {"accept": "a/b"}, NotFound()),
        ([rule("/:p", "param"), BETA], {}, "param"),  # the text's rule does not match: go on
        ([rule("/x", "hosted", "h.test"), BETA], {"x-beta": "1"}, "hosted"),  # host comes first
    ],
)
def test_conditions_on_headers_are_more_specific_than_none(rules, headers, winner):
    """Within one host and pattern: more conditions, then more exact ones, then order."""
    found = Router(rules).match("h.test", "/x", "GET", lambda: headers)
    assert (found.route.function if isinstance(found, Match) else found) == winner


def test_a_rule_whose_conditions_do_not_hold_gives_no_method_to_allow():
    """It is as if it were not there: 404 without it, and 405 only for what would do with these headers."""
    router = Router([by_header("get", {"a": "1"}, methods=("GET",)), by_header("put", {"b": "1"}, methods=("PUT",))])
    assert router.match("h", "/x", "POST", lambda: {"a": "1"}) == MethodNotAllowed(("GET", "HEAD"))
    assert router.match("h", "/x", "POST", lambda: {"a": "1", "b": "1"}) == MethodNotAllowed(("GET", "HEAD", "PUT"))
    assert router.match("h", "/x", "GET", lambda: {"c": "1"}) == NotFound()
    assert router.match("h", "/x", "HEAD", lambda: {"a": "1"}).route.function == "get"


def test_headers_are_not_even_looked_at_where_no_rule_asks_for_them():
    """Most routes have no conditions, and pay nothing."""

    def read():
        raise AssertionError

    assert Router([rule("/y", "y"), BETA]).match("h", "/y", "GET", read).route.function == "y"


def test_a_header_on_several_lines_counts_as_one():
    """RFC 9110, section 5.3."""
    assert joined([("a", "1"), ("b", "2"), ("a", "3")]) == {"a": "1, 3", "b": "2"}


def test_a_pattern_full_of_stars_takes_no_time_to_fail():
    """No backtracking: a client chooses the value."""
    wanted = conditions([("a", "*".join(["a"] * 40) + "*b")])
    assert wanted.failing({"a": "a" * 60_000 + "c"}) == "a"
    assert wanted.failing({"a": "a" * 60_000 + "b"}) == ""


# -- cost, counted in steps and not in time


def steps(router, path, headers=None):
    """How many places and texts the states hold that one more request has to make."""
    everywhere = router._everywhere
    router.match("h.test", path, "GET", lambda: headers or {})
    before = everywhere._size
    router.match("h.test", path, "GET", lambda: headers or {})
    return everywhere._size - before


def test_the_cost_of_a_match_does_not_grow_with_the_number_of_rules():
    """10,000 rules beside each other are one dictionary, by path and by header."""
    router = Router([rule(f"/f{i}/:x", str(i)) for i in range(10_000)])
    assert served(router, "/f9999/1") == "9999"
    assert steps(router, "/f9999/1") == 0
    tenants = Router([by_header(str(i), {"x-tenant": str(i)}) for i in range(10_000)])
    assert tenants.match("h", "/x", "GET", lambda: {"x-tenant": "9999"}).route.function == "9999"
    [level] = tenants._everywhere.run(["x"]).leaves[0]._levels.values()
    assert len(list(level.matching({"x-tenant": "9999"}))) == 1


def test_patterns_made_to_be_backtracked_cost_their_depth_once():
    """Text and :param beside each other at every depth: a tree walk would try all combinations for a dead end."""
    depth = 12
    rules = []
    for parts in itertools.product(["a", ":p"], repeat=depth):
        named = [f"{part}{index}" if part == ":p" else part for index, part in enumerate(parts)]
        rules.append(rule(f"/{'/'.join(named)}/end", "f"))
    router = Router(rules)
    dead_end = "/a" * depth + "/zzz"
    assert served(router, dead_end) == NotFound()
    assert steps(router, dead_end) == 0
    assert served(router, "/a" * depth + "/end") == "f"


def test_what_clients_send_does_not_grow_the_states():
    """Segments that no pattern names share one state."""
    router = Router([rule("/a/:x/b", "f"), rule("/:y/*r", "g")])
    for number in range(3):
        served(router, f"/a/{number}/b")
        served(router, f"/{number}/x/y")
    before = router._everywhere._size
    for number in range(1000):
        assert served(router, f"/a/z{number}/b") == "f"
        assert served(router, f"/z{number}/{number}/y") == "g"
    assert router._everywhere._size == before


def test_states_beyond_the_budget_are_begun_anew_and_still_right(monkeypatch):
    """Memory is bounded whatever the patterns and requests are."""
    monkeypatch.setattr(route_states, "BUDGET", 20)
    patterns = ["/a/:x/c", "/:y/b/c", "/a/b/:z", "/*r"]
    router = Router([rule(p) for p in patterns])
    for _ in range(20):
        assert served(router, "/a/q/c") == "/a/:x/c"
        assert served(router, "/q/b/c") == "/:y/b/c"
        assert served(router, "/a/b/c") == "/a/b/:z"
        assert served(router, "/q/q/q") == "/*r"
        assert router._everywhere._size <= 40
