"""What a function may ask the resolver, and learn from it.  Pure.

A question leaves this machine, so it is held to the policy, too: a name may be looked up when some connection to it
could be allowed.  Answers name no address that the policy opens to nobody: what is inside a network is not a function's
to know.
"""

from __future__ import annotations

import ipaddress
import string
from itertools import takewhile
from typing import TYPE_CHECKING

from edge.services.egress.address import classify
from edge.services.egress.host import literal

if TYPE_CHECKING:
    from edge.services.egress.host import Host
    from edge.services.egress.literals import Address
    from edge.services.egress.policy import Layer, Policy
    from edge.services.egress.rule import Rule


def may_ask(policy: Policy, host: Host) -> bool:
    """Whether the name may be looked up."""
    return may_reverse(policy, host.name) and all(_layer_asks(layer, host) for layer in policy.layers)


def _layer_asks(layer: Layer, host: Host) -> bool:
    if any(rule.kind != "public" and rule.names(host) and _is_whole(rule) for rule in layer.deny):
        return False
    return any(rule.network is not None or rule.names(host) for rule in layer.allow)


def _is_whole(rule: Rule) -> bool:
    """Whether a rule speaks of every connection to its host."""
    return not (rule.schemes or rule.ports or rule.methods or rule.path)


def may_learn(policy: Policy, host: Host, address: Address) -> bool:
    """Whether the function may be told this address of the name."""
    return all(_layer_tells(layer, host, address) for layer in policy.layers)


def _layer_tells(layer: Layer, host: Host, address: Address) -> bool:
    if any(rule.bars_address(host, address) and _is_whole(rule) for rule in layer.deny):
        return False
    if any(rule.opens(host, address) for rule in layer.allow):
        return True
    return classify(address) == "public" and any(rule.names(host) for rule in layer.allow)


def may_reverse(policy: Policy, name: str) -> bool:
    """Whether what a name of `in-addr.arpa` or `ip6.arpa` says of its address is for the function; true of others."""
    address = reversed_address(name)
    return address is None or may_learn(policy, literal(address), address)


def reversed_address(name: str) -> Address | None:
    """The address that `7.0.0.10.in-addr.arpa` is about, the first one of the range of `10.in-addr.arpa`."""
    *labels, zone, top = ("", "", *name.split("."))
    labels.reverse()
    if (zone, top) == ("in-addr", "arpa"):
        numbers = [int(label) for label in takewhile(_is_byte, labels)]
        return ipaddress.IPv4Address(bytes((*numbers, 0, 0, 0, 0)[:4]))
    if (zone, top) == ("ip6", "arpa"):
        digits = "".join(takewhile(_is_digit, labels))
        return ipaddress.IPv6Address(int(digits[:32].ljust(32, "0"), 16))
    return None


def _is_byte(label: str) -> bool:
    return label.isascii() and label.isdigit() and len(label) <= 3 and int(label) <= 255


def _is_digit(label: str) -> bool:
    return len(label) == 1 and label in string.hexdigits
