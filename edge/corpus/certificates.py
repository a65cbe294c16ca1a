"""Certificates made on the spot, for servers that a check plays itself."""

from __future__ import annotations

import datetime as dt
import ssl
import tempfile
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = dt.timedelta(days=1)


class _Pair(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _issue(name: str, issuer: _Pair | None, *, authority: bool, until: dt.datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 400 * _DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if name.isascii():
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    if issuer is not None:
        public = issuer.key.public_key()
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)
        builder = builder.add_extension(identifier, critical=False)
    return _Pair(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


class Authority:
    """A certificate authority of one's own; `pem` is what clients are to trust."""

    def __init__(self) -> None:
        self._now = dt.datetime.now(dt.UTC)
        self._root = _issue("edge check authority", None, authority=True, until=self._now + 300 * _DAY)
        self.pem = self._root.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def server_context(self, name: str, fault: str = "", protocols: tuple[str, ...] = ("http/1.1",)) -> ssl.SSLContext:
        """A server's context for `name`.

        `fault` is "", "wrong-name", "self-signed", "expired", "not-yet-valid" or "unknown-ca".
        """
        shown = "wrong.invalid" if fault == "wrong-name" else name
        until = self._now + {"expired": -1, "not-yet-valid": 500}.get(fault, 30) * _DAY
        issuer = None if fault == "self-signed" else self._root
        if fault == "unknown-ca":
            issuer = _issue("another authority", None, authority=True, until=self._now + 300 * _DAY)
        pair = _issue(shown, issuer, authority=False, until=until)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(list(protocols))
        _load(context, pair)
        return context

    def issue(self, name: str, *, days: int = 30) -> tuple[bytes, bytes]:
        """A certificate for `name`, of a server or a client, and its key, both as PEM."""
        return _pem(_issue(name, self._root, authority=False, until=self._now + days * _DAY))


def _pem(pair: _Pair) -> tuple[bytes, bytes]:
    key = pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pair.certificate.public_bytes(serialization.Encoding.PEM), key


def _load(context: ssl.SSLContext, pair: _Pair) -> None:
    """OpenSSL reads key and certificate from files only."""
    certificate, key = _pem(pair)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(key + certificate)
        context.load_cert_chain(path)
