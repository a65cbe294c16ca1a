"""What bounds an HTTP/2 client: frame lengths and frames that ask for nothing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

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
    guard = FloodGuard()
    for _ in range(1000):
        guard.answered()
    assert not any(guard.useless() for _ in range(2500))
    assert guard.useless()
    assert not any(guard.reset() for _ in range(1100))
    assert guard.reset()
