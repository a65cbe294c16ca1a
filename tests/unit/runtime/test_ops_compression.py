"""Codecs of `compression`: streams of each format, damaged ones, bombs, and codecs that nobody closes."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import brotli
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import HostCallError
from edge.runtime.ops.compression import BUDGET, PIECE, Codecs
from edge.units import MIB

if TYPE_CHECKING:
    from edge.services.api import Answer

FORMATS = ["gzip", "deflate", "deflate-raw", "brotli"]


class Isolate:
    """Calls the operations of one isolate."""

    def __init__(self) -> None:
        self._ops = Codecs().ops

    def call(self, op: str, data: bytes = b"", **args: object) -> Answer:
        """One operation."""
        return self._ops[f"compression.{op}"](msgspec.Raw(msgspec.json.encode(args)), data)

    def open(self, form: str, mode: str) -> object:
        """The number of a new codec."""
        return self.call("open", format=form, mode=mode).value

    def pieces(self, codec: object, data: bytes) -> list[bytes]:
        """What comes of `data`."""
        answer = self.call("write", data, codec=codec)
        found = [answer.data or b""]
        while answer.value:
            answer = self.call("more", codec=codec)
            found.append(answer.data or b"")
        return found

    def through(self, form: str, mode: str, data: bytes, step: int = PIECE) -> bytes:
        """All of `data` through a new codec."""
        codec = self.open(form, mode)
        output = b"".join(
            b"".join(self.pieces(codec, data[at : at + step])) for at in range(0, max(len(data), 1), step)
        )
        return output + (self.call("finish", codec=codec).data or b"")


def compressed(form: str, data: bytes) -> bytes:
    """By the libraries themselves."""
    if form == "brotli":
        return bytes(brotli.compress(data))
    if form == "gzip":
        return gzip.compress(data)
    codec = zlib.compressobj(wbits=-15 if form == "deflate-raw" else 15)
    return codec.compress(data) + codec.flush()


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.binary(max_size=4096), step=st.integers(1, 512))
def test_what_was_compressed_comes_back(form: str, data: bytes, step: int) -> None:
    """Whatever the pieces in which it comes."""
    isolate = Isolate()
    packed = isolate.through(form, "compress", data, step)
    assert isolate.through(form, "decompress", packed, step) == data


@pytest.mark.parametrize("form", FORMATS)
def test_what_others_compress_is_read(form: str) -> None:
    """And in pieces of bounded size."""
    data = bytes(range(256)) * 4096
    assert Isolate().through(form, "decompress", compressed(form, data)) == data


@pytest.mark.parametrize("form", FORMATS)
def test_a_bomb_unfolds_piece_by_piece(form: str) -> None:
    """A few KB that stand for 32 MiB never give much more than a piece at once."""
    isolate = Isolate()
    bomb = compressed(form, bytes(32 * MIB))
    assert len(bomb) < PIECE
    pieces = isolate.pieces(isolate.open(form, "decompress"), bomb)
    assert max(map(len, pieces)) <= 1.5 * PIECE
    assert sum(map(len, pieces)) == 32 * MIB


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("extra", [1, 7, 5000])
def test_data_after_the_end_is_refused(form: str, extra: int) -> None:
    """What came before is given out first, if only for one byte too many."""
    isolate = Isolate()
    codec = isolate.open(form, "decompress")
    output = b""
    answer = isolate.call("write", compressed(form, b"content") + bytes(extra), codec=codec) if extra == 1 else None
    if answer:
        output += answer.data or b""
        assert output == b"content"
    with pytest.raises(HostCallError, match="after") as caught:
        isolate.pieces(codec, b"" if answer else compressed(form, b"content") + bytes(extra))
    assert caught.value.js_class == "TypeError"


@pytest.mark.parametrize("form", FORMATS)
def test_data_after_the_end_may_come_later(form: str) -> None:
    """A chunk behind the last one."""
    isolate = Isolate()
    codec = isolate.open(form, "decompress")
    assert b"".join(isolate.pieces(codec, compressed(form, b"content"))) == b"content"
    with pytest.raises(HostCallError, match="after"):
        isolate.pieces(codec, b"\0")


@pytest.mark.parametrize("form", FORMATS)
def test_what_ends_too_early_is_refused(form: str) -> None:
    """Also when nothing came at all."""
    isolate = Isolate()
    for data in (b"", compressed(form, b"content")[:-1]):
        with pytest.raises(HostCallError, match="too early") as caught:
            isolate.through(form, "decompress", data)
        assert caught.value.js_class == "TypeError"


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.binary(max_size=64))
def test_no_input_does_harm(form: str, data: bytes) -> None:
    """It is read, or refused by a TypeError."""
    isolate = Isolate()
    try:
        isolate.through(form, "decompress", data)
    except HostCallError as error:
        assert error.js_class == "TypeError"  # noqa: PT017 - both ways are right


def test_codecs_that_nobody_closes_make_room() -> None:
    """Those that were used longest ago go; whoever comes back to one is told."""
    isolate = Isolate()
    first, second = isolate.open("gzip", "compress"), isolate.open("gzip", "compress")
    for _ in range(BUDGET // (4 * MIB)):
        isolate.call("write", b"x", codec=first)
        isolate.open("brotli", "compress")
    assert isolate.call("finish", codec=first).data
    with pytest.raises(HostCallError, match="too many"):
        isolate.call("write", b"x", codec=second)


def test_a_closed_codec_is_gone() -> None:
    """To close it again is no error, to use it is."""
    isolate = Isolate()
    codec = isolate.open("gzip", "compress")
    isolate.call("close", codec=codec)
    isolate.call("close", codec=codec)
    with pytest.raises(HostCallError):
        isolate.call("finish", codec=codec)


def test_a_piece_of_input_has_a_limit() -> None:
    """The message says how much is allowed."""
    isolate = Isolate()
    with pytest.raises(HostCallError, match=str(PIECE)):
        isolate.call("write", bytes(PIECE + 1), codec=isolate.open("gzip", "compress"))


def test_isolates_do_not_see_each_others_codecs() -> None:
    """Numbers mean nothing elsewhere."""
    codec = Isolate().open("gzip", "compress")
    with pytest.raises(HostCallError):
        Isolate().call("finish", codec=codec)
