"""How many connections one client address may have.  Pure."""

from __future__ import annotations

import ipaddress


class AddressLimit:
    """Counts connections by address; those of IPv6 by /64, which is what one customer of a provider gets."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[str, int] = {}

    def enter(self, address: str) -> str | None:
        """The name to `leave` by, or None when there are too many."""
        group = address_group(address)
        count = self._open.get(group, 0)
        if count >= self._most:
            return None
        self._open[group] = count + 1
        return group

    def leave(self, group: str) -> None:
        """A connection of `group` is gone."""
        left = self._open[group] - 1
        if left:
            self._open[group] = left
        else:
            del self._open[group]


def address_group(address: str) -> str:
    """An IPv4 address itself, of an IPv6 address its first 64 bits; what is no address stands for itself."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(found) >> 64 << 64))
