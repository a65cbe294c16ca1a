"""Randomness, digests and HMAC for `crypto` and `node:crypto`.

Operations (see `edge.services.api.Answer`); ALGORITHM is one of `ALGORITHMS`:

    crypto.random       {"n": bytes} -> data: that many bytes of the system's generator
    crypto.digest       {"algorithm": ALGORITHM}, data: message -> data: digest
    crypto.hmac         {"algorithm", "key_length"}, data: key + message -> data: code
    crypto.hmac_verify  {"algorithm", "key_length", "signature_length"}, data: signature + key + message
                        -> value: whether the signature is right
    crypto.equal        {"length"}, data: a + b, `length` bytes of a -> value: a == b

The last two compare in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from edge.errors import HostCallError
from edge.services.api import Answer, arguments
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

Algorithm = Literal[
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256",
    "sha3_224", "sha3_256", "sha3_384", "sha3_512", "ripemd160", "blake2b", "blake2s",
]  # fmt: skip
"""Those that WebCrypto does not have are for `node:crypto`, which offers them for checksums and old protocols."""

MAX_RANDOM = 4 * MIB
"""Most random bytes of one call."""

Length = Annotated[int, msgspec.Meta(ge=0)]


class _Random(msgspec.Struct, forbid_unknown_fields=True):
    n: Annotated[int, msgspec.Meta(ge=0)]


class _Digest(msgspec.Struct, forbid_unknown_fields=True):
    algorithm: Algorithm


class _Hmac(msgspec.Struct, forbid_unknown_fields=True):
    algorithm: Algorithm
    key_length: Length


class _HmacVerify(msgspec.Struct, forbid_unknown_fields=True):
    algorithm: Algorithm
    key_length: Length
    signature_length: Length


class _Equal(msgspec.Struct, forbid_unknown_fields=True):
    length: Length


def _cut(data: bytes, length: int) -> tuple[bytes, bytes]:
    """The first `length` bytes and the rest.  Raises HostCallError when there are not that many."""
    if length > len(data):
        raise HostCallError(f"{length} bytes announced, {len(data)} given", js_class="TypeError")
    return data[:length], data[length:]


def random(args: msgspec.Raw, _data: bytes) -> Answer:
    """`crypto.random`."""
    n = arguments(_Random, args).n
    if n > MAX_RANDOM:
        raise HostCallError(f"{n} random bytes wanted, at most {MAX_RANDOM} at once", js_class="RangeError")
    return Answer(data=os.urandom(n))


def digest(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.digest`."""
    algorithm = arguments(_Digest, args).algorithm
    return Answer(data=hashlib.new(algorithm, data, usedforsecurity=False).digest())


def hmac_code(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.hmac`."""
    known = arguments(_Hmac, args)
    key, message = _cut(data, known.key_length)
    return Answer(data=hmac.digest(key, message, known.algorithm))


def hmac_verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.hmac_verify`."""
    known = arguments(_HmacVerify, args)
    signature, rest = _cut(data, known.signature_length)
    key, message = _cut(rest, known.key_length)
    return Answer(value=hmac.compare_digest(signature, hmac.digest(key, message, known.algorithm)))


def equal(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.equal`."""
    first, second = _cut(data, arguments(_Equal, args).length)
    return Answer(value=hmac.compare_digest(first, second))


OPS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "crypto.random": random,
    "crypto.digest": digest,
    "crypto.hmac": hmac_code,
    "crypto.hmac_verify": hmac_verify,
    "crypto.equal": equal,
}
