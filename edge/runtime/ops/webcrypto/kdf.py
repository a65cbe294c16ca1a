"""HKDF and PBKDF2 (https://w3c.github.io/webcrypto/#hkdf, #pbkdf2).

crypto.kdf.hkdf    {"hash", "length": bytes}, data: key, salt, info -> data
crypto.kdf.pbkdf2  {"hash", "length": bytes, "iterations"}, data: password, salt -> data
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated

import msgspec
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from edge.errors import HostCallError
from edge.runtime.ops.webcrypto.common import HASHES, Arguments, Hash, Length, failing, hash_named, three, two
from edge.services.api import Answer, arguments
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

_HKDF_BLOCKS = 255

MAX_ROUNDS = 100_000_000
"""Most iterations of all blocks of one PBKDF2 together, half a minute or so: the library cannot be interrupted."""

MAX_LENGTH = 4 * MIB
"""Most bytes of one PBKDF2."""

_HASHED_AT_ONCE = 64
"""Bytes of salt that cost as much as an iteration, or more."""


class _Derivation(Arguments):
    hash: Hash
    length: Length


class _Pbkdf2(_Derivation):
    iterations: Annotated[int, msgspec.Meta(ge=1)]


def hkdf(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.kdf.hkdf`: RFC 5869."""
    known = arguments(_Derivation, args)
    key, salt, info = three(data, known.parts)
    name, size = known.hash.replace("-", "").lower(), hash_named(known.hash).digest_size
    if known.length > _HKDF_BLOCKS * size:
        raise HostCallError(
            f"HKDF gives at most {_HKDF_BLOCKS * size} bytes with {known.hash}", js_class="OperationError"
        )
    secret = hmac.digest(salt or bytes(size), key, name)
    derived, block = b"", b""
    while len(derived) < known.length:
        block = hmac.digest(secret, block + info + bytes((len(derived) // size + 1,)), name)
        derived += block
    return Answer(data=derived[: known.length])


def pbkdf2(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.kdf.pbkdf2`: RFC 8018."""
    known = arguments(_Pbkdf2, args)
    password, salt = two(data, known.parts)
    if known.length == 0:
        return Answer(data=b"")
    if known.length > MAX_LENGTH:
        raise HostCallError(f"PBKDF2 gives at most {MAX_LENGTH} bytes", js_class="OperationError")
    algorithm = hash_named(known.hash)
    blocks = -(-known.length // algorithm.digest_size)
    if blocks * (known.iterations + len(salt) // _HASHED_AT_ONCE) > MAX_ROUNDS:
        raise HostCallError(
            f"PBKDF2 does at most {MAX_ROUNDS} iterations for all its blocks", js_class="OperationError"
        )
    with failing("OperationError", "the bits could not be derived"):
        return Answer(data=PBKDF2HMAC(algorithm, known.length, salt, known.iterations).derive(password))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"hkdf": hkdf, "pbkdf2": pbkdf2}


def warm_up() -> None:
    """Use PBKDF2 with each hash once."""
    for name in HASHES:
        PBKDF2HMAC(hash_named(name), 1, b"", 1).derive(b"")
