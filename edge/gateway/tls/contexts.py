"""TLS contexts of a listener, made from files."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import msgspec

from edge.errors import ConfigError
from edge.gateway.tls.certificate import ServerCertificate, read_server_certificate
from edge.gateway.tls.server_names import ServerNames, is_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.gateway.tls.files import TlsFiles

    Choose = Callable[[ssl.SSLObject, str | None, ssl.SSLContext], int | None]

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_CIPHERS_OF_TLS_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20"  # forward secrecy and AEAD: RFC 9325 section 4.2


class Contexts(msgspec.Struct, frozen=True):
    """`first` is what a handshake begins with; it changes to another context for names that others have."""

    first: ssl.SSLContext
    certificates: tuple[ServerCertificate, ...]


def load_contexts(files: TlsFiles) -> Contexts:
    """Read the files.  Raises ConfigError, whose lines name the key and not where the file is."""
    loaded = [(_context(files, number), read_server_certificate(pair.cert)) for number, pair in enumerate(files.pairs)]
    first = loaded[0][0]
    names = ServerNames((certificate.names, context) for context, certificate in loaded[1:])
    first.sni_callback = _choose(names)
    return Contexts(first, tuple(certificate for _, certificate in loaded))


def _choose(names: ServerNames[ssl.SSLContext]) -> Choose:
    def choose(handshake: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        if name is None:
            return None
        if not is_name(name):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        found = names.find(name)
        if found is not None:
            handshake.context = found
        return None

    return choose


def _context(files: TlsFiles, number: int) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[files.min_version]
    context.set_ciphers(_CIPHERS_OF_TLS_1_2)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(list(files.protocols))
    _load_pair(context, files, number)
    if files.client_ca is not None:
        _load_authorities(context, files, files.client_ca)
    return context


def _load_pair(context: ssl.SSLContext, files: TlsFiles, number: int) -> None:
    place = files.key_path if number == 0 else f"{files.key_path}.certificates[{number - 1}]"
    pair = files.pairs[number]
    _readable(pair.cert, f"{place}.cert")
    _readable(pair.key, f"{place}.key")
    try:
        context.load_cert_chain(pair.cert, pair.key, password=_no_password)
        read_server_certificate(pair.cert)
    except (ssl.SSLError, ValueError, IndexError, _EncryptedKeyError) as error:
        raise ConfigError([f"{place}: {_reason(error)}"]) from error


def _load_authorities(context: ssl.SSLContext, files: TlsFiles, path: Path) -> None:
    place = f"{files.key_path}.client_ca"
    _readable(path, place)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise ConfigError([f"{place}: {path.name} holds no certificate that can be used (a PEM file)"]) from error
    context.verify_mode = ssl.CERT_REQUIRED if files.client_auth == "require" else ssl.CERT_OPTIONAL


class _EncryptedKeyError(Exception):
    """The key asks for a password."""


def _no_password() -> str:
    raise _EncryptedKeyError


def _readable(path: Path, place: str) -> None:
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise ConfigError([f"{place}: {path.name} cannot be read: {error.strerror}"]) from error


def _reason(error: Exception) -> str:
    """In words; OpenSSL's own are for those who know its sources."""
    if isinstance(error, _EncryptedKeyError):
        return "the private key is encrypted (decrypt it: openssl pkey -in KEY -out NEW)"
    reason = getattr(error, "reason", None) or ""
    if "KEY_VALUES_MISMATCH" in reason or "KEY_TYPE_MISMATCH" in reason:
        return "certificate and private key do not belong together"
    if "TOO_SMALL" in reason or "MD_TOO_WEAK" in reason:
        return f"the certificate is too weak for TLS ({reason.replace('_', ' ').lower()})"
    return "certificate or private key cannot be used (both are PEM files, the certificate of the server comes first)"
