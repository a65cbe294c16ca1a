"""The operations behind node:zlib: what a hostile isolate can ask of them."""

from __future__ import annotations

import json
import zlib

import msgspec
import pytest

from edge.errors import HostCallError
from edge.runtime.ops.nodezlib.engine import BUDGET, PIECE
from edge.runtime.ops.nodezlib.engines import Engines


@pytest.fixture
def ops():
    return Engines().ops


def ask(ops, name, data=b"", **args):
    return ops[f"zlib.{name}"](msgspec.Raw(json.dumps(args).encode()), data)


def drain(ops, engine, answer):
    pieces = [answer.data]
    while answer.value[0]:
        answer = ask(ops, "more", engine=engine)
        pieces.append(answer.data)
    return pieces


def test_a_bomb_comes_in_pieces(ops):
    """No answer holds more than a piece, however far the input unfolds."""
    bomb = zlib.compress(bytes(20_000_000), 9)
    engine = ask(ops, "open", kind="inflate").value
    pieces = drain(ops, engine, ask(ops, "write", bomb, engine=engine, flush=4))
    assert max(map(len, pieces)) <= PIECE
    assert sum(map(len, pieces)) == 20_000_000


@pytest.mark.parametrize("kind", ["inflate", "gunzip", "unzip", "inflate_raw", "unbrotli", "unzstd"])
def test_garbage_is_an_error_with_a_code(ops, kind):
    """And nothing else happens."""
    engine = ask(ops, "open", kind=kind).value
    with pytest.raises(HostCallError) as caught:
        drain(ops, engine, ask(ops, "write", b"\xff\xfegarbage" * 10, engine=engine, flush=2))
    assert caught.value.js_code.startswith(("Z_", "ERR_", "ZSTD_"))


def test_too_many_engines_cost_the_oldest(ops):
    """What they hold together is bounded."""
    first = ask(ops, "open", kind="brotli").value
    for _ in range(BUDGET // (8 * 1024 * 1024)):
        ask(ops, "open", kind="brotli")
    with pytest.raises(HostCallError, match="given up"):
        ask(ops, "write", b"x", engine=first)


@pytest.mark.parametrize(
    "args",
    [
        {"kind": "none"},
        {"kind": "deflate", "level": 10},
        {"kind": "deflate", "window_bits": 16},
        {"kind": "brotli", "quality": 12},
        {"kind": "zstd", "parameters": {"400": 8, "101": 99}},
        {"kind": "zstd", "parameters": {"102": 27}},
        {"kind": "zstd", "parameters": {"103": 26, "102": 26}},
        {"kind": "zstd", "parameters": {"101": 31}},
        {"kind": "zstd", "parameters": {"160": 1, "161": 27}},
        {"kind": "unzstd", "parameters": {"100": 31}},
        {"kind": "deflate", "more": 1},
    ],
)
def test_settings_out_of_range_are_refused(ops, args):
    """Before anything is made."""
    with pytest.raises((msgspec.ValidationError, HostCallError)):
        ask(ops, "open", **args)


def test_other_isolates_engines_cannot_be_used():
    """Numbers are the isolate's own."""
    one, other = Engines().ops, Engines().ops
    engine = ask(one, "open", kind="deflate").value
    with pytest.raises(HostCallError):
        ask(other, "write", b"x", engine=engine)
