"""Resolve once, check every address, dial one of the checked ones: the only way out for functions."""

from __future__ import annotations

import errno
import ipaddress
import os
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import trio

from edge.services.dial.connection import Connection
from edge.services.dial.failure import DialError, refused, tls_failure
from edge.services.dial.listeners import OwnListeners
from edge.services.dial.network import SystemResolver, TcpNetwork
from edge.services.dial.quota import Quota
from edge.services.dial.race import interleaved, race
from edge.services.egress.host import Host, parse_host
from edge.services.egress.policy import FETCH_SCHEMES
from edge.services.egress.target import Target
from edge.services.egress.verdict import Verdict
from edge.units import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edge.services.dial.network import Network, Resolver
    from edge.services.egress.literals import Address
    from edge.services.egress.policy import Policy

_SECURE = frozenset({"https", "wss", "tls"})
_MAX_ATTEMPTS = 16  # addresses of one answer; all are checked
_NOWHERE = Target("", Host("domain", "", ""), 0)
CONNECTIONS = 256
CONNECT_TIMEOUT = 10 * SECONDS


def ignore(target: Target, verdict: Verdict) -> None:
    """Nobody watches."""


class Dialer:
    """The way out of one function, under one policy, for fetch, WebSocket and sockets alike.

    `observe` is told every verdict.  `policy` may be replaced: the next connection is held to the new one.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        resolver: Resolver | None = None,
        network: Network | None = None,
        own: OwnListeners | None = None,
        observe: Callable[[Target, Verdict], None] = ignore,
        quota: Quota | None = None,
        timeout: float = CONNECT_TIMEOUT,
    ) -> None:
        self.policy = policy
        self.resolver = resolver or SystemResolver()
        self.quota = quota or Quota(CONNECTIONS, "egress.limits.connections")
        self.timeout = timeout
        self._network = network or TcpNetwork()
        self._own = own or OwnListeners()
        self._observe = observe

    async def connect(
        self, scheme: str, host: str, port: int, context: ssl.SSLContext | None = None
    ) -> trio.abc.Stream:
        """A connection for `scheme` ("tcp", "tls", "ws", "wss") to a host as it is written in a URL.

        With one of the secure schemes TLS has been agreed upon, with a certificate for that host.  Raises DialError.
        """
        try:
            parsed = parse_host(f"[{host}]" if ":" in host and not host.startswith("[") else host)
        except ValueError as error:
            raise DialError(f"{host[:100]!r}: {error}", "parse", code="ERR_INVALID_URL") from error
        return await self.open(Target(scheme, parsed, port), frozenset({scheme}), context)

    async def open(
        self, target: Target, schemes: frozenset[str] = FETCH_SCHEMES, context: ssl.SSLContext | None = None
    ) -> trio.abc.Stream:
        """Both steps of the policy, and the connection; over TLS when the scheme is a secure one.  Raises DialError."""
        self.check(target, schemes)
        with self.patience(target):
            connection = await self.dial(target)
            if target.scheme not in _SECURE:
                return connection
            assert context is not None, "a secure scheme needs a context"
            return await start_tls(connection, context, target)

    @contextmanager
    def patience(self, target: Target) -> Iterator[None]:
        """Bounds the making of one connection.  Raises DialError."""
        try:
            with trio.fail_after(self.timeout):
                yield
        except trio.TooSlowError as error:
            reason = f"connect to {target.place} took longer than {self.timeout:g}s (egress.limits.connect_timeout)"
            raise DialError(reason, "connect", code="ETIMEDOUT") from error

    def check(self, target: Target, schemes: frozenset[str] = FETCH_SCHEMES) -> None:
        """The policy's first step, before DNS.  Raises DialError."""
        verdict = self.policy.check(target, schemes)
        if not verdict.allowed:
            self._observe(target, verdict)
            raise refused(verdict)

    def observe_bad_url(self, stage: Literal["scheme", "parse"], reason: str) -> None:
        """What could not even be asked about is a verdict, too."""
        self._observe(_NOWHERE, Verdict(False, stage, "", reason=reason))

    def check_addresses(self, target: Target, addresses: Sequence[Address]) -> list[Address]:
        """The policy's second step: the addresses that may be dialled.  Raises DialError."""
        own = self._own.among(addresses, target.port)
        verdict = self.policy.check_addresses(target, addresses, own)
        self._observe(target, verdict)
        if not verdict.allowed:
            raise refused(verdict)
        return [ipaddress.ip_address(text) for text in verdict.addresses]

    async def dial(self, target: Target, family: int = 0) -> Connection:
        """A connection to a target that `check` has let pass, over IPv4 or IPv6 alone if `family` says 4 or 6.

        Raises DialError.
        """
        addresses = self.check_addresses(target, await self._resolve(target))
        addresses = [address for address in addresses if family in (0, address.version)]
        if not addresses:
            raise DialError(f"{target.host.name} has no IPv{family} address", "ip", code="ENOTFOUND")
        self.quota.take()
        try:
            stream, address = await race(self._network, interleaved(addresses)[:_MAX_ATTEMPTS], target.port)
        except BaseException as error:
            self.quota.give()
            if not isinstance(error, OSError):
                raise
            why = os.strerror(error.errno) if error.errno else type(error).__name__
            reason = f"connect to {target.place} failed: {why}"
            raise DialError(reason, "connect", code=_errno_name(error)) from error
        return Connection(stream, address, target.port, self.quota)

    async def explain(self, target: Target, schemes: frozenset[str] = FETCH_SCHEMES) -> Verdict:
        """What both steps say, without connecting; unobserved.  Raises DialError when the name cannot be resolved."""
        verdict = self.policy.check(target, schemes)
        if not verdict.allowed:
            return verdict
        addresses = await self._resolve(target)
        return self.policy.check_addresses(target, addresses, self._own.among(addresses, target.port))

    async def _resolve(self, target: Target) -> list[Address]:
        if target.host.address is not None:
            return [target.host.address]
        try:
            found = await self.resolver.resolve(target.host.name)
        except OSError as error:
            raise DialError(f"looking up {target.host.name} failed", "ip", code="EAI_AGAIN") from error
        if not found:
            raise DialError(f"{target.host.name} was not found", "ip", code="ENOTFOUND")
        return found


async def start_tls(
    connection: trio.abc.Stream, context: ssl.SSLContext, target: Target
) -> trio.SSLStream[trio.abc.Stream]:
    """TLS with the host of the target, whose certificate is checked; closes the connection when it fails.

    Raises DialError.
    """
    tls = trio.SSLStream(connection, context, server_hostname=target.host.name, https_compatible=True)
    try:
        await tls.do_handshake()
    except BaseException as error:
        await trio.aclose_forcefully(connection)
        if isinstance(error, (trio.BrokenResourceError, ssl.SSLError, ssl.CertificateError)):
            raise tls_failure(target.place, error) from error
        raise
    return tls


def _errno_name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "ECONNREFUSED")
