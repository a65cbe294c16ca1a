"""Splits over the admin listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
from quart import Response, request

from edge.errors import CallerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from quart_trio import QuartTrio

    from edge.gateway.versions.keeper import SplitKeeper

_MAX_BODY = 16 * 1024


def add_splits(app: QuartTrio, splits: Callable[[], SplitKeeper], who: Callable[[], str]) -> None:
    """`who` says who asks."""

    @app.get("/splits")
    async def list_splits() -> Response:
        keeper = splits()
        route = request.args.get("route", "")
        return _answer(keeper, {"splits": [keeper.one(route)] if route else keeper.listing()})

    @app.put("/splits")
    async def put_split() -> Response:
        weights = _weights(cast("bytes", await request.get_data(cache=False)))
        keeper = splits()
        return _answer(keeper, await keeper.set(request.args.get("route", ""), weights, who(), _if_match()))

    @app.delete("/splits")
    async def delete_split() -> Response:
        keeper = splits()
        return _answer(keeper, await keeper.reset(request.args.get("route", ""), who(), _if_match()))


def _weights(body: bytes) -> dict[str, object]:
    """`{"weights": {"hello@v3": 90, "hello@v4": 10}}`, or the inner table alone."""
    if len(body) > _MAX_BODY:
        raise CallerError(f"the body has {len(body)} bytes; the limit is {_MAX_BODY}")
    hint = 'send {"weights": {"hello@v3": 90, "hello@v4": 10}}'
    try:
        value: Any = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CallerError(f"the body cannot be read: {error}", hint=hint) from error
    weights = value.get("weights", value) if isinstance(value, dict) else None
    if not isinstance(weights, dict) or not weights:
        raise CallerError("the weights are missing", hint=hint)
    return weights


def _if_match() -> str:
    return str(request.headers.get("If-Match", ""))


def _answer(keeper: SplitKeeper, body: Any) -> Response:
    return Response(msgspec.json.encode(body), 200, {"ETag": keeper.etag}, content_type="application/json")
