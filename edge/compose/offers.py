"""What a function is granted of the host services.

Which services those are is decided once, when the function is opened; each is made when an invocation asks for it
first, because most invocations ask for none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from edge.services.api import Grants, Service
from edge.services.bindings.service import BindingService, CallEntry
from edge.services.cache.service import CacheService
from edge.services.dns import DnsService
from edge.services.kv.service import KVService
from edge.services.kv.transaction import Transaction
from edge.services.python.service import BindingCall, PythonService
from edge.services.realtime.service import RealtimeService
from edge.services.sockets import SocketService

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from edge.engine.lineage import Lineage
    from edge.function import Function
    from edge.services.api import PromptHandler
    from edge.services.cache.store import CacheStore
    from edge.services.dial.dialer import Dialer
    from edge.services.dns.questions import Questions
    from edge.services.http.client import FetchClient
    from edge.services.kv.interface import KVStore
    from edge.services.outbound import Outbound
    from edge.services.python.hosts import BindingHosts
    from edge.services.realtime.hub import Hub
    from edge.services.sockets.contexts import Contexts
    from edge.services.websocket.client import SocketClient

    Offer = Callable[[Lineage], Service]

_NO_KINDS: Mapping[str, str] = MappingProxyType({})
_NOTHING: Mapping[str, PromptHandler] = MappingProxyType({})


class Opened(NamedTuple):
    """What one function of one generation has open.  `dialer` and `context` (TLS) are for every kind of connection."""

    name: str
    dialer: Dialer
    context: ssl.SSLContext
    client: FetchClient
    sockets: SocketClient
    outbound: Outbound
    questions: Questions
    find: Callable[[str], Function]


class Common(NamedTuple):
    """What all functions share: see FunctionServices."""

    kv: KVStore
    hub: Hub
    answers: CacheStore | None
    contexts: Contexts
    hosts: BindingHosts
    called: Callable[[CallEntry], None]
    bound: Callable[[BindingCall], None]


class Offers:
    """Of one function of one generation."""

    def __init__(self, function: Function, opened: Opened, common: Common) -> None:
        self.opened = opened
        self._common = common
        self._namespace = function.kv
        self._at_response = bool(function.kv) and function.kv_commit == "response"
        self._kv = KVService(common.kv, function.kv) if function.kv and not self._at_response else None
        self._prompt = _NOTHING if self._kv is None else self._kv.prompt
        self._has_python = bool(function.bindings)
        self._families = {**_outgoing(opened, common.contexts), **self._own(function)}

    def _own(self, function: Function) -> dict[str, Offer]:
        """Those that depend on what the function is, by the first word of their operations."""
        common, find = self._common, self.opened.find
        family, answers = function.family, common.answers
        own: dict[str, Offer] = {"realtime": lambda asking: RealtimeService(common.hub, family, asking.socket)}
        if (kv := self._kv) is not None:
            own["kv"] = lambda _: kv  # it keeps nothing of an invocation
        if function.services:
            own["service"] = lambda asking: BindingService(asking, find, common.called)
        if function.bindings:
            own["binding"] = self._python
        if answers is not None:
            own["cache"] = lambda _: CacheService(answers, family)
        return own

    def grants(self, lineage: Lineage) -> Grants:
        """What one invocation of the function may do."""
        later = partial(self._make, lineage)
        kinds = self._python(lineage).kinds if self._has_python else _NO_KINDS
        if not self._at_response:
            return Grants((), None, kinds, later=later, prompt=self._prompt)
        waiting = Transaction(self._common.kv, self._namespace)
        return Grants((KVService(waiting, self._namespace),), waiting, kinds, later=later)

    def _make(self, lineage: Lineage, family: str) -> Service | None:
        offer = self._families.get(family)
        return None if offer is None else offer(lineage)

    def _python(self, lineage: Lineage) -> PythonService:
        return PythonService(lineage, self._common.hosts, self._common.bound)


def _outgoing(opened: Opened, contexts: Contexts) -> dict[str, Offer]:
    """Ways out, which the egress policy guards."""
    outbound = opened.outbound
    return {
        "fetch": lambda asking: opened.client.service(cdn_loop=asking.cdn_loop, trace=asking.trace),
        "websocket": lambda asking: opened.sockets.service(asking.trace),
        "socket": lambda _: SocketService(opened.dialer, contexts, outbound.sockets, outbound.ca_file),
        "dns": lambda _: DnsService(opened.dialer, opened.questions),
    }
