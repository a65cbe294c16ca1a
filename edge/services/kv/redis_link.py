"""The client of a Redis server, or of a cluster of them (`?cluster=true`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
import trio
from coredis import Redis, RedisCluster
from coredis.connection import TCPLocation
from coredis.exceptions import RedisError
from coredis.retry import NoRetryPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coredis.commands import Script

    Client = Redis[bytes] | RedisCluster[bytes]

CONNECT_TIMEOUT = 2.0
ANSWER_TIMEOUT = 5.0
"""Seconds that one operation may take, waiting for a connection included."""
CONNECTIONS = 32
SEARCH_INTERVAL = 1.0
"""Seconds between attempts to find a cluster."""

log = structlog.get_logger(component="kv")


class Link:
    """`client` is there while `run` is running; of a cluster, once it has been found.

    Nothing is sent twice but what was refused: a cluster says so when a key lies elsewhere (MOVED, ASK, TRYAGAIN).
    """

    def __init__(self, url: str) -> None:
        self.client: Client | None = None
        self._url = url
        self._started = False
        self._scripts: dict[str, Script[bytes]] = {}

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until it is cancelled.  Started once a cluster has been looked for."""
        while True:
            with trio.move_on_after(CONNECT_TIMEOUT) as scope:
                await self._hold(scope, task_status)
            if not self._started:
                task_status.started()
                self._started = True
            await trio.sleep(SEARCH_INTERVAL)

    async def script(self, source: str, keys: Sequence[str], arguments: Sequence[str | bytes]) -> Any:
        """What a script answers."""
        script = self._scripts.get(source)
        if script is None:
            assert self.client is not None
            script = self._scripts[source] = self.client.register_script(source)
        return await script(keys, arguments)

    async def _hold(self, scope: trio.CancelScope, task_status: trio.TaskStatus[None]) -> None:
        """Only finding a cluster can fail: a client of one server connects when it is used."""
        try:
            async with make_client(self._url) as client:
                scope.deadline = float("inf")
                self.client = client
                if not self._started:
                    task_status.started()
                    self._started = True
                await trio.sleep_forever()
        except* (RedisError, OSError) as group:
            log.info("kv_cluster_not_found", error=type(group.exceptions[0]).__name__)
        finally:
            self.client = None
            self._scripts.clear()


def make_client(url: str) -> Client:
    """Not connected yet."""
    settings: dict[str, Any] = {
        "decode_responses": False,
        "verify_version": False,
        "retry_policy": NoRetryPolicy(),
        "connect_timeout": CONNECT_TIMEOUT,
        "stream_timeout": ANSWER_TIMEOUT,
        "pool_timeout": ANSWER_TIMEOUT,
        "max_connections": CONNECTIONS,
    }
    cluster = cluster_of(url)
    return Redis.from_url(url, **settings) if cluster is None else RedisCluster(**cluster, **settings)


def cluster_of(url: str) -> dict[str, Any] | None:
    """How to find a cluster: by any of its nodes; None for the address of one server."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if options.pop("cluster", "") != "true":
        return None
    credentials = {"username": parts.username, "password": parts.password}
    return {
        "startup_nodes": [TCPLocation(parts.hostname or "localhost", parts.port or 6379)],
        "ssl": parts.scheme == "rediss",
        **{name: unquote(value) for name, value in credentials.items() if value},
        **options,
    }
