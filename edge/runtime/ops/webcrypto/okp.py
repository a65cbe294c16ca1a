"""Ed25519, Ed448, X25519 and X448 (https://w3c.github.io/webcrypto/#ed25519, #x25519; RFC 8032, RFC 7748).

Keys are raw, as the RFCs have them; `curve` is one of `CURVES`:

    crypto.okp.generate  {"curve"} -> value: length of the private key; data: private key, public key
    crypto.okp.import    {"curve", "format", "jwk": {"x"[, "d"]} or null}, data: key as it comes -> data: key
    crypto.okp.export    {"curve", "format", "private"}, data: key -> data: DER, or value: {"x"[, "d"]}
    crypto.okp.sign      {"curve"}, data: private key, message -> data: signature
    crypto.okp.verify    {"curve"}, data: public key, signature, message -> value: whether the signature is right
    crypto.okp.derive    {"curve"}, data: private key, public key -> data: shared secret
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from edge.runtime.ops.webcrypto import der
from edge.runtime.ops.webcrypto.common import Arguments, Format, failing, three, two
from edge.runtime.ops.webcrypto.numbers import to_bytes, to_text
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

Curve = Literal["Ed25519", "Ed448", "X25519", "X448"]
Signing = Literal["Ed25519", "Ed448"]
Deriving = Literal["X25519", "X448"]
Private = Ed25519PrivateKey | Ed448PrivateKey | X25519PrivateKey | X448PrivateKey
Public = Ed25519PublicKey | Ed448PublicKey | X25519PublicKey | X448PublicKey


class _Classes(NamedTuple):
    private: type[Private]
    public: type[Public]
    identifier: bytes


CURVES: dict[Curve, _Classes] = {
    "Ed25519": _Classes(Ed25519PrivateKey, Ed25519PublicKey, bytes.fromhex("2b6570")),
    "Ed448": _Classes(Ed448PrivateKey, Ed448PublicKey, bytes.fromhex("2b6571")),
    "X25519": _Classes(X25519PrivateKey, X25519PublicKey, bytes.fromhex("2b656e")),
    "X448": _Classes(X448PrivateKey, X448PublicKey, bytes.fromhex("2b656f")),
}

# Points of small order, by their y modulo p (RFC 8032, 5.1.2 and 5.2.2: the sign of x is the highest bit).
_SMALL_ORDER: dict[Signing, tuple[int, int, frozenset[int]]] = {
    "Ed25519": (
        2**255 - 19,
        2**255 - 1,
        frozenset(
            (
                0,
                1,
                2**255 - 20,
                int.from_bytes(
                    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
                ),
                int.from_bytes(
                    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
                ),
            )
        ),
    ),
    "Ed448": (2**448 - 2**224 - 1, 2**455 - 1, frozenset((0, 1, 2**448 - 2**224 - 2))),
}


class _Curve(Arguments):
    curve: Curve


class _Jwk(msgspec.Struct, forbid_unknown_fields=True):
    x: str
    d: str | None = None


class _Import(_Curve):
    format: Format
    jwk: _Jwk | None = None


class _Export(_Curve):
    format: Literal["spki", "pkcs8", "jwk"]
    private: bool


class _Signature(Arguments):
    curve: Signing


class _Derivation(Arguments):
    curve: Deriving


def generate(args: msgspec.Raw, _data: bytes) -> Answer:
    """`crypto.okp.generate`."""
    classes = CURVES[arguments(_Curve, args).curve]
    with failing("OperationError", "the key pair could not be generated"):
        private = classes.private.generate()
        first = private.private_bytes_raw()
        return Answer(len(first), first + private.public_key().public_bytes_raw())


def import_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.okp.import`."""
    known = arguments(_Import, args)
    with failing("DataError", f"the data is not a key of the curve {known.curve}"):
        return Answer(data=_loaded(known.format, data, known.jwk, CURVES[known.curve]))


