"""Secrets of functions over the admin listener: names are told, values are taken and never given."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
import trio
from quart import Response, request

from edge.errors import CallerError
from edge.gateway.secret_values import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from quart_trio import QuartTrio

    from edge.services.secrets.file import SecretFile


def add_secrets(app: QuartTrio, opened: Callable[[], SecretFile | None]) -> None:
    """Paths below /secrets.  `opened` gives the encrypted file, None without a key for it, and may block."""

    @app.get("/secrets")
    async def secret_names() -> Response:
        found = await trio.to_thread.run_sync(lambda: _file(opened).list())
        return _json({"secrets": found})

    @app.put("/secrets/<name>")
    async def keep_secret(name: str) -> Response:
        value = _text(cast("bytes", await request.get_data(cache=False)))
        function = request.args.get("function", "")
        await trio.to_thread.run_sync(lambda: _file(opened).set(name, function, value))
        return Response(b"", 204)

    @app.delete("/secrets/<name>")
    async def forget_secret(name: str) -> Response:
        function = request.args.get("function", "")
        await trio.to_thread.run_sync(lambda: _file(opened).delete(name, function))
        return Response(b"", 204)


def _file(opened: Callable[[], SecretFile | None]) -> SecretFile:
    file = opened()
    if file is None:
        raise CallerError(
            "this gateway has no key for secrets", hint=f"name one in storage.secrets_key_file, or set {KEY}"
        )
    return file


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise CallerError("the value is not text in UTF-8") from None  # the error holds the value


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), content_type="application/json")
