"""Where a gateway process stands: alone, or as one of several workers under a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog
import trio

from edge.compose.signals import Signals
from edge.fleet.channel import Channel
from edge.fleet.loads import Loads, Share
from edge.fleet.messages import (
    Begin,
    Draining,
    FromParent,
    Leave,
    PeerAnswer,
    PeerRequest,
    Question,
    Ready,
    Replies,
    Reply,
    Serving,
    Shout,
    Team,
)
from edge.gateway.realtime.elsewhere import Elsewhere
from edge.gateway.shared_api import SharedApi
from edge.gateway.worker_metrics import WorkerCounts
from edge.services.realtime.hub import Emitted
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.compose.life import Life
    from edge.config.model import Config
    from edge.gateway.dispatch import Dispatch
    from edge.gateway.realtime.endpoint import RealtimeEndpoint
    from edge.gateway.server_settings import Balance
    from edge.gateway.stream import Application
    from edge.services.realtime.hub import Hub

    Follow = Callable[[], Awaitable[object]]
    Flush = Callable[[], Awaitable[object]]

MOST_SHOUTS = 10_000
MOST_SHOUTED = 64 * MIB
"""Events of RealtimeNamespaces, and their bytes, that may wait for other workers; what comes beyond is lost to them."""

log = structlog.get_logger()


class Place(Protocol):
    """`signals` are to be heeded; this is process `index`, from 0 on, of the `count` that there are to be."""

    signals: Signals
    index: int
    count: int

    @property
    def balance(self) -> Balance | None:
        """Shares connections among them."""

    def share_api(self, follow: Follow, flush: Flush, api: Application) -> Application:
        """The admin API of the whole gateway, from that of this process; see SharedApi."""

    @property
    def complete(self) -> bool:
        """Whether all workers serve."""

    def connect(self, dispatch: Dispatch, realtime: RealtimeEndpoint) -> None:
        """Let RealtimeNamespaces reach the sockets of all workers."""

    def workers(self) -> WorkerCounts:
        """How many processes there are, and are to be."""

    async def serving(self, config: Config, content: bytes | None) -> None:
        """A generation has come into force."""

    async def ready(self, listen: list[str], admin: str) -> None:
        """Everything answers."""

    def stopping(self) -> None:
        """The end has begun."""

    async def draining(self) -> None:
        """No connections are accepted from now on."""

    async def reload(self, reload: Callable[[], Awaitable[None]]) -> None:
        """Reload because of a signal."""

    async def upgrade(self) -> None:
        """Start a process that takes over."""


class Alone:
    """The only process that serves."""

    index = 0
    count = 1
    balance: Balance | None = None
    complete = True

    def __init__(self, life: Life) -> None:
        self.signals = Signals()
        self._life = life

    def share_api(self, follow: Follow, flush: Flush, api: Application) -> Application:
        """See Place."""
        return api

    def connect(self, dispatch: Dispatch, realtime: RealtimeEndpoint) -> None:
        """See Place."""

    def workers(self) -> WorkerCounts:
        """See Place."""
        return WorkerCounts()

    async def serving(self, config: Config, content: bytes | None) -> None:
        """See Place."""

    async def ready(self, listen: list[str], admin: str) -> None:
        """See Place."""
        await self._life.ready(listen, admin)

    def stopping(self) -> None:
        """See Place."""
        self._life.stopping()

    async def draining(self) -> None:
        """See Place."""

    async def reload(self, reload: Callable[[], Awaitable[None]]) -> None:
        """See Place."""
        with self._life.reloading():
            await reload()

    async def upgrade(self) -> None:
        """See Place."""
        await self._life.upgrade()


class Member:
    """One of several workers; see Place and edge.gateway.peers.Peers."""

    def __init__(self, channel: Channel[FromParent], begin: Begin) -> None:
        self.signals = Signals()
        self.index = begin.index
        self.count = begin.count
        self._share = Share(Loads(begin.loads, begin.count), begin.index)
        self._api: SharedApi | None = None
        self._hub: Hub | None = None
        self._dispatch: Dispatch | None = None
        self._elsewhere: Elsewhere
        self._shouts, self._unshouted = trio.open_memory_channel[bytes](MOST_SHOUTS)
        self._waiting = 0  # bytes of shouts
        self._channel = channel
        self._team = Team(begin.count, 0)
        self._asked: dict[int, tuple[trio.Event, list[PeerAnswer]]] = {}
        self._number = 0

    def share_api(self, follow: Follow, flush: Flush, api: Application) -> Application:
        """See Place."""
        self._api = SharedApi(api, self, follow, flush)
        return self._api

    @property
    def balance(self) -> Balance:
        """See Place."""
        return self._share

    @property
    def complete(self) -> bool:
        """See Place."""
        return self._team.ready >= self._team.wanted

    async def listen(self) -> None:
        """Heed the parent until it ends; then it is for the caller to end, too."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._shout)
            async for message in self._channel:
                match message:
                    case Shout():
                        if self._hub is not None:
                            self._hub.deliver(msgspec.msgpack.decode(message.body, type=Emitted))
                    case Team():
                        self._team = message
                    case Leave():
                        self.signals.leave()
                    case Question():
                        nursery.start_soon(self._answer, message)
                    case Replies() if message.number in self._asked:
                        arrived, answers = self._asked[message.number]
                        answers.extend(message.answers)
                        arrived.set()
                    case _:
                        pass
            nursery.cancel_scope.cancel()

    def connect(self, dispatch: Dispatch, realtime: RealtimeEndpoint) -> None:
        """See Place."""
        self._hub = realtime.hub
        self._hub.pass_on = self._pass_on
        self._elsewhere = realtime.elsewhere = Elsewhere(self.index, self._ask_one)
        self._dispatch = dispatch

    def workers(self) -> WorkerCounts:
        """See Place."""
        return WorkerCounts(self._team.wanted, self._team.ready, self._team.restarts)

    async def _ask_one(self, worker: int, request: PeerRequest) -> PeerAnswer:
        answers = await self.ask(request, to=worker)
        return answers[0] if answers else PeerAnswer(worker, 0)

    def _pass_on(self, emitted: Emitted) -> None:
        body = msgspec.msgpack.encode(emitted)
        try:
            if self._waiting + len(body) > MOST_SHOUTED:
                raise trio.WouldBlock
            self._shouts.send_nowait(body)
            self._waiting += len(body)
        except trio.WouldBlock:
            log.warning("realtime_dropped", function=emitted.group[0], reason="other workers do not keep up")

    async def _shout(self) -> None:
        async for body in self._unshouted:
            self._waiting -= len(body)
            await self._tell(Shout(body))

    async def _answer(self, question: Question) -> None:
        answer = PeerAnswer(self.index, 0)
        if self._dispatch is not None and self._elsewhere.takes(question.request):
            answer = await self._elsewhere.answer(self._dispatch, question.request)
        elif self._api is not None:
            answer = await self._api.answer(question.request)
        await self._tell(Reply(question.number, answer))

    async def _tell(self, message: Ready | Serving | Draining | Question | Reply | Shout) -> None:
        """A parent that has gone is noticed by `listen`."""
        try:
            await self._channel.send(message)
        except trio.BrokenResourceError:
            return

    async def ask(self, request: PeerRequest, metrics: bytes = b"", to: int = -1) -> list[PeerAnswer]:
        """See Peers."""
        self._number += 1
        number = self._number
        arrived, answers = self._asked[number] = trio.Event(), list[PeerAnswer]()
        try:
            with trio.move_on_after(request.patience + 1):
                await self._tell(Question(number, request, metrics, to))
                await arrived.wait()
        finally:
            del self._asked[number]
        return answers

    async def serving(self, config: Config, content: bytes | None) -> None:
        """See Place."""
        await self._tell(Serving(content, config.server.shutdown_delay + config.server.grace))

    async def ready(self, listen: list[str], admin: str) -> None:
        """See Place."""
        await self._tell(Ready(listen, admin))

    def stopping(self) -> None:
        """See Place; whoever sent the signal knows."""

    async def draining(self) -> None:
        """See Place."""
        self._share.leave()
        await self._tell(Draining())

    async def reload(self, reload: Callable[[], Awaitable[None]]) -> None:
        """See Place."""
        await reload()

    async def upgrade(self) -> None:
        """See Place; that is for the parent."""
