"""ECDSA and ECDH over the curves of NIST (https://w3c.github.io/webcrypto/#ecdsa, #ecdh).

A private key is the DER of its PKCS#8 form, a public one that of its SubjectPublicKeyInfo; `curve` is one of `CURVES`:

    crypto.ec.generate  {"curve"} -> value: length of the private key; data: private key, public key
    crypto.ec.import    {"curve", "format", "jwk": {"x", "y"[, "d"]} or null}, data: key as it comes -> data: key
    crypto.ec.export    {"format": "raw" | "jwk", "private"}, data: key -> data: point, or value: {"x", "y"[, "d"]}
    crypto.ec.sign      {"hash"}, data: private key, message -> data: signature as IEEE P1363 has it, r and s
    crypto.ec.verify    {"hash"}, data: public key, signature, message -> value: whether the signature is right
    crypto.ec.derive    {}, data: private key, public key -> data: x of the shared point
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from edge.runtime.ops.webcrypto import der
from edge.runtime.ops.webcrypto.common import HASHES, Arguments, Format, Hash, failing, hash_named, three, two
from edge.runtime.ops.webcrypto.numbers import fixed, text_of
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

Curve = Literal["P-256", "P-384", "P-521"]

CURVES: dict[Curve, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}

_IDENTIFIER = bytes.fromhex("2a8648ce3d0201")  # id-ecPublicKey


class _Generate(Arguments):
    curve: Curve


class _Jwk(msgspec.Struct, forbid_unknown_fields=True):
    x: str
    y: str
    d: str | None = None


class _Import(Arguments):
    curve: Curve
    format: Format
    jwk: _Jwk | None = None


class _Export(Arguments):
    format: Literal["raw", "jwk"]
    private: bool


class _Signature(Arguments):
    hash: Hash


def generate(args: msgspec.Raw, _data: bytes) -> Answer:
    """`crypto.ec.generate`."""
    curve = CURVES[arguments(_Generate, args).curve]
    with failing("OperationError", "the key pair could not be generated"):
        private = ec.generate_private_key(curve)
        first = _private_bytes(private)
        return Answer(len(first), first + _public_bytes(private.public_key()))


def import_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.ec.import`."""
    known = arguments(_Import, args)
    with failing("DataError", f"the data is not a key of the curve {known.curve}"):
        key = _loaded(known.format, data, known.jwk, CURVES[known.curve])
        if key.curve.name != CURVES[known.curve].name:
            raise ValueError("a key of another curve")
        return Answer(data=_private_bytes(key) if isinstance(key, ec.EllipticCurvePrivateKey) else _public_bytes(key))


def _loaded(
    kind: Format, data: bytes, jwk: _Jwk | None, curve: ec.EllipticCurve
) -> ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey:
    """Raises what the library raises."""
    if kind == "raw":
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, data)
    if kind == "jwk":
        assert jwk is not None
        return _from_numbers(jwk, curve)
    return _checked_public(data) if kind == "spki" else _checked_private(data)


def _checked_public(data: bytes) -> ec.EllipticCurvePublicKey:
    if der.public_algorithm(data) != _IDENTIFIER:
        raise ValueError("not a public key of an elliptic curve")
    return _public(data)


def _checked_private(data: bytes) -> ec.EllipticCurvePrivateKey:
    if der.private_algorithm(data) != _IDENTIFIER:
        raise ValueError("not a private key of an elliptic curve")
    return _private(data)


def _from_numbers(jwk: _Jwk, curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey:
    """The private numbers must fit the public ones: the library checks it."""
    size = _size(curve)
    public = ec.EllipticCurvePublicNumbers(fixed(jwk.x, size), fixed(jwk.y, size), curve)
    if jwk.d is None:
        return public.public_key()
    return ec.EllipticCurvePrivateNumbers(fixed(jwk.d, size), public).private_key()


def export_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.ec.export`."""
    known = arguments(_Export, args)
    with failing("OperationError", "the key could not be exported"):
        private = _private(data) if known.private else None
        public = private.public_key() if private else _public(data)
        if known.format == "raw":
            return Answer(data=public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        size, numbers = _size(public.curve), public.public_numbers()
        jwk = {"x": text_of(numbers.x, size), "y": text_of(numbers.y, size)}
        if private:
            jwk["d"] = text_of(private.private_numbers().private_value, size)
        return Answer(jwk)


def sign(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.ec.sign`."""
    known = arguments(_Signature, args)
    key, message = two(data, known.parts)
    with failing("OperationError", "the data could not be signed"):
        private = _private(key)
        size = _size(private.curve)
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hash_named(known.hash))))
        return Answer(data=r.to_bytes(size) + s.to_bytes(size))


def verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.ec.verify`."""
    known = arguments(_Signature, args)
    key, signature, message = three(data, known.parts)
    with failing("OperationError", "the signature could not be verified"):
        public = _public(key)
        size = _size(public.curve)
        if len(signature) != 2 * size:
            return Answer(value=False)
        encoded = encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
        try:
            public.verify(encoded, message, ec.ECDSA(hash_named(known.hash)))
        except InvalidSignature:
            return Answer(value=False)
        return Answer(value=True)


def derive(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.ec.derive`."""
    private, public = two(data, arguments(Arguments, args).parts)
    with failing("OperationError", "the bits could not be derived"):
        return Answer(data=_private(private).exchange(ec.ECDH(), _public(public)))


# -- keys as they are stored


def _private(data: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(data, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _public(data: bytes) -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(data)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def _private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "generate": generate,
    "import": import_key,
    "export": export_key,
    "sign": sign,
    "verify": verify,
    "derive": derive,
}


def warm_up() -> None:
    """Use each curve once."""
    for curve in CURVES.values():
        private = _private(_private_bytes(ec.generate_private_key(curve)))
        public = _public(_public_bytes(private.public_key()))
        for name in HASHES:
            algorithm = ec.ECDSA(hash_named(name))
            public.verify(private.sign(b"", algorithm), b"", algorithm)
        private.exchange(ec.ECDH(), public)
