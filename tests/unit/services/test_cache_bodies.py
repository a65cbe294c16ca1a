"""Large bodies that one invocation finds in its caches: read in pieces, and never more of them than it may hold."""

from __future__ import annotations

import msgspec
import pytest

from edge.errors import HostCallError
from edge.services.cache.service import MAX_HELD, PIECE, CacheService
from edge.services.cache.store import CacheStore
from edge.units import MIB

SIZE = 8 * MIB


async def call(service, operation, data=None, **arguments):
    return await service.operations[f"cache.{operation}"](msgspec.Raw(msgspec.json.encode(arguments)), data)


async def put_and_match(service, number):
    url = f"http://a.test/{number}"
    kept = {"cache": None, "url": url, "headers": [], "status": 200, "statusText": "", "responseHeaders": []}
    assert (await call(service, "put", b"%d" % (number % 10) * SIZE, **kept)).value
    return (await call(service, "match", cache=None, url=url)).value.stream


async def read(service, stream):
    found = [(await call(service, "read", stream=stream, at=at)).data for at in range(0, SIZE, PIECE)]
    return b"".join(found)


async def test_what_is_found_and_not_read_is_bounded():
    """However many of them there were in the store, one after the other; what is read to its end makes room."""
    async with CacheStore(None) as store:
        service = CacheService(store, "f")
        streams = [await put_and_match(service, number) for number in range(MAX_HELD // SIZE)]
        with pytest.raises(HostCallError, match="read each to its end"):
            await put_and_match(service, 98)
        assert (await call(service, "match", cache=None, url="http://a.test/0")).value.stream not in streams
        assert await read(service, streams[1]) == b"1" * SIZE
        with pytest.raises(HostCallError, match="no such body"):
            await read(service, streams[1])
        assert await read(service, await put_and_match(service, 99)) == b"9" * SIZE
