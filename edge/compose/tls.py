"""The TLS of the gateway's listeners: from its config, and after its files."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import structlog

from edge.gateway.tls.files import tls_files

if TYPE_CHECKING:
    import trio

    from edge.config.model import Config
    from edge.errors import ConfigError
    from edge.gateway.metrics import Metrics
    from edge.gateway.tls.contexts import Contexts
    from edge.gateway.tls.keeper import TlsKeeper

_SOON = dt.timedelta(days=7)
log = structlog.get_logger()


class ListenersTls:
    """Keepers by the key path of their section; none for what speaks plain HTTP."""

    def __init__(self, keepers: dict[str, TlsKeeper]) -> None:
        self._keepers = keepers

    @property
    def public(self) -> TlsKeeper | None:
        """Of `server.listen`."""
        return self._keepers.get("server.tls")

    @property
    def admin(self) -> TlsKeeper | None:
        """Of `admin.listen`."""
        return self._keepers.get("admin.tls")

    def start(self, nursery: trio.Nursery) -> None:
        """Follow the files until `nursery` ends."""
        for keeper in self._keepers.values():
            nursery.start_soon(keeper.watch)

    def configure(self, config: Config) -> None:
        """Use what a new config names; TLS is neither switched on nor off."""
        for files in tls_files(config):
            if files.key_path in self._keepers:
                self._keepers[files.key_path].configure(files)

    def errors(self) -> dict[str, str]:
        """Why the files that are there now are not in use, by section."""
        return {key: keeper.last_error for key, keeper in self._keepers.items() if keeper.last_error}


def open_tls(config: Config, metrics: Metrics) -> ListenersTls:
    """Read the certificates.  Raises ConfigError."""
    files = tls_files(config)
    if not files:
        return ListenersTls({})
    from edge.gateway.tls.keeper import TlsKeeper  # noqa: PLC0415 - most gateways do without X.509
    from edge.gateway.tls.metrics import TlsMetrics  # noqa: PLC0415 - these neither

    counted = TlsMetrics(metrics.registry)

    def told(key_path: str, came: Contexts | ConfigError) -> None:
        counted.told(key_path, came)
        _tell(key_path, came)

    return ListenersTls({one.key_path: TlsKeeper(one, told) for one in files})


def _tell(key_path: str, came: Contexts | ConfigError) -> None:
    if isinstance(came, Exception):
        log.error("tls_reload_failed", listener=key_path, error=came.message, advice="the old certificate stays in use")
        return
    now = dt.datetime.now(dt.UTC)
    for certificate in came.certificates:
        until = dt.datetime.fromtimestamp(certificate.not_after, dt.UTC)
        names = list(certificate.names[:5])
        log.info("tls_certificate", listener=key_path, names=names, not_after=until.isoformat())
        if until < now + _SOON:
            word = "has expired" if until < now else "expires soon"
            log.warning("tls_certificate_old", listener=key_path, names=names, reason=word, not_after=until.isoformat())
