"""Certificates of TLS peers, and the roots that are trusted, for `node:tls`.

Operations (see `edge.services.api.Answer`):

    tls.certificate  {}, data: a certificate in DER -> value: what Node's getPeerCertificate() gives
    tls.roots        {} -> value: certificates in PEM, with an empty line between two
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from edge.runtime.ops.nodecrypto.failures import failing
from edge.services.api import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec
    from cryptography import x509

_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "emailAddress",
    "0.9.2342.19200300.100.1.25": "DC",
}
"""https://docs.openssl.org/3.0/man5/x509v3_config/"""
_CURVES = {
    "secp256r1": ("prime256v1", "P-256"),
    "secp384r1": ("secp384r1", "P-384"),
    "secp521r1": ("secp521r1", "P-521"),
}


def warm_up() -> None:
    """Load what cannot be loaded once files are out of reach."""
    _roots()
    __import__("cryptography.x509")


@cache
def _roots() -> str:
    lines = Path(certifi.where()).read_text(encoding="ascii", errors="replace").splitlines()
    return "\n".join(line for line in lines if line and not line.startswith("#")).replace(
        "-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n"
    )


def _list_roots(_args: msgspec.Raw, _data: bytes) -> Answer:
    return Answer(_roots())


def _describe(_args: msgspec.Raw, data: bytes) -> Answer:
    from cryptography import x509  # noqa: PLC0415 - most isolates never need it

    with failing("the peer's certificate cannot be read", ""):
        return Answer(_value(x509.load_der_x509_certificate(data), data))


def _value(certificate: x509.Certificate, der: bytes) -> dict[str, object]:
    value: dict[str, object] = {
        "subject": _name(certificate.subject),
        "issuer": _name(certificate.issuer),
        "ca": _is_authority(certificate),
    }
    names = _alternative_names(certificate)
    if names:
        value["subjectaltname"] = names
    return {
        **value,
        **_key(certificate),
        "valid_from": f"{certificate.not_valid_before_utc:%b %e %H:%M:%S %Y} GMT",
        "valid_to": f"{certificate.not_valid_after_utc:%b %e %H:%M:%S %Y} GMT",
        "fingerprint": _fingerprint(hashlib.sha1(der, usedforsecurity=False).hexdigest()),
        "fingerprint256": _fingerprint(hashlib.sha256(der).hexdigest()),
        "fingerprint512": _fingerprint(hashlib.sha512(der).hexdigest()),
        "serialNumber": _hex(certificate.serial_number),
    }


def _hex(number: int) -> str:
    text = f"{number:X}"
    return text if len(text) % 2 == 0 else f"0{text}"


def _fingerprint(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()


def _name(name: x509.Name) -> dict[str, object]:
    found: dict[str, object] = {}
    for attribute in name:
        key = _SHORT.get(attribute.oid.dotted_string, attribute.oid.dotted_string)
        text = attribute.value if isinstance(attribute.value, str) else attribute.value.hex()
        known = found.get(key)
        found[key] = text if known is None else [*(known if isinstance(known, list) else [known]), text]
    return found


def _is_authority(certificate: x509.Certificate) -> bool:
    from cryptography import x509  # noqa: PLC0415

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _alternative_names(certificate: x509.Certificate) -> str:
    from cryptography import x509  # noqa: PLC0415

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    kinds = {x509.DNSName: "DNS", x509.RFC822Name: "email", x509.UniformResourceIdentifier: "URI"}
    parts = []
    for name in names:
        if isinstance(name, x509.IPAddress):
            parts.append(f"IP Address:{name.value}")
        elif type(name) in kinds:
            parts.append(f"{kinds[type(name)]}:{_quoted(str(name.value))}")
    return ", ".join(parts)


def _quoted(text: str) -> str:
    """A name that could be taken for several is written as a string of JSON, as Node does."""
    if not any(mark in text for mark in ',"\\\0') and text.isprintable():
        return text
    return (
        '"' + "".join(f"\\u{ord(char):04x}" if char in '"\\' or not char.isprintable() else char for char in text) + '"'
    )


def _key(certificate: x509.Certificate) -> dict[str, object]:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return {
            "modulus": _hex(numbers.n),
            "bits": key.key_size,
            "exponent": f"0x{numbers.e:x}",
            "pubkey": base64.b64encode(der).decode(),
        }
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        names = _CURVES.get(key.curve.name, (key.curve.name, ""))
        curve = {"asn1Curve": names[0], **({"nistCurve": names[1]} if names[1] else {})}
        return {"bits": key.key_size, "pubkey": base64.b64encode(point).decode(), **curve}
    return {}


OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"tls.certificate": _describe, "tls.roots": _list_roots}
