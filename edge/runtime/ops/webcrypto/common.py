"""What the families share: several byte strings in one, names of hashes, and errors that tell nothing of OpenSSL."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import msgspec
from cryptography.hazmat.primitives import hashes

from edge.errors import HostCallError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Length = Annotated[int, msgspec.Meta(ge=0)]
Hash = Literal["SHA-1", "SHA-256", "SHA-384", "SHA-512"]
HASHES: tuple[Hash, ...] = get_args(Hash)
Format = Literal["raw", "spki", "pkcs8", "jwk"]


class Arguments(msgspec.Struct, forbid_unknown_fields=True):
    """`parts` are the lengths of all byte strings in the data but the last."""

    parts: list[Length]


def split(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    """The byte strings of the data.  Raises HostCallError when they are not as announced."""
    if sum(lengths) > len(data):
        raise HostCallError(f"{sum(lengths)} bytes announced, {len(data)} given", js_class="TypeError")
    found, at = [], 0
    for length in lengths:
        found.append(data[at : at + length])
        at += length
    return [*found, data[at:] if at else data]


def two(data: bytes, lengths: Sequence[int]) -> tuple[bytes, bytes]:
    """Exactly two byte strings."""
    first, second = _exactly(2, data, lengths)
    return first, second


def three(data: bytes, lengths: Sequence[int]) -> tuple[bytes, bytes, bytes]:
    """Exactly three byte strings."""
    first, second, third = _exactly(3, data, lengths)
    return first, second, third


def _exactly(count: int, data: bytes, lengths: Sequence[int]) -> list[bytes]:
    if len(lengths) != count - 1:
        raise HostCallError(f"{count} byte strings are needed", js_class="TypeError")
    return split(data, lengths)


@contextmanager
def failing(js_class: str, message: str) -> Iterator[None]:
    """Whatever goes wrong inside becomes this error, without a word of the library's.

    A panic in the library's Rust is a BaseException: nobody above would expect it.
    """
    try:
        yield
    except (HostCallError, KeyboardInterrupt, SystemExit):
        raise
    except MemoryError as error:
        raise HostCallError("there is not enough memory for so much data", js_class="OperationError") from error
    except BaseException as error:
        raise HostCallError(message, js_class=js_class) from error


def hash_named(name: Hash) -> hashes.HashAlgorithm:
    """The hash that WebCrypto calls so."""
    match name:
        case "SHA-1":
            return hashes.SHA1()  # noqa: S303 - the standard has it
        case "SHA-256":
            return hashes.SHA256()
        case "SHA-384":
            return hashes.SHA384()
        case "SHA-512":
            return hashes.SHA512()
