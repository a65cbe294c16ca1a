"""The journal: what is put into it is found again, whoever wrote it and however that ended, within its bounds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from edge.errors import CallerError
from edge.function import Limits
from edge.invocation import CallSum, HostCall, Outcome, Receipt
from edge.services.journal import journal as journal_module
from edge.services.journal.entry import MAX_LINE, Entry, head_of, instant, line_of, receipt_of, without_receipt
from edge.services.journal.filters import Filter, read_filter
from edge.services.journal.journal import Journal
from edge.services.journal.reader import Reader, read_cursor
from edge.services.journal.receipt_view import receipt_view
from edge.services.journal.segment_writer import SegmentWriter
from edge.services.journal.segments import Bounds, Segment, list_segments, superfluous
from edge.services.journal.tail import Tail
from edge.units import MIB

BOUNDS = Bounds(3600.0, 64 * MIB, 100_000)
NOW = 1_768_464_000.0


def line(number, at=None, **fields):
    fields = {"function": "hello", "request_id": f"r{number}", "number": number, **fields}
    level, event = fields.pop("level", "info"), fields.pop("event", "function_log")
    return line_of(Entry(NOW + number if at is None else at, level, event, fields))


def numbers(lines):
    return [json.loads(each.text)["number"] for each in lines]


def everything(folder, wanted=None):
    return numbers(Reader(folder).newest(wanted or Filter(), 10_000).lines)


@pytest.fixture
def writer(tmp_path):
    writer = SegmentWriter(tmp_path, BOUNDS)
    yield writer
    writer.close()


@pytest.fixture
def quick(monkeypatch):
    """Nothing gathers, so that tests do not wait."""
    monkeypatch.setattr(journal_module, "PAUSE", 0.005)
    monkeypatch.setattr(journal_module, "SHORT_PAUSE", 0.005)


# -- a line


def test_a_line_has_the_fields_of_the_log_and_a_receipt():
    """With what was used of what there was, and the host calls."""
    receipt = Receipt(
        Outcome.TIMEOUT,
        queued=0.001,
        wall=1.5,
        cpu=0.25,
        calls=70,
        level="warm",
        id="r1.2",
        caller="r1",
        start=0.002,
        isolate_age=3.0,
        isolate_uses=1,
        memory=9 * MIB,
        bytes_in=3,
        log_lines=2,
        limits=Limits(memory=64 * MIB, timeout=1.5, cpu=1.0),
        host_calls=(HostCall("kv.get", 0.1, 0.2, "key a"), HostCall("fetch.start", 0.4, 1.1, "", "unfinished")),
        more_calls=(CallSum("kv.get", 68, 0.5, 1),),
    )
    written = line_of(Entry(NOW, "warning", "request", {"function": "hello", "status": 504}, receipt))
    entry = json.loads(without_receipt(written))
    assert (entry["timestamp"], entry["level"], entry["event"]) == ("2026-01-15T08:00:00.000000Z", "warning", "request")
    assert (entry["function"], entry["status"]) == ("hello", 504)
    assert "receipt" not in entry
    assert receipt_of(written) == receipt
    told = receipt_view(receipt_of(written))
    assert told["durations"] == {"queue_ms": 1.0, "start_ms": 2.0, "run_ms": 1500.0, "host_calls_ms": 1800.0}
    assert told["resources"]["wall"] == {"used": 1.5, "limit": 1.5, "unit": "s"}
    assert told["resources"]["cpu"] == {"used": 0.25, "limit": 1.0, "unit": "s"}
    assert told["resources"]["memory"] == {"used": 9 * MIB, "limit": 64 * MIB, "unit": "B"}
    assert told["resources"]["log_lines"] == {"used": 2, "dropped": 0}
    assert told["isolate"] == {"snapshot": "warm", "age_s": 3.0, "uses": 1}
    assert (told["id"], told["caller"], told["outcome"]) == ("r1.2", "r1", "timeout")
    assert told["host_calls"][0] == {"op": "kv.get", "at_ms": 100.0, "ms": 200.0, "about": "key a"}
    assert told["host_calls"][1]["error"] == "unfinished"
    assert told["more_calls"] == [{"op": "kv.get", "count": 68, "ms": 500.0, "failed": 1}]


@pytest.mark.parametrize("value", ["\ud800", object(), {1: object()}, float("nan"), b"\xff", "a\nb\r\u2028"])
def test_whatever_is_in_a_field_one_entry_is_one_line(value):
    """What JSON does not know is told as Python shows it."""
    written = line_of(Entry(NOW, "info", "e", {"function": "f", "value": value}))
    assert written.count(b"\n") == 1
    assert head_of(written).function == "f"


def test_an_entry_that_is_too_large_leaves_what_filters_need():
    """The journal is bounded by each line, too."""
    written = line_of(Entry(NOW, "info", "e", {"function": "f", "text": "x" * MAX_LINE}))
    assert len(written) < 1000
    assert head_of(written).function == "f"


# -- what is asked for


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"function": "hello"}, [5, 3, 1, 0]),
        ({"function": "hello@v2"}, [3]),
        ({"outcome": "timeout"}, [1]),
        ({"outcome": "failed"}, [4, 1]),
        ({"outcome": "ok,cpu"}, [5, 4]),
        ({"level": "warn"}, [4, 1]),
        ({"level": "debug"}, [5, 4, 3, 2, 1, 0]),
        ({"since": "2s"}, [5, 4, 3]),
        ({"until": "2026-01-15T08:00:02Z"}, [1, 0]),
        ({"request": "r3"}, [3]),
        ({"request": "r0.1"}, [5]),
        ({"event": "request"}, [4, 1]),
        ({"text": "needle"}, [2]),
        ({"function": "hello", "level": "warn", "outcome": "timeout", "since": "1h"}, [1]),
    ],
)
def test_filters(writer, tmp_path, wanted, found):
    """Each alone, and together."""
    writer.append(
        [
            line(0),
            line(1, event="request", level="warning", outcome="timeout"),
            line(2, function="other", text="a needle here"),
            line(3, function="hello@v2"),
            line(4, function="hello2", event="request", level="error", outcome="cpu"),
            line(5, id="r0.1", outcome="ok"),
        ]
    )
    assert everything(tmp_path, read_filter(wanted, NOW + 5)) == found


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"level": "loud"}, "level is 'loud'; it may be debug, info, warn or error"),
        ({"outcome": "bad"}, "outcome is 'bad'; it may be failed, ok, exception"),
        ({"since": "yesterday"}, "since is 'yesterday'; it may be a duration such as 10m"),
        ({"until": "9999999999999999999d"}, "until is"),
    ],
)
def test_what_is_no_filter_is_told_with_what_is_allowed(wanted, message):
    """By the name of the option."""
    with pytest.raises(CallerError) as caught:
        read_filter(wanted, NOW)
    assert message in str(caught.value)


# -- reading


def test_lines_of_several_processes_come_in_the_order_of_time(tmp_path):
    """Each has a segment of its own."""
    writers = [SegmentWriter(tmp_path, BOUNDS) for _ in range(3)]
    for number in range(300):
        writers[number * 7 % 3].append([line(number)])
    assert len(list_segments(tmp_path)) == 3
    assert everything(tmp_path) == list(range(299, -1, -1))
    for each in writers:
        each.close()


def test_pages_hold_every_line_once(tmp_path):
    """The cursor is the place of the last line, whatever is added meanwhile."""
    small = SegmentWriter(tmp_path, Bounds(3600.0, 64 * MIB, 160))
    for number in range(100):
        small.append([line(number)])
    found, cursor = [], ""
    while True:
        page = Reader(tmp_path).newest(Filter(), 7, read_cursor(cursor))
        found += numbers(page.lines)
        cursor = page.cursor
        if not cursor:
            break
        small.append([line(1000 + len(found))])
    assert found == list(range(99, -1, -1))
    small.close()


@pytest.mark.parametrize("text", ["x", "~~", "a~b~c", "a~b~-1", "a~b~" + "9" * 30])
def test_a_cursor_of_somebody_else_is_refused(text):
    """It is text that a client can send."""
    with pytest.raises(CallerError):
        read_cursor(text)


def test_what_is_damaged_is_skipped(writer, tmp_path):
    """Bytes of a disk that lied, another program's lines, a line that was not finished."""
    writer.append([line(0), b"\x00\xff\xfe\n", b'{"timestamp": 5}\n', b"[1]\n", b"{}\n", line(1)])
    writer.append([line(2)[:-20]])
    (tmp_path / "1768464000000-00000000.jsonl").write_bytes(os.urandom(100_000))
    (tmp_path / "readme.txt").write_text("not ours")
    (tmp_path / "1768464000000-00000001.jsonl").mkdir()
    (tmp_path / "1768464000000-00000002.jsonl").symlink_to("/etc/passwd")
    assert everything(tmp_path) == [1, 0]


