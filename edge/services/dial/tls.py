"""TLS contexts for outgoing connections.  Nothing in the environment (SSLKEYLOGFILE, CA bundles) steers them."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

import certifi


def shared_context(ca_file: Path | None = None, *, http2: bool = True) -> ssl.SSLContext:
    """The context of all clients with the same authorities: loading the roots takes 20 ms.

    Raises OSError or ssl.SSLError when `ca_file` cannot be used.
    """
    stamp = None if ca_file is None else ca_file.stat()
    return _cached(ca_file, None if stamp is None else (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino), http2=http2)


@lru_cache(maxsize=8)
def _cached(ca_file: Path | None, _version: object, *, http2: bool) -> ssl.SSLContext:
    return client_context(ca_file=ca_file, http2=http2)


def client_context(*, ca_file: str | Path | None = None, http2: bool = True) -> ssl.SSLContext:
    """A verifying client context: the system's and certifi's roots, and those in `ca_file` (PEM).

    Raises OSError or ssl.SSLError when `ca_file` cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=certifi.where())
    system = ssl.get_default_verify_paths()  # the compiled-in paths: the others follow SSL_CERT_FILE
    if Path(system.openssl_cafile).is_file():
        context.load_verify_locations(cafile=system.openssl_cafile)
    if Path(system.openssl_capath).is_dir():
        context.load_verify_locations(capath=system.openssl_capath)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    return context
