"""Keys that tokens are signed with, each with the algorithms that it may be used with.

A token says which algorithm it was signed with, but its word does not count: an RSA key verifies RS and PS signatures
only, a curve the one that belongs to it, and a shared secret HMACs only, so that a public key is never taken for a
secret, and `none` is no algorithm at all (RFC 8725, sections 2.1 and 3.1).  RFC 7517, RFC 7518.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError
from jwt.utils import is_ssh_key

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_KEYS: Final = 100
MIN_SECRET: Final = 32
"""Bytes below which a shared secret is worth a warning (RFC 7518, section 3.2)."""
_MIN_RSA: Final = 2048
_HMAC: Final = ("HS256", "HS384", "HS512")
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES: Final = {"secp256r1": ("ES256",), "secp384r1": ("ES384",), "secp521r1": ("ES512",)}
_EDWARDS: Final = ("EdDSA", "Ed25519")
ALGORITHMS: Final = (*_RSA, *(name for names in _CURVES.values() for name in names), *_EDWARDS, *_HMAC)


class VerifyKey(msgspec.Struct, frozen=True):
    """A public key of `cryptography`, or the bytes of a shared secret.  `id` is None when it has none."""

    key: Any
    algorithms: tuple[str, ...]
    id: str | None = None


class _Jwk(msgspec.Struct, frozen=True):
    """What is read of a JWK besides the key itself."""

    kty: str = ""
    kid: str | None = None
    alg: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None


class _Set(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def text_keys(text: str) -> tuple[VerifyKey, ...]:
    """The keys of a secret: PEM (a public key or certificate), a JWK or a set of them, else a shared secret.

    Raises ValueError.
    """
    stripped = text.strip().removeprefix("\ufeff")
    if "-----BEGIN" in stripped:  # also behind comments: as a shared secret, everybody would have it
        return (_of(_pem(stripped[stripped.index("-----BEGIN") :])),)
    if stripped.startswith("{"):
        keys = set_keys(stripped.encode()) if '"keys"' in stripped else _single(stripped)
        if not keys:
            raise ValueError("no key in it can verify a signature")
        return keys
    if not text:
        raise ValueError("it is empty")
    if is_ssh_key(text.encode()) or '"kty"' in text:
        raise ValueError("it is a public key in a form that is not known (PEM, a JWK or a JWK set)")
    return (VerifyKey(text.encode(), _HMAC),)


def _single(text: str) -> tuple[VerifyKey, ...]:
    try:
        found = jwk_key(msgspec.json.decode(text, type=dict[str, Any]))
    except msgspec.DecodeError as error:
        raise ValueError("it is no JSON Web Key") from error
    return (found,) if found is not None else ()


def set_keys(text: bytes, *, public: bool = False) -> tuple[VerifyKey, ...]:
    """The keys of a JWK set that can verify signatures; others are passed over (RFC 7517, section 5).

    `public`: it comes from the network, so that shared secrets in it are none.  Raises ValueError.
    """
    try:
        found = msgspec.json.decode(text, type=_Set).keys
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("it is no JSON Web Key set") from error
    if len(found) > MAX_KEYS:
        raise ValueError(f"it has {len(found)} keys, over the limit of {MAX_KEYS}")
    keys = [jwk_key(one) for one in found]
    return tuple(one for one in keys if one is not None and not (public and isinstance(one.key, bytes)))


def jwk_key(jwk: dict[str, Any]) -> VerifyKey | None:
    """A JSON Web Key; None for one that cannot verify signatures, or not safely."""
    try:
        head = msgspec.convert(jwk, _Jwk)
        if head.use not in (None, "sig") or (head.key_ops is not None and "verify" not in head.key_ops):
            return None
        key = _of(_material(head.kty, jwk))
    except (ValueError, TypeError, KeyError, PyJWTError, UnsupportedAlgorithm, msgspec.ValidationError):
        return None
    algorithms = key.algorithms if head.alg is None else tuple(set(key.algorithms) & {head.alg})
    return VerifyKey(key.key, algorithms, head.kid) if algorithms else None


def _material(kind: str, jwk: dict[str, Any]) -> Any:
    match kind:
        case "RSA":
            return _public(RSAAlgorithm.from_jwk(jwk))
        case "EC":
            return _public(ECAlgorithm.from_jwk(jwk))
        case "OKP":
            return _public(OKPAlgorithm.from_jwk(jwk))
        case "oct":
            return HMACAlgorithm.from_jwk(jwk)
    raise ValueError("the kind of key is not known")


def _public(key: Any) -> Any:
    """Whoever puts a private key here has told its public part, too."""
    return key.public_key() if hasattr(key, "public_key") else key


def _pem(text: str) -> Any:
    try:
        if "CERTIFICATE-----" in text:
            return load_pem_x509_certificate(text.encode()).public_key()
        return load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("it is no public key or certificate in PEM") from error


def _of(key: Any) -> VerifyKey:
    """The key with all that its kind can verify.  Raises ValueError for other kinds, and for small ones."""
    if isinstance(key, bytes):
        if not key:
            raise ValueError("an empty secret")
        return VerifyKey(key, _HMAC)
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _MIN_RSA:
            raise ValueError(f"an RSA key of {key.key_size} bits is too short (2048 or more)")
        return VerifyKey(key, _RSA)
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return VerifyKey(key, _CURVES[key.curve.name])
    if isinstance(key, ed25519.Ed25519PublicKey):
        return VerifyKey(key, _EDWARDS)
    raise ValueError("the kind of key is not known (RSA, P-256, P-384, P-521, Ed25519)")


def choose(keys: Collection[VerifyKey], key_id: str | None, algorithm: str) -> list[VerifyKey]:
    """The keys that may have made a signature: of that name, or without one, and for that algorithm."""
    named = [one for one in keys if key_id is None or one.id is None or one.id == key_id]
    return [one for one in named if algorithm in one.algorithms]
