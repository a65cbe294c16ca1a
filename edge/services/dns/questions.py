"""Asks the name servers of this machine, for each function a bounded number of times at once."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import trio

from edge.errors import HostCallError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dns.asyncresolver
    import dns.resolver

_AT_A_TIME = 8
_LIFETIME = 5.0


class DnsError(HostCallError):
    """An answer that is none, with a code of c-ares as Node has them."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, js_class="Error", js_code=code)


class Questions:
    """Those of one function: a name server that lets it wait holds up no other.

    `servers` and `port` take the place of what the system says.
    """

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._servers = tuple(servers)
        self._port = port
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._slots = trio.CapacityLimiter(_AT_A_TIME)

    async def ask(self, name: str, kind: str) -> dns.resolver.Answer:
        """The answer to one question, as it is asked: no search domains.  Raises DnsError."""
        async with self._slots:
            # Loading takes 80 ms, and few functions need it.
            await trio.to_thread.run_sync(import_module, "dns.asyncresolver")
            return await self._ask(f"{name.removesuffix('.')}.", kind)

    async def _ask(self, name: str, kind: str) -> dns.resolver.Answer:
        import dns.exception  # noqa: PLC0415
        import dns.resolver  # noqa: PLC0415

        try:
            return await self._system().resolve(name, kind, search=False, lifetime=_LIFETIME)
        except dns.resolver.NXDOMAIN as error:
            raise _failure("ENOTFOUND") from error
        except dns.resolver.NoAnswer as error:
            raise _failure("ENODATA") from error
        except dns.exception.Timeout as error:
            raise _failure("ETIMEOUT") from error
        except dns.resolver.NoNameservers as error:
            raise _failure("ESERVFAIL") from error
        except (dns.exception.SyntaxError, UnicodeError) as error:
            raise _failure("EBADNAME") from error
        except (dns.exception.DNSException, OSError) as error:
            raise _failure("ECONNREFUSED") from error

    def _system(self) -> dns.asyncresolver.Resolver:
        import dns.asyncresolver  # noqa: PLC0415

        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                self._resolver.nameservers = list(self._servers)
                self._resolver.port = self._port
        return self._resolver


def _failure(code: str) -> DnsError:
    return DnsError(code, code)


def pointer_name(address: str) -> str:
    """The name whose PTR records name an address."""
    import dns.reversename  # noqa: PLC0415

    return dns.reversename.from_address(address).to_text()
