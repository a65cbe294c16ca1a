"""The policy: precedence, entries, and verdicts that explain themselves."""

from __future__ import annotations

import ipaddress

import pytest

from edge.services.egress.entry import check_entry, parse_entry
from edge.services.egress.paths import matches
from edge.services.egress.policy import SOCKET_SCHEMES, WEBSOCKET_SCHEMES, Policy
from edge.services.egress.target import Target
from edge.services.egress.url import parse_url


def decide(policy, url, *addresses, method="GET", own=()):
    """Both steps; the addresses are what DNS answers."""
    target = Target.request(method, parse_url(url))
    verdict = policy.check(target, frozenset({"http", "https"}) | WEBSOCKET_SCHEMES)
    if not verdict.allowed or target.host.address is not None:
        return verdict
    found = [ipaddress.ip_address(address) for address in addresses or ("93.184.216.34",)]
    listeners = frozenset((ipaddress.ip_address(host), port) for host, port in own)
    return policy.check_addresses(target, found, listeners)


def allows(allow, url, *addresses, deny=(), method="GET"):
    return decide(Policy.from_config(allow, deny), url, *addresses, method=method).allowed


@pytest.mark.parametrize(
    ("entry", "yes", "no"),
    [
        ("api.test", ["http://api.test", "https://API.test.:8443"], ["http://x.api.test", "http://api.test.x", "http://test"]),
        ("api.test:443", ["https://api.test", "http://api.test:443"], ["http://api.test"]),
        ("https://api.test", ["https://api.test", "wss://api.test"], ["http://api.test:443", "https://api.test:444"]),
        ("http://api.test:8080", ["http://api.test:8080", "ws://api.test:8080"], ["https://api.test:8080", "http://api.test"]),
        ("*.api.test", ["http://a.api.test", "http://a.b.api.test"], ["http://api.test", "http://xapi.test", "http://.api.test"]),
        ("*.api.test:81", ["http://a.api.test:81"], ["http://a.api.test"]),
        ("https://*.api.test", ["https://a.api.test"], ["http://a.api.test", "https://a.api.test:444"]),
        ("bücher.test", ["http://xn--bcher-kva.test", "http://BÜCHER.test"], ["http://bucher.test"]),
        ("203.0.113.7", ["http://203.0.113.7", "http://0xcb007107:99"], ["http://203.0.113.8", "http://[::ffff:203.0.113.7]"]),
        ("203.0.113.0/24:80", ["http://203.0.113.9"], ["http://203.0.113.9:81", "http://203.0.114.9"]),
        ("[2001:db8::1]:80", ["http://[2001:db8::1]"], ["http://[2001:db8::1]:81", "http://[2001:db8::2]"]),
        ("2001:db8::1", ["http://[2001:db8::1]:99"], ["http://[2001:db8::2]"]),
        ("2001:db8::/48", ["http://[2001:db8:0:9::1]"], ["http://[2001:db8:1::1]"]),
        ("[2001:db8::/48]:80", ["http://[2001:db8:0:9::1]"], ["http://[2001:db8:0:9::1]:81"]),
        ("http://203.0.113.7", ["http://203.0.113.7"], ["https://203.0.113.7", "http://203.0.113.7:81"]),
        ("*", ["http://a", "http://8.8.8.8"], ["http://10.0.0.1"]),
        ("wss://api.test", ["wss://api.test"], ["https://api.test", "ws://api.test:443", "wss://api.test:444"]),
        ("ws://api.test:81", ["ws://api.test:81"], ["http://api.test:81", "ws://api.test"]),
        ("tcp://api.test:80", [], ["http://api.test", "ws://api.test"]),
        ({"host": "api.test", "port": 8080}, ["http://api.test:8080"], ["http://api.test"]),
        ({"host": "api.test", "port": [80, 8080]}, ["http://api.test:8080", "http://api.test"], ["https://api.test"]),
        ({"host": "api.test", "scheme": "https"}, ["https://api.test"], ["http://api.test:443"]),
        ({"host": "api.test", "path": "/v1/*"}, ["http://api.test/v1/", "http://api.test/v1/a/b?c"], ["http://api.test/v1"]),
        ({"host": "api.test", "path": "/v1/*"}, [], ["http://api.test/v1/../v2", "http://api.test/v1/..%2Fv2"]),
        ({"host": "api.test", "path": "/v1/*"}, [], ["http://api.test/v1/%252e%252e%252fv2", "http://api.test//v1/x"]),
        ({"host": "api.test", "path": "/v1/*"}, [], ["http://api.test/v1/..;/v2", "http://api.test/v1%2f..%5c..%5cv2"]),
        ({"host": "api.test", "path": "/v1/*"}, [], ["http://api.test/V1/a", "http://api.test/v1%00/a", "http://api.test/%76%31/a"]),
        ({"host": "api.test", "path": "/v1/*"}, ["http://api.test/v1/%41"], ["http://api.test/v1/%252525252525252e"]),
        ({"host": "api.test", "path": "/a b/é"}, ["http://api.test/a%20b/%c3%A9", "http://api.test/a b/é"], ["http://api.test/a+b/é"]),
        ({"host": "api.test", "path": "/a%20b"}, ["http://api.test/a%20b", "http://api.test/a b"], ["http://api.test/a"]),
    ],
)  # fmt: skip
def test_entries_match_what_they_say(entry, yes, no):
    """Hosts, ports, schemes, wildcards, ranges and paths, each with its neighbours."""
    assert [url for url in yes if not allows([entry], url)] == []
    assert [url for url in no if allows([entry], url)] == []


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("/a", ["/a"], ["/a/", "/", "/ab"]),
        ("*", ["", "/", "/a/b"], []),
        ("/a*", ["/a", "/ab/c"], ["/b", "/"]),
        ("/a/*/c", ["/a/b/c", "/a/b/b/c", "/a//c"], ["/a/c", "/a/b/cd"]),
        ("/*a*a*", ["/aa", "/xaxax"], ["/a", "aa"]),
        ("/ab*ba", ["/abba", "/ab/ba"], ["/aba"]),
    ],
)
def test_path_patterns(pattern, yes, no):
    """`*` is any text, also none, and nothing else is special; matching takes no time even for a hostile path."""
    assert all(matches(pattern, path) for path in yes)
    assert not any(matches(pattern, path) for path in no)
    assert not matches(pattern + "*x*y*z*w", "/" + "ab" * 30_000)


