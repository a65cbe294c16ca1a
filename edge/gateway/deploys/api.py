"""Deploys over the admin listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

import msgspec
import trio
from quart import Response, request

from edge.errors import CallerError, EdgeError
from edge.gateway.admin_failure import failure_answer
from edge.gateway.answers import json_answer
from edge.gateway.deploys.upload import spooled
from edge.gateway.exchange import HttpExchange
from edge.packages.limits import DEFAULT_LIMITS
from edge.packages.versions import MAX_WHO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from quart_trio import QuartTrio

    from edge.gateway.deploys.deployer import Deployed, Deployer
    from edge.gateway.exchange import Receive, Send

ACTOR = "Edge-Actor"
"""Who deploys, as they say themselves: for people who read the list later."""
_MAX_BODY = 4096
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def add_deploys(app: QuartTrio, deploys: Callable[[], Deployer]) -> None:
    """All but uploads, which do not fit into memory."""

    @app.get("/functions/<name>/versions")
    async def list_versions(name: str) -> Response:
        return _answer(await deploys().versions(name))

    @app.post("/functions/<name>/activate")
    async def activate(name: str) -> Response:
        version = await _version()
        return _answer(await deploys().activate(name, version, who=actor(), if_match=_if_match()))

    @app.post("/functions/<name>/rollback")
    async def rollback(name: str) -> Response:
        return _answer(await deploys().rollback(name, who=actor(), if_match=_if_match()))

    @app.put("/functions/<name>/aliases/<alias>")
    async def put_alias(name: str, alias: str) -> Response:
        version = await _version()
        return _answer(await deploys().alias(name, alias, version, who=actor(), if_match=_if_match()))

    @app.delete("/functions/<name>/aliases/<alias>")
    async def delete_alias(name: str, alias: str) -> Response:
        return _answer(await deploys().alias(name, alias, "", who=actor(), if_match=_if_match()))

    @app.delete("/functions/<name>/versions/<version>")
    async def delete_version(name: str, version: str) -> Response:
        return _answer(await deploys().remove(name, version, who=actor(), if_match=_if_match()))

    @app.delete("/functions/<name>")
    async def delete_function(name: str) -> Response:
        return _answer(await deploys().delete(name, who=actor(), if_match=_if_match()))


class UploadEndpoint:
    """`PUT /functions/NAME/package`: the body goes to disk as it comes."""

    def __init__(self, deploys: Callable[[], Deployer], folder: Callable[[], Path]) -> None:
        """`folder` is where bodies are kept while they are looked at."""
        self._deploys = deploys
        self._folder = folder

    async def __call__(
        self, scope: Any, receive: Receive, send: Send, *, function: str, headers: Mapping[str, str], rid: str
    ) -> None:
        """Behind the guard."""
        exchange = HttpExchange(rid, scope["method"], receive, send, max_body=0)
        client = scope["client"]
        try:
            query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=20)
            wanted = _flag(query)
            note = query.get("note", [""])[-1]
            who = _cleaned(headers.get(ACTOR.lower(), "")) or (client[0] if client else "")
            async with spooled(receive, self._folder(), DEFAULT_LIMITS.archive) as archive:
                found = await self._deploys().upload(
                    function, archive, note=note, who=who, activate=wanted, if_match=headers.get("if-match", "")
                )
        except ValueError as error:
            await exchange.answer(failure_answer(CallerError(f"the query cannot be read: {error}"), rid))
        except EdgeError as error:
            await exchange.answer(failure_answer(error, rid))
        except trio.BrokenResourceError:
            return  # nobody is there to be told
        else:
            status = 201 if found.created else 200
            await exchange.answer(json_answer(status, found.body, [(b"etag", found.etag.encode("ascii"))]))


def package_of(path: str) -> str:
    """NAME of `/functions/NAME/package`, as it is written; "" for every other path."""
    parts = path.split("/")
    return parts[2] if len(parts) == 4 and parts[1] == "functions" and parts[3] == "package" else ""


def _flag(query: Mapping[str, list[str]]) -> bool | None:
    if "activate" not in query:
        return None
    text = query["activate"][-1].lower()
    if text and text not in _FLAGS:
        raise CallerError(f"activate: {text[:20]!r} is not known (true, false)")
    return _FLAGS.get(text, True)


def _answer(found: Deployed) -> Response:
    body = msgspec.json.encode(found.body)
    return Response(body, 200, {"ETag": found.etag}, content_type="application/json")


async def _version() -> str:
    """`{"version": "v3"}`, or `version` of the query."""
    if given := request.args.get("version", ""):
        return given
    body = cast("bytes", await request.get_data(cache=False))
    if len(body) > _MAX_BODY:
        raise CallerError(f"the body has {len(body)} bytes; the limit is {_MAX_BODY}")
    try:
        value = msgspec.json.decode(body or b"{}", type=dict[str, str | int])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CallerError(f"the body cannot be read: {error}", hint='send {"version": "v3"}') from error
    if not value.get("version"):
        raise CallerError("version is missing", hint='send {"version": "v3"}')
    return str(value["version"])


def actor() -> str:
    """Who asks, as they say themselves, or else their address."""
    return _cleaned(request.headers.get(ACTOR, "")) or request.remote_addr or ""


def _if_match() -> str:
    return str(request.headers.get("If-Match", ""))


def _cleaned(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:MAX_WHO].strip()
