"""Rate limits: the arithmetic, and the places where requests are counted."""

from __future__ import annotations

import math
import os
import signal
import struct
import subprocess
import sys
import time

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from edge.services.kv.redis import RedisStore
from edge.services.rate import buckets
from edge.services.rate.buckets import Denied, LocalBuckets, RateLimitUnavailableError, RedisBuckets
from edge.services.rate.gcra import Rate, parse_rate, spend
from edge.services.rate.table import SETS, WAYS, SlotTable, open_table

KEY = bytes(range(16))


@pytest.mark.parametrize(
    ("text", "burst", "rate"),
    [
        ("100/15m", None, Rate(100, 900, 100)),
        ("10/s", 3, Rate(10, 1, 3)),
        ("1/h", None, Rate(1, 3600, 1)),
        ("5/1.5s", None, Rate(5, 1.5, 5)),
    ],
)
def test_rates_as_they_are_written(text, burst, rate):
    """Count, time, and how many at once."""
    assert parse_rate(text, burst) == rate


@pytest.mark.parametrize(
    "text", ["", "0/s", "1/0s", "-1/s", "1/", "/s", "a/s", "1/x", "1/s/s", "1e3/s", "1/-1s", "1 /s"]
)
def test_what_is_no_rate(text):
    """Is refused."""
    with pytest.raises(ValueError, match="is not a rate"):
        parse_rate(text)


def test_a_burst_passes_at_once_and_then_one_per_interval():
    """As a bucket of tokens that fills again."""
    rate, full_at, now = Rate(6, 60, 3), 0.0, 1000.0
    seen = []
    for _ in range(4):
        verdict, full_at = spend(full_at, now, rate)
        seen.append((verdict.admitted, verdict.remaining, verdict.reset, verdict.retry_after))
    assert seen == [(True, 2, 10, 0), (True, 1, 20, 0), (True, 0, 30, 0), (False, 0, 30, 10)]
    assert not spend(full_at, now + 9.9, rate)[0].admitted
    verdict, full_at = spend(full_at, now + 10, rate)
    assert verdict.admitted
    assert not spend(full_at, now + 10.1, rate)[0].admitted


def test_a_clock_that_was_set_back_locks_nobody_out():
    """For longer than an empty bucket takes to give one request."""
    rate = Rate(10, 60, 10)
    verdict, full_at = spend(1e9 + 3600, 1e9, rate)
    assert (verdict.admitted, verdict.retry_after) == (False, 6)
    assert spend(full_at, 1e9 + 6, rate)[0].admitted
    for damaged in (math.nan, math.inf, -math.inf):
        verdict, full_at = spend(damaged, 1e9, rate)
        assert math.isfinite(full_at)


@given(
    st.integers(1, 20),
    st.floats(0.5, 100),
    st.integers(1, 20),
    st.lists(st.floats(0, 30), min_size=1, max_size=80),
)
def test_no_span_of_time_has_more_than_the_burst_and_what_came_in_it(count, period, burst, gaps):
    """That is what a token bucket is (and a request that is refused costs nothing)."""
    rate, full_at, now, passed = Rate(count, period, burst), 0.0, 1000.0, []
    tokens, at = float(burst), now
    for gap in gaps:
        now += gap
        tokens, at = min(burst, tokens + (now - at) / rate.interval), now
        verdict, full_at = spend(full_at, now, rate)
        if abs(tokens - 1) > 1e-4:
            assert verdict.admitted == (tokens >= 1)
        if verdict.admitted:
            tokens = max(tokens - 1, 0)
            passed.append(now)
            assert abs(verdict.remaining - tokens) < 1 + 1e-3
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            allowed = burst + (passed[last] - passed[first]) / rate.interval
            assert last - first + 1 <= allowed + 1e-6


def test_a_table_holds_the_emptiest_buckets_and_never_grows():
    """However many clients there are, those that have spent most are known."""
    table, rate = SlotTable(), Rate(10, 3600, 10)
    busy = [os.urandom(16) for _ in range(50)]
    for key in busy:
        for _ in range(10):
            table.spend(key, 1000.0, rate)
    for number in range(3 * SETS):
        table.spend(number.to_bytes(8, "little") * 2, 1000.0, rate)
    assert sum(table.spend(key, 1000.0, rate).admitted for key in busy) <= 1
    assert WAYS * SETS > 100_000
    table.close()


def test_processes_share_a_table_in_a_file_and_count_together(tmp_path):
    """Exactly, while all of them hammer one bucket; one that is stopped with a lock holds up nobody."""
    script = """
import sys, time
from pathlib import Path
from edge.services.rate.gcra import Rate
from edge.services.rate.table import open_table
table = open_table(Path(sys.argv[1]))
print("ready", flush=True); sys.stdin.readline()
print(sum(table.spend(bytes(range(16)), 1000.0, Rate(3000, 1e6, 3000)).admitted for _ in range(2000)))
"""
    path = tmp_path / "new" / "limits.bin"
    command = [sys.executable, "-c", script, str(path)]
    peers = [subprocess.Popen(command, stdin=-1, stdout=-1, text=True) for _ in range(3)]
    assert [peer.stdout.readline() for peer in peers] == ["ready\n"] * 3
    for peer in peers:
        peer.stdin.write("\n")
        peer.stdin.flush()
    admitted = sum(int(peer.communicate(timeout=30)[0]) for peer in peers)
    assert 3000 <= admitted <= 3010  # one more where two met in the same microsecond
    assert path.stat().st_mode & 0o777 == 0o600
    table = open_table(path)
    assert not table.spend(KEY, 1000.0, Rate(3000, 1e6, 3000)).admitted
    table.close()


