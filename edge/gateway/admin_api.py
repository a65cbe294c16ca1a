"""The JSON part of the admin listener: health, metrics, config, functions, key-value store."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import msgspec
import trio
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter

from edge import __version__
from edge.errors import (
    BodyTooLargeError,
    CallerError,
    EdgeError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
)
from edge.gateway import admin_cache, admin_invocations, admin_kv, admin_logs
from edge.gateway.admin_endpoints import ENDPOINTS
from edge.gateway.admin_failure import failure_answer
from edge.gateway.admin_recordings import add_recordings
from edge.gateway.admin_secrets import add_secrets
from edge.gateway.answers import REQUEST_ID
from edge.gateway.deferred_view import detail
from edge.gateway.deploys.api import actor, add_deploys
from edge.gateway.metrics import CONTENT_TYPE
from edge.gateway.openapi import document
from edge.gateway.redact import redact
from edge.gateway.versions.api import add_splits
from edge.services.kv import transfer
from edge.units import MIB

if TYPE_CHECKING:
    from edge.gateway.activity import Activity
    from edge.gateway.audit import AuditLog
    from edge.gateway.control import Control
    from edge.gateway.engine_metrics import CacheStats
    from edge.gateway.metrics import Metrics
    from edge.gateway.observer import ServerObserver

REQUEST_ID_KEY = "edge.request_id"  # in the ASGI scope
PRINCIPAL_KEY = "edge.principal"
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_MOST_TICKS = 100
_MAX_BODY = 32 * MIB
_TIME = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?")


def create_api(
    control: Control, metrics: Metrics, observer: ServerObserver, audit: AuditLog | None = None
) -> QuartTrio:
    app = QuartTrio(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY
    app.url_map.merge_slashes = False
    app.url_map.converters["text"] = _Text
    _add_errors(app, observer)
    _add_health(app, control)
    _add_metrics(app, control, metrics)
    _add_activity(app, metrics.activity)
    _add_config(app, control)
    _add_functions(app, control)
    add_deploys(app, lambda: control.deploys)
    add_splits(app, lambda: control.splits, actor)
    _add_egress(app, control)
    _add_cache(app, control)
    _add_invocations(app, control)
    add_recordings(app, control.recordings, partial(_check_function, control))
    _add_kv(app, control)
    add_secrets(app, control.secrets)
    _add_audit(app, audit)
    return app


class _Text(BaseConverter):
    """Any text at all; werkzeug's `path` refuses a slash at the beginning."""

    regex = ".+"
    part_isolating = False


def _rid() -> str:
    return str(cast("dict[str, Any]", request.scope)[REQUEST_ID_KEY])


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, content_type="application/json")


def _add_errors(app: QuartTrio, observer: ServerObserver) -> None:
    @app.errorhandler(Exception)
    async def failed(error: Exception) -> Response:
        translated = _translated(error)
        if isinstance(translated, InternalError):
            observer.crashed(error, f"admin {request.method} {request.path}")
        return _failure(translated, _rid())

    @app.after_request
    async def finish(response: Response) -> Response:
        response.headers["Edge-Request-Id"] = _rid()
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def _translated(error: Exception) -> EdgeError:
    """Quart's and werkzeug's errors as ours."""
    if isinstance(error, EdgeError):
        return error
    if isinstance(error, MethodNotAllowed):
        return MethodNotAllowedError(
            f"{request.method} is not allowed here", allow=tuple(sorted(error.valid_methods or ()))
        )
    if isinstance(error, HTTPException):
        if error.code == 404:
            return NotFoundError(f"there is nothing at {request.path}", hint="see /openapi.json")
        return _with_status(error)
    return InternalError("")


def _with_status(error: HTTPException) -> EdgeError:
    translated = CallerError(error.description or "the request cannot be used")
    return translated if error.code != 413 else BodyTooLargeError(f"the body is over {_MAX_BODY} bytes")


def _failure(error: EdgeError, rid: str) -> Response:
    answer = failure_answer(error, rid)
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        if name not in {REQUEST_ID, b"content-length"}:
            response.headers[name.decode("ascii")] = value.decode("latin-1")
    return response


