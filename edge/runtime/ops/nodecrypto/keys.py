"""Keys of two halves: reading them, and JSON Web Keys.  What they are kept as, `stored.py` says.

Where a key is answered, `value` is {"type", "details"} and the data are the key:

    nodecrypto.keys.parse       {"private", "format": "pem" | "der", "locked"}, data: passphrase, text -> key
    nodecrypto.keys.parse_jwk   {"private", "jwk"} -> key
    nodecrypto.keys.public      {}, data: private key -> key
    nodecrypto.keys.export_jwk  {"private"}, data: key -> value
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.utils import CryptographyDeprecationWarning

from edge.runtime.ops.nodecrypto import jwk
from edge.runtime.ops.nodecrypto.asn1 import decrypted
from edge.runtime.ops.nodecrypto.curves import details_of
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.ffdh import DHPublicKey
from edge.runtime.ops.nodecrypto.numbers import MAX_PRIME_BITS
from edge.runtime.ops.nodecrypto.pem import armored, blocks_of, opened
from edge.runtime.ops.nodecrypto.pss import details_with, identifier_in
from edge.runtime.ops.nodecrypto.stored import private_bytes, private_key, public_bytes, public_key
from edge.runtime.ops.webcrypto.common import Arguments, two
from edge.runtime.ops.webcrypto.der import public_algorithm
from edge.runtime.ops.webcrypto.rsa import MAX_BITS, check_numbers
from edge.services.api import Answer, arguments
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

    from edge.errors import HostCallError

# Of keys that are refused afterwards: standard error is not for them.
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

MAX_TEXT = 64 * KIB
"""Most bytes of a key as it comes: one of RSA of 16384 bits has 13 KiB as PEM."""

Format = Literal["pem", "der"]

_NO_KEY = "unsupported"
_UNSUPPORTED = "ERR_OSSL_UNSUPPORTED"


class _Parse(Arguments):
    private: bool
    format: Format
    locked: bool


class _ParseJwk(Arguments):
    private: bool
    jwk: jwk.Jwk


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
        raise failure(_NO_KEY, _UNSUPPORTED)
    load = _private if known.private else _public
    with failing(_NO_KEY, _UNSUPPORTED):
        text = _unlocked(text, known.format, passphrase if known.locked else None)
        key = load(text, known.format, passphrase if known.locked else None)
        return _answer(key, identifier_in(text))


def _private(text: bytes, form: Format, passphrase: bytes | None) -> PrivateKeyTypes:
    with failing(_NO_KEY, _UNSUPPORTED):
        key = _loaded(text, form, passphrase)
        if isinstance(key, rsa.RSAPrivateKey):
            if key.key_size > MAX_BITS:
                raise ValueError("too large a key")
            check_numbers(key.private_numbers())
        _check_size(key.public_key())
        details_of(key.public_key())
    return key


def _loaded(text: bytes, form: Format, passphrase: bytes | None) -> PrivateKeyTypes:
    """Raises HostCallError about the passphrase, and what the library raises."""
    load = load_pem_private_key if form == "pem" else load_der_private_key
    try:
        return load(text, passphrase or None, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:
        if passphrase is None:
            raise _no_passphrase(form) from error
        if not passphrase:
            raise _bad_decrypt() from error
        return load(text, None, unsafe_skip_rsa_key_validation=True)  # Node takes a passphrase for keys without one
    except (ValueError, UnsupportedAlgorithm) as error:
        if passphrase is None:
            raise
        raise _bad_decrypt() from error


def _unknown(text: bytes, error: Exception) -> Exception:
    """What is a public key, but of a kind that nobody knows, is told from what is none."""
    try:
        public_algorithm(blocks_of(text)[0].der)
    except (ValueError, IndexError):
        return error
    return failure("decode error", "ERR_OSSL_EVP_DECODE_ERROR")


def _no_passphrase(form: Format) -> HostCallError:
    """OpenSSL would ask the terminal for the passphrase of PEM."""
    if form == "pem":
        return failure("interrupted or cancelled", "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED")
    return failure("Passphrase required for encrypted key", "ERR_MISSING_PASSPHRASE", "TypeError")


def _bad_decrypt() -> HostCallError:
    return failure("bad decrypt", "ERR_OSSL_BAD_DECRYPT")


def _unlocked(text: bytes, form: Format, passphrase: bytes | None) -> bytes:
    """What an EncryptedPrivateKeyInfo of PBES2 holds, as DER; other texts as they are.

    The library decrypts these too, but forgets that a key of RSA is for PSS only, and takes no empty passphrase.
    """
    if passphrase is None:
        return text
    der = text
    if form == "pem":
        if b"Proc-Type:" in text:
            try:
                return opened(text, passphrase)
            except ValueError as error:
                raise _bad_decrypt() from error
        found = [block.der for block in blocks_of(text) if block.label == b"ENCRYPTED PRIVATE KEY"]
        if not found:
            return text
        der = found[0]
    try:
        inside = decrypted(der, passphrase)
    except LookupError:
        return text
    except ValueError as error:
        raise _bad_decrypt() from error
    return armored(inside, b"PRIVATE KEY") if form == "pem" else inside


def _public(text: bytes, form: Format, passphrase: bytes | None) -> PublicKeyTypes:
    if form == "pem":
        if b"PRIVATE KEY-----" in text:
            return _private(text, form, passphrase).public_key()
        with failing(_NO_KEY, _UNSUPPORTED):
            if b"-----BEGIN CERTIFICATE-----" in text:
                return _bounded(x509.load_pem_x509_certificate(text).public_key())
            try:
                return _bounded(load_pem_public_key(text))
            except (ValueError, UnsupportedAlgorithm) as error:
                raise _unknown(text, error) from error
    with failing(_NO_KEY, _UNSUPPORTED):
        try:
            return _bounded(load_der_public_key(text))
        except ValueError:
            return _private(text, form, passphrase).public_key()


def _bounded(key: object) -> PublicKeyTypes:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size > MAX_BITS:
        raise ValueError("too large a key")
    _check_size(key)
    details_of(key)
    return key  # type: ignore[return-value]


def _check_size(key: object) -> None:
    if isinstance(key, dsa.DSAPublicKey | DHPublicKey) and key.key_size > MAX_PRIME_BITS:
        raise ValueError("too large a key")


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


def export_jwk(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.keys.export_jwk`."""
    known = arguments(_ExportJwk, args)
    with failing("the key could not be exported", "ERR_CRYPTO_OPERATION_FAILED"):
        return Answer(jwk.of_private(private_key(data)) if known.private else jwk.of_public(public_key(data)))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "export_jwk": export_jwk,
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