def test_methods():
    """A rule with methods covers those only."""
    rule = {"host": "api.test", "methods": ["get", "HEAD"]}
    assert [method for method in ("GET", "HEAD", "POST") if allows([rule], "http://api.test", method=method)] == [
        "GET",
        "HEAD",
    ]


@pytest.mark.parametrize("address", ["10.0.0.9", "127.0.0.1", "fd00::1", "203.0.113.1", "100.64.0.1"])
def test_a_name_opens_no_private_address_unless_it_says_so(address):
    """Precedence: explicit, then the non-public set, then names."""
    assert not allows(["db.test", "public", "*"], "http://db.test", address)
    assert allows([{"host": "db.test", "private": True}], "http://db.test", address)
    assert allows([{"host": "*.test", "private": True}], "http://db.test", address)
    assert not allows([{"host": "db.test", "port": 81, "private": True}, "public"], "http://db.test", address)
    assert not allows([{"host": "other.test", "private": True}, "public"], "http://db.test", address)
    assert allows(["all"], "http://db.test", address)


@pytest.mark.parametrize(
    "address", ["169.254.1.1", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
)
def test_what_only_an_address_rule_could_open(address):
    """Neither `all` nor `private` opens link-local, unspecified, multicast and embedded addresses."""
    assert not allows(["all", {"host": "db.test", "private": True}], "http://db.test", address)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254",
     "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a83f:8110::"],
)  # fmt: skip
def test_metadata_services_are_never_opened(address):
    """Not by `all`, not by a range around them, not by `private`."""
    everything = ["all", "0.0.0.0/0", "::/0", {"host": "*", "private": True}]
    host = f"[{address}]" if ":" in address else address
    assert not allows(everything, f"http://{host}/")
    assert not allows(everything, "http://db.test", address)


