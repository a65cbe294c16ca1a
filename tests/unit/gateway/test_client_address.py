"""Whom forwarding headers may name: what a client writes into them never becomes its address, scheme or host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gateway.client_address import ClientAddress
from edge.gateway.forwarded import Unreadable, read_forwarded

PEER = "10.0.0.1"
EVIL = "6.6.6.6"
REAL = "9.9.9.9"


def origin(*headers, only="auto", peer=PEER):
    return ClientAddress(["10.0.0.0/8"], only).origin(peer, "http", headers)


def appended(field):
    """What a proxy makes of a client's own field: it appends to it."""
    return f"{field}, for={REAL}"


SPOOFS = {
    "an address on the left": f"for={EVIL}",
    "many": ", ".join([f"for={EVIL}"] * 100),
    "an open quote": f'for={EVIL};x="',
    "an open quote with an escape": f'for={EVIL};x="\\',
    "a parameter twice": f"for={EVIL};for={EVIL}",
    "a trusted address": "for=10.9.9.9",
    "no address": "proto=https;host=evil.test",
    "nothing": "",
    "commas": ",,,",
    "junk": "\x01\x02 = ; ;",
    "a port": f'for="{EVIL}:1"',
}


@pytest.mark.parametrize("field", SPOOFS.values(), ids=SPOOFS)
@pytest.mark.parametrize("quoted", [False, True])
def test_what_a_client_writes_left_of_its_proxy_counts_for_nothing(field, quoted):
    """The proxy appends to the same field, also with quotes that could close an open one."""
    real = f'"{REAL}:4711"' if quoted else REAL
    for headers in ([("forwarded", f"{field}, for={real}")], [("forwarded", field), ("forwarded", f"for={real}")]):
        found = origin(*headers)
        assert found.ip in {REAL, PEER}, "the real one, or the proxy when it cannot be told"
        assert (found.scheme, found.host) == ("http", None)
        assert EVIL not in found.ips


def test_a_quote_that_swallows_what_a_proxy_appends_hides_the_client_and_nothing_more():
    field = f'for={EVIL};x=", for="[2001:db8::7]:443"'
    assert origin(("forwarded", field)).ip == PEER


def test_a_proxy_that_does_not_know_the_client_ends_the_chain():
    """Nothing left of it can be believed: not by its words, nor by its silence."""
    for said in ("for=unknown", "for=_hidden", "proto=https", "by=10.0.0.1", 'for=""'):
        assert origin(("forwarded", f"for={EVIL}, {said}")).ip == PEER
    for said in ("unknown", "", "10.0.0", "1.2.3.4.5", "999.1.1.1"):
        assert origin(("x-forwarded-for", f"{EVIL}, {said}")).ip == PEER


def test_scheme_and_host_are_of_the_same_element_as_the_address():
    """An element of a client that names a scheme is not that of the proxy that names none."""
    assert origin(("forwarded", f"proto=https;host=evil.test, for={REAL}")).scheme == "http"
    found = origin(("forwarded", f"for={EVIL};proto=http, for={REAL};proto=https;host=a.test, for=10.0.0.2;proto=http"))
    assert (found.ip, found.scheme, found.host) == (REAL, "https", "a.test")


def test_where_both_headers_are_there_only_what_they_agree_on_counts():
    """Most proxies write one of them and pass the other one on as the client wrote it."""
    real, evil = ("x-forwarded-for", REAL), ("forwarded", f"for={EVIL};proto=https;host=evil.test")
    assert origin(real, evil).ip == PEER
    assert origin(("x-forwarded-for", EVIL), ("forwarded", f"for={REAL}")).ip == PEER
    assert origin(real, ("forwarded", f"for={REAL}")).ip == REAL
    partly = origin(("x-forwarded-for", f"{REAL}, 10.0.0.2"), ("forwarded", f"for={EVIL}, for=10.0.0.2"))
    assert (partly.ip, partly.ips) == ("10.0.0.2", ["10.0.0.2", PEER])


