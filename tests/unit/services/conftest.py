"""One Redis server for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.redis_server import programs, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.redis_server import RedisServer


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Shared; see `redis_url` for one that is empty."""
    if not programs():
        pytest.skip("there is no redis-server here: apt-get install redis-server")
    with redis_server(tmp_path_factory.mktemp("redis"), program=programs()[0]) as server:
        yield server


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    """The address of a server that holds nothing."""
    assert shared_redis("FLUSHALL") == b"+OK\r\n"
    return shared_redis.url
