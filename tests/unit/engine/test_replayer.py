"""Replays leave the thread of the gateway to others."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import trio

from edge.engine.replayer import Replayer
from edge.recording.recording import Engine, Made, Recording, Run, Summary
from edge.wire.messages import Call


async def test_others_get_a_turn_between_two_answers():
    """Code may ask for a thousand things at once, each of which is looked for among thousands."""
    about = Summary("r", 1.0, "f", "v1", "", "failure", "exception", 500, "GET", "http://x/", 0.1, "r")
    recording = Recording(about, Made("f", ""), Engine("1", "2", "3", "full", "cells"), 1, [Run(0.0, [])])
    turns = 0

    async def others():
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(others)
        replayer = Replayer(SimpleNamespace(), recording, {}, same=False)
        await replayer._meet([Call(1, number, "kv.get", msgspec.Raw(b'{"key":"k"}')) for number in range(50)])
        nursery.cancel_scope.cancel()
    assert turns >= 40
