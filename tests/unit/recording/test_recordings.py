"""Files of recordings: what is written is read again, and what is no recording says so."""

from __future__ import annotations

import os
import time

import msgspec
import pytest

from edge.errors import CallerError, NotFoundError
from edge.recording.demand import Asked, Demands
from edge.recording.recording import Engine, Made, Recording, Run, Summary, check_id, decode, encode, summary_of
from edge.recording.store import Bounds, RecordingStore

PACKAGE = "sha256:" + "ab" * 32


def recording(name="r1", at=1_000.0, function="hello", package=PACKAGE, size=10):
    summary = Summary(name, at, function, "v1", package, "failure", "exception", 500, "GET", "http://x/", 0.1, name)
    runs = [Run(0.0, [b'{"t":"start"}'], [b"x" * size], 0.1, "", returned=True), Run(0.2, [b"{}"])]
    return Recording(summary, Made(function, package), Engine("1", "2", "3", "full", "cells"), 1, runs)


def test_what_is_written_is_read_again():
    found = decode(encode(recording()))
    assert found.summary.size > 0
    assert msgspec.structs.replace(found, summary=recording().summary) == recording()
    assert summary_of(encode(recording())[:600]).id == "r1"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no recording"),
        (b"PK\x03\x04 a zip", "no recording"),
        (b'{"id":1}\n', "no recording"),
        (encode(recording())[:-5], "cut off|damaged"),
        (encode(recording()).partition(b"\n")[0] + b"\nnot zlib", "damaged"),
        (encode(recording()).replace(b'"format":1', b'"format":9'), "format 9"),
    ],
)
def test_what_is_no_recording_says_so(content, says):
    with pytest.raises(CallerError, match=says):
        decode(content)


@pytest.mark.parametrize(
    "limits", [{"memory": 1 << 40}, {"memory": -1}, {"timeout": 1e9}, {"timeout": float("nan")}, {"cpu": float("inf")}]
)
def test_limits_that_no_gateway_gives_are_none(limits):
    """A file from elsewhere says to what its code is held."""
    sent = recording()
    made = msgspec.structs.replace(sent.made, limits=msgspec.structs.replace(sent.made.limits, **limits))
    with pytest.raises(CallerError, match="damaged"):
        decode(encode(msgspec.structs.replace(sent, made=made)))


@pytest.mark.parametrize("time", [float("nan"), float("inf"), 1e300])
def test_times_without_end_are_none(time):
    """A replay waits for what took so long when it was recorded."""
    for run in (Run(time, []), Run(0.0, [], took=time)):
        with pytest.raises(CallerError, match="damaged"):
            decode(encode(msgspec.structs.replace(recording(), runs=[run])))


@pytest.mark.parametrize("name", ["Root=1-67891233-abc", "../../x", "a/b", "_x", "..", "-", ":" * 128 + ".7", "r.1"])
def test_whatever_a_client_calls_its_request_is_recorded(tmp_path, name):
    """In one file of the folder."""
    store = RecordingStore(tmp_path / "recordings", Bounds(age=0))
    store.put(recording(name))
    assert decode(store.read(name)).summary.id == name
    assert [found.id for found in store.summaries()] == [name]
    assert len(list(tmp_path.rglob("*.rec"))) == len(list(store.folder.glob("*.rec"))) == 1
    store.delete(name)
    assert store.summaries() == []


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("edge.recording.recording.MAX_CONTENT", 1024 * 1024)
    bomb = recording(size=3 * 1024 * 1024)
    with pytest.raises(CallerError, match="holds too much"):
        decode(encode(bomb))


@pytest.mark.parametrize("name", ["", "a" * 200, "a\0b", "ä", "a b", 'a"b', "a\\b"])
def test_an_id_is_that_of_a_request(name):
    with pytest.raises(CallerError, match="no id"):
        check_id(name)


def test_the_newest_are_listed_first_those_of_all_versions_of_a_function(tmp_path):
    store = RecordingStore(tmp_path / "r", Bounds(age=0))
    assert store.summaries() == []
    for number, function in enumerate(["a", "a@v3", "b"]):
        store.put(recording(f"id-{number}", 1000.0 + number, function))
    assert [one.id for one in store.summaries()] == ["id-2", "id-1", "id-0"]
    assert [one.id for one in store.summaries("a")] == ["id-1", "id-0"]
    assert [one.id for one in store.summaries(limit=1)] == ["id-2"]
    assert decode(store.read("id-1")).summary.function == "a@v3"
    store.delete("id-1")
    for gone in (store.read, store.delete):
        with pytest.raises(NotFoundError):
            gone("id-1")


def test_the_oldest_go_when_there_are_too_many_or_they_are_too_old_with_their_packages(tmp_path):
    store = RecordingStore(tmp_path, Bounds(count=2, age=0))
    other = "sha256:" + "cd" * 32
    store.keep_package(other, b"old code")
    store.keep_package(PACKAGE, b"code")
    store.put(recording("old", 1.0, package=other))
    for number in range(3):
        store.put(recording(f"id-{number}", 1000.0 + number))
    assert [one.id for one in store.summaries()] == ["id-2", "id-1"]
    assert (store.package(PACKAGE), store.package(other)) == (b"code", None)
    store.bounds = Bounds(age=60)
    store.put(recording("new", time.time()))
    assert [one.id for one in store.summaries()] == ["new"]
    store.bounds = Bounds(size=1, age=0)
    store.prune()
    assert store.summaries() == []


def test_what_else_is_in_the_folder_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "00000000001000-broken.rec").write_bytes(b"junk")
    store = RecordingStore(tmp_path, Bounds(age=0))
    store.put(recording())
    assert [one.id for one in store.summaries()] == ["r1"]
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_what_a_killed_process_left_goes(tmp_path):
    old, new = tmp_path / ".00000000001000-a.rec.17", tmp_path / ".00000000001000-b.rec.18"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1.0, 1.0))
    RecordingStore(tmp_path, Bounds(age=0)).put(recording())
    assert (old.exists(), new.exists()) == (False, True)


def test_files_are_for_their_owner_alone(tmp_path):
    store = RecordingStore(tmp_path / "r", Bounds(age=0))
    store.put(recording())
    modes = {path.stat().st_mode & 0o077 for path in [tmp_path / "r", *(tmp_path / "r").iterdir()]}
    assert modes == {0}


def test_a_demand_holds_for_so_many_invocations_and_is_seen_by_other_processes(tmp_path):
    mine, others = Demands(tmp_path / "d" / "demands.json"), Demands(tmp_path / "d" / "demands.json")
    assert not mine.asks("hello")
    others.put("hello", Asked(time.time() + 60, 2))
    assert [others.asks("hello") for _ in range(3)] == [True, True, False]
    mine._next = 0.0  # a second later
    assert [mine.asks("hello") for _ in range(3)] == [True, True, False]
    assert not mine.asks("other")
    others.put("hello", Asked(time.time() - 1, 2))
    assert not others.asks("hello")
