"""What bounds an HTTP/2 client: frame lengths and frames that ask for nothing."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gateway.address_limit import AddressLimit, address_group
from edge.gateway.flood_guard import FloodGuard
from edge.gateway.frame_meter import FrameMeter


def stream(lengths):
    return b"P" * 24 + b"".join([n.to_bytes(3, "big") + b"h" * 6 + b"\xff" * n for n in lengths])


@given(st.lists(st.integers(0, 100), max_size=6), st.lists(st.integers(0, 500), max_size=8))
def test_frames_are_followed_however_the_bytes_are_cut(lengths, cuts):
    """Payload is never taken for a length; a frame over the limit is, at its first bytes."""
    data = stream(lengths)
    edges = sorted({0, len(data), *[cut for cut in cuts if cut < len(data)]})
    meter = FrameMeter(100)
    assert all(meter.accepts(data[a:b]) for a, b in itertools.pairwise(edges))
    assert not meter.accepts(b"\0\0\x65")


def test_a_long_frame_is_refused_before_its_payload_comes():
    """Even byte by byte."""
    meter = FrameMeter(16_384)
    assert meter.accepts(b"P" * 24)
    assert [meter.accepts(byte) for byte in (b"\0", b"\x40", b"\x01")] == [True, True, False]


def test_useless_frames_are_free_only_in_proportion_to_answers():
    """Resets have an account of their own."""
    guard = FloodGuard(0)
    assert not any(guard.useless(0) for _ in range(500))
    guard.answered()
    assert [guard.useless(0) for _ in range(3)] == [False, False, True]
    for _ in range(1000):
        guard.answered()
    assert not any(guard.reset() for _ in range(1101))
    assert guard.reset()


def test_a_connection_may_send_pings_for_days():
    """Time gives credit back, up to what there was at first."""
    guard = FloodGuard(0)
    assert not any(guard.useless(second / 5) for second in range(100_000))
    assert [guard.useless(1e6) for _ in range(501)] == [False] * 500 + [True]


def test_window_updates_are_paid_for_by_answers():
    """A client that takes an answer in small steps is honest, one that widens for ever is not."""
    guard = FloodGuard(0)
    for _ in range(5000):
        guard.sent(1024)
        assert not guard.widened(0)
    assert not any(guard.widened(0) for _ in range(5500))
    assert guard.widened(0)


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("x:y", "x:y"),
    ],
)
def test_addresses_of_one_customer_are_one(address, group):
    """IPv6 is given out in networks."""
    assert address_group(address) == group


def test_an_address_has_so_many_connections_and_no_more():
    """Until some are gone; others are not concerned, and nothing is kept of who has none."""
    limit = AddressLimit(2)
    assert [limit.enter(f"2001:db8::{host}") for host in (1, 2, 3)] == ["2001:db8::", "2001:db8::", None]
    assert limit.enter("192.0.2.1") == "192.0.2.1"
    limit.leave("2001:db8::")
    assert limit.enter("2001:db8::9") == "2001:db8::"
    limit.leave("192.0.2.1")
    assert limit.enter("192.0.2.1") == "192.0.2.1"
