"""Key wrap: AES (RFC 3394), with padding (RFC 5649), and Triple-DES (RFC 3217).  A key comes in one piece."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from edge.runtime.ops.nodecrypto.failures import failure
from edge.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_KEY = 16 * KIB
"""Most bytes of a wrapped key: its cost is 6 blocks for each 8 bytes."""

_HALF = 8
_LEAST_PARTS = 2
_ALTERNATIVE = bytes.fromhex("a65959a6")
_DES_IV = bytes.fromhex("4adda22c79e82105")
_CHECKSUM = 8


class Wrap:
    """See `ciphers.Context`: what `update` was given is wrapped at once."""

    def __init__(self, work: Callable[[bytes], bytes]) -> None:
        self._work = work
        self._done = False

    def authenticate(self, data: bytes) -> None:
        del data

    def update(self, data: bytes) -> bytes:
        if self._done or len(data) > MAX_KEY:
            raise failure(f"a key is wrapped in one piece of at most {MAX_KEY} bytes", "ERR_CRYPTO_INVALID_STATE")
        self._done = True
        return self._work(data)

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del tag, padded
        return b"", b""


def wrap_of(mode: str, key: bytes, iv: bytes, *, encrypts: bool) -> Wrap:
    """`mode` is "wrap" or "wrap-pad" of AES, or "des3-wrap"."""
    if mode == "des3-wrap":
        return Wrap(lambda data: _des_wrapped(key, data) if encrypts else _des_unwrapped(key, data))
    if mode == "wrap-pad":
        return Wrap(lambda data: _padded(key, iv, data) if encrypts else _unpadded(key, iv, data))
    return Wrap(lambda data: _wrapped(key, iv, data) if encrypts else _checked(key, iv, data))


def _bad() -> Exception:
    return failure("Unsupported state or unable to authenticate data", "")


def _wrapped(key: bytes, iv: bytes, data: bytes) -> bytes:
    if len(data) % _HALF or len(data) < _HALF * _LEAST_PARTS:
        raise failure("Trying to add data in unsupported state", "")
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - what key wrap is built of
    head, parts = iv, [data[at : at + _HALF] for at in range(0, len(data), _HALF)]
    step = 0
    for _ in range(6):
        for at, part in enumerate(parts):
            step += 1
            block = cipher.update(head + part)
            head = (int.from_bytes(block[:_HALF]) ^ step).to_bytes(_HALF)
            parts[at] = block[_HALF:]
    return head + b"".join(parts)


def _unwrapped(key: bytes, data: bytes) -> tuple[bytes, bytes]:
    """The IV that was found, and the key."""
    if len(data) % _HALF or len(data) < _HALF * (_LEAST_PARTS + 1):
        raise _bad()
    cipher = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - as above
    head, parts = data[:_HALF], [data[at : at + _HALF] for at in range(_HALF, len(data), _HALF)]
    step = 6 * len(parts)
    for _ in range(6):
        for at in reversed(range(len(parts))):
            block = cipher.update((int.from_bytes(head) ^ step).to_bytes(_HALF) + parts[at])
            head, parts[at] = block[:_HALF], block[_HALF:]
            step -= 1
    return head, b"".join(parts)


def _checked(key: bytes, iv: bytes, data: bytes) -> bytes:
    found, plain = _unwrapped(key, data)
    if not hmac.compare_digest(found, iv):
        raise _bad()
    return plain


def _padded(key: bytes, iv: bytes, data: bytes) -> bytes:
    head = (iv or _ALTERNATIVE) + len(data).to_bytes(4)
    full = data + bytes(-len(data) % _HALF)
    if not data:
        raise failure("Trying to add data in unsupported state", "")
    if len(full) > _HALF:
        return _wrapped(key, head, full)
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(head + full)  # noqa: S305 - as above


def _unpadded(key: bytes, iv: bytes, data: bytes) -> bytes:
    if len(data) == 2 * _HALF:
        block = Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(data)  # noqa: S305 - as above
        head, full = block[:_HALF], block[_HALF:]
    else:
        head, full = _unwrapped(key, data)
    length = int.from_bytes(head[4:])
    fits = len(full) - _HALF < length <= len(full)
    if not hmac.compare_digest(head[:4], iv or _ALTERNATIVE) or not fits or any(full[length:]):
        raise _bad()
    return full[:length]


def _des(key: bytes, iv: bytes, data: bytes, *, encrypts: bool) -> bytes:
    cipher = Cipher(TripleDES(key), modes.CBC(iv))
    return (cipher.encryptor() if encrypts else cipher.decryptor()).update(data)


def _digest(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()[:_CHECKSUM]


def _des_wrapped(key: bytes, data: bytes) -> bytes:
    if len(data) % _HALF or not data:
        raise failure("Trying to add data in unsupported state", "")
    iv = os.urandom(_HALF)
    sealed = iv + _des(key, iv, data + _digest(data), encrypts=True)
    return _des(key, _DES_IV, sealed[::-1], encrypts=True)


def _des_unwrapped(key: bytes, data: bytes) -> bytes:
    if len(data) % _HALF or len(data) < 3 * _HALF:
        raise _bad()
    sealed = _des(key, _DES_IV, data, encrypts=False)[::-1]
    plain = _des(key, sealed[:_HALF], sealed[_HALF:], encrypts=False)
    if not hmac.compare_digest(_digest(plain[:-_CHECKSUM]), plain[-_CHECKSUM:]):
        raise _bad()
    return plain[:-_CHECKSUM]
