"""RSA encryption, both ways round.

nodecrypto.rsa.encrypt  {"padding": "oaep" | "pkcs1", "digest"}, data: public key, label, message -> data
nodecrypto.rsa.decrypt  the same with a private key
nodecrypto.rsa.seal     {}, data: private key, message -> data: what only the public key opens (PKCS #1, type 1)
nodecrypto.rsa.recover  {}, data: public key, sealed -> data: message
nodecrypto.rsa.raw      {"private"}, data: key, message as long as the modulus -> data: without any padding
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from edge.runtime.ops.nodecrypto.digests import Digest, digest_named
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.pss import identifier_in
from edge.runtime.ops.nodecrypto.stored import private_key, public_key
from edge.runtime.ops.webcrypto.common import Arguments, three, two
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from edge.errors import HostCallError


class _Raw(Arguments):
    private: bool


class _Encryption(Arguments):
    padding: Literal["oaep", "pkcs1"]
    digest: Digest


def _padding(known: _Encryption, label: bytes) -> padding.AsymmetricPadding:
    if known.padding == "pkcs1":
        return padding.PKCS1v15()
    digest = digest_named(known.digest)
    return padding.OAEP(padding.MGF1(digest), digest, label or None)


def _no_rsa(data: bytes) -> HostCallError:
    part = "" if identifier_in(data) else "EVP_"
    return failure(
        "operation not supported for this keytype", f"ERR_OSSL_{part}OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE"
    )


def _public(data: bytes) -> rsa.RSAPublicKey:
    key = public_key(data)
    if not isinstance(key, rsa.RSAPublicKey) or identifier_in(data):
        raise _no_rsa(data)
    return key


def _private(data: bytes) -> rsa.RSAPrivateKey:
    key = private_key(data)
    if not isinstance(key, rsa.RSAPrivateKey) or identifier_in(data):
        raise _no_rsa(data)
    return key


def encrypt(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.encrypt`."""
    known = arguments(_Encryption, args)
    key, label, message = three(data, known.parts)
    with failing("data too large for key size", "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE"):
        return Answer(data=_public(key).encrypt(message, _padding(known, label)))


def decrypt(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.decrypt`: with PKCS #1, what is wrong gives random bytes (implicit rejection)."""
    known = arguments(_Encryption, args)
    key, label, message = three(data, known.parts)
    code = "ERR_OSSL_RSA_OAEP_DECODING_ERROR" if known.padding == "oaep" else "ERR_OSSL_RSA_PKCS_DECODING_ERROR"
    reason = "oaep decoding error" if known.padding == "oaep" else "pkcs decoding error"
    with failing(reason, code):
        return Answer(data=_private(key).decrypt(message, _padding(known, label)))


def seal(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.seal`."""
    key, message = two(data, arguments(Arguments, args).parts)
    with failing("data too large for key size", "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE"):
        return Answer(data=_private(key).sign(message, padding.PKCS1v15(), utils.NoDigestInfo()))


def recover(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.recover`."""
    key, sealed = two(data, arguments(Arguments, args).parts)
    with failing("invalid padding", "ERR_OSSL_RSA_INVALID_PADDING"):
        return Answer(data=_public(key).recover_data_from_signature(sealed, padding.PKCS1v15(), None))


def raw(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.raw`: the library has no such thing, as it is safe for nobody but who builds a padding."""
    known = arguments(_Raw, args)
    stored, message = two(data, known.parts)
    with failing("data could not be transformed", "ERR_CRYPTO_OPERATION_FAILED"):
        private = _private(stored) if known.private else None
        key = private.public_key() if private else _public(stored)
        size, number = (key.key_size + 7) // 8, int.from_bytes(message)
        modulus, exponent = key.public_numbers().n, key.public_numbers().e
        if len(message) != size:
            small = len(message) < size
            raise failure(
                f"data too {'small' if small else 'large'} for key size",
                f"ERR_OSSL_RSA_DATA_TOO_{'SMALL' if small else 'LARGE'}_FOR_KEY_SIZE",
            )
        if number >= modulus:
            raise failure("data too large for modulus", "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_MODULUS")
        if private is None:
            return Answer(data=pow(number, exponent, modulus).to_bytes(size))
        # Blinded: the time says nothing about the message.
        blind = 1 + secrets.randbelow(modulus - 1)
        blinded = number * pow(blind, exponent, modulus) % modulus
        result = pow(blinded, private.private_numbers().d, modulus) * pow(blind, -1, modulus) % modulus
        return Answer(data=result.to_bytes(size))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "encrypt": encrypt,
    "decrypt": decrypt,
    "raw": raw,
    "seal": seal,
    "recover": recover,
}


def warm_up() -> None:
    """Use each padding once."""
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505 - protects nothing, and is quickly made
    public = private.public_key()
    private.decrypt(public.encrypt(b"", padding.PKCS1v15()), padding.PKCS1v15())
    sealed = private.sign(b"", padding.PKCS1v15(), utils.NoDigestInfo())
    public.recover_data_from_signature(sealed, padding.PKCS1v15(), None)
