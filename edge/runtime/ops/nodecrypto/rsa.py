"""RSA encryption, both ways round.

nodecrypto.rsa.encrypt  {"padding": "oaep" | "pkcs1", "digest"}, data: public key, label, message -> data
nodecrypto.rsa.decrypt  the same with a private key
nodecrypto.rsa.seal     {}, data: private key, message -> data: what only the public key opens (PKCS #1, type 1)
nodecrypto.rsa.recover  {}, data: public key, sealed -> data: message
"""

from __future__ import annotations

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


class _Encryption(Arguments):
    padding: Literal["oaep", "pkcs1"]
    digest: Digest


def _padding(known: _Encryption, label: bytes) -> padding.AsymmetricPadding:
    if known.padding == "pkcs1":
        return padding.PKCS1v15()
    digest = digest_named(known.digest)
    return padding.OAEP(padding.MGF1(digest), digest, label or None)


def _public(data: bytes) -> rsa.RSAPublicKey:
    key = public_key(data)
    if not isinstance(key, rsa.RSAPublicKey) or identifier_in(data):
        raise failure("the key is not one of RSA", "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE")
    return key


def _private(data: bytes) -> rsa.RSAPrivateKey:
    key = private_key(data)
    if not isinstance(key, rsa.RSAPrivateKey) or identifier_in(data):
        raise failure("the key is not one of RSA", "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE")
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
    with failing("the data could not be decrypted", code):
        return Answer(data=_private(key).decrypt(message, _padding(known, label)))


def seal(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.seal`."""
    key, message = two(data, arguments(Arguments, args).parts)
    with failing("data too large for key size", "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE"):
        return Answer(data=_private(key).sign(message, padding.PKCS1v15(), utils.NoDigestInfo()))


def recover(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.rsa.recover`."""
    key, sealed = two(data, arguments(Arguments, args).parts)
    with failing("the data could not be decrypted", "ERR_OSSL_RSA_PADDING_CHECK_FAILED"):
        return Answer(data=_public(key).recover_data_from_signature(sealed, padding.PKCS1v15(), None))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "encrypt": encrypt,
    "decrypt": decrypt,
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
