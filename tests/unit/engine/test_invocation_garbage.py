"""What invocations leave behind: nothing that takes Python's collector to find."""

from __future__ import annotations

import gc

import pytest

from edge.engine.course import Course
from edge.engine.invocation_task import InvocationTask
from edge.engine.lineage import Lineage
from edge.services.api import Grants
from tests.support.embedded_rig import FakeExchange, open_rig

HELLO = "module.exports = (req, res) => res.send('hello')"
STREAM = "module.exports = (req, res) => { res.write('he'); setTimeout(() => res.end('llo'), 1) }"


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("code", [HELLO, STREAM], ids=["whole", "streamed"])
async def test_an_invocation_is_gone_when_it_is_over(tmp_path, code, reuse):
    """Its parts do not refer to each other in circles; collections took a tenth of the gateway's time."""
    async with open_rig(tmp_path) as rig, rig.deployed(code, reuse=reuse) as function:
        await rig.invoke(function, FakeExchange())
        gc.collect()
        gc.disable()
        try:
            for _ in range(3):
                exchange = FakeExchange()
                await rig.invoke(function, exchange)
                assert exchange.body == b"hello"
            parts = (Course, InvocationTask, Lineage, Grants)
            left = [type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, parts)]
        finally:
            gc.enable()
    assert left == []
