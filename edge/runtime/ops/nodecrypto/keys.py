"""Keys of two halves: parsing, making and exporting.  What they are kept as, `stored.py` says.

Where a key is answered, `value` is {"type", "details"} and the data are the key:

    nodecrypto.keys.parse       {"private", "format": "pem" | "der", "locked"}, data: passphrase, text -> key
    nodecrypto.keys.parse_jwk   {"private", "jwk"} -> key
    nodecrypto.keys.public      {}, data: private key -> key
    nodecrypto.keys.generate    {"type", "bits", "exponent", "curve", "pss": [hash, hash of the mask, salt] or null}
                                -> value: with "length" of the private key; data: private key, public key
    nodecrypto.keys.export      {"private", "format", "type", "cipher"}, data: passphrase, key -> data
    nodecrypto.keys.export_jwk  {"private"}, data: key -> value
"""

from __future__ import annotations

import warnings
from binascii import b2a_base64
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.utils import CryptographyDeprecationWarning

from edge.runtime.ops.nodecrypto import jwk
from edge.runtime.ops.nodecrypto.asn1 import PbesCipher, encrypted
from edge.runtime.ops.nodecrypto.curves import EDWARDS, Curve, curve_named, details_of
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.pss import Restriction, details_with, identifier_for, identifier_in
from edge.runtime.ops.nodecrypto.stored import private_bytes, private_key, public_bytes, public_key
from edge.runtime.ops.webcrypto.common import Arguments, two
from edge.runtime.ops.webcrypto.rsa import MAX_BITS, MIN_BITS, check_numbers
from edge.services.api import Answer, arguments
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

# Of keys that are refused afterwards: standard error is not for them.
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

MAX_TEXT = 64 * KIB
"""Most bytes of a key as it comes: one of RSA of 16384 bits has 13 KiB as PEM."""

Format = Literal["pem", "der"]

_NO_KEY = "the data is not a key that edge reads"
_UNSUPPORTED = "ERR_OSSL_UNSUPPORTED"


class _Parse(Arguments):
    private: bool
    format: Format
    locked: bool


class _ParseJwk(Arguments):
    private: bool
    jwk: jwk.Jwk


class _Generate(Arguments):
    type: Literal["rsa", "rsa-pss", "ec", "ed25519", "ed448", "x25519", "x448"]
    bits: Annotated[int, msgspec.Meta(ge=MIN_BITS, le=MAX_BITS)] = 2048
    exponent: Literal[3, 65537] = 65537
    curve: Curve = "prime256v1"
    pss: Restriction | None = None


class _Export(Arguments):
    private: bool
    format: Format
    type: Literal["pkcs1", "pkcs8", "sec1", "spki"]
    cipher: PbesCipher | None


class _ExportJwk(Arguments):
    private: bool


def _answer(key: PrivateKeyTypes | PublicKeyTypes, identifier: bytes | None = None) -> Answer:
    public = key if _is_public(key) else key.public_key()  # type: ignore[union-attr]
    stored = public_bytes(key, identifier) if _is_public(key) else private_bytes(key, identifier)  # type: ignore[arg-type]
    return Answer(details_with(details_of(public), identifier), stored)


def _is_public(key: object) -> bool:
    return not hasattr(key, "public_key")


