"""Ciphers that are fed piece by piece.  `update` and `finish` raise HostCallError."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Camellia, TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB, CFB8, OFB
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

from edge.runtime.ops.nodecrypto.ccm import Ccm
from edge.runtime.ops.nodecrypto.failures import failing, failure
from edge.runtime.ops.nodecrypto.ocb import Ocb
from edge.runtime.ops.nodecrypto.wrap import wrap_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.ciphers import AEADCipherContext, CipherAlgorithm, CipherContext

    from edge.runtime.ops.nodecrypto.modes import Block, Mode

_BLOCK = 16
_SHORTEST_TAG = 4


def _unauthentic() -> Exception:
    return failure("Unsupported state or unable to authenticate data", "")


def _wrong_length() -> Exception:
    return failure("wrong final block length", "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH")


class Context(Protocol):
    """`finish` takes the tag that is to be found, or b"", and gives the last output and the tag that was made."""

    def authenticate(self, data: bytes) -> None: ...
    def update(self, data: bytes) -> bytes: ...
    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]: ...


class _Stream:
    """Counter mode: as much output as input."""

    def __init__(self, context: CipherContext) -> None:
        self._context = context

    def authenticate(self, data: bytes) -> None:
        del data

    def update(self, data: bytes) -> bytes:
        return self._context.update(data)

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del tag, padded
        return self._context.finalize(), b""


class _Blocks:
    """CBC and ECB.  One block is kept back when decrypting: it may be the padded one."""

    def __init__(self, context: CipherContext, *, encrypts: bool, block: int = _BLOCK) -> None:
        self._context = context
        self._encrypts = encrypts
        self._block = block
        self._rest = b""

    def authenticate(self, data: bytes) -> None:
        del data

    def update(self, data: bytes) -> bytes:
        data = self._rest + data
        whole = len(data) // self._block * self._block
        if not self._encrypts and whole and whole == len(data):
            whole -= self._block
        self._rest = data[whole:]
        return self._context.update(data[:whole])

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del tag
        rest = self._rest
        if padded and self._encrypts:
            padder = padding.PKCS7(self._block * 8).padder()
            rest = padder.update(rest) + padder.finalize()
        if len(rest) % self._block or (padded and not rest):
            raise _wrong_length()
        last = self._context.update(rest) + self._context.finalize()
        if padded and not self._encrypts:
            with failing("bad decrypt", "ERR_OSSL_BAD_DECRYPT"):
                unpadder = padding.PKCS7(self._block * 8).unpadder()
                last = unpadder.update(last) + unpadder.finalize()
        return last, b""


class _Gcm:
    def __init__(self, context: AEADCipherContext, *, encrypts: bool) -> None:
        self._context = context
        self._encrypts = encrypts

    def authenticate(self, data: bytes) -> None:
        self._context.authenticate_additional_data(data)

    def update(self, data: bytes) -> bytes:
        return self._context.update(data)

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del padded
        if self._encrypts:
            last = self._context.finalize()
            return last, self._context.tag  # type: ignore[attr-defined]
        try:
            return self._context.finalize_with_tag(tag), b""  # type: ignore[attr-defined]
        except (InvalidTag, ValueError) as error:
            raise _unauthentic() from error


class _ChaCha:
    """ChaCha20-Poly1305 of its two parts (RFC 8439, 2.8), since the library has no incremental one."""

    def __init__(self, key: bytes, nonce: bytes, *, encrypts: bool) -> None:
        full = nonce.rjust(12, b"\0")
        first = Cipher(algorithms.ChaCha20(key, bytes(4) + full), mode=None).encryptor()
        self._code = Poly1305(first.update(bytes(32)))
        self._cipher = Cipher(algorithms.ChaCha20(key, b"\1\0\0\0" + full), mode=None).encryptor()
        self._encrypts = encrypts
        self._extra = self._length = 0
        self._padded = False

    def authenticate(self, data: bytes) -> None:
        self._extra += len(data)
        self._code.update(data)

    def _pad_extra(self) -> None:
        if not self._padded:
            self._padded = True
            self._code.update(bytes(-self._extra % _BLOCK))

    def update(self, data: bytes) -> bytes:
        self._pad_extra()
        self._length += len(data)
        output = self._cipher.update(data)
        self._code.update(output if self._encrypts else data)
        return output

    def finish(self, tag: bytes, *, padded: bool) -> tuple[bytes, bytes]:
        del padded
        self._pad_extra()
        self._code.update(bytes(-self._length % _BLOCK))
        self._code.update(self._extra.to_bytes(8, "little") + self._length.to_bytes(8, "little"))
        found = self._code.finalize()
        if self._encrypts:
            return b"", found
        if not tag or not hmac.compare_digest(found[: len(tag)], tag):
            raise _unauthentic()
        return b"", b""


class _Xts(_Stream):
    """A sector, in one piece of a block at least."""

    def update(self, data: bytes) -> bytes:
        if len(data) < _BLOCK:
            raise failure("Trying to add data in unsupported state", "")
        return super().update(data)


def context_of(mode: Mode, key: bytes, iv: bytes, *, block: Block = "aes", tag: int = 16, encrypts: bool) -> Context:
    """A cipher at its beginning; `tag` is the length of the tag of CCM and OCB."""
    with failing("Invalid initialization vector", "ERR_CRYPTO_INVALID_IV"):
        match mode:
            case "chacha20-poly1305":
                return _ChaCha(key, iv, encrypts=encrypts)
            case "chacha20":
                return _Stream(Cipher(algorithms.ChaCha20(key, iv), mode=None).encryptor())
            case "gcm":
                sealing = Cipher(algorithms.AES(key), modes.GCM(iv, None, _SHORTEST_TAG))
                return _Gcm(sealing.encryptor() if encrypts else sealing.decryptor(), encrypts=encrypts)
            case "ccm":
                return Ccm(key, iv, tag, encrypts=encrypts)
            case "ocb":
                return Ocb(key, iv, tag, encrypts=encrypts)
            case "wrap" | "wrap-pad" | "des3-wrap":
                return wrap_of(mode, key, iv, encrypts=encrypts)
        return _plain(mode, block, key, iv, encrypts=encrypts)


_PlainMode = modes.CBC | modes.CTR | modes.ECB | modes.XTS | CFB | CFB8 | OFB


def _plain(mode: Mode, block: Block, key: bytes, iv: bytes, *, encrypts: bool) -> Context:
    algorithm = _ALGORITHMS[block](key)
    cipher = Cipher(algorithm, _MODES[mode](iv))
    made = cipher.encryptor() if encrypts else cipher.decryptor()
    if mode == "xts":
        return _Xts(made)
    if mode in {"cbc", "ecb"}:
        return _Blocks(made, encrypts=encrypts, block=algorithm.block_size // 8)  # type: ignore[attr-defined]
    return _Stream(made)


_ALGORITHMS: dict[Block, Callable[[bytes], CipherAlgorithm]] = {
    "aes": algorithms.AES,
    "camellia": Camellia,
    "des-ede3": TripleDES,
    "sm4": algorithms.SM4,
}
_MODES: dict[Mode, Callable[[bytes], _PlainMode]] = {
    "cbc": modes.CBC,
    "cfb": CFB,
    "cfb8": CFB8,
    "ctr": modes.CTR,
    "ecb": lambda _: modes.ECB(),  # noqa: S305 - Node has it
    "ofb": OFB,
    "xts": modes.XTS,
}
