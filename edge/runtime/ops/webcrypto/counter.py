"""AES in counter mode, with counters of any length: the library counts in 128 bits."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
"""Bytes of a block of AES."""


def counted(key: bytes, counter: bytes, length: int, message: bytes) -> bytes:
    """Encrypt or decrypt; the last `length` bits of the block `counter` count, and begin anew after the highest number.

    The message must be short enough that no number comes twice.
    """
    start = int.from_bytes(counter)
    low = start % (1 << length)
    until = ((1 << length) - low) * BLOCK
    first = keystream(key, counter, message[:until])
    if len(message) <= until:
        return first
    return first + keystream(key, (start - low).to_bytes(BLOCK), message[until:])


def keystream(key: bytes, counter: bytes, message: bytes) -> bytes:
    """As the library has it.  Of a message of zeros: the encrypted counter itself."""
    encryptor = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    return encryptor.update(message) + encryptor.finalize()
