"""The admin listener's application.

Quart serves what is JSON; `/invoke/NAME` goes to the data path, which streams, uploads of packages to disk, and the
page is in memory.  The guard stands before all of them, and what changes something is written to the audit log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from edge.errors import EdgeError, UnsupportedError
from edge.gateway.admin_access import LOCAL, is_change
from edge.gateway.admin_api import PRINCIPAL_KEY, REQUEST_ID_KEY, create_api
from edge.gateway.admin_audit import Watched
from edge.gateway.admin_guard import AdminGuard
from edge.gateway.answers import error_answer
from edge.gateway.deferred_call import INVOCATION_TYPE
from edge.gateway.deploys.api import ACTOR, UploadEndpoint, package_of
from edge.gateway.exchange import HttpExchange
from edge.gateway.observer import HarmlessObserver, ServerObserver
from edge.gateway.page import OF_THE_ORIGIN, SANDBOX, Page
from edge.gateway.request_head import decode_headers
from edge.gateway.request_id import request_id
from edge.gateway.stream import CLIENT_CERTIFICATE
from edge.gateway.target import decode_segment, parse_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.gateway.audit import AuditLog
    from edge.gateway.control import Control
    from edge.gateway.deferred_call import Acceptance
    from edge.gateway.dispatch import Dispatch
    from edge.gateway.exchange import Receive, Send
    from edge.gateway.metrics import Metrics
    from edge.gateway.stream import Application

_INVOKE = "/invoke/"
_DEFER = "/invoke-async/"


def create_admin(
    control: Control,
    dispatch: Dispatch,
    metrics: Metrics,
    acceptance: Callable[[], Acceptance],
    *,
    guard: AdminGuard | None = None,
    audit: AuditLog | None = None,
    observer: ServerObserver | None = None,
    share: Callable[[Application], Application] = lambda api: api,
) -> Application:
    """The ASGI application of the admin listener; without a token in `guard` only this machine may use it.

    `audit` gets what changes something, `acceptance` says where deferred invocations go; `share` makes of the API of
    this process that of all workers.
    """
    quiet = HarmlessObserver(observer or metrics)
    upload = UploadEndpoint(lambda: control.deploys, lambda: control.uploads_folder)
    api = _Api(cast("Application", create_api(control, metrics, quiet, audit)), upload)
    return AdminApp(share(api), dispatch, guard or AdminGuard(), acceptance, audit)


class _Api:
    """Uploads, and what Quart serves."""

    def __init__(self, quart: Application, upload: UploadEndpoint) -> None:
        self._quart = quart
        self._upload = upload

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """ASGI's entry, behind the guard."""
        if scope["method"] == "PUT" and (function := package_of(scope["raw_path"].decode("ascii"))):
            headers, rid = dict(decode_headers(scope["headers"])), scope[REQUEST_ID_KEY]
            await self._upload(scope, receive, send, function=decode_segment(function), headers=headers, rid=rid)
        else:
            await self._quart(scope, receive, send)


class AdminApp:
    """Guard, then function invocations, then the API."""

    def __init__(
        self,
        api: Application,
        dispatch: Dispatch,
        guard: AdminGuard,
        acceptance: Callable[[], Acceptance],
        audit: AuditLog | None = None,
    ) -> None:
        self._acceptance = acceptance
        self._audit = audit
        self._api = api
        self._dispatch = dispatch
        self._guard = guard
        self._page = Page()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] != "http":
            raise UnsupportedError(f"{scope['type']} is not served here")
        headers = dict(decode_headers(scope["headers"]))
        rid = request_id(headers.get("x-request-id"), headers.get("traceparent"))
        try:
            path = parse_target(scope["raw_path"], scope["query_string"]).path
        except EdgeError as error:
            await _refuse(scope, receive, send, error, rid)
            return
        watched = None
        if self._audit is not None and is_change(scope["method"], path):
            watched = Watched(self._audit, scope, path, rid, send)
            send = watched.send
        try:
            await self._guarded(scope, receive, send, path, headers, rid, watched)
        finally:
            if watched is not None:
                await watched.write()

    async def _guarded(
        self,
        scope: Any,
        receive: Receive,
        send: Send,
        path: str,
        headers: dict[str, str],
        rid: str,
        watched: Watched | None,
    ) -> None:
        try:
            client = scope["client"][0] if scope["client"] else ""
            certified = CLIENT_CERTIFICATE in scope.get("extensions", {})
            if self._page.has(scope["method"], path):
                self._guard.admit_page(client, headers, certified=certified)
                answer = self._page.answer(path, headers)
                await HttpExchange(rid, scope["method"], receive, send, max_body=0).answer(answer)
                return
            principal = self._guard.identify(path, client, headers, certified=certified)
            if watched is not None:
                watched.principal = principal
            principal.check(scope["method"], path)
        except EdgeError as error:
            await _refuse(scope, receive, send, error, rid)
            return
        if principal.name and principal != LOCAL and ACTOR.lower() not in headers:
            headers = {**headers, ACTOR.lower(): principal.name}
            scope |= {"headers": [*scope["headers"], (ACTOR.lower().encode("ascii"), principal.name.encode("ascii"))]}
        later = _named(path, _DEFER)
        name = later or _named(path, _INVOKE)
        if name:
            prefix = (_DEFER if later else _INVOKE) + name
            await self._invoke(self._without_token(scope), receive, send, headers, decode_segment(name), prefix)
        else:
            scope |= {"path": decode_segment(path), "raw_path": path.encode("ascii")}
            scope |= {REQUEST_ID_KEY: rid, PRINCIPAL_KEY: principal}
            await self._api(scope, receive, send)

    async def _invoke(
        self, scope: Any, receive: Receive, send: Send, headers: dict[str, str], name: str, prefix: str
    ) -> None:
        """Now or later; `X-Amz-Invocation-Type: Event` is how Lambda's own interface says later."""
        if prefix.startswith(_DEFER) or headers.get(INVOCATION_TYPE, "").lower() == "event":
            await self._dispatch.defer(scope, receive, send, self._acceptance(), function=name, prefix=prefix)
        else:
            await self._dispatch.invoke(scope, receive, _sandboxed(send), function=name, prefix=prefix)

    def _without_token(self, scope: Any) -> Any:
        """The operator's token is not for functions."""
        if not self._guard.tokens:
            return scope
        return scope | {"headers": [header for header in scope["headers"] if header[0].lower() != b"authorization"]}


async def _refuse(scope: Any, receive: Receive, send: Send, error: EdgeError, rid: str) -> None:
    await HttpExchange(rid, scope["method"], receive, send, max_body=0).answer(error_answer(error, rid))


def _sandboxed(send: Send) -> Send:
    """A browser that opens an answer of a function gives it an origin of its own, not that of this listener.

    Headers that would say something about all of the listener are left out.
    """

    async def sandboxed(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message["headers"] if bytes(header[0]).lower() not in OF_THE_ORIGIN]
            message = {**message, "headers": [*headers, SANDBOX]}
        await send(message)

    return sandboxed


def _named(path: str, prefix: str) -> str:
    """NAME of PREFIX/NAME[/PATH], as it is written; "" for every other path."""
    return path[len(prefix) :].partition("/")[0] if path.startswith(prefix) else ""
