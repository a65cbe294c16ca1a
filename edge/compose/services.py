"""Host services of a running gateway, and what each function is granted of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from edge.services.api import Grants
from edge.services.http.client import FetchClient
from edge.services.kv.memory import MemoryStore
from edge.services.kv.service import KVService
from edge.services.kv.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from edge.config.model import Config
    from edge.function import Function
    from edge.services.egress.policy import Policy
    from edge.services.kv.interface import KVStore


def kv_store(config: Config) -> KVStore:
    """The store that the config names, not yet open."""
    if config.storage.kv == "memory":
        return MemoryStore()
    return SqliteStore(config.path(config.storage.data_dir) / "kv.sqlite3")


class FunctionServices:
    """Opens and grants the services of functions."""

    def __init__(self, kv: KVStore, own_listeners: Sequence[tuple[str, int]] = ()) -> None:
        self._kv = kv
        self._own = tuple(own_listeners)
        self._clients: dict[str, FetchClient] = {}

    @asynccontextmanager
    async def open(self, function: Function, policy: Policy) -> AsyncIterator[None]:
        """Keep a function's outgoing connections while the context lasts."""
        async with FetchClient(policy, own_listeners=self._own) as client:
            self._clients[function.id] = client
            try:
                yield
            finally:
                del self._clients[function.id]

    def grants(self, function: Function, cdn_loop: str = "") -> Grants:
        """What one invocation of a function may do."""
        client = self._clients[function.id]
        kv = (KVService(self._kv, function.kv),) if function.kv else ()
        return Grants((client.service(cdn_loop=cdn_loop), *kv))
