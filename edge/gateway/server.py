"""The HTTP server: Hypercorn's parts on Trio, with life cycle and limits of our own."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import trio
from hypercorn.trio.worker_context import WorkerContext

from edge.gateway.address_limit import AddressLimit
from edge.gateway.connection import Connection
from edge.gateway.deadlines import Deadlines
from edge.gateway.listeners import BACKLOG
from edge.gateway.observer import HarmlessObserver, ServerObserver
from edge.gateway.server_settings import HypercornConfig, ServerSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.gateway.listeners import Listener
    from edge.gateway.stream import Application, RequestStream

_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_NO_ROOM_SECONDS = 0.1
_LAST_WORDS_SECONDS = 1.0


async def serve(
    app: Application,
    listeners: Sequence[Listener],
    settings: ServerSettings,
    *,
    shutdown: trio.Event,
    observer: ServerObserver | None = None,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve `app` (ASGI 3, type http) until `shutdown` is set and the connections are drained.

    `task_status` gets the addresses as soon as connections are accepted.  Draining: no new connections, answers
    say `Connection: close`, and after `settings.grace` seconds what still runs is cut off.  Closes `listeners`.
    Raises nothing of what clients or `app` do.
    """
    await Server(app, settings, HarmlessObserver(observer or ServerObserver())).run(listeners, shutdown, task_status)


class Server:
    """State that the connections of one `serve` share."""

    def __init__(self, app: Application, settings: ServerSettings, observer: ServerObserver) -> None:
        self.app = app
        self.settings = settings
        self.observer = observer
        self.config = HypercornConfig(settings)
        self.context = WorkerContext(None)
        self.draining = False
        self.deadlines = Deadlines()
        self._connections: set[Connection] = set()
        self._addresses = AddressLimit(settings.max_connections_per_address)
        self._streams: set[RequestStream] = set()
        self._nursery: trio.Nursery
        self._quiet = trio.Event()

    async def run(
        self, listeners: Sequence[Listener], shutdown: trio.Event, task_status: trio.TaskStatus[list[str]]
    ) -> None:
        addresses = [listener.address for listener in listeners]
        self._share()
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self.deadlines.run)
            try:
                async with trio.open_nursery() as accepting:
                    for listener in listeners:
                        accepting.start_soon(self._accept, listener)
                    task_status.started(addresses)
                    await shutdown.wait()
                    accepting.cancel_scope.cancel()
            finally:
                for listener in listeners:
                    self._take_waiting(listener)
                    listener.close()
            await self._drain()
            self._nursery.cancel_scope.cancel()

    def start(self, stream: RequestStream) -> None:
        """Run the application for a request."""
        self._streams.add(stream)
        self._nursery.start_soon(self._answer, stream)

    async def _answer(self, stream: RequestStream) -> None:
        try:
            await stream.run(self.app, self.observer)
        finally:
            self._streams.discard(stream)
            self._note_quiet()

    async def _accept(self, listener: Listener) -> None:
        sock = trio.socket.from_stdlib_socket(listener.socket.dup())
        with sock:
            source = trio.SocketListener(sock)
            while True:
                try:
                    await self._give_way(sock)
                    stream = await source.accept()
                except OSError as error:
                    if error.errno not in _NO_ROOM:
                        raise
                    self.observer.turned_away("descriptors")
                    await trio.sleep(_NO_ROOM_SECONDS)
                else:
                    await self._admit(stream, listener)

    async def _give_way(self, sock: trio.socket.SocketType) -> None:
        """Let another process take the connection that comes next, when that has clearly fewer."""
        balance = self.settings.balance
        if balance is None:
            return
        while True:
            await trio.lowlevel.wait_readable(sock)
            pause = balance.pause(len(self._connections))
            if not pause:
                return
            await trio.sleep(pause)
            if sock.is_readable():
                return

    async def _admit(self, stream: trio.SocketStream, listener: Listener) -> None:
        if len(self._connections) >= self.settings.max_connections:
            self.observer.turned_away("limit")
            await trio.aclose_forcefully(stream)
            return
        self._take(stream, listener)

    def _take(self, stream: trio.SocketStream, listener: Listener) -> None:
        group = self._enter(stream)
        if group is None:
            self.observer.turned_away("address")
            stream.socket.close()
            return
        if listener.tls and self.settings.tls is not None:
            wrapped = trio.SSLStream(stream, self.settings.tls.context, server_side=True, https_compatible=True)
            self._connect(Connection(self, wrapped, proxied=listener.proxied), group)
        else:
            self._connect(Connection(self, stream, proxied=listener.proxied), group)

    def _enter(self, stream: trio.SocketStream) -> str | None:
        """The account of the client's address, "" for one without limit; None when it has too many connections."""
        try:
            peer = stream.socket.getpeername()
        except OSError:  # it has left already
            return ""
        if not isinstance(peer, tuple) or self.settings.trusts(peer[0]):
            return ""
        return self._addresses.enter(peer[0])

    def _connect(self, connection: Connection, group: str) -> None:
        self._connections.add(connection)
        self._share()
        self.observer.connected(len(self._connections))
        self._nursery.start_soon(self._serve_connection, connection, group)

    def _share(self) -> None:
        if self.settings.balance is not None and not self.draining:
            self.settings.balance.update(len(self._connections))

    async def _serve_connection(self, connection: Connection, group: str) -> None:
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            self._share()
            if group:
                self._addresses.leave(group)
            self.observer.disconnected(len(self._connections))
            self._note_quiet()

    # the end

    def _take_waiting(self, listener: Listener) -> None:
        """Connections that the kernel has accepted already: closing the socket would reset them."""
        for _ in range(BACKLOG):
            try:
                sock, _ = listener.socket.accept()
            except OSError:
                return
            sock.setblocking(False)
            self._take(trio.SocketStream(trio.socket.from_stdlib_socket(sock)), listener)

    def _note_quiet(self) -> None:
        if self.draining and not self._connections and not self._streams:
            self._quiet.set()

    async def _drain(self) -> None:
        self.draining = True
        await self.context.terminated.set()
        with trio.move_on_after(self.settings.grace):
            for connection in list(self._connections):
                await connection.drain()
            self._note_quiet()
            await self._quiet.wait()
        for stream in list(self._streams):
            stream.lifeline.cut("draining")
        with trio.move_on_after(_LAST_WORDS_SECONDS):
            await self._quiet.wait()
