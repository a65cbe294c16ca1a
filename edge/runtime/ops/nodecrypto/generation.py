"""Key pairs.

nodecrypto.generation.generate  {"type", "bits", "exponent", "curve", "divisor", "group", "generator",
                                "pss": [hash, hash of the mask, salt] or null}, data: prime of a DH key, or nothing
                                -> value: {"type", "details", "length" of the private key};
                                data: private key, public key
"""

from __future__ import annotations

import secrets
from math import gcd, lcm
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from edge.runtime.ops.nodecrypto.curves import EDWARDS, Curve, curve_named, details_of
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.ffdh import DHParameterNumbers, DHPrivateKey, generate_parameters
from edge.runtime.ops.nodecrypto.numbers import MODP_SIZES, is_prime, modp, random_prime
from edge.runtime.ops.nodecrypto.pss import Restriction, details_with, identifier_for
from edge.runtime.ops.nodecrypto.stored import private_bytes, public_bytes
from edge.runtime.ops.webcrypto.rsa import MAX_BITS
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

MIN_BITS = 512
_LIBRARY_BITS = 1024
_LIBRARY_EXPONENTS = (3, 65537)
_MAX_OWN_BITS = 4096
_MAX_DSA_BITS = 3072
_MAX_DH_BITS = 2048
_DSA_SIZES = {1024: (160,), 2048: (224, 256), 3072: (256,)}


class _Generate(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["rsa", "rsa-pss", "ec", "ed25519", "ed448", "x25519", "x448", "dsa", "dh"]
    bits: Annotated[int, msgspec.Meta(ge=0, le=MAX_BITS)] = 2048
    exponent: Annotated[int, msgspec.Meta(ge=3, le=2**32 - 1)] = 65537
    curve: Curve = "prime256v1"
    divisor: Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)] = -1
    group: int = 0
    generator: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 2
    pss: Restriction | None = None


def generate(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.generation.generate`: takes its time for RSA, from 40 ms to minutes."""
    known = arguments(_Generate, args)
    with failing("the key pair could not be generated", "ERR_CRYPTO_OPERATION_FAILED"):
        key = _generated(known, data)
        identifier = identifier_for(known.pss) if known.type == "rsa-pss" else None
        private = private_bytes(key, identifier)
        value = {**details_with(details_of(key.public_key()), identifier), "length": len(private)}
        return Answer(value, private + public_bytes(key.public_key(), identifier))


def _generated(known: _Generate, prime: bytes) -> PrivateKeyTypes:
    match known.type:
        case "rsa" | "rsa-pss":
            return _rsa(known.bits, known.exponent)
        case "ec":
            return ec.generate_private_key(curve_named(known.curve))
        case "dsa":
            return _dsa(known.bits, known.divisor)
        case "dh":
            return _dh(known, prime)
        case edwards:
            return EDWARDS[edwards].private.generate()


def _rsa(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    if bits < MIN_BITS:
        raise failure("key size too small", "ERR_OSSL_RSA_KEY_SIZE_TOO_SMALL")
    if bits >= _LIBRARY_BITS and exponent in _LIBRARY_EXPONENTS:
        return rsa.generate_private_key(exponent, bits)
    if not exponent & 1:
        raise failure("pub exponent out of range", "ERR_OSSL_RSA_PUB_EXPONENT_OUT_OF_RANGE")
    if bits > _MAX_OWN_BITS:
        raise failure(f"with another exponent than 65537, keys have at most {_MAX_OWN_BITS} bits", "ERR_OUT_OF_RANGE")
    return rsa_of(bits, exponent)


def rsa_of(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    """A key of a size, or with an exponent, for which the library makes none (FIPS 186-5, A.1.3)."""
    p, q = _factor((bits + 1) // 2, exponent, None), 0
    while not q or (p * q).bit_length() != bits:
        q = _factor(bits // 2, exponent, p)
    p, q = max(p, q), min(p, q)
    d = pow(exponent, -1, lcm(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(exponent, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def _factor(bits: int, exponent: int, other: int | None) -> int:
    while True:
        prime = random_prime(bits)
        far = other is None or abs(prime - other) >> (bits - min(bits // 2, 100))
        if far and gcd(prime - 1, exponent) == 1:
            return prime


def _dsa(bits: int, divisor: int) -> dsa.DSAPrivateKey:
    allowed = _DSA_SIZES.get(bits)
    if bits > _MAX_DSA_BITS or allowed is None or divisor not in (-1, *allowed):
        raise failure(
            "keys of DSA have 1024 bits with a divisor of 160, 2048 with one of 224 or 256, or 3072 with one of 256",
            "ERR_OUT_OF_RANGE",
            "RangeError",
        )
    if divisor in {-1, allowed[-1]}:
        return dsa.generate_private_key(bits)
    return _dsa_of(bits, divisor)


def _dsa_of(bits: int, divisor: int) -> dsa.DSAPrivateKey:
    """Probable primes with q a divisor of p - 1, and a generator of the subgroup (FIPS 186-4, A.1 and A.2.1)."""
    q = random_prime(divisor)
    while True:
        p = secrets.randbits(bits) | 1 << (bits - 1)
        p -= p % (2 * q) - 1
        if p.bit_length() == bits and is_prime(p, 1) and is_prime(p):
            break
    g = 1
    while g == 1:
        g = pow(2 + secrets.randbelow(p - 3), (p - 1) // q, p)
    x = 1 + secrets.randbelow(q - 1)
    parameters = dsa.DSAParameterNumbers(p, q, g)
    return dsa.DSAPrivateNumbers(x, dsa.DSAPublicNumbers(pow(g, x, p), parameters)).private_key()


def _dh(known: _Generate, prime: bytes) -> DHPrivateKey:
    if known.group in MODP_SIZES:
        p = modp(known.group)
    elif prime:
        p = int.from_bytes(prime)
    else:
        if known.bits > _MAX_DH_BITS:
            raise failure(
                f"edge generates primes of at most {_MAX_DH_BITS} bits; options.group has larger ones",
                "ERR_OUT_OF_RANGE",
            )
        p = generate_parameters(known.generator, known.bits).parameter_numbers().p
    return DHParameterNumbers(p, known.generator).parameters().generate_private_key()


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"generate": generate}


def warm_up() -> None:
    """Use each kind once that is quickly made."""
    rsa_of(MIN_BITS, 65537)
    ec.generate_private_key(ec.SECP256K1())
