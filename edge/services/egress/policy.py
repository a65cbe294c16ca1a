"""The egress policy: deny, then explicit addresses, then the non-public set, then names.

A decision has two steps.  `check` needs no DNS: scheme, host name, port, method, path, and the address
when the host is a literal.  `check_addresses` takes what DNS answered.  Both are pure, and whoever
connects must dial one of the addresses that the second step returned.

Precedence, for each address: the gateway's own listeners and metadata services are always refused;
a deny rule wins; a literal, CIDR or `private = true` rule opens what it names; what is not public is
refused; then a name rule or "public" decides.  One refused address refuses the whole answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.egress.address import PRIVATE_CLASSES, AddressClass, aliases, classify
from edge.services.egress.domain import is_dns_name
from edge.services.egress.entry import parse_entry
from edge.services.egress.literals import Address, format_address
from edge.services.egress.ports import BAD_PORTS
from edge.services.egress.rule import Rule
from edge.services.egress.target import Target
from edge.services.egress.url import UrlError, parse_url
from edge.services.egress.verdict import Stage, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FETCH_SCHEMES = frozenset({"http", "https"})
WEBSOCKET_SCHEMES = frozenset({"ws", "wss"})
SOCKET_SCHEMES = frozenset({"tcp", "tls"})
Listener = tuple[Address, int]


class Layer(msgspec.Struct, frozen=True):
    """One allow list and one deny list."""

    allow: tuple[Rule, ...]
    deny: tuple[Rule, ...] = ()


class _Ruling(msgspec.Struct, frozen=True):
    """What one layer says about one address.  `explicit`: a rule opened the address itself."""

    allowed: bool
    rule: str = ""
    reason: str = ""
    explicit: bool = False


class Policy(msgspec.Struct, frozen=True):
    """Layers that must all agree; the first is the operator's, further ones can only narrow it."""

    layers: tuple[Layer, ...]

    @classmethod
    def from_config(cls, allow: Iterable[object] = ("public",), deny: Iterable[object] = ()) -> Policy:
        """The policy of an allow and a deny list (see `entry`).  Raises ValueError for a bad entry."""
        return cls((Layer(tuple(map(parse_entry, allow)), tuple(map(parse_entry, deny))),))

    def with_function(self, allow: Iterable[object] | None, deny: Iterable[object] = ()) -> Policy:
        """This (global) policy with a function's own lists, both written by the operator.

        The function's allow list replaces the global one when it has one; deny entries add up.
        """
        rules = tuple(map(parse_entry, deny))
        own = None if allow is None else tuple(map(parse_entry, allow))
        layers = (Layer(layer.allow if own is None else own, layer.deny + rules) for layer in self.layers)
        return Policy(tuple(layers))

    def narrowed(self, inner: Policy) -> Policy:
        """What both policies allow: for lists that come with a package, which nobody has to trust."""
        return Policy(self.layers + inner.layers)

    def learning(self) -> Policy:
        """This policy with everything public allowed; what is denied stays so."""
        public = parse_entry("public")
        return Policy(tuple(Layer((*layer.allow, public), layer.deny) for layer in self.layers))

    def check_url(self, method: str, url: str, schemes: frozenset[str] = FETCH_SCHEMES) -> Verdict:
        """Step one for the text of a URL."""
        try:
            parsed = parse_url(url)
        except UrlError as error:
            return Verdict(False, "scheme" if error.scheme else "parse", "", reason=str(error))
        return self.check(Target.request(method, parsed), schemes)

    def check(self, target: Target, schemes: frozenset[str] = FETCH_SCHEMES) -> Verdict:
        """Step one: all that can be said before DNS."""
        if target.scheme not in schemes:
            return _refuse(target, "scheme", f"the scheme {target.scheme!r} cannot be used here")
        for layer in self.layers:
            verdict = _check_host(layer, target)
            if verdict is not None:
                return verdict
        if target.host.address is not None:
            verdict = self.check_addresses(target, (target.host.address,))
            if not verdict.allowed:
                return verdict
        return _check_request(target)

    def check_addresses(
        self, target: Target, addresses: Sequence[Address], own: frozenset[Listener] = frozenset()
    ) -> Verdict:
        """Step two: `addresses` are all that DNS answered; `own` the gateway's own listeners.

        The verdict's `addresses` may be dialled, in that order.
        """
        if not addresses:
            return _refuse(target, "ip", f"{target.host.name} has no address")
        texts = tuple(map(format_address, addresses))
        rulings = [self._rule_on(target, address, own) for address in addresses]
        bad = [(a, ruling) for a, ruling in zip(addresses, rulings, strict=True) if not ruling.allowed]
        kept = [index for index, ruling in enumerate(rulings) if ruling.allowed]
        if bad and not (kept and _only_loopback(addresses, rulings)):
            address, ruling = bad[0]
            return _refuse(target, "ip", ruling.reason, ruling.rule, texts, _resolved_to(target, address))
        return _allow(target, rulings[kept[0]].rule, tuple(texts[index] for index in kept))

    def _rule_on(self, target: Target, address: Address, own: frozenset[Listener]) -> _Ruling:
        if any((alias, target.port) in own for alias in aliases(address)):
            return _Ruling(False, reason="the gateway's own listeners are always refused")
        kind = classify(address)
        if kind == "metadata":
            return _Ruling(False, reason="metadata services are always refused")
        ruling = _Ruling(False, reason="no policy")
        for layer in self.layers:
            ruling = _judge(layer, target, address, kind)
            if not ruling.allowed:
                return ruling
        return ruling


