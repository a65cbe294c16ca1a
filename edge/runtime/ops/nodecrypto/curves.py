"""Elliptic curves by OpenSSL's names, and what Node calls keys and their details."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519

from edge.runtime.ops.nodecrypto.ffdh import DHPublicKey

Curve = Literal[
    "prime256v1", "secp224r1", "secp256k1", "secp384r1", "secp521r1",
    "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
]  # fmt: skip
CURVES: tuple[Curve, ...] = get_args(Curve)

EDWARDS_NAMES = Literal["ed25519", "ed448", "x25519", "x448"]


class Edwards(NamedTuple):
    """The two classes of a curve without parameters."""

    private: type[ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey | x25519.X25519PrivateKey | x448.X448PrivateKey]
    public: type[ed25519.Ed25519PublicKey | ed448.Ed448PublicKey | x25519.X25519PublicKey | x448.X448PublicKey]


EDWARDS: dict[EDWARDS_NAMES, Edwards] = {
    "ed25519": Edwards(ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey),
    "ed448": Edwards(ed448.Ed448PrivateKey, ed448.Ed448PublicKey),
    "x25519": Edwards(x25519.X25519PrivateKey, x25519.X25519PublicKey),
    "x448": Edwards(x448.X448PrivateKey, x448.X448PublicKey),
}


def curve_named(name: Curve) -> ec.EllipticCurve:
    """The curve that OpenSSL calls so."""
    known: dict[Curve, type[ec.EllipticCurve]] = {
        "prime256v1": ec.SECP256R1, "secp224r1": ec.SECP224R1, "secp256k1": ec.SECP256K1,
        "secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1, "brainpoolP256r1": ec.BrainpoolP256R1,
        "brainpoolP384r1": ec.BrainpoolP384R1, "brainpoolP512r1": ec.BrainpoolP512R1,
    }  # fmt: skip
    return known[name]()


def details_of(key: object) -> dict[str, object]:
    """`asymmetricKeyType` and `asymmetricKeyDetails` of a public key.  Raises ValueError for keys of other kinds."""
    if isinstance(key, rsa.RSAPublicKey):
        exponent = str(key.public_numbers().e)
        return {"type": "rsa", "details": {"modulusLength": key.key_size, "publicExponent": exponent}}
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = "prime256v1" if key.curve.name == "secp256r1" else key.curve.name
        return {"type": "ec", "details": {"namedCurve": name}}
    if isinstance(key, dsa.DSAPublicKey):
        parameters = key.public_numbers().parameter_numbers
        return {
            "type": "dsa",
            "details": {"modulusLength": parameters.p.bit_length(), "divisorLength": parameters.q.bit_length()},
        }
    if isinstance(key, DHPublicKey):
        return {"type": "dh", "details": {}}
    for kind, classes in EDWARDS.items():
        if isinstance(key, classes.public):
            return {"type": kind, "details": {}}
    raise ValueError("a key of another kind")
