"""Names in certificates, as OpenSSL prints them for Node (RFC 2253, section 2.4; RFC 5280, 4.2.1.6)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORT: Mapping[x509.ObjectIdentifier, str] = {
    NameOID.COMMON_NAME: "CN", NameOID.COUNTRY_NAME: "C", NameOID.LOCALITY_NAME: "L",
    NameOID.STATE_OR_PROVINCE_NAME: "ST", NameOID.STREET_ADDRESS: "street", NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU", NameOID.SERIAL_NUMBER: "serialNumber", NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN", NameOID.TITLE: "title", NameOID.INITIALS: "initials",
    NameOID.GENERATION_QUALIFIER: "generationQualifier", NameOID.DN_QUALIFIER: "dnQualifier",
    NameOID.PSEUDONYM: "pseudonym", NameOID.USER_ID: "UID", NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.EMAIL_ADDRESS: "emailAddress", NameOID.JURISDICTION_COUNTRY_NAME: "jurisdictionC",
    NameOID.JURISDICTION_LOCALITY_NAME: "jurisdictionL", NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME: "jurisdictionST",
    NameOID.BUSINESS_CATEGORY: "businessCategory", NameOID.POSTAL_CODE: "postalCode",
    NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier", NameOID.UNSTRUCTURED_NAME: "unstructuredName",
}  # fmt: skip
_ALGORITHMS: Mapping[str, str] = {
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption", "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption", "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.10": "rsassaPss", "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.1": "ecdsa-with-SHA224", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.2.840.10040.4.3": "dsaWithSHA1", "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
    "1.3.101.112": "ED25519", "1.3.101.113": "ED448",
}  # fmt: skip
_SPECIAL = re.compile(r'[,+"\\<>;]|^[# ]| $')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN = re.compile(r"[ -!#-&(-+\--\[\]-~]*")
"""What stands in an alternative name without quotes: no comma, quote or backslash (CVE-2021-44532)."""


def algorithm_name(oid: x509.ObjectIdentifier) -> str | None:
    """OpenSSL's long name of a signature algorithm; None for one that it has not."""
    return _ALGORITHMS.get(oid.dotted_string)


def _short(oid: x509.ObjectIdentifier) -> str:
    return _SHORT.get(oid, oid.dotted_string)


def _text(attribute: x509.NameAttribute[str | bytes]) -> str:
    value = attribute.value
    return value if isinstance(value, str) else "#" + value.hex().upper()


def _escaped(text: str) -> str:
    escaped = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    return _CONTROL.sub(lambda found: f"\\{ord(found[0]):02X}", escaped)


def distinguished_name(name: x509.Name) -> str | None:
    """A line for each part; None for a name without any."""
    lines = [" + ".join(f"{_short(one.oid)}={_escaped(_text(one))}" for one in part) for part in name.rdns]
    return "\n".join(lines) if lines else None


def parts_of(name: x509.Name) -> list[tuple[str, str]]:
    """Short name and text of each part."""
    return [(_short(attribute.oid), _text(attribute)) for attribute in name]


def alternative_name(name: x509.GeneralName) -> tuple[str, str]:
    """What kind of name it is, and its text."""
    if isinstance(name, x509.DNSName):
        return "DNS", name.value
    if isinstance(name, x509.RFC822Name):
        return "email", name.value
    if isinstance(name, x509.UniformResourceIdentifier):
        return "URI", name.value
    if isinstance(name, x509.IPAddress):
        return "IP Address", _address(name.value)
    if isinstance(name, x509.RegisteredID):
        return "Registered ID", name.value.dotted_string
    if isinstance(name, x509.DirectoryName):
        return "DirName", ",".join(f"{short}={_escaped(text)}" for short, text in reversed(parts_of(name.value)))
    return "othername", "<unsupported>"


def _address(value: object) -> str:
    if isinstance(value, IPv4Address):
        return str(value)
    if isinstance(value, IPv6Address):
        packed = value.packed
        return ":".join(f"{int.from_bytes(packed[at : at + 2]):X}" for at in range(0, 16, 2))
    return str(value)


def quoted(kind: str, text: str) -> str:
    """The text, as a JSON string when it could be taken for more than one name."""
    if kind == "othername" or _PLAIN.fullmatch(text):
        return text
    return '"' + "".join(_in_quotes(letter) for letter in text) + '"'


def _in_quotes(letter: str) -> str:
    if letter in {"\\", '"'}:
        return "\\" + letter
    return letter if " " <= letter <= "~" and letter != "," else f"\\u{ord(letter):04x}"
