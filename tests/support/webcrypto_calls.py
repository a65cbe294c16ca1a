"""Calls of the operations of `edge/runtime/ops/webcrypto/`, as the JavaScript side makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.runtime.ops.webcrypto import OPS

if TYPE_CHECKING:
    from edge.services.api import Answer

KEY = bytes(range(16))
HASH = "SHA-256"


def call(op: str, *parts: bytes, **args: object) -> Answer:
    """One operation on these byte strings."""
    given = {**args, "parts": [len(part) for part in parts[:-1]]}
    return OPS[f"crypto.{op}"](msgspec.Raw(msgspec.json.encode(given)), b"".join(parts))


def data_of(answer: Answer) -> bytes:
    """What it computed."""
    assert answer.data is not None
    return answer.data


def pair(family: str, **args: object) -> tuple[bytes, bytes]:
    """A new private key and its public one."""
    answer = call(f"{family}.generate", b"", **args)
    assert isinstance(answer.value, int)
    return data_of(answer)[: answer.value], data_of(answer)[answer.value :]


def use_everything() -> None:
    """Each operation at least once."""
    _use_aes()
    call("kdf.hkdf", KEY, b"salt", b"info", hash=HASH, length=16)
    call("kdf.pbkdf2", b"password", b"salt", hash=HASH, length=16, iterations=10)
    for curve in ("P-256", "P-384", "P-521"):
        _use_ec(curve)
    for curve in ("Ed25519", "Ed448"):
        private, public = _use_okp(curve)
        signature = data_of(call("okp.sign", private, b"message", curve=curve))
        assert call("okp.verify", public, signature, b"message", curve=curve).value is True
    for curve in ("X25519", "X448"):
        private, public = _use_okp(curve)
        call("okp.derive", private, public, curve=curve)
    _use_rsa()


def _use_aes() -> None:
    for size in (16, 24, 32):
        key = bytes(size)
        sealed = data_of(call("aes.cbc", key, KEY, b"message", encrypt=True))
        call("aes.cbc", key, KEY, sealed, encrypt=False)
        call("aes.ctr", key, b"\xff" * 16, bytes(64), length=2)
        for iv in (b"", KEY, bytes(200)):
            sealed = data_of(call("aes.gcm", key, iv + b"i", b"extra", b"message", encrypt=True, tag_length=12))
            call("aes.gcm", key, iv + b"i", b"extra", sealed, encrypt=False, tag_length=12)
        call("aes.kw", key, data_of(call("aes.kw", key, key, encrypt=True)), encrypt=False)


def _use_ec(curve: str) -> None:
    private, public = pair("ec", curve=curve)
    for key, form in ((private, "pkcs8"), (public, "spki")):
        call("ec.import", key, curve=curve, format=form)
        numbers = call("ec.export", key, format="jwk", private=key is private).value
        assert data_of(call("ec.import", b"", curve=curve, format="jwk", jwk=numbers)) == key
    point = data_of(call("ec.export", public, format="raw", private=False))
    assert data_of(call("ec.import", point, curve=curve, format="raw")) == public
    signature = data_of(call("ec.sign", private, b"message", hash=HASH))
    assert call("ec.verify", public, signature, b"message", hash=HASH).value is True
    call("ec.derive", private, public)


def _use_okp(curve: str) -> tuple[bytes, bytes]:
    private, public = pair("okp", curve=curve)
    for key, form in ((private, "pkcs8"), (public, "spki")):
        exported = data_of(call("okp.export", key, curve=curve, format=form, private=key is private))
        assert data_of(call("okp.import", exported, curve=curve, format=form)) == key
        numbers = call("okp.export", key, curve=curve, format="jwk", private=key is private).value
        assert data_of(call("okp.import", b"", curve=curve, format="jwk", jwk=numbers)) == key
    return private, public


def _use_rsa() -> None:
    private, public = pair("rsa", bits=1024, exponent=65537)
    for key, form in ((private, "pkcs8"), (public, "spki")):
        call("rsa.import", key, format=form)
        numbers = call("rsa.export", key, private=key is private).value
        assert data_of(call("rsa.import", b"", format="jwk", jwk=numbers)) == key
    for salt in (None, 32):
        signature = data_of(call("rsa.sign", private, b"message", hash=HASH, salt=salt))
        assert call("rsa.verify", public, signature, b"message", hash=HASH, salt=salt).value is True
    sealed = data_of(call("rsa.encrypt", public, b"label", b"message", hash=HASH))
    assert data_of(call("rsa.decrypt", private, b"label", sealed, hash=HASH)) == b"message"
