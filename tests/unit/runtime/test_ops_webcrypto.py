"""Operations of `crypto.subtle` below the border: what crosses it is hostile, and what comes back tells nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import HostCallError
from edge.runtime.ops.webcrypto import OPS, common, der, gcm, numbers
from edge.runtime.ops.webcrypto.counter import counted, keystream
from tests.support.webcrypto_calls import HASH, KEY, call, data_of, pair, use_everything

FAMILIES = ("aes", "ec", "kdf", "okp", "rsa")
ARGUMENTS = {
    "aes.cbc": {"encrypt": False},
    "aes.ctr": {"length": 128},
    "aes.gcm": {"encrypt": False, "tag_length": 16},
    "aes.kw": {"encrypt": False},
    "ec.import": {"curve": "P-256", "format": "pkcs8"},
    "ec.export": {"format": "jwk", "private": True},
    "ec.sign": {"hash": HASH},
    "ec.verify": {"hash": HASH},
    "ec.derive": {},
    "kdf.hkdf": {"hash": HASH, "length": 16},
    "kdf.pbkdf2": {"hash": HASH, "length": 16, "iterations": 1},
    "okp.import": {"curve": "X448", "format": "spki"},
    "okp.export": {"curve": "Ed25519", "format": "pkcs8", "private": True},
    "okp.sign": {"curve": "Ed25519"},
    "okp.verify": {"curve": "Ed448"},
    "okp.derive": {"curve": "X25519"},
    "rsa.import": {"format": "spki"},
    "rsa.export": {"private": True},
    "rsa.sign": {"hash": HASH, "salt": 1},
    "rsa.verify": {"hash": HASH},
    "rsa.encrypt": {"hash": HASH},
    "rsa.decrypt": {"hash": HASH},
}
"""What fits each operation that takes keys or data."""


def refused(op: str, *parts: bytes, **args: object) -> HostCallError:
    """The error of an operation that must fail."""
    with pytest.raises(HostCallError) as caught:
        call(op, *parts, **args)
    return caught.value


def test_every_operation_is_there_and_works():
    """The table of the package is that of its families."""
    found = set()
    for family in FAMILIES:
        found |= {
            f"crypto.{family}.{name}" for name in import_module(f"edge.runtime.ops.webcrypto.{family}").OPERATIONS
        }
    assert found == set(OPS)
    assert {f"crypto.{op}" for op in ARGUMENTS} == {op for op in OPS if not op.endswith(".generate")}
    use_everything()


@pytest.mark.slow
def test_the_library_is_loaded_by_its_first_use():
    """It costs memory and time that few functions need."""
    program = "import sys, edge.runtime.ops; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=30).returncode == 0


@pytest.mark.parametrize("op", sorted(ARGUMENTS))
@given(parts=st.lists(st.binary(max_size=70), min_size=1, max_size=5))
def test_any_bytes_give_an_answer_or_an_error_that_tells_nothing(op, parts):
    """A class of the standard, and no word of the library's."""
    error = None
    try:
        call(op, *parts, **ARGUMENTS[op])
    except HostCallError as raised:
        error = raised
    if error is not None:
        assert error.js_class in {"DataError", "OperationError", "TypeError"}
        assert not re.search(r"openssl|cryptography|asn.?1|EVP|0x|\.py", error.message, re.IGNORECASE)


@pytest.mark.parametrize("op", sorted(ARGUMENTS))
def test_lengths_that_are_not_there_are_refused(op):
    """Neither more bytes than came, nor less than none."""
    for lengths in ([1000], [-1], [2**62, 2**62], [0] * 9):
        raw = msgspec.Raw(msgspec.json.encode({**ARGUMENTS[op], "parts": lengths}))
        with pytest.raises(HostCallError) as caught:
            OPS[f"crypto.{op}"](raw, b"few")
        assert caught.value.js_class in {"TypeError", "DataError", "OperationError"}


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("rsa.generate", {"bits": 16385, "exponent": 3}),
        ("rsa.generate", {"bits": 1023, "exponent": 3}),
        ("rsa.generate", {"bits": 1024, "exponent": 5}),
        ("aes.ctr", {"length": 0}),
        ("aes.gcm", {"encrypt": True, "tag_length": 3}),
        ("kdf.pbkdf2", {"hash": HASH, "length": 1, "iterations": 0}),
        ("kdf.hkdf", {"hash": "MD5", "length": 1}),
        ("ec.generate", {"curve": "secp256k1"}),
        ("okp.sign", {"curve": "X25519"}),
        ("okp.derive", {"curve": "Ed25519"}),
    ],
)
def test_arguments_outside_of_their_bounds_are_refused(op, args):
    """Whatever the JavaScript side has let through."""
    assert refused(op, KEY, KEY, KEY, KEY, **args).js_class == "TypeError"


def test_what_a_panic_in_the_library_raises_becomes_an_error_too():
    """It is no Exception; above, nobody would expect it."""

    class Panic(BaseException):
        pass

    with pytest.raises(HostCallError, match="could not") as caught, common.failing("OperationError", "it could not"):
        raise Panic
    assert caught.value.js_class == "OperationError"


# -- formats


def other_private_formats() -> dict[str, bytes]:
    """Private keys as the library reads them, and as the standard does not know them."""
    key = rsa.generate_private_key(65537, 1024)
    encryption = BestAvailableEncryption(b"secret")
    return {
        "PKCS#1": key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "encrypted": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, encryption),
        "PEM": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "DSA": dsa.generate_private_key(1024).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "public": key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
    }


