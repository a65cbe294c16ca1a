"""Certificates: what `crypto.X509Certificate` tells.

nodecrypto.certificates.parse         {}, data: PEM or DER -> value: see `_described`; data: DER, then the public key
nodecrypto.certificates.verify        {}, data: DER, public key -> value: whether the key signed it
nodecrypto.certificates.check_issued  {}, data: DER, DER of another one -> value: whether that one could be its issuer
nodecrypto.certificates.check_key     {}, data: DER, private key -> value: whether they belong together
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from edge.runtime.ops.nodecrypto.curves import details_of
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.names import algorithm_name, alternative_name, distinguished_name, parts_of, quoted
from edge.runtime.ops.nodecrypto.numbers import MAX_PRIME_BITS
from edge.runtime.ops.nodecrypto.stored import private_key, public_bytes, public_key
from edge.runtime.ops.webcrypto.common import Arguments, two
from edge.runtime.ops.webcrypto.rsa import MAX_BITS
from edge.services.api import Answer, arguments
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import msgspec
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

# Of certificates that are refused afterwards: standard error is not for them.
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

MAX_TEXT = 256 * KIB
MAX_NAMES = 1000
"""Most alternative names that are listed."""

_BAD = ("no start line", "ERR_OSSL_PEM_NO_START_LINE")
_BROKEN = ("wrong tag", "ERR_OSSL_ASN1_WRONG_TAG")


def _loaded(data: bytes) -> x509.Certificate:
    if len(data) > MAX_TEXT:
        raise failure("larger than any certificate", _BAD[1])
    with failing(*(_BROKEN if b"-----BEGIN CERTIFICATE" in data else _BAD)):
        return x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)


def parse(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.certificates.parse`."""
    arguments(Arguments, args)
    certificate = _loaded(data)
    with failing(*_BAD):
        der = certificate.public_bytes(Encoding.DER)
        key = certificate.public_key()
        if (
            key.key_size > MAX_BITS
            if isinstance(key, rsa.RSAPublicKey)
            else getattr(key, "key_size", 0) > MAX_PRIME_BITS
        ):
            raise ValueError("too large a key")
        return Answer({**_described(certificate), **_key(key), "length": len(der)}, der + public_bytes(key))


def _described(certificate: x509.Certificate) -> dict[str, Any]:
    """Texts as Node shows them, and what its checks need."""
    names = _alternative_names(certificate)
    serial = f"{certificate.serial_number:X}"
    return {
        "subject": distinguished_name(certificate.subject),
        "issuer": distinguished_name(certificate.issuer),
        "subjectParts": parts_of(certificate.subject),
        "issuerParts": parts_of(certificate.issuer),
        "alternatives": names,
        "subjectAltName": ", ".join(f"{kind}:{quoted(kind, text)}" for kind, text in names) if names else None,
        "infoAccess": _information(certificate),
        "validFrom": _moment(certificate.not_valid_before_utc),
        "validTo": _moment(certificate.not_valid_after_utc),
        "from": certificate.not_valid_before_utc.timestamp() * 1000,
        "to": certificate.not_valid_after_utc.timestamp() * 1000,
        "serialNumber": serial.rjust(len(serial) + len(serial) % 2, "0"),
        "keyUsage": _usages(certificate),
        "ca": _is_authority(certificate),
        "algorithm": algorithm_name(certificate.signature_algorithm_oid),
        "algorithmOid": certificate.signature_algorithm_oid.dotted_string,
    }


def _moment(time: datetime) -> str:
    """As OpenSSL prints it: `Sep  3 21:40:37 2022 GMT`."""
    return f"{time:%b} {time.day:2} {time:%H:%M:%S} {time.year} GMT"


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> Any:
    try:
        return certificate.extensions.get_extension_for_oid(oid).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _alternative_names(certificate: x509.Certificate) -> list[tuple[str, str]]:
    names = _extension(certificate, ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    return [] if names is None else [alternative_name(name) for name in list(names)[:MAX_NAMES]]


def _information(certificate: x509.Certificate) -> str | None:
    found = _extension(certificate, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    if found is None:
        return None
    methods = {AuthorityInformationAccessOID.OCSP: "OCSP", AuthorityInformationAccessOID.CA_ISSUERS: "CA Issuers"}
    lines = []
    for access in list(found)[:MAX_NAMES]:
        kind, text = alternative_name(access.access_location)
        method = methods.get(access.access_method, access.access_method.dotted_string)
        lines.append(f"{method} - {kind}:{quoted(kind, text)}")
    return "\n".join(lines)


def _usages(certificate: x509.Certificate) -> list[str] | None:
    found = _extension(certificate, ExtensionOID.EXTENDED_KEY_USAGE)
    return None if found is None else [usage.dotted_string for usage in found]


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, ExtensionOID.BASIC_CONSTRAINTS)
    usage = _extension(certificate, ExtensionOID.KEY_USAGE)
    return bool(constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign))


def _key(key: CertificatePublicKeyTypes) -> dict[str, Any]:
    """What only the old form of a certificate, an object, says of its key."""
    known = {"key": details_of(key)}
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return known | {"modulus": f"{numbers.n:X}", "bits": key.key_size, "exponent": f"0x{numbers.e:x}"}
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        nist = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}
        return known | {"bits": key.curve.key_size, "point": list(point), "nistCurve": nist.get(key.curve.name)}
    return known


def verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.certificates.verify`."""
    first, second = two(data, arguments(Arguments, args).parts)
    with failing("the certificate could not be verified", "ERR_CRYPTO_OPERATION_FAILED"):
        try:
            _check_signature(_loaded(first), public_key(second))
        except (InvalidSignature, ValueError, TypeError):
            return Answer(value=False)
        return Answer(value=True)


def _check_signature(certificate: x509.Certificate, key: object) -> None:
    signed, signature = certificate.tbs_certificate_bytes, certificate.signature
    digest, scheme = certificate.signature_hash_algorithm, certificate.signature_algorithm_parameters
    if isinstance(key, rsa.RSAPublicKey):
        if digest is None or not isinstance(scheme, padding.PKCS1v15 | padding.PSS):
            raise InvalidSignature
        key.verify(signature, signed, scheme, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(scheme, ec.ECDSA):
            raise InvalidSignature
        key.verify(signature, signed, scheme)
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
    else:
        raise InvalidSignature


def check_issued(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.certificates.check_issued`: by names, identifiers and usage, without looking at the signature."""
    first, second = two(data, arguments(Arguments, args).parts)
    certificate, issuer = _loaded(first), _loaded(second)
    with failing(*_BAD):
        usage = _extension(issuer, ExtensionOID.KEY_USAGE)
        may_sign = usage is None or usage.key_cert_sign
        return Answer(certificate.issuer == issuer.subject and may_sign and _identifies(certificate, issuer))


def _identifies(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    wanted = _extension(certificate, ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    own = _extension(issuer, ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    if wanted is None:
        return True
    if wanted.key_identifier is not None and own is not None and wanted.key_identifier != own.digest:
        return False
    return wanted.authority_cert_serial_number in {None, issuer.serial_number}


def check_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.certificates.check_key`."""
    first, second = two(data, arguments(Arguments, args).parts)
    certificate = _loaded(first)
    with failing("the key could not be compared", "ERR_CRYPTO_OPERATION_FAILED"):
        return Answer(public_bytes(certificate.public_key()) == public_bytes(private_key(second).public_key()))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "check_issued": check_issued,
    "check_key": check_key,
    "parse": parse,
    "verify": verify,
}


def warm_up() -> None:
    """Nothing that `keys` does not use."""
