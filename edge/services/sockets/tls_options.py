"""What a function says about TLS, and the context that comes of it; certificates and keys are texts, never files."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from edge.services.dial.tls import client_context
from edge.services.sockets.failure import SocketError
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import NoReturn

Version = Literal["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
_Text = Annotated[str, msgspec.Meta(max_length=1 << 20)]
_Protocol = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_MAX_KEY = 4 * KIB  # characters; RSA has 3,272 at 4096 bits, and takes eight times as long at twice as many
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


class TlsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ca` replaces the roots of this machine; `identity` asks for a certificate of the server's name."""

    ca: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=256)] = ()
    cert: _Text = ""
    key: _Text = ""
    alpn: Annotated[tuple[_Protocol, ...], msgspec.Meta(max_length=16)] = ()
    ciphers: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    min_version: Version = ""
    max_version: Version = ""
    verify: bool = True
    identity: bool = True

    @property
    def size(self) -> int:
        """Characters of certificates and keys."""
        return sum(map(len, self.ca)) + len(self.cert) + len(self.key)


def build_context(options: TlsOptions, ca_file: Path | None = None) -> ssl.SSLContext:
    """The context of these options; takes 20 ms when it loads the roots.  Raises SocketError for what cannot be used.

    `ca_file` is the operator's, beside the roots of this machine.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if options.ca or not options.verify else _with_roots(ca_file)
    context.check_hostname = options.verify and options.identity
    context.verify_mode = ssl.CERT_REQUIRED if options.verify else ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.min_version in _VERSIONS:
        context.minimum_version = _VERSIONS[options.min_version]
    if options.max_version in _VERSIONS:
        context.maximum_version = _VERSIONS[options.max_version]
    elif options.max_version:
        raise SocketError(
            f"TLS below 1.2 is not available (maxVersion: {options.max_version})", "ERR_TLS_INVALID_PROTOCOL_VERSION"
        )
    if options.alpn:
        context.set_alpn_protocols(list(options.alpn))
    else:
        context.set_alpn_protocols([])
    _load(context, options)
    return context


def _with_roots(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return client_context(ca_file=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SocketError("the gateway's egress.ca_file cannot be used now", "EIO") from error


def _load(context: ssl.SSLContext, options: TlsOptions) -> None:
    if options.ca and options.verify:
        try:
            context.load_verify_locations(cadata="\n".join(options.ca))
        except (ssl.SSLError, ValueError) as error:
            raise SocketError(
                "the `ca` option is not a list of certificates in PEM", "ERR_OSSL_PEM_NO_START_LINE"
            ) from error
    if options.ciphers:
        try:
            context.set_ciphers(options.ciphers)
        except ssl.SSLError as error:
            raise SocketError("no cipher match", "ERR_SSL_NO_CIPHER_MATCH") from error
    if options.cert or options.key:
        text = f"{options.key}\n{options.cert}"
        _check_keys(text)
        with _file(text) as path:
            try:
                context.load_cert_chain(path, password=_no_password)
            except (ssl.SSLError, ValueError, OSError) as error:
                raise SocketError(
                    "certificate and key (`cert`, `key`) cannot be used together", _code(error)
                ) from error


def _check_keys(text: str) -> None:
    """Signing goes on between the turns of all others, for hours when a function has made up a key of a megabyte."""
    for block in text.split("-----BEGIN ")[1:]:
        if "KEY" in block.partition("-----")[0] and len(block) > _MAX_KEY:
            raise SocketError(
                f"the private key has {len(block)} characters, the limit is {_MAX_KEY} (RSA: 4096 bits)", "EMSGSIZE"
            )


def _no_password() -> NoReturn:
    """Whoever encrypts a key chooses how many rounds that takes; the cell has undone it before."""
    raise SocketError("the key is encrypted", "ERR_OSSL_BAD_DECRYPT")


def _code(error: Exception) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return f"ERR_OSSL_{reason}" if reason else "ERR_OSSL_PEM_NO_START_LINE"


@contextmanager
def _file(text: str) -> Iterator[str]:
    """The path of a file with a secret that is on no disk where the system can do that: OpenSSL's way in is a path."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("tls")
        try:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(text.encode())
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        yield file.name
