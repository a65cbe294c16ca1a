"""Replays in a gateway, beside those it serves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from edge.compose.replay import Code, Replays
from edge.errors import CallerError
from edge.function import Limits
from edge.packages.bundle import Bundle
from edge.recording.recording import Engine, Made, Recording, Run, Summary

BUNDLE = Bundle.build({"index.js": b"for (;;);"})


class Pool:
    """Its one isolate never comes back from a run."""

    def __init__(self):
        self.told = []

    async def acquire(self, template):
        return SimpleNamespace(run=lambda _: None, terminate=lambda: self.told.append("terminated"))

    def release(self, runner, template, *, keep):
        self.told.append("released")


async def test_a_replay_without_end_is_stopped(autojump_clock):
    """Others wait for its place."""
    about = Summary("r", 1.0, "f", "v1", BUNDLE.hash, "failure", "exception", 500, "GET", "http://x/", 0.1, "r")
    made = Made("f", BUNDLE.hash, limits=Limits(timeout=3600.0))
    engine = Engine("1", "2", "3", "full", "cells")
    runs = [Run(0.0, [b'{"t":"start"}'], [b"{}"], 3000.0, returned=True)]
    recording = Recording(about, made, engine, 1, runs)
    pool = Pool()
    with pytest.raises(CallerError, match="300 s"):
        await Replays(SimpleNamespace(pool=pool))._run(SimpleNamespace(key="k"), recording, Code(BUNDLE), {})
    assert pool.told[-2:] == ["terminated", "released"]
