"""Keys and signed tokens for tests: made here, with another library's help than what checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET = "a shared secret of more than thirty-two bytes"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def private(kind, which=0):
    """The same key each time; `which` tells several of a kind apart."""
    return _private(kind, which)


@cache
def _private(kind, _which):
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}[kind]())


KINDS = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}


def pem(kind, which=0):
    return private(kind, which).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(kind, kid=None, which=0, **more):
    """The public key as a JWK."""
    public = private(kind, which).public_key()
    if kind == "RSA":
        numbers = public.public_numbers()
        found = {"kty": "RSA", "n": b64(numbers.n.to_bytes(256, "big")), "e": b64(b"\1\0\1")}
    elif kind == "Ed25519":
        found = {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    else:
        numbers, size = public.public_numbers(), (public.curve.key_size + 7) // 8
        x, y = (b64(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
        found = {"kty": "EC", "crv": kind, "x": x, "y": y}
    return found | ({"kid": kid} if kid else {}) | more


def sign(alg, message, key):
    size = int(alg[2:]) if alg[2:].isdigit() else 0
    digest = {256: hashes.SHA256, 384: hashes.SHA384, 512: hashes.SHA512}.get(size, hashes.SHA256)()
    if alg.startswith("HS"):
        return hmac.digest(key, message, getattr(hashlib, f"sha{size}"))
    if alg.startswith("RS"):
        return key.sign(message, padding.PKCS1v15(), digest)
    if alg.startswith("PS"):
        return key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    if alg.startswith("ES"):
        length = (key.curve.key_size + 7) // 8
        return b"".join(
            n.to_bytes(length, "big") for n in utils.decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
        )
    return key.sign(message)


def token(claims, alg="HS256", key=None, **head):
    """A signed token; `claims` may be text or bytes that are no claims."""
    if key is None:
        key = SECRET.encode() if alg.startswith("HS") else private(KINDS.get(alg, "RSA"))
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    message = f"{b64(json.dumps({'alg': alg, **head}).encode())}.{b64(payload)}".encode()
    return f"{message.decode()}.{b64(sign(alg, message, key))}"
