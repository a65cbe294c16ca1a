"""AES in OCB mode (RFC 7253), piece by piece: the library has it for whole messages and tags of 16 bytes only."""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.runtime.ops.nodecrypto.failures import failure

_BLOCK = 16
_BITS = 128
_ONES = (1 << _BITS) - 1
_NONCE_BITS = 6


def _doubled(value: int) -> int:
    return (value << 1 & _ONES) ^ (0x87 if value >> (_BITS - 1) else 0)


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))


class _Offsets:
    """The row of offsets, each of the one before and the number of its block."""

    def __init__(self, first: int, masks: list[int]) -> None:
        self.last = first
        self._masks = masks
        self._count = 0

    def take(self, count: int) -> bytes:
        """The next offsets, one behind the other."""
        taken = bytearray()
        for _ in range(count):
            self._count += 1
            zeros = _trailing_zeros(self._count)
            while len(self._masks) <= zeros:
                self._masks.append(_doubled(self._masks[-1]))
            self.last ^= self._masks[zeros]
            taken += self.last.to_bytes(_BLOCK)
        return bytes(taken)


class Ocb:
    """See `ciphers.Context`."""

    def __init__(self, key: bytes, nonce: bytes, tag_length: int, *, encrypts: bool) -> None:
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - what the mode is built of
        self._seal = cipher.encryptor()
        self._open = cipher.decryptor()
        self._encrypts = encrypts
        self._tag_length = tag_length
        self._star = int.from_bytes(self._seal.update(bytes(_BLOCK)))
        self._dollar = _doubled(self._star)
        masks = [_doubled(self._dollar)]
        self._offsets = _Offsets(self._first(nonce), masks)
        self._extra_offsets = _Offsets(0, masks)
        self._rest = self._extra = b""
        self._checksum = self._sum = 0

    def _first(self, nonce: bytes) -> int:
        head = (self._tag_length * 8 % _BITS) << (_BITS - 7)
        number = head | 1 << (len(nonce) * 8) | int.from_bytes(nonce)
        bottom = number & (1 << _NONCE_BITS) - 1
        top = self._seal.update((number ^ bottom).to_bytes(_BLOCK))
        stretched = int.from_bytes(top + _xor(top[:8], top[1:9]))
        return stretched >> (64 - bottom) & _ONES

    def authenticate(self, data: bytes) -> None:
        data = self._extra + data
        whole = len(data) // _BLOCK * _BLOCK
        self._extra = data[whole:]
        blocks = self._seal.update(_xor(data[:whole], self._extra_offsets.take(whole // _BLOCK)))
        self._sum ^= _folded(blocks)

    def update(self, data: bytes) -> bytes:
        data = self._rest + data
        whole = len(data) // _BLOCK * _BLOCK
        self._rest = data[whole:]
        if not whole:
            return b""
        offsets = self._offsets.take(whole // _BLOCK)
        cipher = self._seal if self._encrypts else self._open
        output = _xor(cipher.update(_xor(data[:whole], offsets)), offsets)
        self._checksum ^= _folded(data[:whole] if self._encrypts else output)
        return output

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del padded
        last = self._last()
        offset = self._offsets.last
        sealed = int.from_bytes(self._seal.update((self._checksum ^ offset ^ self._dollar).to_bytes(_BLOCK)))
        found = (sealed ^ self._hashed()).to_bytes(_BLOCK)[: self._tag_length]
        if self._encrypts:
            return last, found.ljust(_BLOCK, b"\0")
        if not tag or not hmac.compare_digest(found, tag):
            raise failure("Unsupported state or unable to authenticate data", "")
        return last, b""

    def _last(self) -> bytes:
        rest = self._rest
        if not rest:
            return b""
        self._offsets.last ^= self._star
        output = _xor(rest, self._seal.update(self._offsets.last.to_bytes(_BLOCK))[: len(rest)])
        plain = rest if self._encrypts else output
        self._checksum ^= int.from_bytes((plain + b"\x80").ljust(_BLOCK, b"\0"))
        return output

    def _hashed(self) -> int:
        if not self._extra:
            return self._sum
        padded = int.from_bytes((self._extra + b"\x80").ljust(_BLOCK, b"\0"))
        block = padded ^ self._extra_offsets.last ^ self._star
        return self._sum ^ int.from_bytes(self._seal.update(block.to_bytes(_BLOCK)))


def _folded(blocks: bytes) -> int:
    """All blocks combined into one by exclusive or."""
    total = 0
    for at in range(0, len(blocks), _BLOCK):
        total ^= int.from_bytes(blocks[at : at + _BLOCK])
    return total
