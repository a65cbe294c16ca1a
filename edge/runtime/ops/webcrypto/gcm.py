"""AES-GCM with an IV of any length, and tags that are cut short (NIST SP 800-38D)."""

from __future__ import annotations

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.runtime.ops.webcrypto.counter import BLOCK, counted, keystream

_LENGTHS = range(8, 129)
"""Bytes of an IV that the library takes."""

_KNOWN_IV = bytes(12)
_COUNTER_BITS = 32


def encrypt(key: bytes, iv: bytes, extra: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and tag.  Raises ValueError."""
    if len(iv) in _LENGTHS:
        encryptor = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
        encryptor.authenticate_additional_data(extra)
        return encryptor.update(message) + encryptor.finalize(), encryptor.tag
    first = _first_block(key, iv)
    text = counted(key, _after(first), _COUNTER_BITS, message)
    return text, _tag(key, first, extra, text)


def decrypt(key: bytes, iv: bytes, extra: bytes, text: bytes, tag: bytes) -> bytes:
    """The message.  Raises ValueError or InvalidTag."""
    if len(iv) in _LENGTHS:
        decryptor = Cipher(algorithms.AES(key), modes.GCM(iv, tag, min_tag_length=len(tag))).decryptor()
        decryptor.authenticate_additional_data(extra)
        return decryptor.update(text) + decryptor.finalize()
    first = _first_block(key, iv)
    if not constant_time.bytes_eq(_tag(key, first, extra, text)[: len(tag)], tag):
        raise ValueError("another tag")
    return counted(key, _after(first), _COUNTER_BITS, text)


# -- IVs that the library refuses: the counter begins at GHASH of the IV (section 7.1)


def _first_block(key: bytes, iv: bytes) -> bytes:
    if not iv:
        raise ValueError("no IV")
    return _ghash(key, b"", iv)


def _after(block: bytes) -> bytes:
    return block[:12] + ((int.from_bytes(block[12:]) + 1) % (1 << _COUNTER_BITS)).to_bytes(4)


def _tag(key: bytes, first: bytes, extra: bytes, text: bytes) -> bytes:
    return _xor(_ghash(key, extra, text), keystream(key, first, bytes(BLOCK)))


def _ghash(key: bytes, extra: bytes, text: bytes) -> bytes:
    """The library's tag of a ciphertext is GHASH and one encrypted block, which is known for an IV of our own."""
    first = _KNOWN_IV + bytes((0, 0, 0, 1))
    message = counted(key, _after(first), _COUNTER_BITS, text)
    _, tag = encrypt(key, _KNOWN_IV, extra, message)
    return _xor(tag, keystream(key, first, bytes(BLOCK)))


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