def parse(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.keys.parse`."""
    known = arguments(_Parse, args)
    passphrase, text = two(data, known.parts)
    if len(text) > MAX_TEXT:
        raise failure("larger than any key", _UNSUPPORTED)
    load = _private if known.private else _public
    key = load(text, known.format, passphrase if known.locked else None)
    with failing(_NO_KEY, _UNSUPPORTED):
        return _answer(key, identifier_in(text))


def _private(text: bytes, form: Format, passphrase: bytes | None) -> PrivateKeyTypes:
    load = load_pem_private_key if form == "pem" else load_der_private_key
    with failing(_NO_KEY, _UNSUPPORTED):
        try:
            key = load(text, passphrase, unsafe_skip_rsa_key_validation=True)
        except TypeError as error:
            if passphrase is None:
                raise failure("Passphrase required for encrypted key", "ERR_MISSING_PASSPHRASE", "TypeError") from error
            key = load(text, None, unsafe_skip_rsa_key_validation=True)  # Node takes a passphrase for keys without one
        except ValueError as error:
            if passphrase is None:
                raise
            raise failure("bad decrypt", "ERR_OSSL_BAD_DECRYPT") from error
        if isinstance(key, rsa.RSAPrivateKey):
            if key.key_size > MAX_BITS:
                raise ValueError("too large a key")
            check_numbers(key.private_numbers())
        details_of(key.public_key())
    return key


def _public(text: bytes, form: Format, passphrase: bytes | None) -> PublicKeyTypes:
    if form == "pem":
        if b"PRIVATE KEY-----" in text:
            return _private(text, form, passphrase).public_key()
        with failing(_NO_KEY, _UNSUPPORTED):
            if b"-----BEGIN CERTIFICATE-----" in text:
                return _bounded(x509.load_pem_x509_certificate(text).public_key())
            return _bounded(load_pem_public_key(text))
    with failing(_NO_KEY, _UNSUPPORTED):
        try:
            return _bounded(load_der_public_key(text))
        except ValueError:
            return _private(text, form, passphrase).public_key()


def _bounded(key: object) -> PublicKeyTypes:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size > MAX_BITS:
        raise ValueError("too large a key")
    details_of(key)
    return key  # type: ignore[return-value]


def parse_jwk(args: msgspec.Raw, _data: bytes) -> Answer:
    """`nodecrypto.keys.parse_jwk`."""
    known = arguments(_ParseJwk, args)
    with failing("Invalid JWK data", "ERR_CRYPTO_INVALID_JWK"):
        return _answer(jwk.private(known.jwk) if known.private else jwk.public(known.jwk))


def public(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.keys.public`."""
    arguments(Arguments, args)
    with failing(_NO_KEY, _UNSUPPORTED):
        return _answer(private_key(data).public_key(), identifier_in(data))


def generate(args: msgspec.Raw, _data: bytes) -> Answer:
    """`nodecrypto.keys.generate`: takes its time for RSA, from 40 ms to minutes."""
    known = arguments(_Generate, args)
    with failing("the key pair could not be generated", "ERR_CRYPTO_OPERATION_FAILED"):
        key = _generated(known)
        identifier = identifier_for(known.pss) if known.type == "rsa-pss" else None
        private = private_bytes(key, identifier)
        value = {**details_with(details_of(key.public_key()), identifier), "length": len(private)}
        return Answer(value, private + public_bytes(key.public_key(), identifier))


def _generated(known: _Generate) -> PrivateKeyTypes:
    if known.type in {"rsa", "rsa-pss"}:
        return rsa.generate_private_key(known.exponent, known.bits)
    if known.type == "ec":
        return ec.generate_private_key(curve_named(known.curve))
    return EDWARDS[known.type].private.generate()  # type: ignore[index]


def export(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.keys.export`."""
    known = arguments(_Export, args)
    passphrase, stored = two(data, known.parts)
    with failing("the key could not be exported", "ERR_CRYPTO_OPERATION_FAILED"):
        encoding = Encoding.PEM if known.format == "pem" else Encoding.DER
        if known.cipher is None and identifier_in(stored):
            return Answer(data=_wrapped(stored, known.format, b"PRIVATE KEY" if known.private else b"PUBLIC KEY"))
        if not known.private:
            form = PublicFormat.PKCS1 if known.type == "pkcs1" else PublicFormat.SubjectPublicKeyInfo
            return Answer(data=public_key(stored).public_bytes(encoding, form))
        if known.type == "pkcs8" and known.cipher is not None:
            return Answer(
                data=_wrapped(encrypted(stored, passphrase, known.cipher), known.format, b"ENCRYPTED PRIVATE KEY")
            )
        form_of_private = PrivateFormat.PKCS8 if known.type == "pkcs8" else PrivateFormat.TraditionalOpenSSL
        lock = _traditional_lock(known, passphrase)
        return Answer(data=private_key(stored).private_bytes(encoding, form_of_private, lock))


def _traditional_lock(known: _Export, passphrase: bytes) -> KeySerializationEncryption:
    if known.cipher is None:
        return NoEncryption()
    if known.cipher != "aes-256-cbc":
        raise failure(f"{known.type} keys are encrypted by aes-256-cbc only", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM")
    return BestAvailableEncryption(passphrase)


def _wrapped(der: bytes, form: Format, label: bytes) -> bytes:
    if form == "der":
        return der
    text = b2a_base64(der, newline=False)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN " + label + b"-----", *lines, b"-----END " + label + b"-----", b""])


def export_jwk(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.keys.export_jwk`."""
    known = arguments(_ExportJwk, args)
    with failing("the key could not be exported", "ERR_CRYPTO_OPERATION_FAILED"):
        return Answer(jwk.of_private(private_key(data)) if known.private else jwk.of_public(public_key(data)))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "export": export,
    "export_jwk": export_jwk,
    "generate": generate,
    "parse": parse,
    "parse_jwk": parse_jwk,
    "public": public,
}


def warm_up() -> None:
    """Use what WebCrypto does not: PEM, passphrases, the old formats."""
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - protects nothing, and is quickly made
    for key in (small, ec.generate_private_key(ec.SECP256K1())):
        locked = BestAvailableEncryption(b"x")
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
            _private(key.private_bytes(Encoding.PEM, form, locked), "pem", b"x")
        _public(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "pem", None)
        jwk.public(msgspec.convert(jwk.of_public(key.public_key()), jwk.Jwk))
