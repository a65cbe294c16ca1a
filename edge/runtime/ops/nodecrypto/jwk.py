"""JSON Web Keys (RFC 7517, RFC 7518, RFC 8037, RFC 8812)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from edge.runtime.ops.nodecrypto.curves import EDWARDS, EDWARDS_NAMES, details_of
from edge.runtime.ops.nodecrypto.failures import failure
from edge.runtime.ops.webcrypto.numbers import fixed, number, text_of, to_bytes, to_text
from edge.runtime.ops.webcrypto.rsa import MAX_BITS, check_numbers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
_OKP: dict[str, EDWARDS_NAMES] = {"Ed25519": "ed25519", "Ed448": "ed448", "X25519": "x25519", "X448": "x448"}


class Jwk(msgspec.Struct):
    """What may be in one; the rest of it, such as `use` and `alg`, is for others."""

    kty: Literal["RSA", "EC", "OKP"]
    crv: str = ""
    x: str = ""
    y: str = ""
    d: str = ""
    n: str = ""
    e: str = ""
    p: str = ""
    q: str = ""
    dp: str = ""
    dq: str = ""
    qi: str = ""


def public(key: Jwk) -> PublicKeyTypes:
    """The public half.  Raises ValueError, KeyError."""
    if key.kty == "RSA":
        return _bounded(key).public_key()
    if key.kty == "EC":
        return _point(key).public_key()
    return EDWARDS[_OKP[key.crv]].public.from_public_bytes(to_bytes(key.x))


def private(key: Jwk) -> PrivateKeyTypes:
    """The private half, which must fit the public one.  Raises ValueError, KeyError."""
    if key.kty == "RSA":
        p, q, dp, dq, qi = (number(text) for text in (key.p, key.q, key.dp, key.dq, key.qi))
        numbers = rsa.RSAPrivateNumbers(p, q, number(key.d), dp, dq, qi, _bounded(key))
        check_numbers(numbers)
        return numbers.private_key(unsafe_skip_rsa_key_validation=True)
    if key.kty == "EC":
        point = _point(key)
        return ec.EllipticCurvePrivateNumbers(fixed(key.d, _size(point.curve)), point).private_key()
    return EDWARDS[_OKP[key.crv]].private.from_private_bytes(to_bytes(key.d))


def _bounded(key: Jwk) -> rsa.RSAPublicNumbers:
    n = number(key.n)
    if n.bit_length() > MAX_BITS:
        raise ValueError("too large a key")
    return rsa.RSAPublicNumbers(number(key.e), n)


def _point(key: Jwk) -> ec.EllipticCurvePublicNumbers:
    curve = _CURVES[key.crv]
    size = _size(curve)
    return ec.EllipticCurvePublicNumbers(fixed(key.x, size), fixed(key.y, size), curve)


def _size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def of_public(key: PublicKeyTypes) -> dict[str, str]:
    """The JSON Web Key of a public key."""
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": text_of(numbers.n), "e": text_of(numbers.e)}
    if isinstance(key, ec.EllipticCurvePublicKey):
        point, size = key.public_numbers(), _size(key.curve)
        return {"crv": _name_of(key.curve), "kty": "EC", "x": text_of(point.x, size), "y": text_of(point.y, size)}
    kind = details_of(key)["type"]
    name = next(name for name, of in _OKP.items() if of == kind)
    return {"crv": name, "x": to_text(key.public_bytes_raw()), "kty": "OKP"}  # type: ignore[union-attr]


def _name_of(curve: ec.EllipticCurve) -> str:
    for name, known in _CURVES.items():
        if known.name == curve.name:
            return name
    raise failure(f"Unsupported JWK EC curve: {curve.name}.", "ERR_CRYPTO_JWK_UNSUPPORTED_CURVE")


def of_private(key: PrivateKeyTypes) -> dict[str, str]:
    """The JSON Web Key of a private key."""
    public_half = of_public(key.public_key())
    if isinstance(key, rsa.RSAPrivateKey):
        own = key.private_numbers()
        names = {"d": own.d, "p": own.p, "q": own.q, "dp": own.dmp1, "dq": own.dmq1, "qi": own.iqmp}
        return public_half | {name: text_of(value) for name, value in names.items()}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return public_half | {"d": text_of(key.private_numbers().private_value, _size(key.curve))}
    return public_half | {"d": to_text(key.private_bytes_raw())}  # type: ignore[union-attr]
