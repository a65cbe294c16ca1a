"""Just enough DER to tell of which algorithm a SubjectPublicKeyInfo or a PKCS#8 PrivateKeyInfo is.

`cryptography` loads other formats too (PKCS#1, SEC 1, encrypted keys), which WebCrypto does not know.
"""

from __future__ import annotations

from edge.units import KIB

_SEQUENCE, _INTEGER, _OBJECT_IDENTIFIER = 0x30, 0x02, 0x06
_LONG = 0x80
_MAX_LENGTH_BYTES = 4
_MAX_KEY = 64 * KIB
"""An RSA key of 16384 bits has 10 KiB.  With much larger numbers the library, and Python, would compute for hours."""


def public_algorithm(der: bytes) -> bytes:
    """The object identifier, as its DER content, of a SubjectPublicKeyInfo.  Raises ValueError."""
    return _identifier(der, _whole(der))


def private_algorithm(der: bytes) -> bytes:
    """The object identifier, as its DER content, of a PrivateKeyInfo.  Raises ValueError."""
    _, version_end = content(der, _whole(der), _INTEGER)
    return _identifier(der, version_end)


def _whole(der: bytes) -> int:
    """Where the content begins of the sequence that is all there is."""
    if len(der) > _MAX_KEY:
        raise ValueError("larger than any key")
    start, end = content(der, 0, _SEQUENCE)
    if end != len(der):
        raise ValueError("bytes after the key")
    return start


def _identifier(der: bytes, at: int) -> bytes:
    start, _ = content(der, at, _SEQUENCE)
    start, end = content(der, start, _OBJECT_IDENTIFIER)
    return der[start:end]


def content(der: bytes, at: int, tag: int) -> tuple[int, int]:
    """Start and end of the content of the element at a place, which must have this tag."""
    if len(der) < at + 2 or der[at] != tag:
        raise ValueError(f"no element with tag {tag} at {at}")
    length, start = der[at + 1], at + 2
    if length >= _LONG:
        size = length - _LONG
        if not 0 < size <= _MAX_LENGTH_BYTES or len(der) < start + size:
            raise ValueError("an element without a definite length")
        length, start = int.from_bytes(der[start : start + size]), start + size
    if len(der) < start + length:
        raise ValueError("an element that is longer than what there is")
    return start, start + length
