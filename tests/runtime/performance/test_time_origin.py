"""The time origin is the begin of the invocation, whatever the isolate did before."""

from __future__ import annotations

import json
import time

from tests.support.interleaved_isolate import InterleavedIsolate

SOURCE = """exports.__esModule = true; exports.default = { async fetch() {
  performance.mark('mine');
  const { length } = performance.getEntries();
  await new Promise((resolve) => { setTimeout(resolve, 5) });
  return Response.json({ origin: performance.timeOrigin, now: performance.now(), length });
} }"""


def test_each_invocation_of_an_isolate_has_its_own() -> None:
    """So do the entries of the timeline."""
    with InterleavedIsolate(SOURCE, "web") as isolate:
        before = time.time() * 1000
        first = isolate.start()
        isolate.wait_for_timer()
        time.sleep(0.05)
        second = isolate.start()
        isolate.wait_for_timer()
    one, two = json.loads(first.text), json.loads(second.text)
    assert before - 2 <= one["origin"] <= time.time() * 1000
    assert two["origin"] - one["origin"] >= 50
    assert 5 <= two["now"] < 50
    assert (one["length"], two["length"]) == (1, 1)
