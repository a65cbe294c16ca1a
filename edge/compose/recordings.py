"""The recordings of a gateway, as its operators see them: implements edge.gateway.admin_recordings.Recordings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import trio

from edge.compose.replay import Code, Replays, of_version, original, with_package
from edge.errors import NotFoundError
from edge.recording.demand import Asked
from edge.recording.recording import Recording, Summary, decode
from edge.recording.report import Report, Told, told_of

if TYPE_CHECKING:
    from edge.compose.engine import Engine
    from edge.compose.recorder import GatewayRecorder
    from edge.packages.uploads import Uploads


class Recordings:
    """See the module."""

    def __init__(self, recorder: GatewayRecorder, engine: Engine, uploads: Uploads) -> None:
        self._store = recorder.store
        self._demands = recorder.demands
        self._uploads = uploads
        self._replays = Replays(engine)

    async def listing(self, function: str, limit: int) -> list[Summary]:
        """The newest ones, of one function or ("") of all."""
        return await trio.to_thread.run_sync(self._store.summaries, function, limit)

    async def file(self, name: str, *, package: bool) -> bytes:
        """A file to pass on; with `package`, the code is in it.  Raises NotFoundError, CallerError, PackageError."""
        if not package:
            return await trio.to_thread.run_sync(self._store.read, name)
        recording = await self._read(name)
        return await trio.to_thread.run_sync(with_package, recording, self._store)

    async def told(self, name: str) -> tuple[Summary, Told]:
        """What was recorded.  Raises NotFoundError, CallerError."""
        recording = await self._read(name)
        return recording.summary, await trio.to_thread.run_sync(told_of, recording)

    async def delete(self, name: str) -> None:
        """Raises NotFoundError, CallerError."""
        await trio.to_thread.run_sync(self._store.delete, name)

    async def replay(self, name: str, against: str = "") -> Report:
        """Run it again, with its own code or that of `hello@v4`.

        Raises NotFoundError, CallerError, PackageError, EngineCrashError.
        """
        recording = await self._read(name)
        return await self._replays.replay(recording, await self._code(recording, against))

    async def replay_file(self, content: bytes, against: str = "") -> Report:
        """The same of a recording from elsewhere."""
        recording = await trio.to_thread.run_sync(decode, content)
        return await self._replays.replay(recording, await self._code(recording, against))

    async def record(self, function: str, count: int, seconds: float) -> None:
        """Record the next invocations of a function.  Raises OSError."""
        asked = Asked(time.time() + seconds, count)
        await trio.to_thread.run_sync(self._demands.put, function.partition("@")[0], asked)

    async def _read(self, name: str) -> Recording:
        content = await trio.to_thread.run_sync(self._store.read, name)
        return await trio.to_thread.run_sync(decode, content)

    async def _code(self, recording: Recording, against: str) -> Code:
        if not against:
            return await trio.to_thread.run_sync(original, recording, self._store, self._uploads)
        if "@" not in against:
            raise NotFoundError(f"{against[:80]!r} names no version", hint="hello@v4 does")
        return await trio.to_thread.run_sync(of_version, against, self._uploads)
