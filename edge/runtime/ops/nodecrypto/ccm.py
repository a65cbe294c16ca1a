"""AES in CCM mode (NIST SP 800-38C): the whole message comes in one piece, and its length before all other things."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.runtime.ops.nodecrypto.failures import failure
from edge.units import MIB

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

MAX_EXTRA = 16 * MIB

_BLOCK = 16
_SHORT_EXTRA = 0xFF00


class Ccm:
    """See `ciphers.Context`.  Nothing of what is not authentic is given out."""

    def __init__(self, key: bytes, nonce: bytes, tag_length: int, *, encrypts: bool) -> None:
        self._key = key
        self._nonce = nonce
        self._tag_length = tag_length
        self._encrypts = encrypts
        self._extra = b""
        self._tag: bytes | None = None
        self._made: bytes | None = None
        self._authentic = False

    def authenticate(self, data: bytes) -> None:
        if len(self._extra) + len(data) > MAX_EXTRA:
            raise failure(f"additional data of CCM have at most {MAX_EXTRA} bytes", "ERR_CRYPTO_OPERATION_FAILED")
        self._extra += data

    def expect(self, tag: bytes) -> None:
        """The tag that is to be found."""
        self._tag = tag

    def update(self, data: bytes) -> bytes:
        if self._made is not None:
            raise failure("the message was given before", "ERR_CRYPTO_INVALID_STATE")
        stream = self._stream()
        mask = stream.update(bytes(_BLOCK))
        output = stream.update(data)
        code = self._code(data if self._encrypts else output)
        self._made = bytes(a ^ b for a, b in zip(code, mask, strict=True))[: self._tag_length]
        self._authentic = self._encrypts or (self._tag is not None and hmac.compare_digest(self._made, self._tag))
        return output if self._authentic else b""

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del tag, padded
        if self._made is None:
            self.update(b"")
        if not self._authentic:
            raise failure("Unsupported state or unable to authenticate data", "")
        return b"", (self._made or b"").ljust(_BLOCK, b"\0") if self._encrypts else b""

    def _stream(self) -> CipherContext:
        counter = bytes((_BLOCK - 2 - len(self._nonce),)) + self._nonce
        return Cipher(algorithms.AES(self._key), modes.CTR(counter.ljust(_BLOCK, b"\0"))).encryptor()

    def _code(self, message: bytes) -> bytes:
        """CBC-MAC of a block with the lengths, the additional data and the message."""
        size = _BLOCK - 1 - len(self._nonce)
        flags = (64 if self._extra else 0) | (self._tag_length - 2) // 2 << 3 | size - 1
        first = bytes((flags,)) + self._nonce + len(message).to_bytes(size)
        chain = Cipher(algorithms.AES(self._key), modes.CBC(bytes(_BLOCK))).encryptor()
        last = chain.update(first + _filled(_sized(self._extra)))
        return (chain.update(_filled(message)) or last)[-_BLOCK:]


def _sized(extra: bytes) -> bytes:
    if not extra:
        return b""
    return (len(extra).to_bytes(2) if len(extra) < _SHORT_EXTRA else b"\xff\xfe" + len(extra).to_bytes(4)) + extra


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)
