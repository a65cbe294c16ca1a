"""Hashes and ciphers of one isolate that are fed piece by piece.

nodecrypto.hash.open     {"algorithm", "code"}, data: key -> value: number; `code`: HMAC with the key
nodecrypto.hash.update   {"number"}, data
nodecrypto.hash.copy     {"number"} -> value: number
nodecrypto.hash.finish   {"number", "length": bytes, for shake, or null} -> data
nodecrypto.cipher.open   {"mode", "block", "encrypt", "key_length", "tag": length of that of CCM and OCB},
                         data: key, iv -> value: number
nodecrypto.cipher.expect {"number"}, data: the tag that a message of CCM must have
nodecrypto.cipher.extra  {"number"}, data: additional data
nodecrypto.cipher.update {"number"}, data -> data
nodecrypto.cipher.finish {"number", "padded"}, data: the tag to be found
                         -> data: the last output, then the tag; value: length of the output

Whoever has left too many open loses those that were used longest ago.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated, Generic, Literal, Protocol, TypeVar

import msgspec

from edge.runtime.ops.crypto import Algorithm
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.modes import Block, Mode
from edge.services.api import Answer, arguments
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.runtime.ops.nodecrypto.ciphers import Context

MAX_OPEN = 1000
"""Most hashes, and most ciphers, of an isolate: a few hundred bytes each."""

T = TypeVar("T")


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def copy(self) -> _Hash: ...
    def digest(self) -> bytes: ...


class _OpenHash(msgspec.Struct, forbid_unknown_fields=True):
    algorithm: Algorithm | Literal["shake_128", "shake_256"]
    code: bool


class _Use(msgspec.Struct, forbid_unknown_fields=True):
    number: int


class _FinishHash(_Use):
    length: Annotated[int, msgspec.Meta(ge=0, le=MIB)] | None


class _OpenCipher(msgspec.Struct, forbid_unknown_fields=True):
    key_length: Annotated[int, msgspec.Meta(ge=0)]
    mode: Mode
    encrypt: bool
    block: Block = "aes"
    tag: Annotated[int, msgspec.Meta(ge=1, le=16)] = 16


class _FinishCipher(_Use):
    padded: bool


class _Table(Generic[T]):
    def __init__(self) -> None:
        self._open: OrderedDict[int, T] = OrderedDict()
        self._last = 0

    def add(self, item: T) -> int:
        if len(self._open) >= MAX_OPEN:
            self._open.popitem(last=False)
        self._last += 1
        self._open[self._last] = item
        return self._last

    def use(self, number: int) -> T:
        self._check(number)
        self._open.move_to_end(number)
        return self._open[number]

    def take(self, number: int) -> T:
        self._check(number)
        return self._open.pop(number)

    def _check(self, number: int) -> None:
        if number not in self._open:
            raise failure(f"more than {MAX_OPEN} were left open, and this one was closed", "ERR_CRYPTO_INVALID_STATE")


class Running:
    """What one isolate has open."""

    def __init__(self) -> None:
        self._hashes: _Table[_Hash] = _Table()
        self._ciphers: _Table[Context] = _Table()

    @property
    def ops(self) -> dict[str, Callable[[msgspec.Raw, bytes], Answer]]:
        """Operations by name."""
        return {
            "nodecrypto.hash.open": self.open_hash,
            "nodecrypto.hash.update": self.update_hash,
            "nodecrypto.hash.copy": self.copy_hash,
            "nodecrypto.hash.finish": self.finish_hash,
            "nodecrypto.cipher.open": self.open_cipher,
            "nodecrypto.cipher.expect": self.expect_tag,
            "nodecrypto.cipher.extra": self.add_extra,
            "nodecrypto.cipher.update": self.update_cipher,
            "nodecrypto.cipher.finish": self.finish_cipher,
        }

    def open_hash(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.hash.open`."""
        known = arguments(_OpenHash, args)
        if known.code:
            return Answer(self._hashes.add(hmac.new(data, b"", known.algorithm)))
        return Answer(self._hashes.add(hashlib.new(known.algorithm, usedforsecurity=False)))

    def update_hash(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.hash.update`."""
        self._hashes.use(arguments(_Use, args).number).update(data)
        return Answer()

    def copy_hash(self, args: msgspec.Raw, _data: bytes) -> Answer:
        """`nodecrypto.hash.copy`."""
        return Answer(self._hashes.add(self._hashes.use(arguments(_Use, args).number).copy()))

    def finish_hash(self, args: msgspec.Raw, _data: bytes) -> Answer:
        """`nodecrypto.hash.finish`."""
        known = arguments(_FinishHash, args)
        found = self._hashes.take(known.number)
        return Answer(data=found.digest() if known.length is None else found.digest(known.length))  # type: ignore[call-arg]

    def open_cipher(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.cipher.open`."""
        from edge.runtime.ops.nodecrypto.ciphers import context_of  # noqa: PLC0415 - the library is large, and few need it

        known = arguments(_OpenCipher, args)
        key, iv = data[: known.key_length], data[known.key_length :]
        made = context_of(known.mode, key, iv, block=known.block, tag=known.tag, encrypts=known.encrypt)
        return Answer(self._ciphers.add(made))

    def expect_tag(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.cipher.expect`."""
        with failing("Unsupported state", "ERR_CRYPTO_INVALID_STATE"):
            self._ciphers.use(arguments(_Use, args).number).expect(data)  # type: ignore[attr-defined]
        return Answer()

    def add_extra(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.cipher.extra`."""
        with failing("Unsupported state", "ERR_CRYPTO_INVALID_STATE"):
            self._ciphers.use(arguments(_Use, args).number).authenticate(data)
        return Answer()

    def update_cipher(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.cipher.update`."""
        with failing("Unsupported state", "ERR_CRYPTO_INVALID_STATE"):
            return Answer(data=self._ciphers.use(arguments(_Use, args).number).update(data))

    def finish_cipher(self, args: msgspec.Raw, data: bytes) -> Answer:
        """`nodecrypto.cipher.finish`."""
        known = arguments(_FinishCipher, args)
        with failing("Unsupported state", "ERR_CRYPTO_INVALID_STATE"):
            output, tag = self._ciphers.take(known.number).finish(data, padded=known.padded)
        return Answer(len(output), output + tag)


def warm_up() -> None:
    """Use each cipher once."""
    from edge.runtime.ops.nodecrypto.ciphers import context_of  # noqa: PLC0415 - as above

    key = bytes(32)
    for mode, iv in _IVS.items():
        context_of(mode, key, iv, encrypts=True).update(key)
    context_of("cbc", key[:24], key[:8], block="des-ede3", encrypts=True).update(key)


_IVS: dict[Mode, bytes] = {
    "cbc": bytes(16),
    "ctr": bytes(16),
    "ecb": b"",
    "gcm": bytes(12),
    "chacha20-poly1305": bytes(12),
}
