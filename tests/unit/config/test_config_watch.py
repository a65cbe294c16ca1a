"""Watching files and folders, with real files: writes, renames, swapped links, things that go and come back."""

# ruff: noqa: ASYNC240  # small files in a temporary folder: writing them blocks for microseconds

from __future__ import annotations

import os
import shutil
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
import trio

from edge.config.fingerprint import fingerprint_children
from edge.config.watch import watch_file, watch_folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

DEADLINE = 20  # of a test: far more than any of these needs


@asynccontextmanager
async def watching(task, path: Path, **options):
    """A watch, as a channel of what it calls back with."""
    send, receive = trio.open_memory_channel[object](1000)
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(task, path, send.send, **options))
            yield receive
            nursery.cancel_scope.cancel()


async def names(receive: trio.MemoryReceiveChannel[frozenset[str]], wanted: set[str]) -> set[str]:
    """Everything that is called back until all that is wanted has come."""
    found: set[str] = set()
    while not wanted <= found:
        found |= await receive.receive()
    return found


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config file in a folder of its own."""
    path = tmp_path / "etc" / "edge.toml"
    path.parent.mkdir()
    path.write_bytes(b"one")
    return path


async def test_a_write_in_place_is_seen(config: Path) -> None:
    """The callback gets the new bytes."""
    async with watching(watch_file, config) as changes:
        config.write_bytes(b"two")
        assert await changes.receive() == b"two"


async def test_a_rename_over_the_file_is_seen_again_and_again(config: Path) -> None:
    """The way of editors and of tools that write atomically; the watch does not stick to the first inode."""
    async with watching(watch_file, config) as changes:
        for content in (b"two", b"three", b"four"):
            (config.parent / "new").write_bytes(content)
            (config.parent / "new").rename(config)
            assert await changes.receive() == content


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the usual look at the file is what counts")
async def test_every_way_of_saving_notifies(config: Path) -> None:
    """Nobody looks by itself here for half a minute: shells, editors, tools of deployment, one after the other."""
    new, kept = config.parent / "new", config.parent / "edge.toml~"

    def written(content: bytes) -> None:  # cat > edge.toml
        config.write_bytes(content)

    def appended(content: bytes) -> None:  # echo >> edge.toml
        with config.open("ab") as file:
            file.write(content)

    def renamed(content: bytes) -> None:  # rsync, sed -i, and whoever writes atomically
        new.write_bytes(content)
        new.rename(config)

    def moved_away(content: bytes) -> None:  # vim, which keeps the old one
        config.rename(kept)
        config.write_bytes(content)
        kept.unlink()

    def linked(content: bytes) -> None:  # ln -f
        new.write_bytes(content)
        config.unlink()
        os.link(new, config)
        new.unlink()

    def in_place(content: bytes) -> None:  # a library that does not make it empty first
        with config.open("r+b") as file:
            file.write(content)
            file.truncate()

    async with watching(watch_file, config, poll=30) as changes:
        await trio.sleep(0.05)  # in which notifications begin
        for number, way in enumerate([written, renamed, moved_away, linked, in_place]):
            way(b"%d" % number)
            assert await changes.receive() == b"%d" % number, way
        appended(b" and more")
        assert await changes.receive() == b"4 and more"


async def test_a_swapped_link_is_seen_as_in_a_mounted_config_map(tmp_path: Path) -> None:
    """edge.toml -> ..data/edge.toml, ..data -> ..1: Kubernetes replaces ..data and removes the old folder."""
    for number in (1, 2, 3):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "edge.toml").write_text(f"version {number}")
    (tmp_path / "..data").symlink_to("..1")
    config = tmp_path / "edge.toml"
    config.symlink_to("..data/edge.toml")
    async with watching(watch_file, config) as changes:
        for number in (2, 3):
            (tmp_path / "..tmp").symlink_to(f"..{number}")
            (tmp_path / "..tmp").rename(tmp_path / "..data")
            shutil.rmtree(tmp_path / f"..{number - 1}")
            assert await changes.receive() == b"version %d" % number


async def test_a_change_that_notifies_nobody_is_seen_by_looking(config: Path, tmp_path: Path) -> None:
    """The file is a link into a folder that is not watched."""
    other = tmp_path / "elsewhere.toml"
    other.write_bytes(b"one")
    config.unlink()
    config.symlink_to(other)
    async with watching(watch_file, config) as changes:
        other.write_bytes(b"two")
        assert await changes.receive() == b"two"


async def test_the_same_bytes_again_are_no_change(config: Path) -> None:
    """Touched, rewritten, replaced by a copy, removed and restored: the first call is for other bytes."""
    async with watching(watch_file, config) as changes:
        os.utime(config)
        config.write_bytes(b"one")
        (config.parent / "copy").write_bytes(b"one")
        (config.parent / "copy").rename(config)
        (config.parent / "beside.toml").write_bytes(b"not mine")
        config.unlink()
        await trio.sleep(0.3)  # gives a wrong call time to happen; nothing waits for it
        config.write_bytes(b"one")
        await trio.sleep(0.3)
        config.write_bytes(b"two")
        assert await changes.receive() == b"two"


async def test_a_file_that_comes_back_is_seen(config: Path) -> None:
    """In the meantime nothing is called: the old config keeps serving."""
    async with watching(watch_file, config) as changes:
        config.unlink()
        await trio.sleep(0.2)
        config.write_bytes(b"two")
        assert await changes.receive() == b"two"


async def test_a_folder_that_comes_back_is_seen(config: Path) -> None:
    """A volume that is mounted anew: the notifications were for the folder that is gone."""
    async with watching(watch_file, config) as changes:
        shutil.rmtree(config.parent)
        await trio.sleep(0.2)
        config.parent.mkdir()
        config.write_bytes(b"two")
        assert await changes.receive() == b"two"
        config.write_bytes(b"three")
        assert await changes.receive() == b"three"


async def test_a_change_before_the_watch_began_is_not_missed(config: Path) -> None:
    """The caller says what it has already read."""
    async with watching(watch_file, config, known=b"zero") as changes:
        assert await changes.receive() == b"one"


async def test_half_written_content_is_never_handed_out(config: Path) -> None:
    """Whoever writes in place empties the file first; an empty config would be a valid one."""
    async with watching(watch_file, config, poll=0.01, settle=0.5) as changes:
        with config.open("wb", buffering=0) as file:
            for part in (b"half", b" and", b" half"):
                await trio.sleep(0.1)
                file.write(part)
        assert await changes.receive() == b"half and half"


async def test_an_error_of_the_callback_is_not_swallowed(config: Path) -> None:
    """Not even one that looks like trouble with notifications."""

    async def fail(content: bytes) -> None:
        raise OSError(content)

    with trio.fail_after(DEADLINE), pytest.RaisesGroup(pytest.RaisesExc(OSError, match="one"), flatten_subgroups=True):
        await watch_file(config, fail, known=b"zero")


async def test_cancelling_does_not_wait_for_the_thread_that_waits(config: Path) -> None:
    """Shutdown is quick although nothing has happened: far below the half second that the thread waits at a time."""
    started = trio.current_time()
    for _ in range(5):
        async with watching(watch_file, config):
            await trio.sleep(0.02)
        async with watching(watch_folder, config.parent):
            await trio.sleep(0.02)
    assert trio.current_time() - started < 3


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    """A folder with two functions."""
    folder = tmp_path / "functions"
    for name in ("a", "b"):
        (folder / name / "node_modules" / "lib").mkdir(parents=True)
        (folder / name / "index.js").write_text("1")
        (folder / name / "node_modules" / "lib" / "index.js").write_text("1")
    return folder


@pytest.mark.parametrize("path", ["index.js", "node_modules/lib/index.js", ".git/HEAD", "deep/er/new.json", "x.swp"])
async def test_a_change_anywhere_below_a_function_is_seen(functions: Path, path: str) -> None:
    """Nothing is filtered: node_modules is part of the package."""
    async with watching(watch_folder, functions) as changes:
        file = functions / "a" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("2")
        assert await changes.receive() == {"a"}


async def test_functions_that_come_and_go_are_seen(functions: Path) -> None:
    """Each by its name, and once more when it changes later."""
    async with watching(watch_folder, functions) as changes:
        shutil.copytree(functions / "a", functions / "c")
        assert await names(changes, {"c"}) == {"c"}
        (functions / "b").rename(functions / "d")
        assert await names(changes, {"b", "d"}) == {"b", "d"}
        shutil.rmtree(functions / "a")
        assert await names(changes, {"a"}) == {"a"}
        (functions / "c" / "index.js").write_text("3")
        assert await names(changes, {"c"}) == {"c"}


async def test_changes_that_follow_each_other_closely_are_one(functions: Path) -> None:
    """Saving many files is one reload, not many."""
    async with watching(watch_folder, functions) as changes:
        for number in range(50):
            (functions / "a" / f"{number}.js").write_text("x")
        await changes.receive()
        await trio.sleep(0.3)
        with pytest.raises(trio.WouldBlock):
            changes.receive_nowait()


async def test_the_data_directory_and_hidden_entries_do_not_count(functions: Path) -> None:
    """A KV store inside the watched folder would reload the gateway at each write."""
    data = functions / "data"
    data.mkdir()
    async with watching(watch_folder, functions, exclude=[data, functions / "b" / "logs"]) as changes:
        (data / "kv.sqlite").write_text("x")
        (functions / ".edge").mkdir()
        (functions / ".edge" / "kv.sqlite").write_text("x")
        (functions / "b" / "logs").mkdir()
        os.utime(functions / "b")
        await trio.sleep(0.3)
        (functions / "b" / "logs" / "x.log").write_text("x")
        await trio.sleep(0.3)
        (functions / "a" / "index.js").write_text("2")
        assert await changes.receive() == {"a"}


async def test_a_replaced_folder_is_seen(functions: Path) -> None:
    """A deploy that renames the whole folder into place."""
    async with watching(watch_folder, functions) as changes:
        functions.rename(functions.parent / "old")
        (functions / "z").mkdir(parents=True)
        (functions / "z" / "index.js").write_text("1")
        assert await names(changes, {"a", "b", "z"}) == {"a", "b", "z"}
        (functions / "z" / "index.js").write_text("22")
        assert await names(changes, {"z"}) == {"z"}


async def test_a_function_that_is_a_link_is_watched_where_it_leads(functions: Path, tmp_path: Path) -> None:
    """By looking, since nothing notifies; and swapping the link is a change."""
    for number in (1, 2):
        (tmp_path / f"release{number}").mkdir()
        (tmp_path / f"release{number}" / "index.js").write_text("1")
    (functions / "linked").symlink_to(tmp_path / "release1")
    async with watching(watch_folder, functions) as changes:
        (tmp_path / "release1" / "index.js").write_text("22")
        assert await names(changes, {"linked"}) == {"linked"}
        (functions / "next").symlink_to(tmp_path / "release2")
        (functions / "next").rename(functions / "linked")
        assert "linked" in await names(changes, {"linked"})


def test_fingerprints_tell_what_has_changed(functions: Path) -> None:
    """Content, mode, links and names count; reading, and what is hidden at the top, does not."""
    before = fingerprint_children(functions)
    assert set(before) == {"a", "b"}
    (functions / "a" / "index.js").read_text()
    (functions / ".hidden").mkdir()
    assert fingerprint_children(functions) == before
    for change in (
        lambda: (functions / "a" / "index.js").chmod(0o600),
        lambda: (functions / "a" / "index.js").write_text("longer"),
        lambda: (functions / "a" / "index.js").rename(functions / "a" / "main.js"),
        lambda: (functions / "a" / "link").symlink_to("main.js"),
        lambda: (functions / "a" / "main.js").write_text("longer still"),
        (functions / "a" / "empty").mkdir,
    ):
        change()
        after = fingerprint_children(functions)
        assert after["a"] != before["a"]
        assert after["b"] == before["b"]
        before = after
    assert fingerprint_children(functions, only={"b", "nowhere"}) == {"b": before["b"]}
    assert fingerprint_children(functions / "nowhere") == {}


def test_a_loop_of_links_ends(functions: Path) -> None:
    """Links to folders inside a function are not entered."""
    (functions / "a" / "self").symlink_to(functions / "a")
    (functions / "loop").symlink_to(functions / "loop")
    assert "a" in fingerprint_children(functions)