def _check_host(layer: Layer, target: Target) -> Verdict | None:
    """What one layer says before DNS; None when nothing speaks against the host yet."""
    if target.host.kind == "domain" and not is_dns_name(target.host.name):
        return _refuse(target, "host", "the host is not a DNS name")
    for rule in layer.deny:
        if rule.kind != "public" and rule.names(target.host) and rule.bars(target):
            return _refuse(target, "host", f"deny rule {rule.text}", rule.text)
    if target.host.address is not None:
        return None
    if any((rule.network or rule.names(target.host)) and rule.covers(target) for rule in layer.allow):
        return None
    return _refuse(target, "host", _no_rule(layer, target))


def _no_rule(layer: Layer, target: Target) -> str:
    if not layer.allow:
        return "the allow list is empty, so nothing may be reached"
    near = next((rule for rule in layer.allow if rule.names(target.host) and rule.kind not in ("any", "public")), None)
    if near is not None:
        return f"allow rule {near.text} does not cover this scheme, port, method or path"
    return f'no allow rule matches it; add "{target.place}" to egress.allow'


def _check_request(target: Target) -> Verdict:
    """What Fetch itself refuses, whatever the policy says."""
    if target.method is not None and target.port in BAD_PORTS:
        return _refuse(target, "request", f"port {target.port} is on the Fetch standard's list of bad ports")
    if target.credentials:
        return _refuse(target, "request", "a URL with a user name or password cannot be fetched; send Authorization")
    return _allow(target, "", ())


def _judge(layer: Layer, target: Target, address: Address, kind: AddressClass) -> _Ruling:
    """One layer's word on one address."""
    for rule in layer.deny:
        if rule.bars_address(target.host, address) and rule.bars(target):
            return _Ruling(False, rule.text, f"deny rule {rule.text}")
    covering = [rule for rule in layer.allow if rule.covers(target)]
    for rule in covering:
        if rule.opens(target.host, address):
            return _Ruling(True, rule.text, explicit=True)
    if kind != "public":
        return _Ruling(False, reason=_not_public(target, kind))
    for rule in covering:
        if rule.names(target.host):
            return _Ruling(True, rule.text)
    if target.host.address is None and layer.allow:
        return _Ruling(False, reason="no allow rule covers the address")
    return _Ruling(False, reason=_no_rule(layer, target))


def _not_public(target: Target, kind: AddressClass) -> str:
    if target.host.address is not None:
        hint = f'; add "{target.place}" to egress.allow to open it' if kind in PRIVATE_CLASSES else ""
        return f"the address is not public ({kind}){hint}"
    if kind in PRIVATE_CLASSES:
        entry = f'{{ host = "{target.host.name}", port = {target.port}, private = true }}'
        return f"a name does not open addresses that are not public; add {entry} to egress.allow"
    return f"the address is not public ({kind})"


def _only_loopback(addresses: Sequence[Address], rulings: list[_Ruling]) -> bool:
    """Whether all are loopback: `localhost` answers ::1 beside the 127.0.0.1 that a rule opened."""
    loopback = all(classify(address) == "loopback" for address in addresses)
    return loopback and all(not ruling.rule or ruling.allowed for ruling in rulings)


def _resolved_to(target: Target, address: Address) -> str:
    """What the function may learn: an address it named, a public one, or that it is not public."""
    if target.host.address is not None:
        return ""
    return format_address(address) if classify(address) == "public" else "an address that is not public"


def _refuse(
    target: Target, stage: Stage, reason: str, rule: str = "", addresses: tuple[str, ...] = (), resolved_to: str = ""
) -> Verdict:
    return Verdict(False, stage, target.host.name, target.port, rule, addresses, reason, resolved_to)


def _allow(target: Target, rule: str, addresses: tuple[str, ...]) -> Verdict:
    return Verdict(True, "", target.host.name, target.port, rule, addresses)
