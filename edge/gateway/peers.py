"""The other workers of this gateway; the composition root implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from edge.fleet.messages import PeerAnswer, PeerRequest


class Peers(Protocol):
    """`index` is this worker's own number, `count` how many workers there are to be."""

    index: int
    count: int

    async def ask(self, request: PeerRequest, metrics: bytes = b"") -> list[PeerAnswer]:
        """What the others answer; status 0 from those that do not within the request's patience.

        With this worker's own `metrics`, those of workers that have gone come along (number NOBODY).
        """
