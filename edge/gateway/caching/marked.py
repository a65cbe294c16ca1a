"""The client's side of an invocation past the cache: says so, and tells the cache of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.gateway.caching.answer import with_status
from edge.services.cache.status import CacheStatus, Forward

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.errors import EdgeError
    from edge.invocation import Exchange, Upgraded
    from edge.wire.messages import Header


class Marked:
    """Implements edge.invocation.Exchange; `changed` is called before an answer that is no error (RFC 9111 4.4)."""

    def __init__(self, inner: Exchange, forward: Forward, changed: Callable[[], Awaitable[None]] | None) -> None:
        self._inner = inner
        self._forward = forward
        self._changed = changed

    def watch(self, left: Callable[[], None]) -> None:
        """See Exchange."""
        self._inner.watch(left)

    async def read(self) -> bytes:
        """See Exchange."""
        return await self._inner.read()

    async def head(self, status: int, headers: list[Header], body: bytes = b"", *, end: bool = False) -> None:
        """See Exchange."""
        if self._changed is not None and 200 <= status < 400:
            await self._changed()
        said = [header for header in headers if header[0].lower() != "cache-tag"]
        marked = with_status(said, CacheStatus(forward=self._forward, forward_status=status))
        await self._inner.head(status, marked, body, end=end)

    def whole(self, status: int, headers: list[Header], body: bytes) -> Awaitable[None]:
        """See Exchange."""
        return self.head(status, headers, body, end=True)

    async def write(self, data: bytes) -> None:
        """See Exchange."""
        await self._inner.write(data)

    async def end(self) -> None:
        """See Exchange."""
        await self._inner.end()

    async def upgrade(self, headers: list[Header], protocol: str) -> Upgraded:
        """See Exchange."""
        return await self._inner.upgrade(headers, protocol)

    async def fail(self, error: EdgeError) -> None:
        """See Exchange."""
        await self._inner.fail(error)
