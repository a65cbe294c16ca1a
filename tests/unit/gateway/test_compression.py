"""Compression: who gets which coding, what becomes of the head, and that nothing is held back."""

from __future__ import annotations

import random
import zlib

import brotli
import pytest
import trio

from edge.config.cache_model import CompressionConfig
from edge.config.model import Config
from edge.config.route_model import Route
from edge.gateway.compression.duty import Compression, Compressors, compression_of
from edge.gateway.compression.encoders import CODINGS, SIZES, encoder, zstd
from edge.gateway.compression.negotiation import choose
from edge.gateway.compression.plan import CompressionSettings, not_modified, plan

OFFERED = ("zstd", "br", "gzip")


def decode(coding, data):
    if coding == "gzip":
        return zlib.decompress(data, 31)
    return brotli.decompress(data) if coding == "br" else zstd.decompress(data)


class Decoder:
    """What a browser has of a stream so far."""

    def __init__(self, coding):
        self.coding = coding
        self.codec = {
            "gzip": lambda: zlib.decompressobj(31), "br": brotli.Decompressor, "zstd": zstd.ZstdDecompressor
        }[coding]()  # fmt: skip

    def feed(self, data):
        return self.codec.process(data) if self.coding == "br" else self.codec.decompress(data)


NEGOTIATED = {
    "": "",
    "gzip": "gzip",
    "GZIP": "gzip",
    "x-gzip": "gzip",
    "deflate": "",
    "gzip, deflate, br, zstd": "zstd",
    "br, gzip": "br",
    "gzip;q=1.0, br;q=0.9": "gzip",
    "gzip ; q=0.5 , br;\tQ=0.8": "br",
    "gzip;q=0": "",
    "gzip;q=0.000": "",
    "gzip;q=0.001": "gzip",
    "*": "zstd",
    "*;q=0": "",
    "*, zstd;q=0": "br",
    "zstd;q=0, *;q=0.1": "br",
    "identity": "",
    "identity, gzip;q=0.5": "",
    "identity;q=0.5, gzip;q=0.5": "gzip",
    "identity;q=0.5, gzip;q=0.4": "",
    "identity;q=0": "",
    "identity;q=0, gzip": "gzip",
    "gzip;q=2": "",
    "gzip;q=-1": "",
    "gzip;q=0.5555": "",
    "gzip;q=one": "",
    "gzip;level=9": "",
    "gzip;q=1;q=0": "",
    "gzip;q": "",
    "gzip, gzip;q=0": "gzip",
    ",,gzip,": "gzip",
    "g zip": "",
    ",".join(["x"] * 70) + ",gzip": "",
}


@pytest.mark.parametrize(("accept", "coding"), NEGOTIATED.items())
def test_the_coding_is_the_one_that_the_client_likes_best(accept, coding):
    """RFC 9110 section 12.5.3; what cannot be read is not agreed to."""
    assert choose(accept, OFFERED) == coding


TEXT = (b"content-type", b"text/html; charset=utf-8")
PLANS = {
    "text": (200, [TEXT], None, True),
    "json": (404, [(b"content-type", b"APPLICATION/JSON")], 5000, True),
    "a suffix": (200, [(b"content-type", b"application/problem+json")], None, True),
    "events": (200, [(b"content-type", b"text/event-stream")], None, True),
    "an image": (200, [(b"content-type", b"image/png")], 5000, False),
    "no type": (200, [], 5000, False),
    "small": (200, [TEXT], 1023, False),
    "large enough": (200, [TEXT], 1024, True),
    "coded already": (200, [TEXT, (b"content-encoding", b"br")], 5000, False),
    "identity": (200, [TEXT, (b"content-encoding", b"Identity")], 5000, True),
    "no-transform": (200, [TEXT, (b"cache-control", b"public, No-Transform")], 5000, False),
    "a digest": (200, [TEXT, (b"repr-digest", b"sha-256=:x:")], 5000, False),
    "a part": (206, [TEXT, (b"content-range", b"bytes 0-4999/9000")], 5000, False),
    "nothing": (204, [TEXT], None, False),
}


@pytest.mark.parametrize(("status", "headers", "size", "compressed"), PLANS.values(), ids=PLANS)
def test_what_is_compressed(status, headers, size, compressed):
    """Whole content of a compressible type, large enough, that nobody forbade to change."""
    found = plan(status, headers, size, "gzip", CompressionSettings())
    assert (found is not None) == compressed
    if found is not None:
        assert found.coding == "gzip"
        assert [value for name, value in found.headers if name == b"content-encoding"] == [b"gzip"]


