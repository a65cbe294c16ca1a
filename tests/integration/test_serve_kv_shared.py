"""Two gateways on one folder: calls happen one after the other, limits are one, and `kill -9` loses nothing.

`EDGE_KILL_ROUNDS=50` makes it the full count; CI has a few.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import threading
import time
from contextlib import closing

import httpx
import pytest

from tests.support.gateway_process import gateway, until
from tests.support.kv_history import FUNCTION, problems_of

ENGINE_MODES = ("cells",)
ROUNDS = int(os.environ.get("EDGE_KILL_ROUNDS", "2"))
WRITERS = 8
WRITE = """
module.exports = async (req, res) => {
  const { task, number } = req.query;
  await kv.atomic().set(`${task}:${number}`, number).incr(`count:${task}`).commit();
  res.send('written');
};
"""
READ = """
module.exports = async (req, res) => {
  const found = {};
  for (let cursor, done = false; !done;) {
    const page = await kv.list({ cursor, limit: 500 });
    for (const [key, value] of await kv.getMany(page.keys.map(({ name }) => name))) found[key] = value;
    ({ cursor, list_complete: done } = page);
  }
  res.json(found);
};
"""
CONFIG = """
storage.data_dir = "../state"
[functions.calls]
[functions.write]
kv = "written"
[functions.late]
package = "write"
kv = "written"
kv_commit = "response"
[functions.read]
kv = "written"
"""
ROUTES = "".join(f'[[routes]]\npath = "/{name}"\nfunction = "{name}"\n' for name in ("calls", "write", "late", "read"))
LIMITED = '[[routes]]\npath = "/limited"\nfunction = "read"\nrate_limit = { rate = "5/h", key = "all" }\n'
FILES = {
    "edge.toml": CONFIG + ROUTES + LIMITED,
    "functions/calls/index.js": FUNCTION,
    "functions/write/index.js": WRITE,
    "functions/read/index.js": READ,
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory, engine_mode):
    folder = tmp_path_factory.mktemp("shared")
    with gateway(folder / "one", files=FILES) as one, gateway(folder / "two", files=FILES) as two:
        yield one, two


def test_calls_of_fifty_clients_happen_one_after_the_other(pair):
    """`incr`, `get` and `atomic` with a check, through both."""
    assert problems_of(pair, "/calls", 5) == []


def test_a_limit_counts_for_both(pair):
    """In a file beside the store."""
    seen = [edge.get("/limited").status_code for edge in (*pair, *pair, *pair, *pair)]
    assert seen == [200] * 5 + [429] * 3


class Writer(threading.Thread):
    """Writes number after number until it gets no answer; `acknowledged` are those that were answered."""

    def __init__(self, url, path, task):
        super().__init__()
        self.target, self.task = url + path, task
        self.acknowledged = []

    def run(self):
        with httpx.Client(trust_env=False, timeout=10, verify=False) as client:
            for number in range(100_000):
                try:
                    answer = client.get(self.target, params={"task": self.task, "number": number})
                except httpx.TransportError:
                    return
                assert answer.text == "written", answer.text
                self.acknowledged.append(number)


def test_kill_9_loses_no_acknowledged_write(pair):
    """Neither those that wait for the response nor the others; no atomic is there by half; the other goes on."""
    one, two = pair
    chance = random.Random(seed := random.randrange(2**32))
    total, slowest = 0, 0.0
    for round_ in range(ROUNDS):
        writers = [Writer(one.url, ("/write", "/late")[number % 2], f"{round_}.{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        until(lambda writers=writers: any(writer.acknowledged for writer in writers), 20)
        time.sleep(chance.uniform(0, 0.3))
        one.process.kill()
        one.wait()
        for writer in writers:
            writer.join(20)
        found = two.get("/read").json()
        began = time.monotonic()
        one.start()
        slowest = max(slowest, time.monotonic() - began)
        assert one.get("/read").json() == found, (seed, round_)
        for writer in writers:
            stored = {key for key in found if key.startswith(f"{writer.task}:")}
            assert {f"{writer.task}:{number}" for number in writer.acknowledged} <= stored, (seed, round_)
            assert len(stored) - len(writer.acknowledged) in {0, 1}, (seed, round_)
            assert found.get(f"count:{writer.task}", 0) == len(stored), (seed, round_)
            total += len(writer.acknowledged)
    with closing(sqlite3.connect(one.folder.parent / "state" / "kv.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert total > ROUNDS
    sys.stdout.write(f"{ROUNDS} kills, {total} acknowledged writes, slowest start {slowest:.2f} s\n")
