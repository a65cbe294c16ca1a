"""Diffie-Hellman over the integers: what `crypto.DiffieHellman` computes.

nodecrypto.dh.group     {"bits"} -> data: the prime of an RFC
nodecrypto.dh.prime     {"bits", "generator"} -> data: a safe prime
nodecrypto.dh.generate  {}, data: prime, generator, private number or nothing -> value: length of the private number,
                        data: private number, public number
nodecrypto.dh.secret    {}, data: prime, private number, other public number -> data: the secret, as long as the prime
nodecrypto.dh.check     {}, data: prime, generator -> value: flags of DH_check

Python's integers do it: `cryptography` gives Diffie-Hellman of this kind up, and takes primes from 512 bits only.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import msgspec

from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.ffdh import generate_parameters
from edge.runtime.ops.nodecrypto.numbers import MAX_PRIME_BITS, MODP_SIZES, is_prime, modp
from edge.runtime.ops.webcrypto.common import Arguments, three, two
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_GENERATED, MAX_GENERATED = 512, 2048
"""Bits of a safe prime that is made: larger ones take minutes, and every size has a group of an RFC."""

NOT_PRIME, NOT_SAFE, UNABLE, NOT_SUITABLE = 1, 2, 4, 8
_EXPONENT_BITS = 512
_FIVE = 5
_SMALLEST_GENERATOR = 2


class _Group(Arguments):
    bits: int


class _Prime(Arguments):
    bits: Annotated[int, msgspec.Meta(ge=MIN_GENERATED)]
    generator: int


def _number(data: bytes) -> int:
    if len(data) * 8 > MAX_PRIME_BITS + 7:
        raise failure("modulus too large", "ERR_OSSL_DH_MODULUS_TOO_LARGE")
    return int.from_bytes(data)


def group(args: msgspec.Raw, _data: bytes) -> Answer:
    """`nodecrypto.dh.group`."""
    bits = arguments(_Group, args).bits
    if bits not in MODP_SIZES:
        raise failure("Unknown DH group", "ERR_CRYPTO_UNKNOWN_DH_GROUP")
    return Answer(data=modp(bits).to_bytes(bits // 8))


def prime(args: msgspec.Raw, _data: bytes) -> Answer:
    """`nodecrypto.dh.prime`: takes its time, a second for 1024 bits."""
    known = arguments(_Prime, args)
    if known.bits > MAX_GENERATED:
        raise failure(
            f"edge generates primes of at most {MAX_GENERATED} bits; crypto.getDiffieHellman() has larger ones",
            "ERR_OUT_OF_RANGE",
            "RangeError",
        )
    with failing("bad generator", "ERR_OSSL_DH_BAD_GENERATOR"):
        made = generate_parameters(known.generator, known.bits).parameter_numbers().p
        return Answer(data=made.to_bytes((known.bits + 7) // 8))


def generate(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.dh.generate`."""
    first, second, third = three(data, arguments(Arguments, args).parts)
    p, g, private = _number(first), _number(second), _number(third)
    if p < _FIVE or g < _SMALLEST_GENERATOR:
        raise failure("modulus too small", "ERR_OSSL_DH_MODULUS_TOO_SMALL")
    size = (p.bit_length() + 7) // 8
    with failing("the keys could not be generated", "ERR_CRYPTO_OPERATION_FAILED"):
        x = private or _private(p)
        secret = x.to_bytes((x.bit_length() + 7) // 8) if private else x.to_bytes(size)
        return Answer(len(secret), secret + _power(g, x, p).to_bytes(size))


def _private(p: int) -> int:
    """A random exponent: twice the strength of the group is enough where the prime is known to be a safe one."""
    known = p.bit_length() in MODP_SIZES and p == modp(p.bit_length())
    return 1 + secrets.randbelow(1 << _EXPONENT_BITS if known else p - 2)


def _power(base: int, exponent: int, modulus: int) -> int:
    """With the exponent in two random parts, so that the time says little of it."""
    part = secrets.randbelow(exponent + 1)
    return pow(base, part, modulus) * pow(base, exponent - part, modulus) % modulus


def secret(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.dh.secret`."""
    first, second, third = three(data, arguments(Arguments, args).parts)
    p, x, other = _number(first), _number(second), int.from_bytes(third[: MAX_PRIME_BITS // 8 + 2])
    if other <= 1:
        raise failure("Supplied key is too small", "ERR_CRYPTO_INVALID_KEYLEN", "RangeError")
    if other >= p - 1:
        raise failure("Supplied key is too large", "ERR_CRYPTO_INVALID_KEYLEN", "RangeError")
    with failing("the secret could not be derived", "ERR_CRYPTO_OPERATION_FAILED"):
        return Answer(data=shared(p, x, other))


def shared(p: int, x: int, other: int) -> bytes:
    """The secret, as long as the prime."""
    return _power(other, x, p).to_bytes((p.bit_length() + 7) // 8)


def check(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.dh.check`: as OpenSSL's DH_check, for what it calls an unknown group."""
    first, second = two(data, arguments(Arguments, args).parts)
    p, g = _number(first), _number(second)
    if p.bit_length() in MODP_SIZES and p == modp(p.bit_length()):
        return Answer(0)
    with failing("the prime could not be tested", "ERR_CRYPTO_OPERATION_FAILED"):
        flags = 0 if 1 < g < p - 1 else NOT_SUITABLE
        if not is_prime(p):
            flags |= NOT_PRIME
        elif not is_prime(p >> 1):
            flags |= NOT_SAFE
        return Answer(flags)


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "check": check,
    "generate": generate,
    "group": group,
    "prime": prime,
    "secret": secret,
}


def warm_up() -> None:
    """Compute the digits of pi."""
    shared(modp(768), 3, 5)
