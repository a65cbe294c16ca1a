"""Which files the TLS of a listener is made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from edge.config.model import Config, TlsConfig


class Pair(msgspec.Struct, frozen=True):
    """PEM files of a certificate and its key."""

    cert: Path
    key: Path


class TlsFiles(msgspec.Struct, frozen=True):
    """What a listener is to use.  `pairs[0]` is for names that no other pair has; `key_path` is for messages."""

    pairs: tuple[Pair, ...]
    client_ca: Path | None = None
    client_auth: Literal["require", "optional"] = "require"
    min_version: Literal["1.2", "1.3"] = "1.2"
    protocols: tuple[str, ...] = ("h2", "http/1.1")
    key_path: str = "server.tls"

    @property
    def paths(self) -> list[Path]:
        """Every file that matters."""
        authorities = [] if self.client_ca is None else [self.client_ca]
        return [path for pair in self.pairs for path in (pair.cert, pair.key)] + authorities


def tls_files(config: Config) -> list[TlsFiles]:
    """Of the listeners that have TLS: the public one first, then the admin's."""
    sections = ((config.server.tls, "server.tls"), (config.admin.tls, "admin.tls"))
    return [_files(config, tls, key) for tls, key in sections if tls.cert]


def _files(config: Config, tls: TlsConfig, key_path: str) -> TlsFiles:
    named = [(tls.cert, tls.key), *((pair.cert, pair.key) for pair in tls.certificates)]
    return TlsFiles(
        tuple(Pair(config.path(cert), config.path(key)) for cert, key in named),
        client_ca=config.path(tls.client_ca) if tls.client_ca else None,
        client_auth=tls.client_auth,
        min_version=tls.min_version,
        protocols=("h2", "http/1.1") if config.server.http2 else ("http/1.1",),
        key_path=key_path,
    )
