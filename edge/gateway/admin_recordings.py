"""Recordings of invocations over the admin listener: see them, run them again, pass them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
from quart import Response, request

from edge.errors import CallerError
from edge.gateway.admin_invocations import limit_of
from edge.recording.recording import listed
from edge.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from quart_trio import QuartTrio

    from edge.recording.recording import Summary
    from edge.recording.report import Report, Told

FILE_TYPE = "application/octet-stream"
_MOST = 1000
_LONGEST = 3600.0


class Recordings(Protocol):
    """What is recorded; the composition root implements it.  Names are ids.

    Methods raise NotFoundError and CallerError for what is no recording, PackageError for want of its code.
    """

    async def listing(self, function: str, limit: int) -> list[Summary]:
        """The newest ones, of one function or ("") of all."""

    async def told(self, name: str) -> tuple[Summary, Told]:
        """What was recorded."""

    async def file(self, name: str, *, package: bool) -> bytes:
        """A file to pass on; with `package`, the code is in it."""

    async def delete(self, name: str) -> None:
        """Forget it."""

    async def replay(self, name: str, against: str = "") -> Report:
        """Run it again, with its own code or that of a version of a function."""

    async def replay_file(self, content: bytes, against: str = "") -> Report:
        """The same of a recording from elsewhere."""

    async def record(self, function: str, count: int, seconds: float) -> None:
        """Record the next invocations of a function, in each process of the gateway."""


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, content_type="application/json")


def add_recordings(app: QuartTrio, recordings: Recordings, exists: Callable[[str], None]) -> None:
    """The endpoints; `exists` raises NotFoundError for a function that there is not."""

    @app.get("/recordings")
    async def recordings_list() -> Response:
        found = await recordings.listing(request.args.get("function", ""), limit_of(request.args))
        return _json({"recordings": [listed(summary) for summary in found]})

    @app.post("/recordings/replay")
    async def replay_file() -> Response:
        content = cast("bytes", await request.get_data(cache=False))
        return _json(await recordings.replay_file(content, request.args.get("against", "")))

    @app.get("/recordings/<name>")
    async def recording(name: str) -> Response:
        summary, told = await recordings.told(name)
        return _json({"recording": listed(summary), "told": told})

    @app.delete("/recordings/<name>")
    async def recording_delete(name: str) -> Response:
        await recordings.delete(name)
        return Response(b"", 204)

    @app.get("/recordings/<name>/file")
    async def recording_file(name: str) -> Response:
        content = await recordings.file(name, package=request.args.get("package", "") == "true")
        headers = {"Content-Disposition": f'attachment; filename="{name}.rec"'}
        return Response(content, 200, headers, content_type=FILE_TYPE)

    @app.post("/recordings/<name>/replay")
    async def recording_replay(name: str) -> Response:
        return _json(await recordings.replay(name, request.args.get("against", "")))

    @app.post("/functions/<name>/record")
    async def record(name: str) -> Response:
        exists(name)
        count, seconds = _count(request.args.get("count", "10")), _seconds(request.args.get("for", "10m"))
        await recordings.record(name, count, seconds)
        return _json({"function": name, "count": count, "seconds": seconds})


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(_MOST)) or not 1 <= int(text) <= _MOST:
        raise CallerError(f"count: {text[:20]!r} is not a number of invocations (1 to {_MOST})")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise CallerError(f"for: {error}") from error
    if not 1 <= seconds <= _LONGEST:
        raise CallerError(f"for: {text[:20]!r} is not a time of 1 s to 1 h")
    return seconds
