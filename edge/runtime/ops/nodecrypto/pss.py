"""Keys of RSA that are for PSS only (RFC 4055, section 3.1).

The library reads them as keys of RSA and forgets what they are for: the AlgorithmIdentifier is kept in the DER of the
stored key, and looked for there.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple, get_args

from edge.runtime.ops.nodecrypto.asn1 import INTEGER, OBJECT, SEQUENCE, element, sequence
from edge.runtime.ops.nodecrypto.digests import Digest
from edge.runtime.ops.webcrypto.der import content

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGESTS: tuple[Digest, ...] = get_args(Digest)

_RSASSA_PSS = bytes.fromhex("2a864886f70d01010a")
_MGF1 = bytes.fromhex("2a864886f70d010108")
_PEM = re.compile(rb"-----BEGIN (?:PRIVATE|PUBLIC) KEY-----([^-]*)-----END")
_MAX_SALT = 2048
_NULL = b"\x05\x00"
_HASH_TAG, _MASK_TAG, _SALT_TAG = 0xA0, 0xA1, 0xA2
_NIST_HASHES = "6086480165030402"
_IDENTIFIERS: Mapping[Digest, bytes] = {
    "sha1": bytes.fromhex("2b0e03021a"), "sha224": bytes.fromhex(_NIST_HASHES + "04"),
    "sha256": bytes.fromhex(_NIST_HASHES + "01"), "sha384": bytes.fromhex(_NIST_HASHES + "02"),
    "sha512": bytes.fromhex(_NIST_HASHES + "03"), "sha512_224": bytes.fromhex(_NIST_HASHES + "05"),
    "sha512_256": bytes.fromhex(_NIST_HASHES + "06"),
}  # fmt: skip


class Restriction(NamedTuple):
    """The one hash, the one hash of the mask, and the shortest salt."""

    digest: Digest
    mask: Digest
    salt: int


def identifier_in(text: bytes) -> bytes | None:
    """The AlgorithmIdentifier of a PrivateKeyInfo or SubjectPublicKeyInfo for PSS only; None for other keys."""
    try:
        return _identifier(_der(text))
    except (ValueError, IndexError):
        return None


def _der(text: bytes) -> bytes:
    found = _PEM.search(text)
    return text if found is None else b64decode(b"".join(found[1].split()), validate=True)


def _identifier(der: bytes) -> bytes | None:
    start, _ = content(der, 0, SEQUENCE)
    if der[start] == INTEGER:  # the version of a PrivateKeyInfo
        _, start = content(der, start, INTEGER)
    inside, end = content(der, start, SEQUENCE)
    name, name_end = content(der, inside, OBJECT)
    return der[start:end] if der[name:name_end] == _RSASSA_PSS else None


def restriction_of(identifier: bytes) -> Restriction | None:
    """What the parameters say; None when there are none.  Raises ValueError."""
    at, end = content(identifier, 0, SEQUENCE)
    _, at = content(identifier, at, OBJECT)
    if at == end:
        return None
    at, end = content(identifier, at, SEQUENCE)
    digest: Digest = "sha1"
    mask: Digest = "sha1"
    salt = 20
    while at < end:
        tag = identifier[at]
        inside, at = content(identifier, at, tag)
        if tag == _HASH_TAG:
            digest = _digest(identifier, inside)
        elif tag == _MASK_TAG:
            inside, _ = content(identifier, inside, SEQUENCE)
            _, inside = content(identifier, inside, OBJECT)
            mask = _digest(identifier, inside)
        elif tag == _SALT_TAG:
            start, stop = content(identifier, inside, INTEGER)
            salt = int.from_bytes(identifier[start:stop])
            if salt > _MAX_SALT:
                raise ValueError("longer than any salt")
    return Restriction(digest, mask, salt)


def _digest(der: bytes, at: int) -> Digest:
    inside, _ = content(der, at, SEQUENCE)
    start, end = content(der, inside, OBJECT)
    for name, identifier in _IDENTIFIERS.items():
        if der[start:end] == identifier:
            return name
    raise ValueError("a hash that is not known")


def identifier_for(restriction: Restriction | None) -> bytes:
    """The AlgorithmIdentifier.  Raises KeyError for hashes that have none here."""
    name = element(OBJECT, _RSASSA_PSS)
    if restriction is None:
        return sequence((name,))
    digest, mask = (sequence((element(OBJECT, _IDENTIFIERS[hash_]), _NULL)) for hash_ in restriction[:2])
    salt = element(INTEGER, restriction.salt.to_bytes(restriction.salt.bit_length() // 8 + 1))
    masking = sequence((element(OBJECT, _MGF1), mask))
    return sequence(
        (name, sequence((element(_HASH_TAG, digest), element(_MASK_TAG, masking), element(_SALT_TAG, salt))))
    )


def marked(der: bytes, identifier: bytes | None) -> bytes:
    """A PrivateKeyInfo or SubjectPublicKeyInfo of RSA with this AlgorithmIdentifier instead of its own."""
    if identifier is None:
        return der
    start, end = content(der, 0, SEQUENCE)
    version = b""
    if der[start] == INTEGER:
        _, after = content(der, start, INTEGER)
        version, start = der[start:after], after
    _, after = content(der, start, SEQUENCE)
    return sequence((version, identifier, der[after:end]))


def details_with(details: dict[str, object], identifier: bytes | None) -> dict[str, object]:
    """What `details_of` says of a key of RSA, for one that is for PSS only.  Raises ValueError."""
    if identifier is None:
        return details
    restriction = restriction_of(identifier)
    known = details["details"]
    assert isinstance(known, dict)
    if restriction is not None:
        names = {"hashAlgorithm": restriction.digest, "mgf1HashAlgorithm": restriction.mask}
        known |= {name: value.replace("_", "-") for name, value in names.items()} | {"saltLength": restriction.salt}
    return {"type": "rsa-pss", "details": known}
