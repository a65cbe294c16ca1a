"""Diffie-Hellman over elliptic curves.

nodecrypto.agreement.derive         {}, data: private key, public key -> data: the secret
nodecrypto.agreement.ecdh_generate  {"curve"} -> data: private number
nodecrypto.agreement.ecdh_public    {"curve"}, data: private number -> data: point, uncompressed
nodecrypto.agreement.ecdh_derive    {"curve"}, data: private number, point -> data: the secret
nodecrypto.agreement.ecdh_convert   {"curve", "form"}, data: point -> data: point
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.runtime.ops.nodecrypto.curves import CURVES, Curve, curve_named
from edge.runtime.ops.nodecrypto.dh import shared
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.ffdh import DHPrivateKey, DHPrivateNumbers, DHPublicKey, DHPublicNumbers
from edge.runtime.ops.nodecrypto.stored import private_key, public_key
from edge.runtime.ops.webcrypto.common import Arguments, two
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from edge.errors import HostCallError

_BAD_POINT = ("Public key is not valid for specified curve", "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY")
_NO_POINT = ("Failed to convert Buffer to EC_POINT", "ERR_CRYPTO_OPERATION_FAILED")
_BAD_NUMBER = ("Private key is not valid for specified curve.", "ERR_CRYPTO_INVALID_KEYTYPE")


class _Curve(Arguments):
    curve: Curve


class _Convert(_Curve):
    form: Literal["compressed", "uncompressed", "hybrid"]


def derive(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.agreement.derive`."""
    first, second = two(data, arguments(Arguments, args).parts)
    with failing("failed during derivation", "ERR_OSSL_FAILED_DURING_DERIVATION"):
        private, public = private_key(first), public_key(second)
        if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(public, ec.EllipticCurvePublicKey):
            if private.curve.name != public.curve.name:
                raise _mismatch()
            return Answer(data=private.exchange(ec.ECDH(), public))
        if isinstance(private, x25519.X25519PrivateKey) and isinstance(public, x25519.X25519PublicKey):
            return Answer(data=private.exchange(public))
        if isinstance(private, x448.X448PrivateKey) and isinstance(public, x448.X448PublicKey):
            return Answer(data=private.exchange(public))
        if isinstance(private, DHPrivateKey) and isinstance(public, DHPublicKey):
            return Answer(data=_derived(private.private_numbers(), public.public_numbers()))
    raise failure("Incompatible key types for Diffie-Hellman", "ERR_CRYPTO_INCOMPATIBLE_KEY")


def _mismatch() -> HostCallError:
    return failure("mismatching domain parameters", "ERR_OSSL_MISMATCHING_DOMAIN_PARAMETERS")


def _derived(own: DHPrivateNumbers, other: DHPublicNumbers) -> bytes:
    ours, theirs = own.public_numbers.parameter_numbers, other.parameter_numbers
    if (ours.p, ours.g) != (theirs.p, theirs.g):
        raise _mismatch()
    return shared(ours.p, own.x, other.y)


def _number(curve: Curve, data: bytes) -> ec.EllipticCurvePrivateKey:
    with failing(*_BAD_NUMBER):
        return ec.derive_private_key(int.from_bytes(data), curve_named(curve))


def _point(curve: Curve, data: bytes, problem: tuple[str, str] = _BAD_POINT) -> ec.EllipticCurvePublicKey:
    """Points in all three forms.  In the hybrid one the first byte tells again whether y is odd."""
    with failing(*problem):
        if data[0] in {6, 7}:
            if data[0] & 1 != data[-1] & 1:
                raise ValueError("a hybrid point that contradicts itself")
            data = b"\x04" + data[1:]
        return ec.EllipticCurvePublicKey.from_encoded_point(curve_named(curve), data)


def _encoded(key: ec.EllipticCurvePublicKey, form: str) -> bytes:
    compressed = form == "compressed"
    data = key.public_bytes(
        Encoding.X962, PublicFormat.CompressedPoint if compressed else PublicFormat.UncompressedPoint
    )
    return bytes((6 + (data[-1] & 1),)) + data[1:] if form == "hybrid" else data


def ecdh_generate(args: msgspec.Raw, _data: bytes) -> Answer:
    """`nodecrypto.agreement.ecdh_generate`."""
    curve = curve_named(arguments(_Curve, args).curve)
    value = ec.generate_private_key(curve).private_numbers().private_value
    return Answer(data=value.to_bytes((curve.key_size + 7) // 8))


def ecdh_public(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.agreement.ecdh_public`."""
    return Answer(data=_encoded(_number(arguments(_Curve, args).curve, data).public_key(), "uncompressed"))


def ecdh_derive(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.agreement.ecdh_derive`."""
    known = arguments(_Curve, args)
    number, point = two(data, known.parts)
    private, public = _number(known.curve, number), _point(known.curve, point)
    with failing(*_BAD_POINT):
        return Answer(data=private.exchange(ec.ECDH(), public))


def ecdh_convert(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.agreement.ecdh_convert`."""
    known = arguments(_Convert, args)
    return Answer(data=_encoded(_point(known.curve, data, _NO_POINT), known.form))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {
    "derive": derive,
    "ecdh_convert": ecdh_convert,
    "ecdh_derive": ecdh_derive,
    "ecdh_generate": ecdh_generate,
    "ecdh_public": ecdh_public,
}


def warm_up() -> None:
    """Use each curve once."""
    for name in CURVES:
        private = ec.generate_private_key(curve_named(name))
        private.exchange(ec.ECDH(), _point(name, _encoded(private.public_key(), "compressed")))
