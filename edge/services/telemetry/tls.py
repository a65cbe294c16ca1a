"""TLS to a collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.services.dial.tls import client_context, shared_context

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


def collector_context(ca_file: Path | None, cert: Path | None, key: Path | None) -> ssl.SSLContext:
    """Trusts whom everybody trusts, and `ca_file`; shows `cert`.  Raises OSError for files that cannot be used."""
    if cert is None:
        return shared_context(ca_file, http2=False)
    context = client_context(ca_file=ca_file, http2=False)
    context.load_cert_chain(cert, key)
    return context
