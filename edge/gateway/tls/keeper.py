"""The TLS of one listener: contexts that follow their files.

Connections keep what their handshake began with, so new files disturb nobody.  Files are looked at, not listened to:
that sees a ConfigMap's or Secret's swapped link, an atomic rename and a file that is written in place alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from edge.errors import ConfigError
from edge.gateway.tls.certificate import ClientCertificate, read_client_certificate
from edge.gateway.tls.contexts import Contexts, load_contexts

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from edge.gateway.tls.files import TlsFiles

    Stamp = tuple[tuple[int, int, int] | None, ...]
    Told = Callable[[str, Contexts | ConfigError], None]

POLL = 1.0  # seconds


class TlsKeeper:
    """`context` is for the next handshake.  `told` gets the key of the listener's TLS and what came of new files."""

    def __init__(self, files: TlsFiles, told: Told) -> None:
        self._files = files
        self._told = told
        self._stamp = _stamp(files.paths)
        self._contexts = load_contexts(files)
        self.last_error = ""
        told(files.key_path, self._contexts)

    @property
    def context(self) -> ssl.SSLContext:
        """See server_settings.TlsContext."""
        return self._contexts.first

    def identify(self, der: bytes | None) -> ClientCertificate | None:
        """See server_settings.TlsContext."""
        return read_client_certificate(der) if der else None

    def configure(self, files: TlsFiles) -> None:
        """Use other files, which have been checked before."""
        if files != self._files:
            self._files = files
            self._take(_stamp(files.paths))

    async def watch(self, poll: float = POLL) -> None:
        """Use new files once they have stopped changing.  Never returns."""
        seen = self._stamp
        while True:
            await trio.sleep(poll)
            now = await trio.to_thread.run_sync(_stamp, self._files.paths)
            if now == seen and now != self._stamp:
                self._take(now)
            seen = now

    def _take(self, stamp: Stamp) -> None:
        """Load what is there; what cannot be used changes nothing, and is told once."""
        self._stamp = stamp
        try:
            self._contexts = load_contexts(self._files)
        except ConfigError as error:
            self.last_error = error.message
            self._told(self._files.key_path, error)
        else:
            self.last_error = ""
            self._told(self._files.key_path, self._contexts)


def _stamp(paths: list[Path]) -> Stamp:
    """What changes with the files, links followed; None for one that is not there."""
    return tuple(_mark(path) for path in paths)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
