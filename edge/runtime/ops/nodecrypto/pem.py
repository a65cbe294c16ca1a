"""PEM (RFC 7468), and the old way to encrypt it (RFC 1421, section 4.6.1.1; OpenSSL's EVP_BytesToKey)."""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64decode
from binascii import b2a_base64
from typing import TYPE_CHECKING, NamedTuple

from edge.runtime.ops.nodecrypto.asn1 import CIPHERS, block_of, opened_by, sealed_by

if TYPE_CHECKING:
    from edge.runtime.ops.nodecrypto.asn1 import PbesCipher

_LINE = 64
_SALT = 8
_LOCKED = re.compile(
    rb"-----BEGIN ([A-Z ]+)-----\s+Proc-Type: 4,ENCRYPTED\s+"
    rb"DEK-Info: ([A-Z0-9-]+),([0-9A-Fa-f]+)\s([^-]*)-----END \1-----"
)
_BY_NAME = {cipher.upper().encode(): cipher for cipher in CIPHERS}
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s([^-]*)-----END \1-----")


class Block(NamedTuple):
    """What stands between the lines; encrypted in the old way when there were headers."""

    label: bytes
    der: bytes


def blocks_of(text: bytes) -> list[Block]:
    """All blocks without headers of a text.  Raises ValueError."""
    found = []
    for label, body in _BLOCK.findall(text):
        if b":" not in body:
            found.append(Block(label, b64decode(b"".join(body.split()), validate=True)))
    return found


def armored(der: bytes, label: bytes, headers: bytes = b"") -> bytes:
    """DER as text, with lines of 64 characters."""
    text = b2a_base64(der, newline=False)
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return b"\n".join([b"-----BEGIN " + label + b"-----" + headers, *lines, b"-----END " + label + b"-----", b""])


def _secret(passphrase: bytes, iv: bytes, size: int) -> bytes:
    secret = b""
    while len(secret) < size:
        secret += hashlib.md5(secret[-16:] + passphrase + iv[:_SALT], usedforsecurity=False).digest()
    return secret[:size]


def opened(text: bytes, passphrase: bytes) -> bytes:
    """A text encrypted by `locked`, as one without encryption; other texts as they are, when the library reads them.

    Raises ValueError when the passphrase is wrong.
    """
    found = _LOCKED.search(text)
    cipher: PbesCipher | None = None if found is None else _BY_NAME.get(found[2])
    if found is None or cipher is None:
        return text
    iv = bytes.fromhex(found[3].decode())
    if len(iv) != block_of(cipher):
        raise ValueError("an IV of another cipher")
    der = opened_by(cipher, _secret(passphrase, iv, CIPHERS[cipher][0]), iv, b64decode(b"".join(found[4].split())))
    return armored(der, found[1])


def locked(der: bytes, label: bytes, passphrase: bytes, cipher: PbesCipher) -> bytes:
    """A key of PKCS #1 or SEC 1, encrypted by a key that MD5 makes of passphrase and IV."""
    iv = os.urandom(block_of(cipher))
    secret = _secret(passphrase, iv, CIPHERS[cipher][0])
    sealed = sealed_by(cipher, secret, iv, der)
    name = cipher.upper().encode()
    headers = b"\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + name + b"," + iv.hex().upper().encode() + b"\n"
    return armored(sealed, label, headers)
