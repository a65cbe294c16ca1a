"""The gateway's own listeners, which no function may reach: a hairpin would be a loop or a way to the admin."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from edge.services.egress.address import aliases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.services.egress.literals import Address
    from edge.services.egress.policy import Listener


class OwnListeners:
    """Addresses and ports that the gateway listens on; 0.0.0.0 and :: stand for all of this machine's."""

    def __init__(self, listeners: Iterable[tuple[str, int]] = ()) -> None:
        parsed = [(ipaddress.ip_address(host), port) for host, port in listeners]
        self._exact = frozenset(parsed)
        self._everywhere = frozenset(port for address, port in parsed if address.is_unspecified)

    def among(self, addresses: Sequence[Address], port: int) -> frozenset[Listener]:
        """Those of `addresses` (and their aliases) at which the gateway itself would answer on `port`."""
        return frozenset(
            (alias, port) for address in addresses for alias in aliases(address) if self._is_own(alias, port)
        )

    def _is_own(self, address: Address, port: int) -> bool:
        return (address, port) in self._exact or (port in self._everywhere and is_local(address))


def is_local(address: Address) -> bool:
    """Whether the address is one of this machine's: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
