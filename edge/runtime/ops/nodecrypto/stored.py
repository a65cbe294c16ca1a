"""Keys as the isolate keeps them: DER, of PKCS #8 for private ones and of a SubjectPublicKeyInfo for public ones."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)


def private_key(data: bytes) -> PrivateKeyTypes:
    """Without the proof of an RSA key's primes: what parsed it has checked the numbers."""
    return load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)


def public_key(data: bytes) -> PublicKeyTypes:
    """A public key."""
    return load_der_public_key(data)


def private_bytes(key: PrivateKeyTypes) -> bytes:
    """What `private_key` takes."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_bytes(key: PublicKeyTypes) -> bytes:
    """What `public_key` takes."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