def test_the_head_says_what_was_done():
    """No length, no byte ranges, a weak validator, and that others get something else."""
    head = [TEXT, (b"content-length", b"5000"), (b"etag", b'"a"'), (b"accept-ranges", b"bytes"), (b"vary", b"Origin")]
    found = plan(200, head, 5000, "br", CompressionSettings())
    assert found.headers == [
        TEXT, (b"etag", b'W/"a"'), (b"vary", b"Origin"), (b"vary", b"Accept-Encoding"), (b"content-encoding", b"br")
    ]  # fmt: skip
    uncoded = plan(200, head, 5000, "", CompressionSettings())
    assert uncoded.headers == [*head, (b"vary", b"Accept-Encoding")]
    for said in (b"accept-encoding", b"*", b"Origin, Accept-Encoding"):
        varied = [TEXT, (b"vary", said), (b"etag", b'W/"a"')]
        assert plan(200, varied, None, "", CompressionSettings()).headers == varied


def test_a_304_has_the_validator_that_the_client_holds():
    """The weak one, when that is what it asked with; otherwise the function's own."""
    head = [(b"etag", b'"a"')]
    assert not_modified(head, 'W/"a"')[0] == (b"etag", b'W/"a"')
    assert not_modified(head, '"a"')[0] == (b"etag", b'"a"')
    assert (b"vary", b"Accept-Encoding") in not_modified(head, "")


@pytest.mark.parametrize("coding", CODINGS)
def test_an_encoder_gives_what_it_has_when_asked(coding):
    """After a flush, a decoder has every byte so far; the end is an end."""
    codec, decoder = encoder(coding), Decoder(coding)
    for part in (b"data: 1\n\n", b"data: 2\n\n", b"x" * 30_000):
        assert decoder.feed(codec.add(part) + codec.flush()) == part
    assert decoder.feed(codec.end()) == b""


class Asked:
    """As much of a RoutedRequest as the duty looks at."""

    def __init__(self, accept="gzip", method="GET"):
        self.method = method
        self.headers = [("accept-encoding", accept)]
        self.endings = []

    def when_over(self, callback):
        self.endings.append(callback)


def filtered(compressors, **asked):
    request = Asked(**asked)
    return request, Compression(CompressionSettings(), compressors).filter(request)


@pytest.mark.parametrize("coding", CODINGS)
async def test_parts_of_every_size_come_out_as_they_went_in(coding):
    """Small ones at once, large ones through threads; together they are one stream."""
    generator = random.Random(1)
    parts = [generator.randbytes(size // 2) * 2 for size in (2, 10, 40_000, 2_000_000, 6, 0, 90_000)]
    _, found = filtered(Compressors(), accept=coding)
    found.head(200, [TEXT])
    out = b"".join([await found.data(part, end=False) for part in parts]) + await found.data(b"end", end=True)
    assert decode(coding, out) == b"".join(parts) + b"end"


async def test_a_large_part_is_compressed_off_the_event_loop():
    """Another task runs meanwhile."""
    _, found = filtered(Compressors())
    found.head(200, [TEXT])
    ran = []

    async def other():
        ran.append(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        await found.data(b"x" * 3_000_000, end=True)
        assert ran


async def test_encoders_take_no_more_memory_than_there_is():
    """The next answer is sent as it is, and says that it might have been another; memory comes back."""
    compressors = Compressors(memory=SIZES["gzip"])
    first, found = filtered(compressors)
    assert (b"content-encoding", b"gzip") in found.head(200, [TEXT])
    _, second = filtered(compressors)
    head = second.head(200, [TEXT])
    assert head == [TEXT, (b"vary", b"Accept-Encoding")]
    assert await second.data(b"plain", end=True) == b"plain"
    for ending in first.endings:
        ending()
        ending()
    assert compressors.free == SIZES["gzip"]
    _, third = filtered(compressors)
    assert (b"content-encoding", b"gzip") in third.head(200, [TEXT])
    await third.data(b"all", end=True)
    assert compressors.free == SIZES["gzip"]


async def test_head_says_what_get_would_have_got():
    """Without a length, which only compressing would tell; nothing is compressed."""
    compressors = Compressors()
    _, found = filtered(compressors, method="HEAD")
    head = found.head(200, [TEXT, (b"content-length", b"5000")])
    assert (b"content-encoding", b"gzip") in head
    assert b"content-length" not in dict(head)
    assert compressors.free == Compressors().free


def test_a_route_wins_over_the_default():
    """Off by default, on by a route or by the section, off again by a route."""
    on = Config(compression=CompressionConfig(enabled=True))
    compressors = Compressors()
    assert compression_of(Config(), Route(path="/"), compressors) is None
    assert compression_of(Config(), Route(path="/", compression=True), compressors)
    assert compression_of(on, Route(path="/"), compressors)
    assert compression_of(on, Route(path="/", compression=False), compressors) is None
