"""TLS of a listener."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct, field

from edge.config.types import ClientAuth, TlsVersion, about


class CertificatePair(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A further certificate, for the names that are in it."""

    cert: Annotated[str, about("PEM file with the certificate chain, relative to this file.")]
    key: Annotated[str, about("PEM file with its private key, relative to this file.")]


class TlsConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Encryption of a listener; without `cert` and `key` it speaks plain HTTP.  Unix sockets always do."""

    cert: Annotated[
        str,
        about("PEM file with the certificate chain, relative to this file. To switch TLS on or off takes a restart."),
    ] = ""
    key: Annotated[str, about("PEM file with the private key (not encrypted), relative to this file.")] = ""
    certificates: Annotated[
        list[CertificatePair],
        about("Further pairs, chosen by the name that the client asks for (SNI); `cert` is for all other names."),
    ] = field(default_factory=list)
    client_ca: Annotated[
        str,
        about("PEM file with the authorities of client certificates, relative to this file; empty asks for none."),
    ] = ""
    client_auth: Annotated[
        ClientAuth, about("With `client_ca`: whether a client must have a certificate, or may come without one.")
    ] = "require"
    min_version: Annotated[TlsVersion, about("The oldest version of TLS that is spoken.")] = "1.2"
