"""What the kernel tells of a folder: what came, went, or was written and closed, and nothing of what is appended."""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path

import pytest
import trio

from edge.config.folder_events import ITSELF, names_in, open_events

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")


def test_a_log_beside_the_file_tells_nothing_while_it_is_open(tmp_path: Path) -> None:
    """Each line would cost a wake-up; nor does a database, which writes into its file and reads it."""
    log, database = tmp_path / "log", tmp_path / "kv.db"
    database.write_bytes(bytes(100))
    with (
        log.open("ab", buffering=0) as lines,
        database.open("r+b", buffering=0) as rows,
        open_events(tmp_path) as events,
    ):
        for _ in range(100):
            lines.write(b"a line\n")
            rows.seek(10)
            rows.write(b"row")
            rows.read()
        assert events.pending() == set()
        (tmp_path / "edge.toml").touch()
        assert events.pending() == {"edge.toml"}


def test_what_comes_goes_and_is_closed_is_told_by_name(tmp_path: Path) -> None:
    """In the order of a look, each once; what happens in folders below is theirs."""
    (tmp_path / "below").mkdir()
    (tmp_path / "there").touch()
    with open_events(tmp_path) as events:
        (tmp_path / "below" / "file").touch()
        assert events.pending() == set()
        (tmp_path / "there").write_bytes(b"new")
        (tmp_path / "a longer name than sixteen bytes, \u00e4").touch()
        assert events.pending() == {"there", "a longer name than sixteen bytes, \u00e4"}
        (tmp_path / "there").rename(tmp_path / "here")
        (tmp_path / "link").symlink_to("here")
        (tmp_path / "below" / "file").unlink()
        shutil.rmtree(tmp_path / "below")
        assert events.pending() == {"there", "here", "link", "below"}


async def test_who_waits_is_woken(tmp_path: Path) -> None:
    """And not before."""
    with trio.fail_after(10), open_events(tmp_path) as events:
        with trio.move_on_after(0.05) as early:
            await events.wait()
        assert early.cancelled_caught
        (tmp_path / "file").touch()
        assert await events.wait() == {"file"}


def test_the_end_of_the_folder_is_told(tmp_path: Path) -> None:
    """Its removal and its move; there is nothing to hear of it any more."""
    for end in (shutil.rmtree, lambda folder: folder.rename(tmp_path / "moved")):
        folder = tmp_path / "folder"
        folder.mkdir()
        with open_events(folder) as events:
            end(folder)
            assert ITSELF in events.pending()


def test_no_folder_is_an_error_and_leaves_no_descriptor(tmp_path: Path) -> None:
    """Nor does a file do."""
    (tmp_path / "file").touch()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name, error in {"missing": FileNotFoundError, "file": NotADirectoryError}.items():
        with pytest.raises(error), open_events(tmp_path / name):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_events_are_read_with_their_padded_names() -> None:
    """inotify(7): `len` counts the padding; an overflow of the queue has no name."""
    named = struct.pack("iIII", 1, 0x8, 0, 16) + b"edge.toml".ljust(16, b"\0")
    lost = struct.pack("iIII", -1, 0x4000, 0, 0)
    assert names_in(named + lost + named) == {"edge.toml", ITSELF}
    assert names_in(b"") == set()
