"""Where Socket.IO clients come in: `/socket.io/`, at the root or below the path of a function.

`io("https://host/chat")` connects to the namespace `/chat`, which is served by the function that has the path `/chat`.
`io("https://host", { path: "/chat/socket.io" })` connects to the namespace `/` below `/chat`: the same function.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import trio

from edge.errors import NoRouteError, OverloadedError
from edge.gateway.header_match import SCHEME, joined
from edge.gateway.realtime.admission import admitted
from edge.gateway.realtime.call import RealtimeCall
from edge.gateway.realtime.session import Session
from edge.gateway.realtime.socket import NamespaceSocket, Place, log_event
from edge.gateway.recorded import keep_invocation
from edge.gateway.routing import Match
from edge.gateway.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.gateway.dispatch_parts import DispatchParts
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.generations import Generation
    from edge.gateway.realtime.elsewhere import Elsewhere
    from edge.gateway.realtime.socket import Visit
    from edge.gateway.route_rule import RouteRule
    from edge.services.realtime.hub import Hub
    from edge.services.realtime.packet import Packet

PATH = "/socket.io"
MAX_SESSIONS = 10_000
_LAST_EVENTS = 2.0
"""Seconds for `$disconnect` when the gateway stops."""


class RealtimeEndpoint:
    """An ASGI application; sessions live in its nursery, see `run`."""

    def __init__(self, hub: Hub, path: str = PATH) -> None:
        self.hub = hub
        self.path = path
        self.sessions: dict[str, Session] = {}
        self.closing = False
        self.elsewhere: Elsewhere | None = None
        self._parts: DispatchParts | None = None
        self._nursery: trio.Nursery | None = None

    async def run(self, ended: trio.Event, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep sessions until `ended` is set."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await ended.wait()
            self.closing = True
            for session in list(self.sessions.values()):
                session.close("server shutting down")
            self._nursery.cancel_scope.deadline = trio.current_time() + _LAST_EVENTS

    def takes(self, scope: Any) -> bool:
        """Whether a request is one of a Socket.IO client."""
        raw: bytes = scope["raw_path"].rstrip(b"/")
        return (
            raw.endswith(self.path.encode())
            and b"EIO=" in scope["query_string"]
            and self._nursery is not None
            and not self.closing
        )

    async def serve(self, parts: DispatchParts, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._parts = parts
        if self.elsewhere is not None and (worker := self.elsewhere.worker_of(scope)) is not None:
            await self.elsewhere.forward(worker, scope, receive, send)
            return
        await RealtimeCall(self, parts, scope, receive, send).run()

    # -- sessions

    def new_sid(self) -> str:
        """A name for a session, by which other workers find it."""
        token = secrets.token_urlsafe(15)
        return token if self.elsewhere is None else self.elsewhere.sid(token)

    def open(self, sid: str, visit: Visit) -> Session:
        """A new session.  Raises OverloadedError."""
        assert self._parts is not None
        assert self._nursery is not None
        if len(self.sessions) >= MAX_SESSIONS:
            raise OverloadedError(f"{MAX_SESSIONS} sessions of Socket.IO are open")
        parts = self._parts

        def connect(session: Session, packet: Packet) -> None:
            socket = NamespaceSocket(session, packet.namespace, visit, self.hub, parts)
            session.joined[packet.namespace] = socket
            assert self._nursery is not None
            self._nursery.start_soon(self._keep, socket, visit, packet.payload)

        session = self.sessions[sid] = Session(sid, connect, parts.settings.websocket.message, parts.budget)
        self._nursery.start_soon(self._live, session)
        return session

    async def _live(self, session: Session) -> None:
        try:
            await session.run()
        finally:
            self.sessions.pop(session.sid, None)

    async def _keep(self, socket: NamespaceSocket, visit: Visit, auth: str) -> None:
        """A socket, on the generation that it began on."""
        assert self._parts is not None
        parts = self._parts
        with parts.generations.pin() as generation:
            endings: list[Callable[[], None]] = []

            async def find(namespace: str) -> Place:
                return await _place(generation, visit, namespace, endings)

            def ended(name: str, of: NamespaceSocket, event: str, rid: str, receipt: Any, seconds: float) -> None:
                parts.metrics.realtime(name, receipt)
                keep_invocation(parts.keep, "realtime", rid, receipt, realtime_event=event)
                log_event(name, of, event, rid, receipt, seconds)

            try:
                await socket.run(find, auth, parts.settings.max_sockets, ended)
            except Exception as error:  # noqa: BLE001 - one socket's bug must not end the others
                parts.observer.crashed(error, f"realtime namespace {socket.namespace}")
                socket.dismiss()
            finally:
                for ending in endings:
                    ending()


def _target(rule: RouteRule, visit: Visit) -> str:
    """The function of a route, or the version of it for this client."""
    if rule.split is None:
        return rule.function
    return rule.split.pick(visit.headers, dict(visit.headers), secure=visit.scheme == "https").target


async def _place(generation: Generation, visit: Visit, namespace: str, endings: list[Callable[[], None]]) -> Place:
    """The function that a request for the namespace's path would get, if it got there.  Raises EdgeError."""
    path = parse_target(f"{visit.base}{'' if namespace == '/' else namespace}".encode() or b"/", b"").path
    seen = {**joined(visit.headers), SCHEME: visit.scheme}
    found = generation.router.match(visit.name, path, "GET", lambda: seen)
    if not isinstance(found, Match):
        found = generation.router.match(visit.name, path, "POST", lambda: seen)
    if not isinstance(found, Match):
        raise NoRouteError(f"no route matches {path}")
    headers = await admitted(found.route, path, visit, generation, endings)
    function = generation.function(_target(found.route, visit))
    base_path = found.matched_prefix if found.route.strip_prefix else ""
    return Place(function, path, base_path, found.params, headers)
