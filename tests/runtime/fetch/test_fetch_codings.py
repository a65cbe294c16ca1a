"""Compressed response bodies: brotli and Zstandard, which are decoded where the function is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import brotli
import pytest

from tests.runtime.fetch.network_rig import network

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.integration

TEXT = "".join(f"line {number}\n" for number in range(20_000))
CODINGS = {"br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_body_arrives_decoded_without_the_headers_of_its_coding(tmp_path: Path, coding: str) -> None:
    """As text, and chunk by chunk; who passes the response on sends what is in it."""
    code = """
      const response = await fetch(`${origin}/coded`);
      const headers = Object.fromEntries(response.headers);
      const text = await response.text();
      let size = 0;
      for await (const chunk of (await fetch(`${origin}/coded`)).body) size += chunk.length;
      return Response.json([text, size, headers['content-encoding'], headers['content-length'], headers['x-asked']]);
    """
    async with network(tmp_path, code) as net:
        net.origin.coded = (coding, CODINGS[coding](TEXT.encode()))
        assert await net.answer() == [TEXT, len(TEXT), None, None, "yes"]


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("damage", [lambda data: data[:-5], lambda data: b"no such thing" + data], ids=["cut", "other"])
async def test_a_broken_body_is_a_network_error(tmp_path: Path, coding: str, damage: Callable[[bytes], bytes]) -> None:
    """What is cut off is no shorter text; the head is answered all the same, and the connection is free."""
    code = """
      const response = await fetch(`${origin}/coded`);
      const error = await attempt(response.text());
      return Response.json([response.status, error.name, error.cause.code]);
    """
    async with network(tmp_path, code) as net:
        net.origin.coded = (coding, damage(CODINGS[coding](TEXT.encode())))
        assert await net.answer() == [200, "TypeError", "ERR_HTTP_RESPONSE"]
        assert not net.service._open


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_bomb_unfolds_no_faster_than_it_is_read(tmp_path: Path, coding: str) -> None:
    """Of a gigabyte in some bytes a function takes a piece and leaves the rest."""
    code = """
      const reader = (await fetch(`${origin}/coded`)).body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return Response.json(value.length);
    """
    async with network(tmp_path, code) as net:
        net.origin.coded = (coding, CODINGS[coding](bytes(64 << 20)))
        assert 0 < await net.answer() <= 128 * 1024


async def test_no_content_is_no_broken_content(tmp_path: Path) -> None:
    """An empty body with a coding, and an answer to HEAD, are empty."""
    code = "return Response.json(await (await fetch(`${origin}/coded`)).text());"
    async with network(tmp_path, code) as net:
        net.origin.coded = ("br", b"")
        assert not await net.answer()


async def test_an_abort_fails_what_has_not_been_decoded(tmp_path: Path) -> None:
    """Also when all of it has arrived."""
    code = """
      const controller = new AbortController();
      const response = await fetch(`${origin}/coded`, controller);
      controller.abort();
      return Response.json((await attempt(response.text())).name);
    """
    async with network(tmp_path, code) as net:
        net.origin.coded = ("br", brotli.compress(TEXT.encode()))
        assert await net.answer() == "AbortError"
