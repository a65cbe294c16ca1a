"""Argon2, HKDF, PBKDF2 and scrypt.

nodecrypto.kdf.argon2  {"algorithm", "length", "lanes", "memory": KiB, "passes"},
                       data: message, nonce, secret, associated data -> data
nodecrypto.kdf.hkdf    {"digest", "length"}, data: key, salt, info -> data
nodecrypto.kdf.pbkdf2  {"digest", "length", "iterations"}, data: password, salt -> data
nodecrypto.kdf.scrypt  {"length", "n", "r", "p"}, data: password, salt -> data
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2d, Argon2i, Argon2id

from edge.runtime.ops.nodecrypto.digests import Digest
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.webcrypto.common import Arguments, split, three, two
from edge.runtime.ops.webcrypto.kdf import MAX_LENGTH, MAX_ROUNDS
from edge.services.api import Answer, arguments
from edge.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SCRYPT_MEMORY = 256 * MIB
"""Most that one scrypt may take, whatever `maxmem` says."""

MAX_SCRYPT_WORK = 2**26
"""Most of N * r * p, a minute or so: the library cannot be interrupted."""

MAX_ARGON2_MEMORY = 256 * MIB

MAX_ARGON2_WORK = 2**24
"""Most of KiB times passes, some 20 seconds."""

_HKDF_BLOCKS = 255
_HASHED_AT_ONCE = 64
_FAILED = "Deriving bits failed"
_CODE = "ERR_CRYPTO_OPERATION_FAILED"
_POSITIVE = msgspec.Meta(ge=1)


class _Derivation(Arguments):
    length: Annotated[int, msgspec.Meta(ge=0, le=MAX_LENGTH)]


class _Hkdf(_Derivation):
    digest: Digest


class _Pbkdf2(_Derivation):
    digest: Digest
    iterations: Annotated[int, _POSITIVE]


class _Argon2(_Derivation):
    algorithm: Literal["argon2d", "argon2i", "argon2id"]
    lanes: Annotated[int, _POSITIVE]
    memory: Annotated[int, _POSITIVE]
    passes: Annotated[int, _POSITIVE]


class _Scrypt(_Derivation):
    n: Annotated[int, msgspec.Meta(ge=2)]
    r: Annotated[int, _POSITIVE]
    p: Annotated[int, _POSITIVE]


def hkdf(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.kdf.hkdf`: RFC 5869."""
    known = arguments(_Hkdf, args)
    key, salt, info = three(data, known.parts)
    size = hashlib.new(known.digest, usedforsecurity=False).digest_size
    if known.length > _HKDF_BLOCKS * size:
        raise failure("Invalid key length", "ERR_CRYPTO_INVALID_KEYLEN", "RangeError")
    secret = hmac.digest(salt or bytes(size), key, known.digest)
    derived, block = b"", b""
    while len(derived) < known.length:
        block = hmac.digest(secret, block + info + bytes((len(derived) // size + 1,)), known.digest)
        derived += block
    return Answer(data=derived[: known.length])


def pbkdf2(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.kdf.pbkdf2`: RFC 8018."""
    known = arguments(_Pbkdf2, args)
    password, salt = two(data, known.parts)
    if known.length == 0:
        return Answer(data=b"")
    blocks = -(-known.length // hashlib.new(known.digest, usedforsecurity=False).digest_size)
    if blocks * (known.iterations + len(salt) // _HASHED_AT_ONCE) > MAX_ROUNDS:
        raise failure(
            f"PBKDF2 does at most {MAX_ROUNDS} iterations for all its blocks", "ERR_OUT_OF_RANGE", "RangeError"
        )
    with failing(_FAILED, _CODE):
        return Answer(data=hashlib.pbkdf2_hmac(known.digest, password, salt, known.iterations, known.length))


def scrypt(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.kdf.scrypt`: RFC 7914."""
    known = arguments(_Scrypt, args)
    password, salt = two(data, known.parts)
    memory = 128 * known.r * (known.n + known.p + 2)
    if memory > MAX_SCRYPT_MEMORY or known.n * known.r * known.p > MAX_SCRYPT_WORK:
        raise failure(
            "Invalid scrypt params: more than edge computes at once", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "RangeError"
        )
    if known.length == 0:
        return Answer(data=b"")
    with failing("Invalid scrypt params", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS"):
        derived = hashlib.scrypt(
            password, salt=salt, n=known.n, r=known.r, p=known.p, maxmem=memory + MIB, dklen=known.length
        )
        return Answer(data=derived)


def argon2(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.kdf.argon2`: RFC 9106."""
    known = arguments(_Argon2, args)
    message, nonce, secret, associated = split(data, known.parts)
    if known.memory * KIB > MAX_ARGON2_MEMORY or known.memory * known.passes > MAX_ARGON2_WORK:
        raise failure("argon2: more than edge computes at once", "ERR_OUT_OF_RANGE", "RangeError")
    kinds: dict[str, type[Argon2d | Argon2i | Argon2id]] = {
        "argon2d": Argon2d,
        "argon2i": Argon2i,
        "argon2id": Argon2id,
    }
    with failing(_FAILED, _CODE):
        derivation = kinds[known.algorithm](
            salt=nonce,
            length=known.length,
            iterations=known.passes,
            lanes=known.lanes,
            memory_cost=known.memory,
            ad=associated or None,
            secret=secret or None,
        )
        return Answer(data=derivation.derive(message))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "argon2": argon2,
    "hkdf": hkdf,
    "pbkdf2": pbkdf2,
    "scrypt": scrypt,
}


def warm_up() -> None:
    """Use each once."""
    hashlib.pbkdf2_hmac("sha256", b"", b"", 1)
    hashlib.scrypt(b"", salt=b"", n=2, r=1, p=1, dklen=1)
