"""A request's body on disk, for as long as somebody looks at it."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

import trio

from edge.errors import BodyTooLargeError, OutsideError, RequestTimeoutError
from edge.units import MIB, MINUTES, SECONDS, format_size

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Receive = Callable[[], Awaitable[Any]]

_PATIENCE = 30 * SECONDS
_TOTAL = 10 * MINUTES
_WRITE = 1 * MIB


@asynccontextmanager
async def spooled(receive: Receive, folder: Path, limit: int) -> AsyncIterator[IO[bytes]]:
    """A file with the body, at its beginning.  It has no name, so that nothing is left of it, whatever happens.

    Raises BodyTooLargeError over `limit` bytes, RequestTimeoutError, trio.BrokenResourceError (the client has gone) and
    OutsideError (the disk).
    """
    file = await trio.to_thread.run_sync(_open, folder)
    try:
        try:
            with trio.fail_after(_TOTAL):
                await _copy(receive, file, limit)
            await trio.to_thread.run_sync(file.seek, 0)
        except trio.TooSlowError as error:
            raise RequestTimeoutError("the package did not arrive in time") from error
        except OSError as error:
            raise OutsideError(f"the package cannot be kept on disk: {error.strerror}") from error
        yield file
    finally:
        with suppress(OSError):  # on a full disk it tries to write once more
            file.close()


def _open(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise OutsideError(f"the package cannot be kept on disk: {error.strerror}") from error


async def _copy(receive: Receive, file: IO[bytes], limit: int) -> None:
    size, waiting = 0, bytearray()
    more = True
    while more:
        with trio.fail_after(_PATIENCE):
            message = await receive()
        if message["type"] != "http.request":
            raise trio.BrokenResourceError("the client has gone")
        more = message.get("more_body", False)
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLargeError(f"the package is over the limit of {format_size(limit)} ({limit} bytes)")
        waiting += part
        if len(waiting) >= _WRITE or not more:
            await trio.to_thread.run_sync(file.write, bytes(waiting))
            waiting.clear()
