"""Keys as text or DER.

nodecrypto.exporting.export  {"private", "format", "type", "cipher"}, data: passphrase, key -> data
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from edge.runtime.ops.nodecrypto.asn1 import PbesCipher, encrypted
from edge.runtime.ops.nodecrypto.failures import failing
from edge.runtime.ops.nodecrypto.pem import armored, locked
from edge.runtime.ops.nodecrypto.stored import private_key, public_key
from edge.runtime.ops.webcrypto.common import Arguments, two
from edge.services.api import Answer, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

_LABELS = {"pkcs1": b"RSA PRIVATE KEY", "sec1": b"EC PRIVATE KEY"}


class _Export(Arguments):
    private: bool
    format: Literal["pem", "der"]
    type: Literal["pkcs1", "pkcs8", "sec1", "spki"]
    cipher: PbesCipher | None


def export(args: msgspec.Raw, data: bytes) -> Answer:
    """`nodecrypto.exporting.export`."""
    known = arguments(_Export, args)
    passphrase, stored = two(data, known.parts)
    with failing("the key could not be exported", "ERR_CRYPTO_OPERATION_FAILED"):
        return Answer(data=_private(known, stored, passphrase) if known.private else _public(known, stored))


def _public(known: _Export, stored: bytes) -> bytes:
    if known.type != "pkcs1":
        return stored if known.format == "der" else armored(stored, b"PUBLIC KEY")
    encoding = Encoding.PEM if known.format == "pem" else Encoding.DER
    return public_key(stored).public_bytes(encoding, PublicFormat.PKCS1)


def _private(known: _Export, stored: bytes, passphrase: bytes) -> bytes:
    if known.type == "pkcs8":
        label = b"PRIVATE KEY" if known.cipher is None else b"ENCRYPTED PRIVATE KEY"
        der = stored if known.cipher is None else encrypted(stored, passphrase, known.cipher)
    else:
        label = _LABELS[known.type]
        der = private_key(stored).private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        if known.cipher is not None:
            return locked(der, label, passphrase, known.cipher)
    return der if known.format == "der" else armored(der, label)


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"export": export}


def warm_up() -> None:
    """Nothing that `keys` does not use."""
