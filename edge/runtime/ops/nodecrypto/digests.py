"""Hashes by the names of `hashlib`, as objects of `cryptography`."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives import hashes

Digest = Literal[
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256",
    "sha3_224", "sha3_256", "sha3_384", "sha3_512",
]  # fmt: skip
"""Those that signatures and derivations may use."""


def digest_named(name: Digest) -> hashes.HashAlgorithm:
    """The hash of this name."""
    known: dict[Digest, type[hashes.HashAlgorithm]] = {
        "md5": hashes.MD5, "sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256,
        "sha384": hashes.SHA384, "sha512": hashes.SHA512, "sha512_224": hashes.SHA512_224,
        "sha512_256": hashes.SHA512_256, "sha3_224": hashes.SHA3_224, "sha3_256": hashes.SHA3_256,
        "sha3_384": hashes.SHA3_384, "sha3_512": hashes.SHA3_512,
    }  # fmt: skip
    return known[name]()
