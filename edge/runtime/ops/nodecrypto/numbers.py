"""Primes: tests, and random ones (FIPS 186-5, appendices A and B).  Arithmetic, bounded by the sizes of numbers."""

from __future__ import annotations

import secrets
from functools import lru_cache
from math import gcd

MAX_PRIME_BITS = 10_000
"""Most bits of a number that is tested, as OpenSSL has it for Diffie-Hellman: a test takes some seconds then."""

_SIEVED = 4000
# Composites that pass one round with a random base: fewer than one of 4.  For random candidates far fewer.
_ROUNDS = 24
_LARGE = 3072


@lru_cache(maxsize=1)
def _small_primes() -> tuple[int, ...]:
    sieve = bytearray([1]) * _SIEVED
    for number in range(2, int(_SIEVED**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, _SIEVED, number)))
    return tuple(number for number in range(2, _SIEVED) if sieve[number])


@lru_cache(maxsize=1)
def _small_product() -> int:
    product = 1
    for prime in _small_primes():
        product *= prime
    return product


def rounds_for(bits: int) -> int:
    """How often a number is tested: less often when a round takes long.  Each is wrong once in 4 times at the worst."""
    return _ROUNDS if bits <= _LARGE else _ROUNDS // 3


def is_prime(number: int, rounds: int | None = None) -> bool:
    """Whether a number is prime, by Miller and Rabin with random bases."""
    rounds = rounds_for(number.bit_length()) if rounds is None else rounds
    if number < _SIEVED:
        return number in _small_primes()
    if gcd(number, _small_product()) > 1:
        return False
    odd, twos = number - 1, 0
    while not odd & 1:
        odd, twos = odd >> 1, twos + 1
    return all(_passes(number, odd, twos, 2 + secrets.randbelow(number - 3)) for _ in range(max(rounds, 1)))


def _passes(number: int, odd: int, twos: int, base: int) -> bool:
    power = pow(base, odd, number)
    if power in {1, number - 1}:
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def random_prime(bits: int, *, safe: bool = False, add: int = 0, rem: int = 1) -> int:
    """A prime of exactly so many bits; `rem` modulo `add`, when that is not 0; safe: half of it less one is prime too.

    The two highest bits are set, as OpenSSL does, so that a product of two has twice as many bits.  Raises ValueError
    when none was found in a fair time.
    """
    for _ in range(200 * max(bits, 64)):
        candidate = _candidate(bits, safe=safe, add=add, rem=rem)
        if candidate is None:
            continue
        if safe and not (gcd(candidate >> 1, _small_product()) == 1 or candidate >> 1 < _SIEVED):
            continue
        if is_prime(candidate, 1) and (not safe or is_prime(candidate >> 1)) and is_prime(candidate):
            return candidate
    raise ValueError("no prime was found")


def _candidate(bits: int, *, safe: bool, add: int, rem: int) -> int | None:
    number = secrets.randbits(bits) | 1 << (bits - 1)
    if bits > 1 and not add:
        number |= 1 << (bits - 2)
    if add:
        number += rem - number % add
    else:
        number |= 3 if safe and bits > 2 else 1 if bits > 1 else 0
    return number if number.bit_length() == bits else None


@lru_cache(maxsize=1)
def _pi(bits: int) -> int:
    """2**bits * pi, rounded down, by Machin's formula."""
    guard = bits + 64

    def arctangent(inverse: int) -> int:
        term = (1 << guard) // inverse
        total, divisor, sign = term, 1, 1
        while term:
            term //= inverse * inverse
            divisor, sign = divisor + 2, -sign
            total += sign * (term // divisor)
        return total

    return 4 * (4 * arctangent(5) - arctangent(239)) >> 64


# RFC 2409, section 6, and RFC 3526: size -> what is added to the digits of pi.
_MODP = {
    768: 149686, 1024: 129093, 1536: 741804, 2048: 124476, 3072: 1690314, 4096: 240904, 6144: 929484, 8192: 4743158,
}  # fmt: skip
MODP_SIZES = tuple(_MODP)


@lru_cache(maxsize=8)
def modp(bits: int) -> int:
    """The prime of the group of a size, as its RFC defines it.  Raises KeyError."""
    most = max(_MODP)
    digits = _pi(most) >> (most - (bits - 130))
    return (1 << bits) - (1 << (bits - 64)) - 1 + ((digits + _MODP[bits]) << 64)
