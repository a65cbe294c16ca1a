"""The little DER that the library does not read and write, such as PBES2 with a cipher of one's choice (RFC 8018)."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Literal, TypeVar

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.runtime.ops.webcrypto.der import content

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

PbesCipher = Literal["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"]

INTEGER, OCTETS, OBJECT, SEQUENCE = 0x02, 0x04, 0x06, 0x30
_NULL = b"\x05\x00"
_LONG = 0x80
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
# Size of the key, object identifier.
CIPHERS: dict[PbesCipher, tuple[int, bytes]] = {
    "aes-128-cbc": (16, bytes.fromhex("608648016503040102")),
    "aes-192-cbc": (24, bytes.fromhex("608648016503040116")),
    "aes-256-cbc": (32, bytes.fromhex("60864801650304012a")),
    "des-ede3-cbc": (24, bytes.fromhex("2a864886f70d0307")),
}
# Of HMAC: hash -> object identifier.
_CODES = {
    name: bytes.fromhex("2a864886f70d02") + bytes((last,))
    for name, last in zip(("sha1", "sha224", "sha256", "sha384", "sha512"), range(7, 12), strict=True)
}
_MAX_ITERATIONS = 10_000_000
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
    size, identifier = CIPHERS[cipher]
    salt, iv = os.urandom(16), os.urandom(block_of(cipher))
    secret = hashlib.pbkdf2_hmac("sha256", passphrase, salt, _ITERATIONS, size)
    sealed = sealed_by(cipher, secret, iv, key)
    digest = sequence((element(OBJECT, _CODES["sha256"]), _NULL))
    rounds = element(INTEGER, _ITERATIONS.to_bytes(2))
    derivation = sequence((element(OBJECT, _PBKDF2), sequence((element(OCTETS, salt), rounds, digest))))
    encryption = sequence((element(OBJECT, identifier), element(OCTETS, iv)))
    scheme = sequence((element(OBJECT, _PBES2), sequence((derivation, encryption))))
    return sequence((scheme, element(OCTETS, sealed)))


def block_of(cipher: PbesCipher) -> int:
    """Bytes of a block, and of the IV."""
    return 8 if cipher == "des-ede3-cbc" else 16


def _algorithm(cipher: PbesCipher, key: bytes) -> algorithms.AES | TripleDES:
    return TripleDES(key) if cipher == "des-ede3-cbc" else algorithms.AES(key)


def sealed_by(cipher: PbesCipher, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Padded and encrypted."""
    padder = padding.PKCS7(block_of(cipher) * 8).padder()
    encryptor = Cipher(_algorithm(cipher, key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def decrypted(der: bytes, passphrase: bytes) -> bytes:
    """The PrivateKeyInfo in an EncryptedPrivateKeyInfo of the kind that `encrypted` makes, with any hash of SHA.

    Raises LookupError for other kinds, and ValueError when the passphrase is wrong.
    """
    try:
        cipher, salt, rounds, code, iv, sealed = _parameters(der)
    except (ValueError, IndexError) as error:
        raise LookupError("another scheme") from error
    if rounds > _MAX_ITERATIONS:
        raise ValueError("more iterations than anybody needs")
    secret = hashlib.pbkdf2_hmac(code, passphrase, salt, rounds, CIPHERS[cipher][0])
    return opened_by(cipher, secret, iv, sealed)


def opened_by(cipher: PbesCipher, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypted, without its padding.  Raises ValueError."""
    decryptor = Cipher(_algorithm(cipher, key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(block_of(cipher) * 8).unpadder()
    return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()


def _parameters(der: bytes) -> tuple[PbesCipher, bytes, int, str, bytes, bytes]:
    """Cipher, salt, iterations, hash, IV and what is encrypted (RFC 8018, appendix A)."""
    at, _ = content(der, 0, SEQUENCE)
    scheme, end = content(der, at, SEQUENCE)
    sealed = der[slice(*content(der, end, OCTETS))]
    _, inside = _named(der, scheme, _PBES2)
    at, _ = content(der, inside, SEQUENCE)
    derivation, encryption = content(der, at, SEQUENCE)
    _, inside = _named(der, derivation, _PBKDF2)
    at, parameters_end = content(der, inside, SEQUENCE)
    salt_at, at = content(der, at, OCTETS)
    salt = der[salt_at:at]
    rounds_at, at = content(der, at, INTEGER)
    rounds = int.from_bytes(der[rounds_at:at])
    if at < parameters_end and der[at] == INTEGER:
        _, at = content(der, at, INTEGER)
    code = "sha1" if at == parameters_end else _name_of(_CODES, _object(der, content(der, at, SEQUENCE)[0]))
    at, _ = content(der, encryption, SEQUENCE)
    cipher = _name_of({name: identifier for name, (_, identifier) in CIPHERS.items()}, _object(der, at))
    iv = der[slice(*content(der, content(der, at, OBJECT)[1], OCTETS))]
    return cipher, salt, rounds, code, iv, sealed


def _object(der: bytes, at: int) -> bytes:
    return der[slice(*content(der, at, OBJECT))]


def _named(der: bytes, at: int, identifier: bytes) -> tuple[int, int]:
    start, end = content(der, at, OBJECT)
    if der[start:end] != identifier:
        raise ValueError("another scheme")
    return start, end


def _name_of(names: dict[T, bytes], identifier: bytes) -> T:
    for name, known in names.items():
        if known == identifier:
            return name
    raise ValueError("another algorithm")