def test_an_embedding_needs_both_addresses_allowed():
    """A NAT64 prefix that is opened carries public addresses, and private ones only when they are named as well."""
    assert allows(["64:ff9b::/96"], "http://[64:ff9b::8.8.8.8]")
    assert not allows(["64:ff9b::/96"], "http://[64:ff9b::10.0.0.1]")
    assert not allows(["::/0"], "http://[::ffff:127.0.0.1]")


def test_deny_wins_over_everything():
    """By name, wildcard, range, embedded address, scheme, port, method and path."""
    assert not allows(["api.test"], "http://api.test", deny=["api.test"])
    assert not allows(["public"], "http://A.Evil.Test.", deny=["*.evil.test"])
    assert allows(["public"], "http://evil.test", deny=["*.evil.test"])
    assert not allows(["public"], "http://alias.test", "198.51.100.7", deny=["198.51.100.0/24"])
    assert not allows(["198.51.100.7"], "http://198.51.100.7", deny=["198.51.100.7"])
    assert not allows(["::/0"], "http://[64:ff9b::8.8.8.8]", deny=["8.8.8.8"])
    assert allows(["public"], "http://api.test:81", deny=["api.test:80"])
    assert not allows(["public"], "https://api.test", deny=["https://api.test"])
    assert allows(["public"], "http://api.test", deny=["https://api.test"])
    rule = {"host": "api.test", "methods": ["POST"], "path": "/admin*"}
    assert allows(["public"], "http://api.test/admin", deny=[rule])
    assert not allows(["public"], "http://api.test/admin/x", deny=[rule], method="POST")
    assert not allows(["public"], "http://api.test/x/..%2fadmin", deny=[rule], method="POST")
    assert not allows(["public"], "http://api.test//admin", deny=[rule], method="POST")


def test_deny_public_leaves_what_is_private():
    """A function for internal services only."""
    assert allows(["10.0.0.0/8"], "http://10.0.0.1", deny=["public"])
    assert allows([{"host": "db.test", "private": True}], "http://db.test", "10.0.0.1", deny=["public"])
    assert not allows(["all"], "http://db.test", "8.8.8.8", deny=["public"])
    assert not allows(["all"], "http://10.0.0.1", deny=["all"])


@pytest.mark.parametrize("bad", ["10.0.0.1", "::1", "169.254.169.254", "64:ff9b::a00:1", "198.51.100.7"])
def test_one_bad_answer_spoils_the_set(bad):
    """250 public addresses and one that is not: refused."""
    public = [f"93.184.216.{number}" for number in range(250)]
    assert not allows(["public"], "http://many.test", *public, bad)
    assert not allows(["public"], "http://many.test", bad, *public)


def test_localhost_may_answer_with_both_families():
    """A rule for 127.0.0.1 is enough: the ::1 beside it is left out, not dialled."""
    verdict = decide(Policy.from_config(["127.0.0.1:8000"]), "http://localhost:8000", "::1", "127.0.0.1")
    assert (verdict.allowed, verdict.addresses) == (True, ("127.0.0.1",))
    assert not allows(["127.0.0.1:8000"], "http://localhost:8000", "::1", "127.0.0.1", deny=["::1"])
    assert not allows(["127.0.0.1:8000"], "http://localhost:8000", "10.0.0.1", "127.0.0.1")


def test_own_listeners_are_refused_whatever_is_allowed():
    """Also by way of 0.0.0.0 and of an embedding."""
    policy = Policy.from_config(["0.0.0.0/0", "::/0"])
    own = [("127.0.0.1", 8080), ("93.184.216.99", 80)]
    assert not decide(policy, "http://x.test:8080", "127.0.0.1", own=own).allowed
    assert not decide(policy, "http://x.test:8080", "0.0.0.0", own=own).allowed
    assert not decide(policy, "http://x.test", "93.184.216.99", own=own).allowed
    assert not decide(policy, "http://x.test", "64:ff9b::93.184.216.99", own=own).allowed
    assert decide(policy, "http://x.test:8081", "127.0.0.1", own=own).allowed


