"""JSON Web Tokens: which key may have signed what, and what a token must claim."""

from __future__ import annotations

import json

import pytest

from edge.services.auth.keys import ALGORITHMS, jwk_key, set_keys, text_keys
from edge.services.auth.token import TokenError, TokenRules, UnknownKeyError, lacking, parse_token, verify
from tests.support.tokens import KINDS, SECRET, b64, jwk, pem, private, sign, token

NOW = 1_800_000_000


def checked(text, keys=None, **rules):
    return verify(parse_token(text), text_keys(SECRET) if keys is None else keys, TokenRules(**rules), NOW)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_algorithm_verifies_with_the_key_that_belongs_to_it(alg):
    """And with no other, even when the bytes of the signature are right."""
    keys = text_keys(SECRET) if alg.startswith("HS") else text_keys(pem(KINDS.get(alg, "RSA")))
    good = token({"sub": "ann"}, alg)
    assert checked(good, keys) == {"sub": "ann"}
    head, payload, signature = good.split(".")
    wrong = signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")
    for bad in (f"{head}.{b64(b'{}')}.{signature}", f"{head}.{payload}.{wrong}"):
        with pytest.raises(TokenError):
            checked(bad, keys)
    others = [text_keys(pem(kind)) for kind in ("RSA", "P-256", "P-384", "P-521", "Ed25519")] + [text_keys(SECRET)]
    for other in others:
        if set(other[0].algorithms).isdisjoint(keys[0].algorithms):
            with pytest.raises(UnknownKeyError):
                checked(good, other)


def test_a_public_key_is_never_taken_for_a_shared_secret():
    """The oldest attack: HS256 over the PEM text or the DER bytes of the public key (RFC 8725, section 2.1)."""
    text = pem("RSA")
    for secret in (text.encode(), text.strip().encode(), json.dumps(jwk("RSA")).encode()):
        for keys in (text_keys(text), set_keys(json.dumps({"keys": [jwk("RSA")]}).encode())):
            with pytest.raises(UnknownKeyError):
                checked(token({"sub": "root"}, "HS256", secret), keys)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "hs256", "RS1", "ES256K", "dir", "HS256 "])
def test_a_token_cannot_choose_not_to_be_signed(alg):
    """Nor an algorithm that is not there."""
    head = b64(json.dumps({"alg": alg}).encode())
    for signature in (b64(b"\0"), b64(sign("HS256", f"{head}.e30".encode(), SECRET.encode()))):
        with pytest.raises(TokenError):
            checked(f"{head}.e30.{signature}")
    with pytest.raises(TokenError):
        parse_token(f"{head}.e30.")


BROKEN = [
    *("", ".", "..", "a.b", "a.b.c", "a.b.c.d", "e30.e30.AA", "e30.e30.e30.e30.e30", "é.e30.AA", "x" * 20_000),
    *(" " + token({}), token({}) + "\n", token({}) + "=", token({}).replace(".", "..", 1), token({})[:-1] + "*"),
    *(f"{b64(head)}.e30.AA" for head in (b"[]", b"{}", b'{"alg":5}', b"[" * 5000, b"\xff", b'{"alg":"HS256"')),
    *(token({}, kid=5), token({}, crit=["exp"]), token({}, crit=[]), token({}, crit=["b64"], b64=False)),
    "eyJhbGciOiJIUzI1NiJ9.e30.A",
]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_token_is_refused_with_one_error(text):
    """Whatever it is."""
    with pytest.raises(TokenError):
        checked(text)


@pytest.mark.parametrize("payload", [b"", b"[]", b'"a"', b"{", b"{}x", b"[" * 5000, b"\xff", b'{"exp":NaN}'])
def test_signed_nonsense_is_refused(payload):
    """The issuer may be broken, too."""
    with pytest.raises(TokenError):
        checked(token(payload))


TIMES = [
    ({"exp": NOW + 1}, None),
    ({"exp": NOW - 59.5}, None),
    ({"exp": NOW - 60}, "has expired"),
    ({"nbf": NOW + 60, "iat": NOW + 60}, None),
    ({"nbf": NOW + 61}, "not valid yet"),
    ({"iat": NOW + 61}, "in the future"),
    ({"exp": str(NOW + 100)}, "exp of the token is no time"),
    ({"exp": True}, "exp of the token is no time"),
    ({"exp": None}, "exp of the token is no time"),
    ({"nbf": [1]}, "nbf of the token is no time"),
    ({"exp": 1e308}, None),
    ({"exp": 10**400}, "exp of the token is no time"),
    ({"exp": -1}, "has expired"),
]


@pytest.mark.parametrize(("claims", "problem"), TIMES)
def test_times_count_with_a_leeway(claims, problem):
    """Of sixty seconds here; without a time there is no limit."""
    if problem is None:
        assert checked(token(claims)) == claims
        return
    with pytest.raises(TokenError, match=problem):
        checked(token(claims))


