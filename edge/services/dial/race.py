"""Connection attempts side by side: https://www.rfc-editor.org/rfc/rfc8305."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.services.dial.network import Network
    from edge.services.egress.literals import Address

_STAGGER = 0.25  # section 5: the next address joins the race after this many seconds


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """Both families in turn, beginning with that of the first address."""
    families: dict[int, list[Address]] = {}
    for address in addresses:
        families.setdefault(address.version, []).append(address)
    ranked = [(rank, address) for family in families.values() for rank, address in enumerate(family)]
    return [address for _, address in sorted(ranked, key=itemgetter(0))]


class _Race:
    """Connection attempts that start one after the other; the first to succeed ends the others."""

    def __init__(self, network: Network, port: int) -> None:
        self._network = network
        self._port = port
        self.winner: tuple[trio.abc.Stream, Address] | None = None
        self.errors: list[OSError] = []

    async def attempt(self, address: Address, failed: trio.Event, scope: trio.CancelScope) -> None:
        try:
            stream = await self._network.connect(address, self._port)
        except OSError as error:
            self.errors.append(error)
            failed.set()
            return
        if self.winner is None:
            self.winner = (stream, address)
            scope.cancel()
        else:
            await trio.aclose_forcefully(stream)


async def race(network: Network, addresses: Sequence[Address], port: int) -> tuple[trio.abc.Stream, Address]:
    """The first connection that succeeds.  Raises OSError when none does."""
    attempts = _Race(network, port)
    try:
        async with trio.open_nursery() as nursery:
            for address in addresses:
                failed = trio.Event()
                nursery.start_soon(attempts.attempt, address, failed, nursery.cancel_scope)
                with trio.move_on_after(_STAGGER):
                    await failed.wait()
    except BaseException:
        if attempts.winner is not None:
            await trio.aclose_forcefully(attempts.winner[0])
        raise
    if attempts.winner is None:
        raise attempts.errors[0]
    return attempts.winner
