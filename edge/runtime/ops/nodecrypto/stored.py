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

from edge.runtime.ops.nodecrypto.pss import marked


def private_key(data: bytes) -> PrivateKeyTypes:
    """Without the proof of an RSA key's primes: what parsed it has checked the numbers."""
    return load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)


def public_key(data: bytes) -> PublicKeyTypes:
    """A public key."""
    return load_der_public_key(data)


def private_bytes(key: PrivateKeyTypes, identifier: bytes | None = None) -> bytes:
    """What `private_key` takes; with the identifier of a key for PSS only."""
    return marked(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), identifier)


def public_bytes(key: PublicKeyTypes, identifier: bytes | None = None) -> bytes:
    """What `public_key` takes; with the identifier of a key for PSS only."""
    return marked(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), identifier)
