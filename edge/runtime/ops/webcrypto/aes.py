"""AES (https://w3c.github.io/webcrypto/#aes-ctr and what follows it).

Operations; `encrypt` says which way:

    crypto.aes.cbc  {"encrypt"}, data: key, iv, message -> data
    crypto.aes.ctr  {"length": bits of the counter}, data: key, counter, message -> data, both ways the same
    crypto.aes.gcm  {"encrypt", "tag_length": bytes}, data: key, iv, additional data, message -> data
    crypto.aes.kw   {"encrypt"}, data: key, message -> data
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from edge.errors import HostCallError
from edge.runtime.ops.webcrypto.common import Arguments, failing, split, three, two
from edge.runtime.ops.webcrypto.counter import BLOCK, counted
from edge.runtime.ops.webcrypto.gcm import decrypt, encrypt
from edge.services.api import Answer, arguments
from edge.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WRAPPED = MIB
"""Most bytes that AES-KW takes, which is for keys: it is slow, and cannot be interrupted."""

_BLOCK_BITS = 128
_FAILED = "the data could not be {}: the key, the parameters or the data are wrong"


class _Both(Arguments):
    encrypt: bool


class _Counter(Arguments):
    length: Annotated[int, msgspec.Meta(ge=1, le=_BLOCK_BITS)]


class _Gcm(_Both):
    tag_length: Annotated[int, msgspec.Meta(ge=4, le=BLOCK)]


def cbc(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.aes.cbc`."""
    known = arguments(_Both, args)
    key, iv, message = three(data, known.parts)
    with failing("OperationError", _FAILED.format("encrypted" if known.encrypt else "decrypted")):
        cipher, pad = Cipher(algorithms.AES(key), modes.CBC(iv)), padding.PKCS7(_BLOCK_BITS)
        if known.encrypt:
            padder, encryptor = pad.padder(), cipher.encryptor()
            return Answer(data=encryptor.update(padder.update(message) + padder.finalize()) + encryptor.finalize())
        unpadder, decryptor = pad.unpadder(), cipher.decryptor()
        return Answer(data=unpadder.update(decryptor.update(message) + decryptor.finalize()) + unpadder.finalize())


def ctr(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.aes.ctr`."""
    known = arguments(_Counter, args)
    key, counter, message = three(data, known.parts)
    if -(-len(message) // BLOCK) > 1 << known.length:
        raise HostCallError("the counter is too short for so much data", js_class="OperationError")
    with failing("OperationError", _FAILED.format("processed")):
        return Answer(data=counted(key, counter, known.length, message))


def gcm(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.aes.gcm`."""
    known = arguments(_Gcm, args)
    if len(known.parts) != 3:
        raise HostCallError("4 byte strings are needed", js_class="TypeError")
    key, iv, extra, message = split(data, known.parts)
    with failing("OperationError", _FAILED.format("encrypted" if known.encrypt else "decrypted")):
        if known.encrypt:
            text, tag = encrypt(key, iv, extra, message)
            return Answer(data=text + tag[: known.tag_length])
        at = len(message) - known.tag_length
        if at < 0:
            raise ValueError("shorter than a tag")
        return Answer(data=decrypt(key, iv, extra, message[:at], message[at:]))


def key_wrap(args: msgspec.Raw, data: bytes) -> Answer:
    """`crypto.aes.kw`."""
    known = arguments(_Both, args)
    key, message = two(data, known.parts)
    if len(message) > MAX_WRAPPED:
        raise HostCallError(f"AES-KW takes at most {MAX_WRAPPED} bytes", js_class="OperationError")
    if known.encrypt:
        with failing("OperationError", "the key cannot be wrapped: AES-KW takes 16 bytes or more, a multiple of 8"):
            return Answer(data=aes_key_wrap(key, message))
    with failing("OperationError", _FAILED.format("unwrapped")):
        return Answer(data=aes_key_unwrap(key, message))


OPERATIONS: dict[str, Callable[[msgspec.Raw, bytes], Answer]] = {"cbc": cbc, "ctr": ctr, "gcm": gcm, "kw": key_wrap}


def warm_up() -> None:
    """Use each mode once."""
    for size in (16, 24, 32):
        key = bytes(size)
        decrypt(key, b"iv", b"", *encrypt(key, b"iv", b"", b"message"))
        Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).decryptor().update(bytes(BLOCK))
        aes_key_unwrap(key, aes_key_wrap(key, key))