def _add_health(app: QuartTrio, control: Control) -> None:
    @app.get("/live")
    async def live() -> Response:
        return _json({"status": "ok"})

    @app.get("/ready")
    async def ready() -> Response:
        state = control.readiness()
        return _json({"ready": state.ready, "detail": state.detail}, 200 if state.ready else 503)

    @app.get("/health")
    async def health() -> Response:
        is_ready = control.readiness().ready
        return _json({"status": "ok" if is_ready else "not ready"}, 200 if is_ready else 503)

    @app.get("/health/detailed")
    async def detailed() -> Response:
        state = control.readiness()
        body = {"ready": state.ready, "detail": state.detail, **control.health()}
        return _json({**body, **_engine(control)}, 200 if state.ready else 503)


def _engine(control: Control) -> dict[str, Any]:
    """In the seeds' words."""
    return {"isolatePool": control.isolates(), "moduleCache": _cache(control.packages())}


def _cache(stats: CacheStats) -> dict[str, Any]:
    asked = stats.hits + stats.misses
    rate = stats.hits / asked if asked else 0.0
    return {
        "size": stats.size,
        "hits": stats.hits,
        "misses": stats.misses,
        "evictions": stats.evictions,
        "hitRate": round(rate, 4),
    }


def _add_metrics(app: QuartTrio, control: Control, metrics: Metrics) -> None:
    metrics.watch(control.isolates, control.packages, control.cells)

    @app.get("/metrics")
    async def show() -> Response:
        if request.accept_mimetypes.best_match(["text/plain", "application/json"]) == "application/json":
            return _json(_engine(control))
        with suppress(EdgeError):  # a queue that cannot be read keeps its last numbers, and nobody from the others
            metrics.queued(await control.deferred.counts())
        if control.cache.is_open:
            metrics.cache_holds((await control.cache.usage()).bytes)
        return Response(metrics.text(), content_type=CONTENT_TYPE)


def _add_activity(app: QuartTrio, activity: Activity) -> None:
    @app.get("/activity")
    async def overall() -> Response:
        since, function = _seconds(request.args.get("since", "0")), request.args.get("function", "")
        return _json(activity.of_function(function, since) if function else activity.overall(since))

    @app.get("/activity/functions")
    async def of_functions() -> Response:
        return _json(activity.functions())


def _add_config(app: QuartTrio, control: Control) -> None:
    @app.get("/limits")
    async def limits() -> Response:
        return _json(control.limits())

    @app.get("/config")
    async def config() -> Response:
        return _json(redact(msgspec.to_builtins(control.config())))

    @app.post("/config/reload")
    async def reload() -> Response:
        return _json(await control.reload())

    @app.post("/config/plan")
    async def plan() -> Response:
        return _json(await control.plan())

    @app.get("/generation")
    async def generation() -> Response:
        return _json(control.description())

    @app.get("/whoami")
    async def whoami() -> Response:
        principal = cast("dict[str, Any]", request.scope)[PRINCIPAL_KEY]
        return _json({"name": principal.name, "role": principal.role})

    @app.get("/openapi.json")
    async def openapi() -> Response:
        return _json(document(ENDPOINTS, __version__))


def _add_functions(app: QuartTrio, control: Control) -> None:
    @app.get("/functions")
    async def functions() -> Response:
        return _json({"functions": control.functions()})

    @app.get("/functions/<name>")
    async def function(name: str) -> Response:
        found = control.function(name)
        if found is None:
            raise NotFoundError(f"there is no function {name!r}")
        return _json(found)

    @app.get("/functions/<name>/files")
    async def files(name: str) -> Response:
        return _json({"files": await control.files(name)})

    @app.get("/schedules")
    @app.get("/schedules/<name>")
    async def schedules(name: str = "") -> Response:
        return _json({"schedules": await control.schedules(name, _count(request.args.get("next", "5")))})

    @app.post("/schedules/<name>/run")
    async def run(name: str) -> Response:
        args = request.args
        asker = request.headers.get("traceparent", "")
        return _json(await control.run_schedule(name, args.get("cron", ""), args.get("time", ""), _rid(), asker))