def test_a_name_that_no_rule_can_reach_is_refused_before_dns():
    """No look-up for names that cannot be allowed: DNS carries data out, too."""
    verdict = Policy.from_config(["api.test:443"]).check_url("GET", "https://secret-data.evil.test/")
    assert (verdict.allowed, verdict.stage) == (False, "host")
    assert verdict.message == (
        "Network policy blocked connection to secret-data.evil.test: "
        'no allow rule matches it; add "secret-data.evil.test:443" to egress.allow'
    )
    assert Policy.from_config([]).check_url("GET", "http://a.test").reason.startswith("the allow list is empty")


def test_verdicts_explain_themselves():
    """Rule, host and addresses; what the function gets to see holds no address that it did not name."""
    policy = Policy.from_config(["public", {"host": "ok.test", "private": True}], ["*.evil.test", "198.51.100.0/24"])
    assert decide(policy, "http://a.evil.test").rule == "*.evil.test"
    assert decide(policy, "http://ok.test", "10.0.0.1").rule == '{ host = "ok.test", private = true }'
    verdict = decide(policy, "http://db.test", "10.1.2.3")
    assert verdict.addresses == ("10.1.2.3",)
    assert "10.1.2.3" not in verdict.message
    assert '{ host = "db.test", port = 80, private = true }' in verdict.message
    assert (
        "(resolved to 8.8.8.8)"
        in decide(Policy.from_config(["a.test"], ["8.8.8.8"]), "http://a.test", "8.8.8.8").message
    )
    assert "127.0.0.1" in decide(policy, "http://2130706433/").message


def test_function_lists_join_the_global_ones():
    """A function's allow list replaces the global one; denials add up; a package's own lists only narrow."""
    base = Policy.from_config(["public"], ["*.evil.test"])
    own = base.with_function(["api.test", "*.evil.test"], ["api.test:81"])
    assert decide(own, "http://api.test").allowed
    assert not decide(own, "http://other.test").allowed
    assert not decide(own, "http://a.evil.test").allowed
    assert not decide(own, "http://api.test:81").allowed
    assert decide(base.with_function(None), "http://other.test").allowed
    assert not decide(base.with_function([]), "http://other.test").allowed
    narrowed = base.narrowed(Policy.from_config(["all"]))
    assert decide(narrowed, "http://other.test").allowed
    assert not decide(narrowed, "http://other.test", "10.0.0.1").allowed
    assert not decide(base.narrowed(Policy.from_config(["api.test"])), "http://other.test").allowed


@pytest.mark.parametrize(
    "path",
    [
        *("/admin", "/ADMIN", "/%61dmin", "//admin", "/x/../admin", "/x/%2e%2e/admin", "/x/..%2fadmin", "/admin;a=1"),
        *(
            "/./admin",
            "/admin%00.png",
            "/%2561dmin",
            "/x%5c..%5cadmin",
            "/admin/",
            "/aDmin/%2e",
            "/%252525252525252561",
        ),
    ],
)
def test_a_denied_path_is_denied_in_every_spelling(path):
    """Whatever a server might make of it."""
    deny = [{"host": "api.test", "path": "/admin*"}]
    assert not allows(["public"], f"http://api.test{path}", deny=deny)
    assert allows(["public"], "http://api.test/user", deny=deny)


def test_a_deny_rule_for_bare_connections_stops_what_goes_over_them():
    """Everything does."""
    assert not allows(["public"], "http://db.test:5432", deny=["tcp://db.test:5432"])
    assert allows(["public"], "http://db.test:80", deny=["tcp://db.test:5432"])


