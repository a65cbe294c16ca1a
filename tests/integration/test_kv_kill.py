"""A process that writes is killed at any moment: what it had acknowledged is there, and the database is whole."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from edge.services.kv.sqlite import SqliteStore

ROUNDS = 20
# Prints "key value" once the store has acknowledged it, unbuffered and in one write: half a line is no acknowledgement.
# In every other round tasks pause between writes: a store that kept something for later is caught with it then.
WRITER = """
import os, random, sys
from pathlib import Path
import trio
from edge.services.kv.records import Add, Set
from edge.services.kv.sqlite import SqliteStore

async def write(store, task, start, slow):
    for number in range(start, start + 1_000_000):
        key, pad = f"{task}:{number % 40}", b"x" * (number * 7919 % 9000)
        mutations = [Set(key, b"%d:" % number + pad), Add(f"count:{task}", 1)]
        await store.atomic("ns", [], mutations)
        os.write(1, f"{key} {number}\\n".encode())
        await trio.sleep(random.uniform(0, 0.02) * slow)

async def main(path, start):
    async with SqliteStore(Path(path)) as store:
        os.write(1, b"ready 0\\n")
        async with trio.open_nursery() as nursery:
            for task in range(8):
                nursery.start_soon(write, store, task, start, start // 1_000_000 % 2)

trio.run(main, sys.argv[1], int(sys.argv[2]))
"""


def run_and_kill(path, start, seconds):
    """The lines that a writer printed until it was killed `seconds` after it was ready."""
    command = [sys.executable, "-c", WRITER, str(path), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest = process.stdout.read()
    assert first == b"ready 0\n"
    assert process.returncode == -signal.SIGKILL
    return [line.split() for line in rest.decode().split("\n")[:-1]]


@pytest.mark.integration
@pytest.mark.slow
async def test_kill_9_loses_no_acknowledged_write(tmp_path):
    """Twenty times over one file; no atomic is there by half, and the next start takes no repair."""
    path = tmp_path / "kv.db"
    acknowledged, counts, total, seed = {}, {}, 0, random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(ROUNDS):
        lines = run_and_kill(path, number * 1_000_000, chance.uniform(0, 0.15))
        for key, value in lines:
            acknowledged[key] = int(value)
            counts[key.split(":")[0]] = counts.get(key.split(":")[0], 0) + 1
        total += len(lines)
        began = time.monotonic()
        async with SqliteStore(path) as store:
            assert time.monotonic() - began < 1
            for key, value in acknowledged.items():
                entry = await store.get("ns", key)
                assert entry is not None, (seed, number, key)
                # A write after the last acknowledged one may have been committed too, never an older one.
                assert int(entry.value.split(b":")[0]) >= value, (seed, number, key)
            for task, count in counts.items():
                stored = int((await store.get("ns", f"count:{task}")).value)
                assert stored >= count, (seed, number, task)
                counts[task] = stored
        check_whole(path)
    assert total > ROUNDS


def check_whole(path):
    """By SQLite's own full check, and the sums of our accounting."""
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        held = db.execute("SELECT bytes, entries FROM namespaces").fetchone()
        actual = db.execute("SELECT sum(length(key) + length(value)), count(*) FROM entries").fetchone()
        assert held is None or held == actual
    finally:
        db.close()