NAMES = [
    ({"iss": "i", "aud": "a"}, None),
    ({"iss": "i", "aud": ["x", "b"]}, None),
    ({"iss": "i/", "aud": "a"}, "another issuer"),
    ({"aud": "a"}, "another issuer"),
    ({"iss": ["i"], "aud": "a"}, "another issuer"),
    ({"iss": "i"}, "another audience"),
    ({"iss": "i", "aud": "ab"}, "another audience"),
    ({"iss": "i", "aud": []}, "another audience"),
    ({"iss": "i", "aud": {"a": 1}}, "another audience"),
    ({"iss": "i", "aud": [["a"]]}, "another audience"),
]


@pytest.mark.parametrize(("claims", "problem"), NAMES)
def test_issuer_and_audience_are_those_that_are_wanted(claims, problem):
    """As a whole; an audience may be one of several."""
    if problem is None:
        assert checked(token(claims), issuer="i", audiences=("a", "b")) == claims
        return
    with pytest.raises(TokenError, match=problem):
        checked(token(claims), issuer="i", audiences=("a", "b"))


def test_only_the_algorithms_that_the_operator_names_are_accepted():
    """Also of those that would fit the key."""
    assert checked(token({}, "HS512"), algorithms=("HS512",)) == {}
    with pytest.raises(TokenError, match="algorithm that is not accepted"):
        checked(token({}, "HS256"), algorithms=("HS512",))


def test_a_set_offers_the_keys_that_can_verify_and_their_names_choose():
    """Those for encryption, of unknown kinds, broken or short ones are passed over."""
    keys = [
        jwk("RSA", "r", alg="RS256"), jwk("P-256", "e"), jwk("RSA", "enc", use="enc"), {"kty": "new"}, {},
        jwk("RSA", "ops", key_ops=["sign"]), {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "EC", "crv": "P-256"},
        {"kty": "oct", "k": b64(b"x" * 40), "kid": "s"}, jwk("Ed25519"), jwk("RSA", "mixed", alg="ES256"), {"kid": 5},
    ]  # fmt: skip
    found = set_keys(json.dumps({"keys": keys}).encode())
    assert [one.id for one in found] == ["r", "e", "s", None]
    assert found[0].algorithms == ("RS256",)
    assert [one.id for one in set_keys(json.dumps({"keys": keys}).encode(), public=True)] == ["r", "e", None]
    assert checked(token({}, "RS256", kid="r"), found) == {}
    for wrong in (token({}, "RS512", kid="r"), token({}, "RS256", kid="e"), token({}, "RS256", kid="R")):
        with pytest.raises(UnknownKeyError):
            checked(wrong, found)
    assert checked(token({}, "EdDSA", kid="anything"), found) == {}
    assert checked(token({}, "ES256"), found) == {}


def test_a_private_key_that_was_put_into_a_set_is_its_public_part():
    """Operators do that."""
    numbers = private("P-256").private_numbers()
    key = jwk_key(jwk("P-256", d=b64(numbers.private_value.to_bytes(32, "big"))))
    assert checked(token({}, "ES256"), [key]) == {}


@pytest.mark.parametrize(
    "text",
    ["", "{}", "{", '{"keys": []}', '{"kty":"RSA"}', "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----",
     json.dumps({"keys": [{}] * 101})],
)  # fmt: skip
def test_a_secret_that_holds_no_key_is_refused(text):
    """Before anything is served with it."""
    with pytest.raises(ValueError, match=r"."):
        text_keys(text)


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_text_around_a_public_key_does_not_make_a_shared_secret_of_it(kind):
    """Comments, and what editors put before the first line: anybody who has the key could sign with it."""
    text = pem(kind)
    for written in (f"# the issuer's\n{text}", f"\ufeff{text}", f"{text}# the end", f"\ufeff{json.dumps(jwk(kind))}"):
        (key,) = text_keys(written)
        assert not isinstance(key.key, bytes)


@pytest.mark.parametrize(
    "text", ["ssh-rsa AAAA me", "ecdsa-sha2-nistp256 AAAA me", "ssh-ed25519 AAAA", '[{"kty":"RSA"}]']
)
def test_public_keys_in_other_forms_are_no_shared_secrets(text):
    """They are refused: anybody who has one could sign with it."""
    with pytest.raises(ValueError, match="public key"):
        text_keys(text)


@pytest.mark.parametrize(
    ("claims", "wanted", "name"),
    [
        ({"role": "admin"}, {"role": "admin"}, None),
        ({"role": "administrator"}, {"role": "admin"}, "role"),
        ({"roles": ["a", "admin"]}, {"roles": "admin"}, None),
        ({"scope": "read write"}, {"scope": "write"}, None),
        ({"scope": "read:all"}, {"scope": "read"}, "scope"),
        ({"scp": ["read"]}, {"scp": "read"}, None),
        ({"email_verified": True}, {"email_verified": "true"}, None),
        ({"level": 3}, {"level": "3"}, None),
        ({}, {"role": "admin"}, "role"),
        ({"a": "1", "b": "1"}, {"a": "1", "b": "2"}, "b"),
        ({"role": None}, {"role": ""}, "role"),
    ],
)
def test_claims_that_are_wanted_must_be_there(claims, wanted, name):
    """As the value, as an item of a list, or as a word of a scope."""
    assert lacking(claims, wanted) == name
