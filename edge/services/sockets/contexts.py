"""TLS contexts of all functions, made off the event loop and kept while they are in use."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import trio

from edge.services.sockets.tls_options import build_context

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from edge.services.dial.dialer import Dialer
    from edge.services.sockets.tls_options import TlsOptions

    _Key = tuple[TlsOptions, Path | None, int | None]

_KEPT = 64
_AT_A_TIME = 1


class Contexts:
    """As many as are used: those that nobody has asked for longest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, ssl.SSLContext] = OrderedDict()
        self._limiter = trio.CapacityLimiter(_AT_A_TIME)
        self._turns: WeakKeyDictionary[Dialer, trio.Lock] = WeakKeyDictionary()

    async def get(self, options: TlsOptions, dialer: Dialer, ca_file: Path | None = None) -> ssl.SSLContext:
        """`ca_file` (PEM) is trusted beside the roots of this machine.  Raises SocketError for bad options.

        Functions (each has a dialer) take turns: one that makes many holds up itself.
        """
        key = (options, ca_file, _stamp(ca_file))
        if key not in self._kept:
            async with self._turns.setdefault(dialer, trio.Lock()):
                found = self._kept.get(key) or await self._build(options, ca_file)
        else:
            found = self._kept[key]
        self._kept[key] = found
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    async def _build(self, options: TlsOptions, ca_file: Path | None) -> ssl.SSLContext:
        build = partial(build_context, options, ca_file=ca_file)
        return await trio.to_thread.run_sync(build, limiter=self._limiter)


def _stamp(ca_file: Path | None) -> int | None:
    """Changes with the file."""
    try:
        return None if ca_file is None else ca_file.stat().st_mtime_ns
    except OSError:
        return None
