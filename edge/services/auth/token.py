"""JSON Web Tokens: the signature first, then what is claimed.  RFC 7515, RFC 7519, RFC 8725.

Reads no clock and fetches nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
from typing import TYPE_CHECKING, Any

import msgspec
from jwt.algorithms import get_default_algorithms

from edge.services.auth.keys import ALGORITHMS, choose

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.services.auth.keys import VerifyKey

MAX_TOKEN = 16 * 1024
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_MAX_TRIES = 8
"""Keys without a name that one signature is tried with."""
_VERIFIERS = {name: get_default_algorithms()["EdDSA" if name == "Ed25519" else name] for name in ALGORITHMS}


class TokenError(Exception):
    """The token does not count; the message may be told to whoever sent it."""


class UnknownKeyError(TokenError):
    """No key that is known can have signed it: there may be a new one."""


class TokenHead(msgspec.Struct, frozen=True):
    """The header of a token, as far as it is believed."""

    alg: str
    kid: str | None = None
    crit: msgspec.Raw | None = None


class TokenRules(msgspec.Struct, frozen=True):
    """What a token must be.  () and "" leave it open; `leeway` in seconds, for clocks that differ."""

    issuer: str = ""
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    leeway: float = 60.0


class Token(msgspec.Struct, frozen=True):
    """A token that has been taken apart, and nothing else."""

    head: TokenHead
    signed: bytes
    payload: bytes
    signature: bytes


def parse_token(text: str) -> Token:
    """The parts of a token.  Raises TokenError."""
    match = _COMPACT.fullmatch(text) if len(text) <= MAX_TOKEN else None
    if match is None:
        raise TokenError("not a signed JSON Web Token")
    try:
        head, payload, signature = map(_decode, match.groups())
        parsed = msgspec.json.decode(head, type=TokenHead)
    except (ValueError, RecursionError) as error:
        raise TokenError("not a signed JSON Web Token") from error
    if parsed.crit is not None:
        raise TokenError("the token has extensions that are not known")
    return Token(parsed, f"{match[1]}.{match[2]}".encode("ascii"), payload, signature)


def verify(token: Token, keys: Collection[VerifyKey], rules: TokenRules, now: float) -> dict[str, Any]:
    """The claims of a token that one of these keys has signed; `now` in seconds since the epoch.

    Raises TokenError, UnknownKeyError when it names, or needs, a key that is not there.
    """
    algorithm = token.head.alg
    if algorithm not in (rules.algorithms or ALGORITHMS):
        raise TokenError("the token is signed with an algorithm that is not accepted")
    candidates = choose(keys, token.head.kid, algorithm)
    if not candidates:
        raise UnknownKeyError("the token is signed with a key that is not known")
    verifier = _VERIFIERS[algorithm]
    if not any(verifier.verify(token.signed, one.key, token.signature) for one in candidates[:_MAX_TRIES]):
        raise TokenError("the signature of the token is wrong")
    try:
        claims = msgspec.json.decode(token.payload, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise TokenError("the claims of the token are no JSON object") from error
    _check_times(claims, rules.leeway, now)
    _check_names(claims, rules)
    return claims


def _check_times(claims: dict[str, Any], leeway: float, now: float) -> None:
    """RFC 7519 sections 4.1.4 to 4.1.6."""
    expires, begins, issued = (_time(claims, name) for name in ("exp", "nbf", "iat"))
    if expires is not None and now >= expires + leeway:
        raise TokenError("the token has expired")
    if begins is not None and now < begins - leeway:
        raise TokenError("the token is not valid yet")
    if issued is not None and now < issued - leeway:
        raise TokenError("the token was issued in the future")


def _time(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise TokenError(f"the claim {name} of the token is no time")
    return value


def _check_names(claims: dict[str, Any], rules: TokenRules) -> None:
    """RFC 7519 sections 4.1.1 and 4.1.3."""
    if rules.issuer and claims.get("iss") != rules.issuer:
        raise TokenError("the token is of another issuer")
    if rules.audiences:
        said = claims.get("aud")
        audiences = said if isinstance(said, list) else [said]
        if not any(one in rules.audiences for one in audiences if isinstance(one, str)):
            raise TokenError("the token is for another audience")


def lacking(claims: dict[str, Any], wanted: dict[str, str]) -> str | None:
    """The first of the claims that do not have, or hold, the wanted value; None when all do.

    A list holds its items, and `scope` and `scp` the words in them (RFC 8693, section 4.2).
    """
    for name, value in wanted.items():
        said = claims.get(name)
        if isinstance(said, str) and name in ("scope", "scp"):
            said = said.split(" ")
        holds = value in said if isinstance(said, list) else _text(said) == value
        if not holds:
            return name
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _decode(part: str) -> bytes:
    """Base64url without padding, and in one way only (RFC 7515 section 2)."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError from error
    if base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode("ascii"):
        raise ValueError("not the one way to write it")
    return data