def _add_egress(app: QuartTrio, control: Control) -> None:
    @app.get("/egress/explain")
    async def explain() -> Response:
        url, method = request.args.get("url", ""), request.args.get("method", "GET")
        if not url:
            raise CallerError("url is missing", hint="/egress/explain?function=NAME&url=https://example.com/")
        return _json(await control.explain_egress(request.args.get("function", ""), url, method.upper()))

    @app.get("/egress/suggest")
    async def suggest() -> Response:
        function = request.args.get("function", "")
        if not function:
            raise CallerError("function is missing", hint="/egress/suggest?function=NAME")
        return _json(control.suggest_egress(function))


def _seconds(text: str) -> float:
    if not _TIME.fullmatch(text):
        raise CallerError(f"since: {text[:20]!r} is no time (seconds since the epoch)")
    return float(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or int(text) > _MOST_TICKS:
        raise CallerError(f"next: {text[:20]!r} is not a number of ticks (0 to 100)")
    return int(text)


def _add_cache(app: QuartTrio, control: Control) -> None:
    @app.get("/cache")
    async def cache() -> Response:
        return _json(await admin_cache.usage(control.cache))

    @app.post("/cache/purge")
    async def purge() -> Response:
        return _json(await admin_cache.purge(control.cache, request.args))


def _add_invocations(app: QuartTrio, control: Control) -> None:
    @app.get("/logs")
    async def logs() -> Response:
        if not admin_logs.wants_follow(request.args):
            return _json(await admin_logs.page(control.logs, request.args))
        events = await admin_logs.follow(control.logs, request.args, request.headers.get("Last-Event-ID", ""))
        response = Response(events, content_type="text/event-stream")
        response.timeout = None
        return response

    @app.get("/invocations")
    async def invocations() -> Response:
        return _json(await admin_logs.invocations(control, request.args))

    @app.get("/invocations/<text:name>")
    async def invocation(name: str) -> Response:
        return _json(await admin_logs.invocation(control, name))

    @app.delete("/invocations/<name>")
    async def cancel(name: str) -> Response:
        return _json(detail(await control.deferred.cancel(name)))

    @app.post("/invocations/<name>/retry")
    async def retry(name: str) -> Response:
        return _json(detail(await control.deferred.again(name)), 202)


def _check_function(control: Control, name: str) -> None:
    if control.function(name) is None:
        raise NotFoundError(f"there is no function {name!r}")


def _add_audit(app: QuartTrio, audit: AuditLog | None) -> None:
    @app.get("/audit")
    async def changes() -> Response:
        count = admin_invocations.limit_of(request.args)
        found = [] if audit is None else await trio.to_thread.run_sync(audit.newest, count)
        return _json({"entries": found})


def _add_kv(app: QuartTrio, control: Control) -> None:
    @app.get("/kv")
    async def namespaces() -> Response:
        return _json(await admin_kv.namespaces(control.kv))

    @app.post("/kv/<namespace>/export")
    async def export(namespace: str) -> Response:
        lines = transfer.export(control.kv, namespace, request.args.get("prefix", ""))
        return Response(lines, content_type=transfer.CONTENT_TYPE)

    @app.post("/kv/<namespace>/import")
    async def import_(namespace: str) -> Response:
        body = cast("bytes", await request.get_data(cache=False))
        return _json({"imported": await admin_kv.import_dump(control.kv, namespace, body, request.args)})

    @app.get("/kv/<namespace>")
    async def listing(namespace: str) -> Response:
        return _json(await admin_kv.listing(control.kv, namespace, request.args))

    @app.get("/kv/<namespace>/<text:key>")
    async def read(namespace: str, key: str) -> Response:
        value, headers = await admin_kv.read(control.kv, namespace, key)
        return Response(value, 200, headers)

    @app.put("/kv/<namespace>/<text:key>")
    async def write(namespace: str, key: str) -> Response:
        body = cast("bytes", await request.get_data(cache=False))
        kind = request.headers.get("Content-Type", "")
        stamp = await admin_kv.write(control.kv, namespace, key, body, kind, request.args)
        return _json({"versionstamp": stamp})

    @app.delete("/kv/<namespace>/<text:key>")
    async def delete(namespace: str, key: str) -> Response:
        if not await control.kv.delete(namespace, key):
            raise NotFoundError(f"there is no key {key!r} in {namespace!r}")
        return Response(b"", 204)
