"""What a function may ask the resolver, and learn from it.  Pure.

A question leaves this machine, so it is held to the policy, too: a name may be looked up when some connection to it
could be allowed.  Answers name no address that the policy opens to nobody: what is inside a network is not a function's
to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.services.egress.address import classify

if TYPE_CHECKING:
    from edge.services.egress.host import Host
    from edge.services.egress.literals import Address
    from edge.services.egress.policy import Layer, Policy
    from edge.services.egress.rule import Rule


def may_ask(policy: Policy, host: Host) -> bool:
    """Whether the name may be looked up."""
    return all(_layer_asks(layer, host) for layer in policy.layers)


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
