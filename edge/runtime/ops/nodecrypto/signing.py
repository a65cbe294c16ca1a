"""Signatures of RSA, DSA, elliptic curves, Ed25519 and Ed448.

nodecrypto.signing.sign    {"digest": null for the curves of Edwards, "padding": "pkcs1" | "pss", "salt", "plain"},
                           data: private key, message -> data
nodecrypto.signing.verify  the same, data: public key, signature, message -> value: whether the signature is right

`salt` is a length in bytes, "digest", "max" or "auto" (to verify only); with `plain` r and s are encoded as IEEE P1363
has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils

from edge.runtime.ops.nodecrypto.digests import Digest, digest_named
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.pss import Restriction, identifier_in, restriction_of
from edge.runtime.ops.nodecrypto.stored import private_key, public_key
from edge.runtime.ops.webcrypto.common import Arguments, three, two
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives import hashes

Salt = Annotated[int, msgspec.Meta(ge=0, le=2048)] | Literal["digest", "max", "auto"]

_UNSUPPORTED = "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE"


_TOO_SMALL = {
    "pkcs1": ("digest too big for rsa key", "ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY"),
    "pss": ("data too large for key size", "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE"),
}


class _Signature(Arguments):
    digest: Digest | None
    padding: Literal["pkcs1", "pss"] = "pkcs1"
    salt: Salt = "auto"
    plain: bool = False


def sign(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.signing.sign`."""
    known = arguments(_Signature, args)
    stored, message = two(data, known.parts)
    # The one thing that can go wrong: a key that is too small for its digest, or for digest and salt.
    with failing(*_TOO_SMALL[known.padding]):
        key = private_key(stored)
        if isinstance(key, rsa.RSAPrivateKey):
            return Answer(data=key.sign(message, _padding(known, stored), _digest(known)))
        if isinstance(key, ec.EllipticCurvePrivateKey):
            signature = key.sign(message, ec.ECDSA(_digest(known)))
            return Answer(data=_to_plain(signature, key.curve.key_size) if known.plain else signature)
        if isinstance(key, dsa.DSAPrivateKey):
            signature = key.sign(message, _digest(known))
            return Answer(data=_to_plain(signature, _divisor(key.public_key())) if known.plain else signature)
        if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
            _no_digest(known)
            return Answer(data=key.sign(message))
    raise failure("operation not supported for this keytype", _UNSUPPORTED)


def verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.signing.verify`."""
    known = arguments(_Signature, args)
    stored, signature, message = three(data, known.parts)
    with failing("the signature could not be verified", "ERR_CRYPTO_OPERATION_FAILED"):
        try:
            _verify(known, stored, signature, message)
        except (InvalidSignature, ValueError):  # ValueError: no signature of such a key has this form
            return Answer(value=False)
        return Answer(value=True)


def _verify(known: _Signature, stored: bytes, signature: bytes, message: bytes) -> None:
    key = public_key(stored)
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, _padding(known, stored), _digest(known))
    elif isinstance(key, ec.EllipticCurvePublicKey):
        encoded = _from_plain(signature, key.curve.key_size) if known.plain else signature
        key.verify(encoded, message, ec.ECDSA(_digest(known)))
    elif isinstance(key, dsa.DSAPublicKey):
        encoded = _from_plain(signature, _divisor(key)) if known.plain else signature
        key.verify(encoded, message, _digest(known))
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        _no_digest(known)
        key.verify(signature, message)
    else:
        raise failure("operation not supported for this keytype", _UNSUPPORTED)


def _digest(known: _Signature) -> hashes.HashAlgorithm:
    """OpenSSL takes SHA-256 where nobody says which."""
    return digest_named(known.digest or "sha256")


def _no_digest(known: _Signature) -> None:
    if known.digest is not None:
        raise failure("invalid digest", "ERR_OSSL_INVALID_DIGEST")


def _padding(known: _Signature, stored: bytes) -> padding.AsymmetricPadding:
    identifier = identifier_in(stored)
    if known.padding == "pkcs1" and identifier is None:
        return padding.PKCS1v15()
    mask = padding.MGF1(_digest(known))
    restriction = None if identifier is None else restriction_of(identifier)
    if restriction is not None:
        _check(known, restriction)
        mask = padding.MGF1(digest_named(restriction.mask))
    match known.salt:
        case "digest":
            return padding.PSS(mask, padding.PSS.DIGEST_LENGTH)
        case "max":
            return padding.PSS(mask, padding.PSS.MAX_LENGTH)
        case "auto":
            return padding.PSS(mask, padding.PSS.AUTO)
        case salt:
            return padding.PSS(mask, salt)


def _check(known: _Signature, restriction: Restriction) -> None:
    if known.padding == "pkcs1":
        raise failure("illegal or unsupported padding mode", "ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE")
    if isinstance(known.salt, int) and known.salt < restriction.salt:
        raise failure("pss saltlen too small", "ERR_OSSL_PSS_SALTLEN_TOO_SMALL")
    if (known.digest or "sha256") != restriction.digest:
        raise failure("digest not allowed", "ERR_OSSL_DIGEST_NOT_ALLOWED")


def _divisor(key: dsa.DSAPublicKey) -> int:
    return key.public_numbers().parameter_numbers.q.bit_length()


def _to_plain(signature: bytes, bits: int) -> bytes:
    r, s = utils.decode_dss_signature(signature)
    size = (bits + 7) // 8
    return r.to_bytes(size) + s.to_bytes(size)


def _from_plain(signature: bytes, bits: int) -> bytes:
    """Raises ValueError."""
    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        raise ValueError("not two numbers of the curve")
    return utils.encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"sign": sign, "verify": verify}


def warm_up() -> None:
    """Use what WebCrypto does not: the curve of Bitcoin, and hashes of SHA-3."""
    private = ec.generate_private_key(ec.SECP256K1())
    scheme = ec.ECDSA(digest_named("sha3_256"))
    private.public_key().verify(private.sign(b"", scheme), b"", scheme)
