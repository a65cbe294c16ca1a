"""What `node:crypto` has beyond the library: modes, wrapping, numbers, names, and what hostile isolates send."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge.errors import HostCallError
from edge.runtime.ops.certificates import OPS as CERTIFICATES
from edge.runtime.ops.nodecrypto import OPS
from edge.runtime.ops.nodecrypto.asn1 import decrypted, encrypted
from edge.runtime.ops.nodecrypto.ccm import MAX_EXTRA, Ccm
from edge.runtime.ops.nodecrypto.names import distinguished_name, quoted
from edge.runtime.ops.nodecrypto.numbers import MODP_SIZES, is_prime, modp, random_prime
from edge.runtime.ops.nodecrypto.ocb import Ocb
from edge.runtime.ops.nodecrypto.pem import armored, blocks_of, locked, opened
from edge.runtime.ops.nodecrypto.wrap import wrap_of

KEY = bytes(range(16))


ARGON2 = {"parts": [1, 8, 0], "algorithm": "argon2d", "length": 4, "lanes": 1, "memory": 2**30, "passes": 1}


def call(op, args, data=b""):
    return OPS[f"nodecrypto.{op}"](msgspec.Raw(msgspec.json.encode(args)), data)


@pytest.mark.parametrize(
    ("nonce", "extra", "plain", "sealed"),
    [
        ("BBAA99887766554433221100", "", "", "785407BFFFC8AD9EDCC5520AC9111EE6"),
        (
            "BBAA99887766554433221101",
            "0001020304050607",
            "0001020304050607",
            "6820B3657B6F615A5725BDA0D3B4EB3A257C9AF1F8F03009",
        ),
        (
            "BBAA99887766554433221104",
            "000102030405060708090A0B0C0D0E0F",
            "000102030405060708090A0B0C0D0E0F",
            "571D535B60B277188BE5147170A9A22C3AD7A4FF3835B8C5701C1CCEC8FC3358",
        ),
    ],
)
def test_ocb_is_that_of_rfc_7253(nonce, extra, plain, sealed):
    """Appendix A; however a message is cut."""
    for size in (1, 7, 64):
        cipher = Ocb(KEY, bytes.fromhex(nonce), 16, encrypts=True)
        cipher.authenticate(bytes.fromhex(extra))
        text = bytes.fromhex(plain)
        output = b"".join(cipher.update(text[at : at + size]) for at in range(0, len(text), size))
        last, tag = cipher.finish(b"", padded=True)
        assert (output + last + tag).hex().upper() == sealed


def test_ccm_is_that_of_sp_800_38c():
    """Example 1; a message comes in one piece, and additional data have a bound."""
    key, nonce = bytes(range(0x40, 0x50)), bytes.fromhex("10111213141516")
    cipher = Ccm(key, nonce, 4, encrypts=True)
    cipher.authenticate(bytes(range(8)))
    assert cipher.update(bytes.fromhex("20212223")).hex() == "7162015b"
    assert cipher.finish(b"", padded=True)[1][:4].hex() == "4dac255d"
    with pytest.raises(HostCallError):
        cipher.update(b"more")
    with pytest.raises(HostCallError):
        cipher.authenticate(bytes(MAX_EXTRA + 1))


def test_keys_are_wrapped_as_in_rfc_3394_and_rfc_5649():
    """Section 4.1 and section 6."""
    iv = b"\xa6" * 8
    wrapped = wrap_of("wrap", KEY, iv, encrypts=True).update(bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
    assert wrapped.hex().upper() == "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"
    key = bytes.fromhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
    padded = wrap_of("wrap-pad", key, b"", encrypts=True)
    assert padded.update(bytes.fromhex("466f7250617369")).hex() == "afbeb0f07dfbf5419200f2ccb50bb24f"
    with pytest.raises(HostCallError):
        wrap_of("wrap", KEY, iv, encrypts=False).update(wrapped[:-1] + b"\0")
    with pytest.raises(HostCallError):
        wrap_of("wrap", KEY, iv, encrypts=True).update(bytes(2**20))


def test_primes_are_told_from_what_looks_like_them():
    """Carmichael numbers and products of two primes are none."""
    assert [number for number in range(60) if is_prime(number)][-3:] == [47, 53, 59]
    assert not any(map(is_prime, (561, 1105, 997633801, 4089 * 4091, 2**67 - 1)))
    assert is_prime(2**607 - 1)
    assert random_prime(40, add=12, rem=11) % 12 == 11
    assert all(modp(bits).bit_length() == bits for bits in MODP_SIZES)
    assert is_prime(modp(768))
    assert is_prime(modp(768) >> 1)


def test_names_cannot_be_taken_for_others():
    """Commas and quotes are escaped (CVE-2021-44532), control characters too."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\nCN=b, c")])
    assert distinguished_name(name) == "CN=a\\0ACN=b\\, c"
    assert distinguished_name(x509.Name([])) is None
    assert quoted("DNS", "good.example") == "good.example"
    assert quoted("DNS", 'a, DNS:b"') == '"a\\u002c DNS:b\\""'


