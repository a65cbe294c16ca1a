"""RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP (https://w3c.github.io/webcrypto/#rsassa-pkcs1; RFC 8017).

A private key is the DER of its PKCS#8 form, a public one that of its SubjectPublicKeyInfo:

    crypto.rsa.generate  {"bits", "exponent"} -> value: length of the private key; data: private key, public key
    crypto.rsa.import    {"format", "jwk": numbers or null}, data: key as it comes
                         -> value: {"bits", "exponent": base64url}; data: key
    crypto.rsa.export    {"private"}, data: key -> value: numbers as a JSON Web Key has them
    crypto.rsa.sign      {"hash", "salt": bytes of salt of PSS, null for PKCS #1}, data: private key, message -> data
    crypto.rsa.verify    the same, data: public key, signature, message -> value: whether the signature is right
    crypto.rsa.encrypt   {"hash"}, data: public key, label, message -> data
    crypto.rsa.decrypt   {"hash"}, data: private key, label, message -> data
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from edge.runtime.ops.webcrypto import der
from edge.runtime.ops.webcrypto.common import HASHES, Arguments, Hash, Length, failing, hash_named, three, two
from edge.runtime.ops.webcrypto.numbers import number, text_of
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_BITS, MAX_BITS = 1024, 16384

_IDENTIFIER = bytes.fromhex("2a864886f70d010101")  # rsaEncryption


class _Generate(Arguments):
    bits: Annotated[int, msgspec.Meta(ge=MIN_BITS, le=MAX_BITS)]
    exponent: Literal[3, 65537]


class _Jwk(msgspec.Struct, forbid_unknown_fields=True):
    n: str
    e: str
    d: str | None = None
    p: str | None = None
    q: str | None = None
    dp: str | None = None
    dq: str | None = None
    qi: str | None = None


class _Import(Arguments):
    format: Literal["spki", "pkcs8", "jwk"]
    jwk: _Jwk | None = None


class _Export(Arguments):
    private: bool


class _Signature(Arguments):
    hash: Hash
    salt: Length | None = None


class _Encryption(Arguments):
    hash: Hash


def generate(args: msgspec.Raw, _data: bytes) -> Answer:
    """`crypto.rsa.generate`: takes its time, from 40 ms to minutes."""
    known = arguments(_Generate, args)
    with failing("OperationError", "the key pair could not be generated"):
        private = rsa.generate_private_key(known.exponent, known.bits)
        first = _private_bytes(private)
        return Answer(len(first), first + _public_bytes(private.public_key()))


def import_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.rsa.import`."""
    known = arguments(_Import, args)
    with failing("DataError", "the data is not an RSA key"):
        key = _loaded(known, data)
        if key.key_size > MAX_BITS:
            raise ValueError("too large a key")
        if isinstance(key, rsa.RSAPrivateKey):
            public, stored = key.public_key(), _private_bytes(key)
        else:
            public, stored = key, _public_bytes(key)
        return Answer({"bits": key.key_size, "exponent": text_of(public.public_numbers().e)}, stored)


def _loaded(known: _Import, data: bytes) -> rsa.RSAPrivateKey | rsa.RSAPublicKey:
    """Raises what the library raises, and ValueError."""
    if known.format == "jwk":
        assert known.jwk is not None
        return _from_numbers(known.jwk)
    if known.format == "spki":
        if der.public_algorithm(data) != _IDENTIFIER:
            raise ValueError("not a public key of RSA")
        return _public(data)
    if der.private_algorithm(data) != _IDENTIFIER:
        raise ValueError("not a private key of RSA")
    key = _private(data)
    check_numbers(key.private_numbers())
    return key


def _from_numbers(jwk: _Jwk) -> rsa.RSAPrivateKey | rsa.RSAPublicKey:
    public = rsa.RSAPublicNumbers(number(jwk.e), number(jwk.n))
    if jwk.d is None:
        return public.public_key()
    p, q, dp, dq, qi = (number(text or "") for text in (jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi))
    private = rsa.RSAPrivateNumbers(p, q, number(jwk.d), dp, dq, qi, public)
    check_numbers(private)
    return private.private_key(unsafe_skip_rsa_key_validation=True)


