"""What becomes of deferred invocations when their gateway ends, and when it keeps them in memory only."""

from __future__ import annotations

import signal
import sqlite3

import pytest

from tests.support.deferred import CONFIG, FILES, Queue
from tests.support.gateway_process import gateway, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

# The engine has no part in this.
ENGINE_MODES = ("cells",)


def test_kill_9_loses_nothing(tmp_path):
    """What was accepted runs after the restart; what ran has lost an attempt, and runs again."""
    files = {**FILES, "edge.toml": CONFIG}
    with gateway(tmp_path, files=files) as first:
        running = [Queue(first).put(f"slow/{number}?ms=15000") for number in range(4)]
        until(lambda: [Queue(first).get(one)["status"] for one in running] == ["running"] * 4, 5, "the attempts")
        waiting = [Queue(first).put("echo") for _ in range(20)]
        first.send(signal.SIGKILL)
        first.wait()
    write_files(tmp_path, {"functions/slow/index.js": "module.exports = (req, res) => res.send('fast');"})
    with gateway(tmp_path) as second:
        for name in (*running, *waiting):
            assert Queue(second).end(name)["status"] == "succeeded"
        for name in running:
            outcomes = [one["outcome"] for one in Queue(second).get(name)["attempts"]]
            assert outcomes == ["lost", "ok"]
        assert all(len(Queue(second).get(name)["attempts"]) == 1 for name in waiting)


def test_a_shutdown_lets_attempts_end_or_gives_them_back(tmp_path):
    """Within the grace they end; after it they wait again, and have lost nothing."""
    files = {**FILES, "edge.toml": '[server]\ngrace = "1s"\n' + CONFIG}
    with gateway(tmp_path, files=files) as first:
        short, long = Queue(first).put("slow/a?ms=500"), Queue(first).put("slow/b?ms=20000")
        until(lambda: {Queue(first).get(one)["status"] for one in (short, long)} == {"running"}, 5, "the attempts")
        until(lambda: first.operate("GET", "/kv/slow/began/b").status_code == 200, 5, "the attempt")
        assert first.stop() == 0
    with sqlite3.connect(tmp_path / ".edge" / "queue.sqlite3") as db:
        states = dict(db.execute("SELECT id, state FROM deferred").fetchall())
        tries = dict(db.execute("SELECT id, tries FROM deferred").fetchall())
    assert states == {short: "succeeded", long: "queued"}
    assert tries[long] == 0
    assert list((tmp_path / ".edge" / "queue").iterdir()) == []


def test_a_queue_in_memory(tmp_path):
    """With `storage.kv = "memory"` nothing is written; the rest is the same."""
    config = "[storage]\nkv = 'memory'\n" + CONFIG
    with gateway(tmp_path, files={**FILES, "edge.toml": config}) as edge:
        assert Queue(edge).end(Queue(edge).put("flaky/x"))["status"] == "succeeded"
        assert not (tmp_path / ".edge" / "queue.sqlite3").exists()
