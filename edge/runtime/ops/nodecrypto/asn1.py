"""The little DER that the library does not read and write, such as PBES2 with a cipher of one's choice (RFC 8018)."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    from collections.abc import Iterable

PbesCipher = Literal["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"]

INTEGER, OCTETS, OBJECT, SEQUENCE = 0x02, 0x04, 0x06, 0x30
_NULL = b"\x05\x00"
_LONG = 0x80
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("2a864886f70d0209")
# Size of the key, object identifier.
_CIPHERS: dict[PbesCipher, tuple[int, bytes]] = {
    "aes-128-cbc": (16, bytes.fromhex("608648016503040102")),
    "aes-192-cbc": (24, bytes.fromhex("608648016503040116")),
    "aes-256-cbc": (32, bytes.fromhex("60864801650304012a")),
}
_ITERATIONS = 2048
"""As OpenSSL has it.  Who needs more derives a key of their own."""


def element(tag: int, value: bytes) -> bytes:
    """An element with its tag and length."""
    size = len(value)
    if size < _LONG:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _LONG + len(length))) + length + value


def sequence(parts: Iterable[bytes]) -> bytes:
    """A SEQUENCE of elements."""
    return element(SEQUENCE, b"".join(parts))


def encrypted(key: bytes, passphrase: bytes, cipher: PbesCipher) -> bytes:
    """An EncryptedPrivateKeyInfo around a PrivateKeyInfo."""
    size, identifier = _CIPHERS[cipher]
    salt, iv = os.urandom(16), os.urandom(16)
    secret = hashlib.pbkdf2_hmac("sha256", passphrase, salt, _ITERATIONS, size)
    padder, encryptor = padding.PKCS7(128).padder(), Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(key) + padder.finalize()) + encryptor.finalize()
    digest = sequence((element(OBJECT, _HMAC_SHA256), _NULL))
    rounds = element(INTEGER, _ITERATIONS.to_bytes(2))
    derivation = sequence((element(OBJECT, _PBKDF2), sequence((element(OCTETS, salt), rounds, digest))))
    encryption = sequence((element(OBJECT, identifier), element(OCTETS, iv)))
    scheme = sequence((element(OBJECT, _PBES2), sequence((derivation, encryption))))
    return sequence((scheme, element(OCTETS, sealed)))