def check_numbers(private: rsa.RSAPrivateNumbers) -> None:
    """Whether the numbers belong together.  Raises ValueError.

    The library's own check also proves the primes, which takes 30 ms for 2048 bits and 0.2 s for 4096: too much for a
    function that imports its key in every request.  A key of composite "primes" harms only who brings it.
    """
    p, q, d, e = private.p, private.q, private.d, private.public_numbers.e
    fits = (
        p > 2 and q > 2 and p % 2 == q % 2 == e % 2 == 1 and p * q == private.public_numbers.n
        and d % (p - 1) == private.dmp1 and d % (q - 1) == private.dmq1
        and e * private.dmp1 % (p - 1) == 1 and e * private.dmq1 % (q - 1) == 1
        and private.iqmp < p and private.iqmp * q % p == 1
    )  # fmt: skip
    if not fits or not 1 < e < private.public_numbers.n or not 1 < d < private.public_numbers.n:
        raise ValueError("numbers that do not belong together")


def export_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.rsa.export`."""
    known = arguments(_Export, args)
    with failing("OperationError", "the key could not be exported"):
        private = _private(data).private_numbers() if known.private else None
        public = private.public_numbers if private else _public(data).public_numbers()
        jwk = {"n": text_of(public.n), "e": text_of(public.e)}
        if private:
            names = {"d": private.d, "p": private.p, "q": private.q}
            names |= {"dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp}
            jwk |= {name: text_of(value) for name, value in names.items()}
        return Answer(jwk)


def sign(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.rsa.sign`."""
    known = arguments(_Signature, args)
    key, message = two(data, known.parts)
    with failing("OperationError", "the data could not be signed: is the key large enough for hash and salt?"):
        return Answer(data=_private(key).sign(message, _signature_padding(known), hash_named(known.hash)))


def verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.rsa.verify`."""
    known = arguments(_Signature, args)
    key, signature, message = three(data, known.parts)
    with failing("OperationError", "the signature could not be verified"):
        try:
            _public(key).verify(signature, message, _signature_padding(known), hash_named(known.hash))
        except (InvalidSignature, ValueError):  # ValueError: the key is too small for such a signature
            return Answer(value=False)
        return Answer(value=True)


def encrypt(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.rsa.encrypt`."""
    known = arguments(_Encryption, args)
    key, label, message = three(data, known.parts)
    with failing("OperationError", "the data could not be encrypted: is it too long for the key?"):
        return Answer(data=_public(key).encrypt(message, _encryption_padding(known, label)))


def decrypt(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.rsa.decrypt`."""
    known = arguments(_Encryption, args)
    key, label, message = three(data, known.parts)
    with failing("OperationError", "the data could not be decrypted: the key, the label or the data are wrong"):
        return Answer(data=_private(key).decrypt(message, _encryption_padding(known, label)))


def _signature_padding(known: _Signature) -> padding.AsymmetricPadding:
    if known.salt is None:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(hash_named(known.hash)), known.salt)


def _encryption_padding(known: _Encryption, label: bytes) -> padding.AsymmetricPadding:
    return padding.OAEP(padding.MGF1(hash_named(known.hash)), hash_named(known.hash), label or None)


# -- keys as they are stored


def _private(data: bytes) -> rsa.RSAPrivateKey:
    """Without a check: `import_key` has checked it, or `generate` made it."""
    key = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _public(data: bytes) -> rsa.RSAPublicKey:
    key = load_der_public_key(data)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def _private_bytes(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _public_bytes(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "generate": generate,
    "import": import_key,
    "export": export_key,
    "sign": sign,
    "verify": verify,
    "encrypt": encrypt,
    "decrypt": decrypt,
}


def warm_up() -> None:
    """Use each padding with each hash once."""
    private = rsa.generate_private_key(65537, 2048)
    public = _public(_public_bytes(private.public_key()))
    private = _private(_private_bytes(private))
    for name in HASHES:
        for salt in (None, 0):
            scheme = _signature_padding(_Signature([], name, salt))
            public.verify(private.sign(b"", scheme, hash_named(name)), b"", scheme, hash_named(name))
        scheme = _encryption_padding(_Encryption([], name), b"label")
        private.decrypt(public.encrypt(b"", scheme), scheme)
