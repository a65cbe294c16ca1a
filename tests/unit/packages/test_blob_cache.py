from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.packages.blob_cache import BlobCache

KEY = "0123456789abcdef"


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        self.now += 1
        return self.now


def cache_in(folder, max_bytes=10_000):
    return BlobCache(folder, max_bytes, Clock())


def test_bytes_come_back_as_they_were(tmp_path):
    """Also in another process, here another cache on the same folder; also none at all."""
    cache = cache_in(tmp_path)
    assert cache.get(KEY) is None
    assert cache.put(KEY, b"snapshot")
    assert cache.put("f" * 64, b"")
    assert cache_in(tmp_path).get(KEY) == b"snapshot"
    assert cache.get("f" * 64) == b""
    cache.put(KEY, b"newer")
    assert cache.get(KEY) == b"newer"
    cache.delete(KEY)
    cache.delete(KEY)
    assert cache.get(KEY) is None


@pytest.mark.parametrize(
    "key", ["", "abc", "ABCDEF0123", "../../../../x", "0123456789/", "g" * 16, "0" * 129, "01234567\n"]
)
def test_other_keys_are_refused(tmp_path, key):
    """A key becomes a file name."""
    with pytest.raises(ValueError, match="is not a key"):
        cache_in(tmp_path).get(key)
    with pytest.raises(ValueError, match="is not a key"):
        cache_in(tmp_path).put(key, b"")


@given(st.data())
def test_damage_anywhere_is_a_miss(tmp_path_factory, data):
    """A byte changed, cut off or added: never another answer, and the entry is gone."""
    cache = cache_in(tmp_path_factory.mktemp("cache"))
    cache.put(KEY, b"snapshot")
    path = cache._path(KEY)
    blob = bytearray(path.read_bytes())
    match data.draw(st.sampled_from(["change", "cut", "add"])):
        case "change":
            blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
        case "cut":
            blob = blob[: data.draw(st.integers(0, len(blob) - 1))]
        case _:
            blob += data.draw(st.binary(min_size=1))
    path.write_bytes(bytes(blob))
    assert cache.get(KEY) is None
    assert not path.exists()


def test_the_entry_used_longest_ago_goes_first(tmp_path):
    """Using one counts as much as writing it."""
    cache = cache_in(tmp_path, 3500)
    keys = [character * 8 for character in "abc"]
    for key in keys:
        cache.put(key, bytes(1000))
    cache.get(keys[0])
    cache.put("d" * 8, bytes(1000))
    assert [key for key in [*keys, "d" * 8] if cache.get(key) is not None] == [keys[0], keys[2], "d" * 8]
    assert cache.size() <= 3500


def test_touching_one_tells_whether_it_is_there_and_keeps_it(tmp_path):
    """Without reading it."""
    cache = cache_in(tmp_path, 3500)
    keys = [character * 8 for character in "abc"]
    assert not cache.touch(keys[0])
    for key in keys:
        cache.put(key, bytes(1000))
    assert cache.touch(keys[0])
    cache.put("d" * 8, bytes(1000))
    assert [cache.touch(key) for key in keys] == [True, False, True]


def test_a_large_cache_stays_within_its_limit_though_it_seldom_looks(tmp_path):
    """A hundred entries of two processes that take turns, of which half fit."""
    caches = [cache_in(tmp_path, 52_000) for _ in range(2)]
    for number in range(100):
        assert caches[number % 2].put(f"{number:08x}", bytes(1000))
        assert caches[0].size() <= 52_000
    assert caches[0].get(f"{99:08x}") == bytes(1000)
    assert caches[0].get(f"{0:08x}") is None


def test_the_newest_is_never_evicted_for_itself(tmp_path):
    """One that takes nearly all the room pushes out the others."""
    cache = cache_in(tmp_path, 1500)
    cache.put("a" * 8, bytes(700))
    assert cache.put("b" * 8, bytes(1400))
    assert cache.get("a" * 8) is None
    assert cache.get("b" * 8) == bytes(1400)


def test_what_is_larger_than_the_cache_is_not_kept(tmp_path):
    """And pushes out nothing."""
    cache = cache_in(tmp_path, 1000)
    cache.put("a" * 8, b"small")
    assert not cache.put("b" * 8, bytes(1000))
    assert cache.get("a" * 8) == b"small"


def test_a_disk_that_fails_costs_time_and_nothing_else(tmp_path):
    """A cache that cannot write says so and goes on."""
    cache = cache_in(tmp_path / "c")
    (tmp_path / "c").rmdir()
    (tmp_path / "c").write_text("a file where the folder was")
    assert not cache.put(KEY, b"x")
    assert cache.get(KEY) is None
