"""The host calls `dns.*` of one invocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import trio

from edge.services.api import Answer, arguments
from edge.services.dns.permission import may_ask, may_learn, may_reverse
from edge.services.dns.questions import DnsError, pointer_name
from edge.services.dns.records import shape
from edge.services.egress.host import parse_host
from edge.services.egress.literals import format_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dns.resolver

    from edge.services.api import Handler
    from edge.services.dial.dialer import Dialer
    from edge.services.dns.questions import Questions
    from edge.services.egress.host import Host

Kind = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV", "TLSA", "TXT"]
_Name = Annotated[str, msgspec.Meta(max_length=1024)]
_MAX_QUESTIONS = 1000


class _Lookup(msgspec.Struct, forbid_unknown_fields=True):
    name: _Name
    family: Literal[0, 4, 6] = 0


class _Query(msgspec.Struct, forbid_unknown_fields=True):
    name: _Name
    type: Kind


class _Reverse(msgspec.Struct, forbid_unknown_fields=True):
    address: _Name


class DnsService:
    """Look-ups of one invocation.  See services.api.Service."""

    def __init__(self, dialer: Dialer, questions: Questions) -> None:
        self._dialer = dialer
        self._questions = questions
        self._asked = 0

    @property
    def operations(self) -> Mapping[str, Handler]:
        """The host calls."""
        return {"dns.lookup": self._lookup, "dns.query": self._query, "dns.reverse": self._reverse}

    async def aclose(self) -> None:
        """Nothing stays open."""

    def _count(self) -> None:
        self._asked += 1
        if self._asked > _MAX_QUESTIONS:
            raise DnsError(f"this invocation made more than {_MAX_QUESTIONS} look-ups, the limit", "ECANCELLED")

    async def _lookup(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """`[{address, family}]`, as the system's resolver knows them."""
        wanted = arguments(_Lookup, args)
        self._count()
        host = _host(wanted.name)
        if host.address is not None:
            return Answer([{"address": format_address(host.address), "family": host.address.version}])
        self._check(host)
        with trio.move_on_after(self._dialer.timeout) as scope:
            try:
                found = await self._dialer.resolver.resolve(host.name)
            except OSError as error:
                raise DnsError(f"getaddrinfo EAI_AGAIN {host.name}", "EAI_AGAIN") from error
        if scope.cancelled_caught:
            raise DnsError(f"getaddrinfo EAI_AGAIN {host.name}", "EAI_AGAIN")
        fitting = [address for address in found if wanted.family in (0, address.version)]
        told = [address for address in fitting if may_learn(self._dialer.policy, host, address)]
        if not fitting:
            raise DnsError(f"getaddrinfo ENOTFOUND {host.name}", "ENOTFOUND")
        if not told:
            raise self._hidden(host)
        return Answer([{"address": format_address(address), "family": address.version} for address in told])

    async def _query(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """`{records, ttls}` of one type."""
        wanted = arguments(_Query, args)
        self._count()
        host = _plain_host(wanted.name)
        self._check(host)
        answer = await self._ask(host, host.name, wanted.type)
        records = [shape(wanted.type, record) for record in answer]
        ttl = answer.rrset.ttl if answer.rrset is not None else 0
        if wanted.type in ("A", "AAAA"):
            records = [record for record in records if self._tells(host, str(record))]
            if not records:
                raise self._hidden(host)
        return Answer({"records": records, "ttl": ttl})

    async def _reverse(self, args: msgspec.Raw, data: bytes | None) -> Answer:
        """The names of an address."""
        text = arguments(_Reverse, args).address
        self._count()
        host = _host(text)
        if host.address is None:
            raise DnsError(f"getHostByAddr EINVAL {text[:100]}", "EINVAL")
        if not may_learn(self._dialer.policy, host, host.address):
            raise self._refused(host, "its address is not opened")
        answer = await self._ask(host, pointer_name(host.name), "PTR")
        return Answer([shape("PTR", record) for record in answer])

    async def _ask(self, host: Host, name: str, kind: Kind) -> dns.resolver.Answer:
        """An alias leads wherever its owner likes, also to the reverse name of an address inside."""
        answer = await self._questions.ask(name, kind)
        if not may_reverse(self._dialer.policy, answer.canonical_name.to_text(omit_final_dot=True).lower()):
            raise self._hidden(host)
        return answer

    def _check(self, host: Host) -> None:
        if not may_ask(self._dialer.policy, host):
            raise self._refused(host, "no allow rule matches it")

    def _tells(self, host: Host, address: str) -> bool:
        return (found := parse_host(f"[{address}]" if ":" in address else address).address) is not None and may_learn(
            self._dialer.policy, host, found
        )

    def _refused(self, host: Host, reason: str) -> DnsError:
        return DnsError(f"Network policy blocked look-up of {host.name}: {reason}", "EACCES")

    def _hidden(self, host: Host) -> DnsError:
        resolved = "resolved to an address that is not public"
        return DnsError(f"Network policy blocked look-up of {host.name} ({resolved})", "EACCES")


def _host(text: str) -> Host:
    try:
        return parse_host(f"[{text}]" if ":" in text and not text.startswith("[") else text)
    except ValueError as error:
        raise DnsError(f"getaddrinfo ENOTFOUND {text[:100]}", "ENOTFOUND") from error


def _plain_host(text: str) -> Host:
    """The name of a question, which may have labels that no host has, as in `_sip._tcp.example.com`."""
    host = _host(text)
    if host.address is not None:
        raise DnsError("ENOTFOUND", "ENOTFOUND")
    return host