def test_a_journal_that_is_not_there_is_empty(tmp_path):
    """As that of a gateway that has never run."""
    assert Reader(tmp_path / "no").newest(Filter(), 10).lines == []
    assert Tail(tmp_path / "no").more(Filter()) == []


# -- following


def test_a_tail_sees_what_is_added_by_whomever(writer, tmp_path):
    """Also in segments that are begun later; not what was there before, and nothing twice."""
    writer.append([line(0)])
    tail = Tail(tmp_path)
    assert tail.more(Filter()) == []
    other = SegmentWriter(tmp_path, BOUNDS)
    writer.append([line(1), line(3)])
    other.append([line(2), line(4, function="other")])
    assert numbers(tail.more(Filter(function="hello"))) == [1, 2, 3]
    whole = line(5)
    other.append([whole[:30]])
    assert tail.more(Filter()) == []
    other.append([whole[30:]])
    assert numbers(tail.more(Filter())) == [5]
    assert numbers(Reader(tmp_path, tail.sizes).newest(Filter(), 10).lines) == [0]
    other.close()


def test_whoever_was_away_gets_what_was_added_since(writer, tmp_path):
    """From the place of the last line that it has seen."""
    writer.append([line(number) for number in range(10)])
    last = Reader(tmp_path).newest(Filter(), 4).lines[-1]
    assert numbers(Reader(tmp_path).since(Filter(), last.place, 100)) == [7, 8, 9]
    assert numbers(Reader(tmp_path).since(Filter(), last.place, 2)) == [8, 9]