def test_told_which_headers_the_proxies_write_the_others_do_not_exist():
    real, evil = ("x-forwarded-for", REAL), ("forwarded", f"for={EVIL};proto=https;host=evil.test")
    found = origin(real, evil, only="x-forwarded")
    assert (found.ip, found.scheme, found.host) == (REAL, "http", None)
    assert origin(("x-forwarded-for", EVIL), ("forwarded", f"for={REAL}"), only="forwarded").ip == REAL
    assert origin(("x-forwarded-for", EVIL), only="forwarded").ip == PEER


NODES = {
    "192.0.2.1": "192.0.2.1",
    "192.0.2.1:80": "192.0.2.1",
    "192.0.2.1:_port": "192.0.2.1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:DB8:0::1]:443": "2001:db8::1",
    "2001:db8::1": "2001:db8::1",
    "fe80::1%eth0": "fe80::1",
    "[fe80::1%25en-0.1]:1": "fe80::1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "[::ffff:c000:201]:9": "192.0.2.1",
}
NO_NODES = [
    *("192.0.2.01", "192.0.2.1:", "192.0.2.1:123456", "192.0.2.1:http", "[192.0.2.1]", "192.0.2.1%eth0", "0x7f.1"),
    *("[2001:db8::1", "[2001:db8::1]x", "[2001:db8::1]:", "2001:db8::1]:80", "[::1]junk", "::1%", "fe80::1%<b>"),
    *(
        "fe80::1%" + "z" * 40,
        "localhost",
        "1",
        "3232235777",
        "\uff11.1.1.1",
        "a" * 10_000,
        "_secret",
        "unknown",
    ),
]


@pytest.mark.parametrize(("text", "ip"), NODES.items())
def test_addresses_are_read_with_ports_brackets_and_zones(text, ip):
    assert origin(("x-forwarded-for", text)).ip == ip
    assert origin(("forwarded", f'for="{text}"')).ip == ip


@pytest.mark.parametrize("text", NO_NODES)
def test_what_is_no_address_is_none(text):
    assert origin(("x-forwarded-for", f"{EVIL}, {text}")).ip == PEER


def test_a_peer_is_its_own_word_only():
    for peer in ("1.1.1.1", "", "::1", "fe80::1%eth0"):
        assert origin(("x-forwarded-for", EVIL), peer=peer).ip != EVIL


parts = st.lists(
    st.sampled_from(['"', "\\", ",", ";", "=", " ", "for", "proto", "https", EVIL, "[", "]", ":", "\t", "x"]),
    max_size=30,
)


@given(parts.map("".join), st.sampled_from([f"for={REAL}", f'for="{REAL}:80"', 'for="[2001:db8::7]:1";proto=http']))
def test_no_beginning_of_a_field_makes_its_author_somebody_else(field, real):
    """Whatever a client begins the field with, its address is the real one, or that of the proxy."""
    found = origin(("forwarded", f"{field}, {real}" if field else real))
    assert found.ip in {REAL, "2001:db8::7", PEER}
    assert (found.scheme, found.host) == ("http", None)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    assert isinstance(read_forwarded([text]), list)


def test_the_examples_of_the_standard():
    """RFC 7239 sections 4 and 7.1; spaces are allowed around separators by what reads lists everywhere."""
    assert read_forwarded(['for="_gazonk"', 'For="[2001:db8:cafe::17]:4711"']) == [
        {"for": "_gazonk"},
        {"for": "[2001:db8:cafe::17]:4711"},
    ]
    assert read_forwarded(["for=192.0.2.60;proto=http;by=203.0.113.43, for=198.51.100.17"]) == [
        {"for": "192.0.2.60", "proto": "http", "by": "203.0.113.43"},
        {"for": "198.51.100.17"},
    ]
    assert isinstance(read_forwarded(["for=a b"])[0], Unreadable)
