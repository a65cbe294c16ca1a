"""To whom the context of a trace is told: hosts of outgoing requests."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ANYONE = "*"
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Destinations:
    """Names (`api.example.com`), names below one (`*.example.com`), addresses and networks, or `*`; checked before."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.anyone = False
        self._names: set[str] = set()
        self._below: list[str] = []
        self._networks: list[_Network] = []
        for entry in entries:
            self._add(entry.lower())

    def _add(self, entry: str) -> None:
        network = _network(entry)
        if entry == ANYONE:
            self.anyone = True
        elif network is not None:
            self._networks.append(network)
        elif entry.startswith("*."):
            self._below.append(entry[1:])
        else:
            self._names.add(entry)

    def include(self, host: str) -> bool:
        """Whether a host is told: a name, or an address without brackets."""
        if self.anyone:
            return True
        host = host.lower().removesuffix(".")
        if host in self._names or any(host.endswith(suffix) for suffix in self._below):
            return True
        address = _network(host) if self._networks else None
        return address is not None and any(
            address.version == network.version and address.network_address in network for network in self._networks
        )


def _network(entry: str) -> _Network | None:
    try:
        return ipaddress.ip_network(entry.strip("[]"))
    except ValueError:
        return None
