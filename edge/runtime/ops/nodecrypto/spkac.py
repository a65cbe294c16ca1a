"""Signed public keys and challenges, which browsers once made of <keygen>: `crypto.Certificate`.

nodecrypto.spkac.verify      {}, data: base64 of a SignedPublicKeyAndChallenge -> value: whether it is signed by its key
nodecrypto.spkac.public_key  the same -> data: the public key as PEM, empty when there is none
nodecrypto.spkac.challenge   the same -> data: the challenge, empty when there is none
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from edge.runtime.ops.nodecrypto.asn1 import OBJECT, SEQUENCE
from edge.runtime.ops.nodecrypto.failures import failing
from edge.runtime.ops.nodecrypto.pem import armored
from edge.runtime.ops.nodecrypto.stored import public_key
from edge.runtime.ops.webcrypto.common import Arguments
from edge.runtime.ops.webcrypto.der import content
from edge.services.api import Answer, arguments
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

MAX_TEXT = 64 * KIB

_IA5_STRING, _BIT_STRING = 0x16, 0x03
_RSA = "2a864886f70d0101"
_DIGESTS: dict[bytes, Callable[[], hashes.HashAlgorithm]] = {
    bytes.fromhex(_RSA + "04"): hashes.MD5, bytes.fromhex(_RSA + "05"): hashes.SHA1,
    bytes.fromhex(_RSA + "0b"): hashes.SHA256, bytes.fromhex(_RSA + "0c"): hashes.SHA384,
    bytes.fromhex(_RSA + "0d"): hashes.SHA512, bytes.fromhex("2a8648ce3d040302"): hashes.SHA256,
    bytes.fromhex("2a8648ce3d040303"): hashes.SHA384, bytes.fromhex("2a8648ce3d040304"): hashes.SHA512,
}  # fmt: skip


class Signed(NamedTuple):
    """The parts of one."""

    signed: bytes
    key: bytes
    challenge: bytes
    algorithm: bytes
    signature: bytes


def _parts(text: bytes) -> Signed:
    """Raises ValueError, IndexError."""
    if len(text) > MAX_TEXT:
        raise ValueError("larger than any")
    der = b64decode(b"".join(text.split()).rstrip(b"\0"), validate=True)
    start, _ = content(der, 0, SEQUENCE)
    inside, end = content(der, start, SEQUENCE)
    _, key_end = content(der, inside, SEQUENCE)
    challenge = der[slice(*content(der, key_end, _IA5_STRING))]
    algorithm_at, algorithm_end = content(der, end, SEQUENCE)
    algorithm = der[slice(*content(der, algorithm_at, OBJECT))]
    signature = der[slice(*content(der, algorithm_end, _BIT_STRING))]
    return Signed(der[start:end], der[inside:key_end], challenge, algorithm, signature[1:])


def verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.spkac.verify`."""
    arguments(Arguments, args)
    with failing("the signature could not be verified", "ERR_CRYPTO_OPERATION_FAILED"):
        try:
            _check(_parts(data))
        except (ValueError, IndexError, KeyError, InvalidSignature):
            return Answer(value=False)
        return Answer(value=True)


def _check(found: Signed) -> None:
    key, digest = public_key(found.key), _DIGESTS[found.algorithm]()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(found.signature, found.signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(found.signature, found.signed, ec.ECDSA(digest))
    else:
        raise ValueError("a key of another kind")  # noqa: TRY004 - the value is not what it should be


def the_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.spkac.public_key`."""
    arguments(Arguments, args)
    try:
        return Answer(data=armored(_parts(data).key, b"PUBLIC KEY"))
    except (ValueError, IndexError):
        return Answer(data=b"")


def challenge(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.spkac.challenge`."""
    arguments(Arguments, args)
    try:
        return Answer(data=_parts(data).challenge)
    except (ValueError, IndexError):
        return Answer(data=b"")


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "challenge": challenge,
    "public_key": the_key,
    "verify": verify,
}


def warm_up() -> None:
    """Nothing that `keys` does not use."""
