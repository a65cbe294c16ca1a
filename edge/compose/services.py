"""Host services of a running gateway, and what each function is granted of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from edge.errors import NotFoundError
from edge.services.api import Grants
from edge.services.bindings.service import BindingService, CallEntry
from edge.services.dial.dialer import Dialer
from edge.services.dial.listeners import OwnListeners
from edge.services.http.client import FetchClient
from edge.services.kv.memory import MemoryStore
from edge.services.kv.service import KVService
from edge.services.kv.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from edge.config.model import Config
    from edge.engine.lineage import Lineage
    from edge.function import Function
    from edge.services.egress.policy import Policy
    from edge.services.kv.interface import KVStore


def kv_store(config: Config) -> KVStore:
    """The store that the config names, not yet open."""
    if config.storage.kv == "memory":
        return MemoryStore()
    return SqliteStore(config.path(config.storage.data_dir) / "kv.sqlite3")


def no_other(name: str) -> Function:
    """A function that stands alone."""
    raise NotFoundError(f"there is no function {name!r}")


class FunctionServices:
    """Opens and grants the services of functions."""

    def __init__(
        self,
        kv: KVStore,
        own_listeners: Sequence[tuple[str, int]] = (),
        called: Callable[[CallEntry], None] = lambda _: None,
    ) -> None:
        """`called` is told of each call from function to function that is over."""
        self._kv = kv
        self._called = called
        self._own = OwnListeners(own_listeners)
        self._dialers: dict[str, Dialer] = {}
        self._clients: dict[str, FetchClient] = {}
        self._find: dict[str, Callable[[str], Function]] = {}

    @asynccontextmanager
    async def open(
        self, function: Function, policy: Policy, find: Callable[[str], Function] = no_other
    ) -> AsyncIterator[None]:
        """Keep a function's outgoing connections while the context lasts; `find` gives those that it may call."""
        dialer = Dialer(policy, own=self._own)
        async with FetchClient(dialer) as client:
            self._dialers[function.id] = dialer
            self._clients[function.id] = client
            self._find[function.id] = find
            try:
                yield
            finally:
                del self._dialers[function.id], self._clients[function.id], self._find[function.id]

    def grants(self, lineage: Lineage) -> Grants:
        """What one invocation of a function may do."""
        function = lineage.function
        client = self._clients[function.id]
        kv = (KVService(self._kv, function.kv),) if function.kv else ()
        called = (BindingService(lineage, self._find[function.id], self._called),) if function.services else ()
        return Grants((client.service(cdn_loop=lineage.cdn_loop), *kv, *called))