# -- segments


def test_a_process_goes_on_with_a_segment_that_nobody_has(tmp_path):
    """So that a gateway that is started a hundred times leaves one file; a line that was cut off ends there."""
    for number in range(100):
        writer = SegmentWriter(tmp_path, BOUNDS)
        writer.append([line(number, at=time.time() + number), b'{"timestamp": "cut'])
        writer.close()
    assert len(list_segments(tmp_path)) == 1
    assert everything(tmp_path) == list(range(99, -1, -1))


def test_a_segment_that_was_removed_is_not_written_to(writer, tmp_path):
    """Somebody else has swept it away, or an operator."""
    writer.append([line(0)])
    for segment in list_segments(tmp_path):
        (tmp_path / segment.name).unlink()
    writer.append([line(1)])
    assert everything(tmp_path) == [1]


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        (Bounds(1e9, 35, 1000), [7, 8, 9]),
        (Bounds(1e9, 1000, 10), [8, 9]),
        (Bounds(25.0, 1000, 1000), [8, 9]),
        (Bounds(1e9, 1000, 1000), list(range(10))),
        (Bounds(1e9, 0, 1000), []),
    ],
)
def test_what_goes_is_the_oldest(bounds, kept):
    """By size, by number of lines, by age."""
    segments = [Segment(NOW + 10 * number, f"s{number}", 10, NOW) for number in range(10)]
    lines = {segment.name: 5 for segment in segments}
    gone = superfluous(segments, lines, bounds, NOW + 100)
    assert [segment.name for segment in gone] == [f"s{number}" for number in range(10) if number not in kept]


def test_a_journal_stays_in_its_bounds(tmp_path):
    """However much is put into it."""
    bounds = Bounds(3600.0, 2 * MIB, 2000)
    writer = SegmentWriter(tmp_path, bounds)
    for number in range(100):
        writer.append([line(number * 100 + each, text="x" * 300) for each in range(100)])
        writer.sweep()
    found = everything(tmp_path)
    assert found == list(range(9999, 9999 - len(found), -1))
    assert 1000 < len(found) <= 2000
    assert sum(segment.size for segment in list_segments(tmp_path)) <= 2 * MIB
    writer.close()


# -- the thread


def written(folder, count, seconds=10):
    """What the journal has, once there are `count` lines."""
    end = time.monotonic() + seconds
    while len(found := everything(folder)) < count:
        assert time.monotonic() < end, found
        time.sleep(0.005)
    return found


def test_what_is_put_is_on_disk_soon_and_at_the_end(quick, tmp_path):
    """Without anybody waiting for it."""
    with Journal(tmp_path / "j", BOUNDS) as journal:
        journal.put("info", "e", {"number": 1})
        assert written(tmp_path / "j", 1) == [1]
        journal.put("info", "e", {"number": 2})
    assert everything(tmp_path / "j") == [2, 1]
    assert journal.statistics().written == 2
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o700
    [segment] = list_segments(tmp_path / "j")
    assert (tmp_path / "j" / segment.name).stat().st_mode & 0o777 == 0o600