def test_a_process_that_holds_a_lock_for_ever_holds_up_nobody(tmp_path):
    """It was stopped in the very moment."""
    script = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(file, fcntl.LOCK_EX)
print("locked", flush=True); sys.stdin.readline()
"""
    table = open_table(tmp_path / "limits.bin")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "limits.bin")], stdin=-1, stdout=-1, text=True
    ) as peer:
        assert peer.stdout.readline() == "locked\n"
        peer.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert table.spend(KEY, 1000.0, Rate(1, 60, 1)).admitted
        assert not table.spend(KEY, 1000.0, Rate(1, 60, 1)).admitted
        assert time.monotonic() - began < 1
        peer.kill()
    table.close()


def test_a_damaged_table_is_a_table(tmp_path):
    """Nobody is locked out by what is in it, or let in for ever."""
    path = tmp_path / "limits.bin"
    open_table(path).close()
    path.write_bytes(
        struct.pack("<Qd", int.from_bytes(KEY[4:12], "little") | 1, math.nan) * (path.stat().st_size // 16)
    )
    table = open_table(path)
    assert [table.spend(KEY, 1000.0, Rate(2, 60, 2)).admitted for _ in range(3)] == [True, True, False]
    table.close()


class Clock:
    now = 1_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def local():
    return LocalBuckets(SlotTable(), Clock())


async def test_gateways_on_one_redis_server_count_together(redis_url, local):
    """By its clock."""
    rate = Rate(5, 60, 5)
    async with RedisStore(redis_url) as one, RedisStore(redis_url) as two:
        pair = [RedisBuckets(one, local), RedisBuckets(two, LocalBuckets(SlotTable()))]
        verdicts = [await pair[number % 2].spend(KEY, rate, strict=True) for number in range(7)]
    assert [verdict.admitted for verdict in verdicts] == [True] * 5 + [False] * 2
    assert [verdict.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0, 0]
    assert 0 < verdicts[5].retry_after <= 12
    assert 58 < verdicts[5].reset <= 60
    assert await_is_bounded(verdicts)


def await_is_bounded(verdicts):
    return all(0 <= verdict.reset <= 60.1 for verdict in verdicts)


async def test_who_is_denied_is_not_asked_about_again_until_it_is_time(redis_url, local):
    """The server is spared what could not be admitted."""
    rate = Rate(1, 0.3, 1)
    async with RedisStore(redis_url) as store:
        shared = RedisBuckets(store, local)
        asked = []
        run = store.run
        store.run = lambda *arguments: asked.append(1) or run(*arguments)
        verdicts = [await shared.spend(KEY, rate, strict=True) for _ in range(10)]
        assert [verdict.admitted for verdict in verdicts] == [True] + [False] * 9
        assert len(asked) == 2
        await trio.sleep(verdicts[-1].retry_after + 0.01)
        assert (await shared.spend(KEY, rate, strict=True)).admitted
        assert (await shared.spend(os.urandom(16), rate, strict=True)).admitted


async def test_without_the_server_a_gateway_counts_by_itself_or_refuses(tmp_path, local, monkeypatch):
    """At once, as the route says; and it finds the server when that is back."""
    from tests.support.redis_server import programs, redis_server  # noqa: PLC0415

    monkeypatch.setattr(buckets, "PAUSE", 0.1)
    monkeypatch.setattr(buckets, "PATIENCE", 2.0)
    rate, alone = Rate(2, 60, 2), []
    with redis_server(tmp_path, program=programs()[0]) as server:
        async with RedisStore(server.url) as store:
            shared = RedisBuckets(store, local, lambda: alone.append(1))
            assert (await shared.spend(KEY, rate, strict=True)).remaining == 1
            server.kill()
            assert [(await shared.spend(KEY, rate, strict=False)).admitted for _ in range(3)] == [True, True, False]
            assert len(alone) == 3
            with pytest.raises(RateLimitUnavailableError):
                await shared.spend(KEY, rate, strict=True)
            server.start()
            await trio.sleep(0.15)
            with trio.fail_after(10):
                while True:
                    try:
                        verdict = await shared.spend(os.urandom(16), rate, strict=True)
                        break
                    except RateLimitUnavailableError:
                        await trio.sleep(0.05)
            assert verdict.admitted


async def test_a_server_that_hangs_costs_a_quarter_of_a_second_once(tmp_path, local):
    """For a second nobody else waits for it."""
    from tests.support.redis_server import programs, redis_server  # noqa: PLC0415

    with redis_server(tmp_path, program=programs()[0]) as server:
        async with RedisStore(server.url) as store:
            shared = RedisBuckets(store, local)
            assert (await shared.spend(KEY, Rate(9, 60, 9), strict=True)).admitted
            server.process.send_signal(signal.SIGSTOP)
            began = trio.current_time()
            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(lambda: shared.spend(os.urandom(16), Rate(9, 60, 9), strict=False))
            for _ in range(20):
                await shared.spend(os.urandom(16), Rate(9, 60, 9), strict=False)
            assert trio.current_time() - began < 1
            server.process.send_signal(signal.SIGCONT)


def test_the_memory_of_denials_is_bounded():
    """The latest are kept."""
    denied = Denied()
    for number in range(5 * buckets.REMEMBERED):
        denied.add(number.to_bytes(16, "big"), 1.0)
    assert denied.until((5 * buckets.REMEMBERED - 1).to_bytes(16, "big")) == 1.0
    assert denied.until((0).to_bytes(16, "big")) == 0.0
    assert len(denied._young) + len(denied._old) <= 2 * buckets.REMEMBERED
