"""Redirects: where they lead, and where they can never lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.pattern import path_parameters
from edge.config.redirect_syntax import parse_redirect
from edge.errors import CallerError
from edge.gateway.routing import Match, Router, RouteRule
from edge.gateway.target import canonical_path


def location(to, pattern, path, query=""):
    """Where a request for `path` is sent."""
    canonical = canonical_path(path.encode())
    found = Router([RouteRule(pattern, "")]).match("h", canonical, "GET")
    assert isinstance(found, Match)
    return parse_redirect(to, path_parameters(pattern)).location(found.raw_params(canonical), query)


@pytest.mark.parametrize(
    ("to", "pattern", "path", "expected"),
    [
        ("https://new.example/:rest", "/*rest", "/a/b", "https://new.example/a/b"),
        ("https://new.example/:rest", "/*rest", "/", "https://new.example/"),
        ("https://new.example", "/*rest", "/a", "https://new.example/"),
        ("https://new.example/:rest", "/old/*rest", "/old/a/", "https://new.example/a/"),
        ("https://new.example/:rest", "/old/*rest", "/old", "https://new.example/"),
        ("https://new.example/:rest", "/*rest", "/a%2Fb%20c/%C3%A9", "https://new.example/a%2Fb%20c/%C3%A9"),
        ("http://new.example:8443/u/:id.json#:id", "/users/:id", "/users/7", "http://new.example:8443/u/7.json#7"),
        ("/users/:id", "/u/:id", "/u/7", "/users/7"),
        ("/:b/:a", "/:a/:b", "/1/2", "/2/1"),
        ("/s?q=:word", "/find/:word", "/find/a&b=c;d+e%26", "/s?q=a%26b%3Dc%3Bd%2Be%26"),
        ("https://:tenant.example.com/x", "/t/:tenant", "/t/acme", "https://acme.example.com/x"),
        ("https://:a.:b.example.com:444/", "/:a/:b", "/x/y-1", "https://x.y-1.example.com:444/"),
    ],
)
def test_parameters_stand_where_the_target_has_them(to, pattern, path, expected):
    """As the path has them, decoded by nobody; in a query, what would divide it is escaped."""
    assert location(to, pattern, path) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("https://{host}/:rest", "https://h.test/a/b?q"),
        ("https://{host}", "https://h.test/?q"),
        ("https://{host}:8443/x#y", "https://h.test:8443/x?q#y"),
        ("http://{host}?a=1", "http://h.test/?a=1&q"),
    ],
)
def test_the_host_can_be_that_of_the_request(to, expected):
    """Without its port: it is another scheme."""
    assert parse_redirect(to, ["rest"]).location({"rest": "a/b"}, "q", "h.test") == expected


@pytest.mark.parametrize(
    ("to", "query", "expected"),
    [
        ("/new", "", "/new"),
        ("/new", "a=1&b", "/new?a=1&b"),
        ("/new?x=1", "a=1", "/new?x=1&a=1"),
        ("/new?x=1#top", "a=1", "/new?x=1&a=1#top"),
        ("https://e.example#top", "a", "https://e.example/?a#top"),
    ],
)
def test_the_query_goes_along(to, query, expected):
    """Behind the target's own, before the fragment."""
    assert location(to, "/old", "/old", query) == expected


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/..", "///evil.example", "/%2Fevil.example", "//"])
@pytest.mark.parametrize("to", ["/:rest", "/:rest?x", "/:rest#y"])
def test_no_path_becomes_the_name_of_a_host(to, path):
    """`//host` in Location is another host for browsers."""
    found = location(to, "/*rest", path)
    assert found.startswith("/")
    assert not found.startswith("//")


@pytest.mark.parametrize("label", ["evil.example%2F", "a.b", "-a", "a-", "a%40b", "x" * 64, "a:b", "%C3%A9", "%23"])
def test_a_parameter_in_a_host_is_one_label_or_nothing(label):
    """Everything else could end the name."""
    assert location("https://:tenant.example.com/", "/:tenant", f"/{label}") is None


@given(st.text(max_size=30), st.text(max_size=10))
def test_whatever_the_path_is_the_host_stays(rest, one):
    """Over all texts that can be the path of a request."""
    raw = "".join(c if "!" <= c < "\x7f" else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace")) for c in rest)
    try:
        canonical = canonical_path(f"/{raw}".encode())
    except CallerError:
        return
    match = Router([RouteRule("/*rest", "")]).match("h", canonical, "GET")
    relative = parse_redirect("/:rest", ["rest"]).location(match.raw_params(canonical), "")
    assert relative[0] == "/"
    assert relative[1:2] not in ("/", "\\")
    absolute = parse_redirect("https://h.example/:rest", ["rest"]).location(match.raw_params(canonical), "")
    assert absolute.startswith("https://h.example/")
    assert (relative + absolute).isascii()
    assert (relative + absolute).isprintable()
    del one


@pytest.mark.parametrize(
    ("to", "complaint"),
    [
        ("", "neither a URL nor a path"),
        ("new", "neither a URL nor a path"),
        ("javascript:alert(1)", "neither a URL nor a path"),
        ("ftp://a.example/", "neither a URL nor a path"),
        ("/a b", "neither a URL nor a path"),
        ("/a\nb", "neither a URL nor a path"),
        ("/a\\b", "neither a URL nor a path"),
        ("/%zz", "neither a URL nor a path"),
        ("//evil.example/", "begins with two slashes"),
        ("/:other", ":other is not a parameter of the path (:rest; %3A for a colon)"),
        ("https://{host}.evil.example/", "neither a URL nor a path"),
        ("https://a.{host}/", "neither a URL nor a path"),
        ("https://x@{host}/", "neither a URL nor a path"),
        ("{host}/", "neither a URL nor a path"),
        ("/{host}", "neither a URL nor a path"),
        ("https://:rest/", "lets clients choose the host"),
        ("https://:rest.com/", "lets clients choose the host"),
        ("https://a:rest.example.com/", "lets clients choose the host"),
        ("https://a.:rest.example.com/", "lets clients choose the host"),
        ("https://user@a.example/", "is not a host"),
        ("https://a.example:0/", "no port"),
        ("https://a.example:99999/", "no port"),
        ("https:///x", "is not a host"),
    ],
)
def test_a_target_that_cannot_be_meant_is_refused(to, complaint):
    """When the config is read."""
    with pytest.raises(ValueError, match=r".") as raised:
        parse_redirect(to, ["rest"])
    assert complaint in str(raised.value)
