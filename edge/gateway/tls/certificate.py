"""What is read from X.509 certificates: those of this server and those of clients."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from pathlib import Path

import msgspec
from cryptography import x509

MAX_SUBJECT = 512  # characters


class ServerCertificate(msgspec.Struct, frozen=True):
    """`names` as SNI may ask for them; `not_after` as Unix time in seconds."""

    names: tuple[str, ...]
    not_after: float


class ClientCertificate(msgspec.Struct, frozen=True):
    """A client's certificate, which the handshake has verified.

    `subject` is its name (RFC 4514) in printable ASCII, `sha256` the fingerprint in hex, `field` the certificate as
    the `Client-Cert` header has it (RFC 9440 section 2.2).
    """

    subject: str
    sha256: str
    field: str

    @property
    def headers(self) -> list[tuple[str, str]]:
        """For functions.  No client can send them: the gateway drops `edge-*`, and `client-cert` of strangers."""
        return [
            ("client-cert", self.field),
            ("edge-client-cert-subject", self.subject),
            ("edge-client-cert-sha256", self.sha256),
        ]


def read_server_certificate(path: Path) -> ServerCertificate:
    """The first certificate of a PEM file.  Raises OSError, ValueError."""
    certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    return ServerCertificate(
        tuple(_names(certificate)), certificate.not_valid_after_utc.replace(tzinfo=dt.UTC).timestamp()
    )


def _names(certificate: x509.Certificate) -> list[str]:
    """DNS names of the certificate; its common name counts only without any other (RFC 6125 section 6.4.4)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(attribute.value) for attribute in common]
    return found.value.get_values_for_type(x509.DNSName)


def read_client_certificate(der: bytes) -> ClientCertificate:
    """Raises ValueError for what is no certificate."""
    return ClientCertificate(
        subject_text(x509.load_der_x509_certificate(der).subject.rfc4514_string()),
        hashlib.sha256(der).hexdigest(),
        f":{base64.b64encode(der).decode('ascii')}:",
    )


def subject_text(name: str) -> str:
    r"""A name of RFC 4514 in printable ASCII: other characters become `\XX`, the hex of their UTF-8, as it allows."""
    return "".join(_printable(character) for character in name[:MAX_SUBJECT])


def _printable(character: str) -> str:
    if " " <= character <= "~":
        return character
    return "".join(f"\\{byte:02X}" for byte in character.encode("utf-8", "replace"))