def test_rules_for_bare_connections():
    """`tcp` covers TLS as well, `tls` only that; no port means every port."""
    tcp, tls = (Target(scheme, parse_url("http://db.test").host, 5432) for scheme in ("tcp", "tls"))
    for entry, yes in (("tcp://db.test", {tcp, tls}), ("tls://db.test:5432", {tls}), ("tcp://db.test:1", set())):
        policy = Policy.from_config([entry])
        assert {target for target in (tcp, tls) if policy.check(target, SOCKET_SCHEMES).allowed} == yes


def test_bare_connections_are_held_to_rules_that_cannot_be_faked():
    """A TCP connection could carry anything: only rules without scheme, method and path let it out."""
    target = Target("tcp", parse_url("http://db.test").host, 443)
    assert Policy.from_config(["db.test:443"]).check(target, SOCKET_SCHEMES).allowed
    for entry in ("https://db.test", {"host": "db.test", "methods": ["GET"]}, {"host": "db.test", "path": "/x"}):
        assert not Policy.from_config([entry]).check(target, SOCKET_SCHEMES).allowed
        assert not Policy.from_config(["public"], [entry]).check(target, SOCKET_SCHEMES).allowed
    mail = Target("tcp", parse_url("http://db.test").host, 25)
    assert Policy.from_config(["public"]).check(mail, SOCKET_SCHEMES).allowed
    assert not Policy.from_config(["public"]).check(mail).allowed


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("10.1.2.3/24", 'write "10.1.2.0/24"'),
        ("127.1", 'write "127.0.0.1"'),
        ("2130706433", 'write "127.0.0.1"'),
        ("169.254.169.254", "always refused"),
        ("unix:/run/docker.sock", "unix sockets"),
        ("ftp://a.test", "http, https, ws, wss, tcp, tls"),
        ("a.test:https", "not a port number"),
        ("a.test:", "not a port number"),
        ("a.test:0", "from 1 to 65535"),
        ("a.test:65536", "from 1 to 65535"),
        ("a.test:99999999999999999999", "from 1 to 65535"),
        ("https://a.test/v1", "path needs the table form"),
        ("https://u:p@a.test", "user name"),
        ("u@a.test", "user name"),
        ("a.*.test", "whole labels in front"),
        ("*a.test", "whole labels in front"),
        ("*.", "empty"),
        ("", "empty"),
        ("a..test", "not a DNS name"),
        ("a b", "forbidden character"),
        ("fe80::1%eth0", "zone"),
        ({"hots": "a.test"}, "did you mean 'host'"),
        ({"host": "a.test", "zzz": 1}, "host, port"),
        ({}, "needs host"),
        ({"host": 1}, "needs host"),
        ({"host": "a.test:443"}, "keys of their own"),
        ({"host": "https://a.test"}, "keys of their own"),
        ({"host": "a.test", "port": "443"}, "a number from 1"),
        ({"host": "a.test", "port": True}, "a number from 1"),
        ({"host": "a.test", "private": "yes"}, "true or false"),
        ({"host": "a.test", "scheme": "udp"}, "http, https, ws, wss, tcp, tls"),
        ({"host": "a.test", "methods": "GET"}, "must be a list"),
        ({"host": "a.test", "methods": ["G T"]}, "must be a list"),
        ({"host": "a.test", "methods": []}, "must be a list"),
        ({"host": "a.test", "path": "v1"}, 'begin with "/"'),
        ({"host": "a.test", "path": "/v1?x"}, "no query"),
        (443, "neither text"),
        (None, "neither text"),
    ],
)
def test_bad_entries_say_how_to_write_them(entry, hint):
    """Every problem names the entry and suggests the fix."""
    problem = check_entry(entry)
    assert problem is not None
    assert hint in problem
    with pytest.raises(ValueError, match=r"."):
        Policy.from_config([entry])


@pytest.mark.parametrize(
    "entry", ["public", "all", "*", "a.test", "https://a.test/", "::1", "[::1]", "[::1]:80", "0.0.0.0/0"]
)
def test_good_entries_have_no_problem(entry):
    """And keep their text, for verdicts."""
    assert check_entry(entry) is None
    assert parse_entry(entry).text == entry
