"""Operations of `crypto`: against published vectors, and against bad arguments."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import HostCallError
from edge.runtime.ops.crypto import MAX_RANDOM, OPS

if TYPE_CHECKING:
    from edge.services.api import Answer

ALGORITHMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]


def call(op: str, args: object, data: bytes = b"") -> Answer:
    """One operation."""
    return OPS[op](msgspec.Raw(msgspec.json.encode(args)), data)


def test_random_gives_as_many_bytes_as_wanted() -> None:
    """And others each time."""
    first, second = call("crypto.random", {"n": 32}).data, call("crypto.random", {"n": 32}).data
    assert first is not None
    assert len(first) == 32
    assert first != second


def test_random_has_a_limit() -> None:
    """The message says how much is allowed."""
    with pytest.raises(HostCallError, match=str(MAX_RANDOM)):
        call("crypto.random", {"n": MAX_RANDOM + 1})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_digests_are_those_of_hashlib(algorithm: str) -> None:
    """For every algorithm that is offered."""
    assert call("crypto.digest", {"algorithm": algorithm}, b"abc").data == hashlib.new(algorithm, b"abc").digest()


def test_hmac_matches_rfc_4231() -> None:
    """Test case 2."""
    answer = call("crypto.hmac", {"algorithm": "sha256", "key_length": 4}, b"Jefewhat do ya want for nothing?")
    assert answer.data == bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_verify_accepts_the_right_code_only(key: bytes, message: bytes) -> None:
    """The right code, and neither a changed nor a shortened one."""
    code = hmac.digest(key, message, "sha1")
    for signature, right in ((code, True), (bytes([code[0] ^ 1]) + code[1:], False), (code[:-1], False), (b"", False)):
        args = {"algorithm": "sha1", "key_length": len(key), "signature_length": len(signature)}
        assert call("crypto.hmac_verify", args, signature + key + message).value is right


def test_equal_compares_two_halves() -> None:
    """Also of unlike lengths."""
    assert call("crypto.equal", {"length": 2}, b"abab").value is True
    assert call("crypto.equal", {"length": 2}, b"abac").value is False
    assert call("crypto.equal", {"length": 1}, b"aba").value is False


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("crypto.random", {"n": -1}),
        ("crypto.random", {}),
        ("crypto.digest", {"algorithm": "md4"}),
        ("crypto.digest", {"algorithm": "sha1", "extra": 1}),
        ("crypto.hmac", {"algorithm": "sha1", "key_length": 9}),
        ("crypto.hmac_verify", {"algorithm": "sha1", "key_length": 2, "signature_length": 2}),
        ("crypto.equal", {"length": 4}),
    ],
)
def test_bad_arguments_are_type_errors(op: str, args: object) -> None:
    """Nothing else gets out of an operation."""
    with pytest.raises(HostCallError) as caught:
        call(op, args, b"abc")
    assert caught.value.js_class == "TypeError"
