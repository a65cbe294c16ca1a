"""Primes for functions.

nodecrypto.primes.generate  {"bits", "safe"}, data: add, rem -> data: the prime
nodecrypto.primes.check     {"checks"}, data: candidate -> value: whether it is prime
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.numbers import MAX_PRIME_BITS, is_prime, random_prime, rounds_for
from edge.runtime.ops.webcrypto.common import Arguments, two
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BITS, MAX_SAFE_BITS = 4096, 1536
"""Larger ones take minutes, and nothing can interrupt their computation."""

MAX_CHECKS = 64

_RANGE = "ERR_OUT_OF_RANGE"


class _Generate(Arguments):
    bits: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    safe: bool


class _Check(msgspec.Struct, forbid_unknown_fields=True):
    checks: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


def generate(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.primes.generate`: `add` and `rem` are empty when they were not given."""
    known = arguments(_Generate, args)
    most = MAX_SAFE_BITS if known.safe else MAX_BITS
    if known.bits > most:
        raise failure(
            f"edge generates {'safe ' if known.safe else ''}primes of at most {most} bits", _RANGE, "RangeError"
        )
    first, second = two(data, known.parts)
    add = int.from_bytes(first)
    rem = int.from_bytes(second) if second else 3 if known.safe and add else 1
    _check_conditions(known.bits, add, rem)
    with failing("no such prime was found", "ERR_CRYPTO_OPERATION_FAILED"):
        prime = _tiny(known.bits) or random_prime(known.bits, safe=known.safe, add=add, rem=rem)
        return Answer(data=prime.to_bytes((known.bits + 7) // 8))


def _tiny(bits: int) -> int | None:
    """OpenSSL sets both of the highest bits, and then there is one prime of two and one of three bits."""
    return {2: 3, 3: 7}.get(bits)


def _check_conditions(bits: int, add: int, rem: int) -> None:
    if bits == 1:
        raise failure("bits too small", "ERR_OSSL_BN_BITS_TOO_SMALL")
    if not add:
        return
    if add.bit_length() > bits:
        raise failure("invalid options.add", _RANGE, "RangeError")
    if add <= rem:
        raise failure("invalid options.rem", _RANGE, "RangeError")


def check(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.primes.check`."""
    known = arguments(_Check, args)
    number = int.from_bytes(data[: MAX_PRIME_BITS // 8 + 1]) if len(data) <= MAX_PRIME_BITS // 8 else None
    if number is None:
        raise failure("bignum too long", "ERR_OSSL_BN_BIGNUM_TOO_LONG")
    with failing("the number could not be tested", "ERR_CRYPTO_OPERATION_FAILED"):
        return Answer(is_prime(number, max(rounds_for(number.bit_length()), min(known.checks, MAX_CHECKS))))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"generate": generate, "check": check}


def warm_up() -> None:
    """Fill the tables."""
    random_prime(64)