def test_formats_that_the_library_knows_and_the_standard_does_not_are_refused():
    """For every family."""
    for name, data in other_private_formats().items():
        for family, args in (("rsa", {}), ("ec", {"curve": "P-256"}), ("okp", {"curve": "Ed25519"})):
            for form in ("pkcs8", "spki"):
                assert refused(f"{family}.import", data, format=form, **args).js_class == "DataError", (name, family)


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_der_is_read_within_its_bounds(junk, place, value):
    """Any bytes, and keys with a byte changed, give an identifier or a ValueError."""
    changed = bytearray(DER)
    changed[place % len(changed)] = value
    for data in (junk, bytes(changed), DER[:place]):
        for read in (der.public_algorithm, der.private_algorithm):
            with suppress(ValueError):
                assert isinstance(read(data), bytes)


DER = pair("ec", curve="P-256")[0]


@given(st.integers(0, 2**600))
def test_numbers_come_back_from_text(value):
    """In as few bytes as they need, and in more."""
    assert numbers.number(numbers.text_of(value)) == value
    assert numbers.fixed(numbers.text_of(value, 80), 80) == value


@pytest.mark.parametrize("text", ["=", "AA==", "A A", "+", "A\n", "\u0100"])
def test_text_that_is_not_base64url_is_refused(text):
    """Padding and line ends too."""
    with pytest.raises(ValueError, match="base64url"):
        numbers.to_bytes(text)


# -- modes by hand

KEYS = st.sampled_from([bytes(range(size)) for size in (16, 24, 32)])


@given(KEYS, st.binary(min_size=8, max_size=128), st.binary(max_size=40), st.binary(max_size=70))
def test_gcm_by_hand_is_that_of_the_library(key, iv, extra, message):
    """For the IVs that both take; 12 bytes have a rule of their own."""
    if len(iv) == 12:
        return
    first = gcm._first_block(key, iv)
    text = counted(key, gcm._after(first), 32, message)
    assert (text, gcm._tag(key, first, extra, text)) == gcm.encrypt(key, iv, extra, message)


@given(KEYS, st.binary(min_size=16, max_size=16), st.integers(1, 128), st.integers(0, 100))
def test_a_counter_counts_block_by_block(key, counter, length, size):
    """As if each block were encrypted alone, with the counter taken modulo its length."""
    size = min(size, 16 << length)
    start = int.from_bytes(counter)
    low = start % (1 << length)
    blocks = [start - low + (low + index) % (1 << length) for index in range(-(-size // 16))]
    expected = b"".join(keystream(key, block.to_bytes(16), bytes(16)) for block in blocks)[:size]
    assert counted(key, counter, length, bytes(size)) == expected


def test_a_wrong_tag_gives_no_plaintext():
    """By the library and by hand, each byte of the tag counts."""
    for iv in (bytes(12), bytes(3)):
        sealed = bytearray(data_of(call("aes.gcm", KEY, iv, b"", b"message", encrypt=True, tag_length=16)))
        for place in range(len(sealed)):
            sealed[place] ^= 1
            refused("aes.gcm", KEY, iv, b"", bytes(sealed), encrypt=False, tag_length=16)
            sealed[place] ^= 1
        assert data_of(call("aes.gcm", KEY, iv, b"", bytes(sealed), encrypt=False, tag_length=16)) == b"message"


# -- work that is bounded


def test_an_import_of_a_private_rsa_key_is_quick():
    """No proof of primes: 4096 bits in well under the 200 ms that it takes."""
    private, _ = pair("rsa", bits=4096, exponent=65537)
    begun = time.thread_time()
    for _ in range(5):
        call("rsa.import", private, format="pkcs8")
    assert (time.thread_time() - begun) / 5 < 0.05


def test_pbkdf2_is_bounded_over_all_its_blocks():
    """The library cannot be interrupted."""
    assert refused("kdf.pbkdf2", KEY, KEY, hash=HASH, length=33, iterations=60_000_000).js_class == "OperationError"
    assert refused("kdf.pbkdf2", KEY, KEY, hash=HASH, length=2**23, iterations=1).js_class == "OperationError"
    assert (
        refused("kdf.pbkdf2", KEY, bytes(1 << 20), hash=HASH, length=1 << 20, iterations=1).js_class == "OperationError"
    )
    assert data_of(call("kdf.pbkdf2", KEY, KEY, hash=HASH, length=0, iterations=2**32)) == b""


def test_numbers_and_keys_beyond_all_measure_are_refused_at_once():
    """What others send may be imported; Python multiplies for minutes what has millions of digits."""
    begun = time.thread_time()
    huge = "_" * 4_000_000
    jwk = dict.fromkeys(("n", "e", "d", "p", "q", "dp", "dq", "qi"), huge)
    assert refused("rsa.import", b"", format="jwk", jwk=jwk).js_class == "DataError"
    private, _ = pair("rsa", bits=1024, exponent=65537)
    inflated = b"\x30\x84" + (4_000_000).to_bytes(4) + private[4:] + bytes(4_000_000 - len(private) + 4)
    assert refused("rsa.import", inflated, format="pkcs8").js_class == "DataError"
    assert refused("aes.kw", KEY, bytes(2 << 20), encrypt=True).js_class == "OperationError"
    assert time.thread_time() - begun < 1
