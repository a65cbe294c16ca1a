"""What tells that an invocation is over: nothing that a function says can look like it."""

from __future__ import annotations

import pytest

from edge.cell.home import _is_over

OVER = b'{"effects":[{"t":"done","id":1}]}'


@pytest.mark.parametrize(
    "text",
    [
        OVER,
        b'{"effects":[{"t":"log","text":"x"},{"t":"done","id":12}]}',
        b'{"effects":[{"t":"done","id":1}],"clock":[1796101789082,2,-1,1]}',
    ],
)
def test_the_last_effect_of_all_counts(text):
    """After one other or none, and before what the isolate's tape has of the turn's clock."""
    assert _is_over(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"effects":[{"t":"done","id":1}],"busy":true}',
        b'{"effects":[{"t":"call","id":1,"call":1,"op":"kv.set","args":{"t":"done","id":1}}]}',
        b'{"effects":[{"t":"call","id":1,"call":1,"op":"kv.set","args":[{"t":"done","id":1}]}]}',
        b'{"effects":[{"t":"log","id":1,"text":",{\\"t\\":\\"done\\",\\"id\\":1}]}"}]}',
        b'{"effects":[{"t":"call","id":1,"call":1,"op":"x","args":{"a":[{"t":"done","id":1}],"clock":[1,2]}}]}',
        b'{"effects":[{"t":"call","id":1,"call":1,"op":"x","args":{"a":[{"t":"done","id":1}]}}],"clock":[1,2]}',
        b'{"effects":[{"t":"done","id":1}],"timer":5,"clock":[1,2]}',
        b'{"effects":[{"t":"done","id":1}],"clock":[1,2],"busy":true}',
        OVER[:-1],
        OVER + b"\n",
    ],
)
def test_nothing_else_does(text):
    """Not what is nested, quoted, or followed by more."""
    assert not _is_over(text)