def test_less_important_entries_are_not_kept(quick, tmp_path):
    """As the log does not show them."""
    with Journal(tmp_path, BOUNDS, level="warning") as journal:
        for level in ("debug", "info", "warning", "error"):
            journal.put(level, "e", {"number": level})
    assert everything(tmp_path) == ["error", "warning"]


def test_a_journal_is_switched_off_and_on_while_it_runs(quick, tmp_path):
    """What it holds stays until its bounds say otherwise."""
    with Journal(tmp_path, None) as journal:
        journal.put("info", "e", {"number": 0})
        journal.configure(BOUNDS)
        journal.put("info", "e", {"number": 1})
        assert written(tmp_path, 1) == [1]
        journal.configure(None)
        journal.put("info", "e", {"number": 2})
    assert everything(tmp_path) == [1]


def test_a_folder_that_cannot_be_used_costs_lines_and_nothing_else(quick, tmp_path, monkeypatch):
    """The loss is counted and told once; when the disk is well again, so is the journal."""
    monkeypatch.setattr(journal_module, "RETRY", 0.0)
    told = []
    (tmp_path / "file").write_text("in the way")
    with Journal(tmp_path / "file" / "j", BOUNDS, failed=told.append) as journal:
        for number in range(5):
            journal.put("info", "e", {"number": number})
            end = time.monotonic() + 10
            while journal.statistics().lost <= number:
                assert time.monotonic() < end
                time.sleep(0.002)
        assert told == ["Not a directory"]
        assert journal.statistics().error == "Not a directory"
        (tmp_path / "file").unlink()
        journal.put("info", "e", {"number": 5})
        assert written(tmp_path / "file" / "j", 1) == [5]
    statistics = journal.statistics()
    assert (statistics.written, statistics.lost, statistics.error) == (1, 5, "")


def test_a_full_disk_leaves_no_half_line_to_the_next_one(tmp_path, monkeypatch):
    """What was written of a group that did not fit is ended before more is written."""
    writer = SegmentWriter(tmp_path, BOUNDS)
    writer.append([line(0)])
    real = os.write

    def full(descriptor, data):
        if len(data) > 100:
            return real(descriptor, data[:50])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        writer.append([line(1)])
    monkeypatch.undo()
    writer.append([line(2)])
    assert everything(tmp_path) == [2, 0]
    writer.close()


def test_a_slow_disk_holds_a_bounded_number_of_entries(tmp_path, monkeypatch):
    """More are lost and counted."""
    monkeypatch.setattr(journal_module, "MAX_WAITING", 10)
    journal = Journal(tmp_path, BOUNDS)  # its thread has not begun
    for number in range(25):
        journal.put("info", "e", {"number": number})
    assert journal.statistics().lost == 15
    with journal:
        pass
    assert everything(tmp_path) == list(range(9, -1, -1))


KILLED = """
import sys, time
from pathlib import Path
from edge.services.journal.journal import Journal
from edge.services.journal.segments import Bounds
with Journal(Path(sys.argv[1]), Bounds(3600.0, 1 << 26, 10**6)) as journal:
    number = 0
    while True:
        journal.put("info", "e", {"number": number, "at": time.time()})
        number += 1
        if number % 10 == 0:
            print(number, time.time(), flush=True)
            time.sleep(0.001)
"""


def test_a_process_that_is_killed_loses_the_last_moment_only(tmp_path):
    """Half a second at most: what was put before that is there, in order and without gaps."""
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        put = []
        while not put or put[-1][1] - put[0][1] < 1.0:
            number, at = process.stdout.readline().split()
            put.append((int(number), float(at)))
        process.send_signal(signal.SIGKILL)
        died = time.time()
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
    found = everything(tmp_path)[::-1]
    safe = max((number for number, at in put if at < died - 2 * journal_module.PAUSE - 0.5), default=0)
    assert found == list(range(min(len(found), 10_000)) if len(found) < 10_000 else range(found[0], found[0] + 10_000))
    assert found[-1] >= safe > 0


def test_instants_are_ordered_as_text():
    """Down to a microsecond."""
    times = [NOW + number / 1e6 for number in (0, 1, 10, 999_999, 1_000_000)]
    assert [instant(at) for at in times] == sorted(instant(at) for at in times)