def test_keys_are_locked_and_opened():
    """PBES2, and the old way of PEM; a wrong passphrase is told."""
    der = bytes(range(50))
    assert decrypted(encrypted(der, b"", "des-ede3-cbc"), b"") == der
    with pytest.raises(LookupError):
        decrypted(b"\x30\x02\x05\x00", b"")
    text = locked(der, b"EC PRIVATE KEY", b"x", "aes-192-cbc")
    assert blocks_of(opened(text, b"x"))[0].der == der
    assert blocks_of(armored(der, b"ANY"))[0].label == b"ANY"
    with pytest.raises(ValueError, match="padding"):
        opened(text, b"y" * 9)


def test_a_locked_key_that_has_no_end_is_read_in_linear_time():
    """White space without end does not occupy the cell for seconds."""
    text = b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00" + b" " * 60_000
    started = time.perf_counter()
    assert opened(text, b"x") == text
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("op", "args", "data"),
    [
        ("dh.secret", {"parts": [0, 0]}, b""),
        ("dh.secret", {"parts": [4000, 1]}, bytes(5000)),
        ("dh.generate", {"parts": [1, 1]}, b"\0\0"),
        ("dh.prime", {"parts": [], "bits": 10**6, "generator": 2}, b""),
        ("dh.group", {"parts": [], "bits": 1}, b""),
        ("primes.generate", {"parts": [0], "bits": 10**6, "safe": False}, b""),
        ("primes.check", {"checks": 0}, bytes([255]) * 2000),
        ("generation.generate", {"type": "rsa", "bits": 16}, b""),
        ("generation.generate", {"type": "rsa", "bits": 16384, "exponent": 5}, b""),
        ("generation.generate", {"type": "dsa", "bits": 4096}, b""),
        ("generation.generate", {"type": "dh", "bits": 16000}, b""),
        ("kdf.argon2", ARGON2, b"123456789"),
        ("certificates.parse", {"parts": []}, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ("certificates.parse", {"parts": []}, bytes(10**6)),
        ("certificates.check_issued", {"parts": [3]}, b"abcdef"),
        ("rsa.raw", {"parts": [2], "private": True}, b"abcd"),
        ("exporting.export", {"parts": [0], "private": True, "format": "pem", "type": "sec1", "cipher": None}, b"x"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_no_sense_is_refused_at_once(op, args, data):
    """By an error with a code, and without a word of the library."""
    with pytest.raises(HostCallError) as refused:
        call(op, args, data)
    assert "cryptography" not in refused.value.message
    assert refused.value.js_code


def test_nonsense_of_signed_keys_is_not_valid():
    """Whatever it is."""
    for data in (b"", b"AAAA", b"\xff", b"MIIB" * 1000, b"A" * 10**6):
        assert call("spkac.verify", {"parts": []}, data).value is False
        assert call("spkac.challenge", {"parts": []}, data).data == b""


def certificate_with(*extensions):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, moment, moment)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("der", "old", "new"),
    [
        (certificate_with(), "2a8648ce3d0201", "2a8648ce3d0209"),  # a key of a kind that nobody knows
        (certificate_with(), "2a8648ce3d030107", "2a8648ce3d030177"),  # a curve that nobody knows
        (certificate_with(x509.SubjectAlternativeName([x509.DNSName("aaaa")])), "820461616161", "a30430020500"),
        (
            certificate_with(
                x509.SubjectAlternativeName([x509.DNSName("a")]), x509.IssuerAlternativeName([x509.DNSName("b")])
            ),
            "551d12",
            "551d11",  # twice the same extension
        ),
        (b"", "", ""),
    ],
)
def test_a_certificate_of_a_peer_that_cannot_be_read_is_told(der, old, new):
    """In words, whatever the library thinks of it."""
    broken = der.replace(bytes.fromhex(old), bytes.fromhex(new))
    with pytest.raises(HostCallError, match="the peer's certificate cannot be read"):
        CERTIFICATES["tls.certificate"](msgspec.Raw(b"{}"), broken)
