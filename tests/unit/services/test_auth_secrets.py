"""Passwords, users and API keys as secrets hold them, and what clients send."""

from __future__ import annotations

import base64
import hashlib

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from edge.services.auth.api_keys import ApiKeys
from edge.services.auth.credentials import basic_credentials, credentials_of
from edge.services.auth.passwords import stored_password
from edge.services.auth.users import Users


def unpadded(data):
    return base64.b64encode(data).rstrip(b"=").decode()


def hashed(password):
    """The password in every form, with little work in each."""
    scrypt = hashlib.scrypt(password, salt=b"saltsalt", n=16, r=8, p=1, dklen=32)
    argon2 = Argon2id(salt=b"saltsalt", length=16, iterations=1, lanes=1, memory_cost=64)
    crypted = bcrypt.hashpw(password[:72], bcrypt.gensalt(4)).decode()
    return [
        argon2.derive_phc_encoded(password),
        crypted,
        crypted.replace("$2b$", "$2y$"),
        f"$scrypt$ln=4,r=8,p=1${unpadded(b'saltsalt')}${unpadded(scrypt)}",
        password.decode(),
    ]


@pytest.mark.parametrize(
    "text", hashed("päss wörd:x".encode()), ids=("argon2id", "bcrypt", "bcrypt of PHP", "scrypt", "plain")
)
def test_a_password_is_known_by_each_kind_of_hash(text):
    """And no other is, not even one that is nearly the same."""
    stored = stored_password(text)
    assert stored.matches("päss wörd:x".encode())
    for wrong in (
        b"",
        b"x",
        "päss wörd:".encode(),
        "Päss wörd:x".encode(),
        "päss wörd:x\0".encode(),
        text.encode()[:-1],
    ):
        assert not stored.matches(wrong), wrong


def test_bcrypt_counts_every_byte_or_refuses():
    """It looks at 72 bytes only: two long passwords with one beginning would be the same."""
    stored = stored_password(bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())
    assert stored.matches(b"x" * 72)
    assert not stored.matches(b"x" * 73)


@pytest.mark.parametrize(
    "text",
    [
        *("", "$apr1$a$b", "{SHA}abc", "$6$salt$hash", "$1$a$b", "$2b$31$" + "a" * 53, "$2b$12$short", "x" * 2000),
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
        "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
        "$scrypt$ln=40,r=8,p=1$c2FsdHNhbHQ$" + "a" * 43,
        "$scrypt$ln=4,r=0,p=1$c2FsdHNhbHQ$" + "a" * 43,
    ],
)
def test_a_hash_that_is_weak_costly_or_broken_is_refused_when_it_is_read(text):
    """Not when somebody wants to come in."""
    with pytest.raises(ValueError, match=r"."):
        stored_password(text)


def test_users_are_lines_and_problems_name_the_line_alone():
    """A message must not hold what was in the secret."""
    users = Users.parse("# staff\n\nann:secret:with:colons\r\n  bob:$2b$04$" + "a" * 53 + "\n")
    assert users.find("ann")[0].matches(b"secret:with:colons")
    assert users.find("bob")[1]
    stored, there = users.find("carl")
    assert (stored.slow, there) == (True, False)
    for text in ("", "# only\n", "ann", "ann:x\nann:y", ":x", "ann:{SHA}topsecret", "ann:x\nb:"):
        with pytest.raises(ValueError, match=r"line \d|\d users") as caught:
            Users.parse(text)
        assert "topsecret" not in str(caught.value)


def test_api_keys_have_names_and_may_be_hashed():
    """A key without a name is called by its hash."""
    digest = hashlib.sha256(b"k3").hexdigest()
    keys = ApiKeys.parse(f"# keys\nann:k1\nk2\n\nbob:sha256:{digest}\nsha256:{'ab' * 32}\nmail@x.org:k:5\n")
    assert [keys.name_of(key) for key in ("k1", "k3", "k:5")] == ["ann", "bob", "mail@x.org"]
    assert keys.name_of("k2") == f"key-{hashlib.sha256(b'k2').hexdigest()[:8]}"
    for wrong in ("", "K1", "k1 ", digest, f"sha256:{digest}", "ann:k1", "\udcff", "k" * 5000):
        assert keys.name_of(wrong) is None


@pytest.mark.parametrize("text", ["", "#\n", "ann:", "a b:k", ":k", "a:k\nb:k", "a:" + "k" * 5000, "a:ü", "a:k k"])
def test_a_list_of_keys_that_is_wrong_is_refused(text):
    """With the number of the line."""
    with pytest.raises(ValueError, match=r"line \d|0 keys"):
        ApiKeys.parse(text)


def encoded(text):
    return base64.b64encode(text).decode()


BASIC = [
    (f"Basic {encoded(b'ann:x')}", ("ann", "x")),
    (f"bAsIc  {encoded(b'ann:x:y')} ", ("ann", "x:y")),
    (f"Basic {encoded('änn:ß'.encode())}", ("änn", "ß")),
    (f"Basic {encoded(b':')}", ("", "")),
    (f"Basic {encoded(b'ann')}", None),
    (f"Basic {encoded(b'ann:x')[:-1]}", None),
    (f"Basic {encoded(b'ann:x')} {encoded(b'b:y')}", None),
    (f"Basic {encoded(b'ann:x')},Basic {encoded(b'b:y')}", None),
    (f"Basic\t{encoded(b'ann:x')}", None),
    (f"Basic{encoded(b'ann:x')}", None),
    (f"Bearer {encoded(b'ann:x')}", None),
    (f"Basic {encoded(b'a' * 20_000 + b':x')}", None),
    (f"Basic {encoded(bytes([0xFF, 0x3A]))}", None),
    (f"Basic {encoded(b'a:b' + bytes([0]))}", None),
    (f"Basic {encoded(b'a' + bytes([10]) + b':b')}", None),
    ("Basic ====", None),
    ("Basic", None),
    ("", None),
]


@pytest.mark.parametrize(("value", "expected"), BASIC)
def test_user_and_password_are_read_in_one_way_only(value, expected):
    """The scheme in any case, base64 strictly, UTF-8 without control characters."""
    assert basic_credentials(value) == expected


def test_a_bearer_token_is_a_token():
    """RFC 6750: no blanks, no quotes, nothing behind it."""
    assert credentials_of("bearer abc.def-_~+/==", "bearer") == "abc.def-_~+/=="
    for value in ("Bearer a b", "Bearer a,b", 'Bearer "a"', "Bearer ä", "Bearer", "Bearer  ", "Basic a", "Bearer a=b"):
        assert credentials_of(value, "bearer") is None, value