def _loaded(kind: Format, data: bytes, jwk: _Jwk | None, classes: _Classes) -> bytes:
    """Raises what the library raises."""
    if kind == "raw":
        return classes.public.from_public_bytes(data).public_bytes_raw()
    if kind == "spki":
        return _from_spki(data, classes)
    if kind == "pkcs8":
        return _from_pkcs8(data, classes)
    assert jwk is not None
    public = classes.public.from_public_bytes(to_bytes(jwk.x)).public_bytes_raw()
    if jwk.d is None:
        return public
    private = classes.private.from_private_bytes(to_bytes(jwk.d))
    if private.public_key().public_bytes_raw() != public:
        raise ValueError("two keys that do not belong together")
    return private.private_bytes_raw()


def _from_spki(data: bytes, classes: _Classes) -> bytes:
    if der.public_algorithm(data) != classes.identifier:
        raise ValueError("a public key of another algorithm")
    key = load_der_public_key(data)
    assert isinstance(key, classes.public)
    return key.public_bytes_raw()


def _from_pkcs8(data: bytes, classes: _Classes) -> bytes:
    if der.private_algorithm(data) != classes.identifier:
        raise ValueError("a private key of another algorithm")
    key = load_der_private_key(data, None)
    assert isinstance(key, classes.private)
    return key.private_bytes_raw()


def export_key(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.okp.export`."""
    known = arguments(_Export, args)
    classes = CURVES[known.curve]
    with failing("OperationError", "the key could not be exported"):
        private = classes.private.from_private_bytes(data) if known.private else None
        public = private.public_key() if private else classes.public.from_public_bytes(data)
        if known.format == "spki":
            return Answer(data=public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        if known.format == "pkcs8":
            assert private is not None
            return Answer(data=private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        jwk = {"x": to_text(public.public_bytes_raw())}
        if private:
            jwk["d"] = to_text(data)
        return Answer(jwk)


def sign(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.okp.sign`."""
    known = arguments(_Signature, args)
    key, message = two(data, known.parts)
    with failing("OperationError", "the data could not be signed"):
        private = CURVES[known.curve].private.from_private_bytes(key)
        assert isinstance(private, Ed25519PrivateKey | Ed448PrivateKey)
        return Answer(data=private.sign(message))


def verify(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.okp.verify`."""
    known = arguments(_Signature, args)
    key, signature, message = three(data, known.parts)
    with failing("OperationError", "the signature could not be verified"):
        if _is_of_small_order(known.curve, key) or _is_of_small_order(known.curve, signature[: len(key)]):
            return Answer(value=False)
        public = CURVES[known.curve].public.from_public_bytes(key)
        assert isinstance(public, Ed25519PublicKey | Ed448PublicKey)
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return Answer(value=False)
        return Answer(value=True)


def _is_of_small_order(curve: Signing, point: bytes) -> bool:
    """Such a key fits many messages, and the standard says that no signature of it is right."""
    p, mask, small = _SMALL_ORDER[curve]
    return (int.from_bytes(point, "little") & mask) % p in small


def derive(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.okp.derive`: fails when the secret is all zero."""
    known = arguments(_Derivation, args)
    first, second = two(data, known.parts)
    with failing("OperationError", "the bits could not be derived"):
        if known.curve == "X25519":
            return Answer(
                data=X25519PrivateKey.from_private_bytes(first).exchange(X25519PublicKey.from_public_bytes(second))
            )
        return Answer(data=X448PrivateKey.from_private_bytes(first).exchange(X448PublicKey.from_public_bytes(second)))


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
    for classes in CURVES.values():
        private = classes.private.generate()
        public = private.public_key()
        _from_pkcs8(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), classes)
        _from_spki(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), classes)
        if isinstance(private, Ed25519PrivateKey | Ed448PrivateKey):
            private.public_key().verify(private.sign(b""), b"")
        elif isinstance(private, X25519PrivateKey):
            private.exchange(private.public_key())
        else:
            private.exchange(private.public_key())
