"""From a target to a connection: resolve once, check every address, dial one of the checked ones."""

from __future__ import annotations

import errno
import ipaddress
from operator import itemgetter
from typing import TYPE_CHECKING

import trio

from edge.services.http.failure import FetchError, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.services.egress.literals import Address
    from edge.services.egress.policy import Policy
    from edge.services.egress.target import Target
    from edge.services.egress.verdict import Verdict
    from edge.services.http.listeners import OwnListeners
    from edge.services.http.network import Network, Resolver

_STAGGER = 0.25  # RFC 8305, section 5: the next address joins the race after this many seconds


class Dialer:
    """Connects where one policy lets it.  `observe` is told every verdict."""

    def __init__(
        self,
        policy: Policy,
        resolver: Resolver,
        network: Network,
        own: OwnListeners,
        observe: Callable[[Verdict], None],
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._network = network
        self._own = own
        self._observe = observe

    def check(self, target: Target) -> None:
        """The policy's first step, before DNS.  Raises FetchError."""
        verdict = self._policy.check(target)
        if not verdict.allowed:
            self._observe(verdict)
            raise refused(verdict)

    def check_addresses(self, target: Target, addresses: Sequence[Address]) -> list[Address]:
        """The policy's second step: the addresses that may be dialled.  Raises FetchError."""
        own = self._own.among(addresses, target.port)
        verdict = self._policy.check_addresses(target, addresses, own)
        self._observe(verdict)
        if not verdict.allowed:
            raise refused(verdict)
        return [ipaddress.ip_address(text) for text in verdict.addresses]

    async def dial(self, target: Target) -> tuple[trio.abc.Stream, Address]:
        """A stream to the target, and the address it leads to.  Raises FetchError."""
        addresses = self.check_addresses(target, await self._resolve(target))
        try:
            return await _race(self._network, _interleaved(addresses), target.port)
        except OSError as error:
            reason = f"connect to {target.place} failed: {error.strerror or type(error).__name__}"
            raise FetchError(reason, "connect", code=_errno_name(error)) from error

    async def _resolve(self, target: Target) -> list[Address]:
        if target.host.address is not None:
            return [target.host.address]
        try:
            found = await self._resolver.resolve(target.host.name)
        except OSError as error:
            raise FetchError(f"looking up {target.host.name} failed", "ip", code="EAI_AGAIN") from error
        if not found:
            raise FetchError(f"{target.host.name} was not found", "ip", code="ENOTFOUND")
        return found


def _errno_name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "ECONNREFUSED")


def _interleaved(addresses: Sequence[Address]) -> list[Address]:
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


async def _race(network: Network, addresses: Sequence[Address], port: int) -> tuple[trio.abc.Stream, Address]:
    """The first connection that succeeds.  Raises OSError when none does."""
    race = _Race(network, port)
    try:
        async with trio.open_nursery() as nursery:
            for address in addresses:
                failed = trio.Event()
                nursery.start_soon(race.attempt, address, failed, nursery.cancel_scope)
                with trio.move_on_after(_STAGGER):
                    await failed.wait()
    except BaseException:
        if race.winner is not None:
            await trio.aclose_forcefully(race.winner[0])
        raise
    if race.winner is None:
        raise race.errors[0]
    return race.winner
