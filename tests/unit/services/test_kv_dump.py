"""Namespaces that leave a store and come into another."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from edge.services.kv.dump import entries_of, line_of
from edge.services.kv.expiry import MAX_TIME
from edge.services.kv.failures import KVInputError, KVUnavailableError
from edge.services.kv.interface import DEFAULT_LIMITS
from edge.services.kv.limits import Limits
from edge.services.kv.memory import MemoryStore
from edge.services.kv.records import Entry, Set
from edge.services.kv.sqlite import SqliteStore
from edge.services.kv.transfer import export, import_entries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=5,
)
ENTRIES = st.builds(
    lambda valued, metadata, expires: Entry(valued[1], valued[0], "", metadata, expires),
    st.one_of(
        st.tuples(JSON.map(msgspec.json.encode), st.just("json")),
        st.tuples(st.text(st.characters(codec="utf-8")).map(str.encode), st.just("text")),
        st.tuples(st.binary(), st.just("bytes")),
    ),
    st.none() | JSON.map(msgspec.json.encode),
    st.none() | st.integers(1, MAX_TIME),
)
KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50).filter(lambda key: key not in {".", ".."})


@given(KEYS, ENTRIES)
def test_every_entry_comes_back_from_its_line_as_it_was(key: str, entry: Entry) -> None:
    """In one line, whatever it holds."""
    line = line_of(key, entry)
    assert line.index(b"\n") == len(line) - 1
    [found] = entries_of([line], Limits(metadata=10_000))
    assert found == Set(key, entry.value, entry.kind, entry.metadata, entry.expires_at)


def test_json_over_several_lines_becomes_one() -> None:
    """As an operator may have put it."""
    line = line_of("k", Entry("json", b'{\n  "a": 1\r\n}', "", b"[\n1]"))
    assert line == b'{"key":"k","json":{"a":1},"metadata":[1]}\n'


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b"{", "not an entry"),
        (b"[]", "not an entry"),
        (b'{"key": "k"}', "one of json, text and base64"),
        (b'{"key": "k", "text": "a", "json": null}', "one of json, text and base64"),
        (b'{"key": "k", "base64": "a"}', "not base64"),
        (b'{"key": "", "text": "a"}', "must not be empty"),
        (b'{"key": "k", "text": "a", "more": 1}', "more"),
        (b'{"key": "k", "text": "a", "expires_at": 99999999999999999999}', "milliseconds since 1970"),
        (b'{"key": "k", "text": "a", "expires_at": -1}', "milliseconds since 1970"),
        (b'{"key": "k", "text": 1}', "not an entry"),
        (b'{"key": "\xff", "text": "a"}', "not an entry"),
        (b'{"key": "k", "json": "\xff"}', "not an entry"),
        (b'{"key": "k", "text": "a", "metadata": "\xff"}', "not an entry"),
        (b'{"key": "k", "json": ' + b"[" * 100_000, "not an entry"),
        (b'{"key": "k", "text": "a", "metadata": "%s"}' % (b"x" * 2000), "metadata"),
    ],
)
def test_a_line_that_is_wrong_is_named(line: bytes, part: str) -> None:
    """By its number; empty lines count, and say nothing."""
    with pytest.raises(KVInputError, match=r"^line 3: ") as caught:
        list(entries_of([b'{"key": "a", "text": ""}', b"\n", line], DEFAULT_LIMITS))
    assert part in str(caught.value)


async def lines_of(store: MemoryStore | SqliteStore, namespace: str, prefix: str = "") -> list[bytes]:
    return [line async for line in export(store, namespace, prefix)]


async def test_a_namespace_of_many_pages_moves_from_one_store_to_another(tmp_path: Path) -> None:
    """In batches; values that are too large to be read together are read one by one."""
    limits = Limits(batch=7, batch_size=3000, page=10)
    async with MemoryStore(limits=Limits(batch_size=3000)) as store:
        for number in range(250):
            await store.set("a", f"k{number:03}", b"x" * (number * 10 % 2900), kind="text")
        lines = await lines_of(store, "a")
    async with SqliteStore(tmp_path / "kv.db", limits=limits) as other:
        await other.set("b", "before", b"1")
        assert await import_entries(other, "b", entries_of(lines, limits), replace=True) == 250
        assert (await other.size("b")).entries == 250
        assert await lines_of(other, "b") == lines
        assert len(await lines_of(other, "b", "k01")) == 10
        await other.set("b", "zz", b"1", kind="text")
        await import_entries(other, "b", entries_of(lines[:5], limits), replace=False)
        assert (await other.size("b")).entries == 251


async def test_a_backup_is_whole_while_others_write(tmp_path: Path) -> None:
    """Both halves of each atomic are in it, or none; it opens as a store."""
    async with SqliteStore(tmp_path / "kv.db") as store:
        await store.set("ns", "big", b"x" * 5_000_000)

        async def write() -> None:
            for number in range(1_000_000):
                await store.atomic("ns", (), [Set(f"a{number}", b"1"), Set(f"b{number}", b"1")])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            await store.backup(tmp_path / "copy.db")
            nursery.cancel_scope.cancel()
        with pytest.raises(KVUnavailableError, match="there already"):
            await store.backup(tmp_path / "copy.db")
        with pytest.raises(KVUnavailableError):
            await store.backup(tmp_path / "nowhere" / "copy.db")
    assert _files(tmp_path) == ["copy.db", "kv.db"]
    assert _ok(tmp_path / "copy.db") == "ok"
    async with SqliteStore(tmp_path / "copy.db") as copy:
        assert await copy.has("ns", "big")
        firsts, seconds = [await _names(copy, prefix) for prefix in "ab"]
    assert firsts == seconds


def _files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def _ok(path: Path) -> str:
    db = sqlite3.connect(path)
    try:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        db.close()


async def _names(store: SqliteStore, prefix: str) -> Iterable[str]:
    found, cursor = [], None
    while True:
        page = await store.list("ns", prefix, 1000, cursor)
        found += [item.key[1:] for item in page.keys if item.key != "big"]
        cursor = page.cursor
        if cursor is None:
            return found
