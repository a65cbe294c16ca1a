"""Checks of who may call."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from edge.config.auth_model import AuthConfig, AuthRule
from edge.config.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from edge.config.keypath import KeyPath

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    *("HS256", "HS384", "HS512"),
)
RESERVED: Final = frozenset(
    {
        *("host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("content-length", "content-type", "content-encoding", "expect", "proxy", "http2-settings"),
    }
)
"""Headers that no function may set for another."""
_OWN: Final[dict[str, tuple[str, ...]]] = {
    "basic": ("users_secret", "realm"),
    "bearer_jwt": (
        *("secret", "jwks_url", "issuer", "audience", "algorithms", "claims", "subject", "leeway", "cookie", "realm"),
    ),
    "api_key": ("keys_secret", "header", "query", "cookie", "realm"),
    "function": ("function", "headers", "timeout"),
}
_NEEDED: Final = {
    "basic": ("users_secret",),
    "bearer_jwt": ("secret", "jwks_url", "issuer"),
    "api_key": ("keys_secret",),
    "function": ("function",),
}
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_REALM: Final = re.compile(r'[^"\\\x00-\x1f\x7f-\U0010ffff]{1,100}')
_HOST: Final = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)|[0-9a-f]*:[0-9a-f:.]+")
_DEFAULT: Final = AuthConfig()


def check_auths(auths: Mapping[str, AuthRule], functions: Collection[str]) -> Iterator[Problem]:
    """What is wrong with `[auth.NAME]`."""
    for name, rule in auths.items():
        path: KeyPath = ("auth", name)
        if not _NAME.fullmatch(name):
            yield Problem(path, f"{name[:60]!r} is not a name (letters, digits, _ - and ., not first, at most 64)")
        yield from check_auth(rule, path, auths, functions)
        if name in _reached(name, auths):
            yield Problem(path, "leads back to itself (other ways)")


def check_auth(
    rule: AuthRule | str, path: KeyPath, auths: Collection[str], functions: Collection[str] | None
) -> Iterator[Problem]:
    """What is wrong with who may call a route.  `functions` None: they are not known."""
    if isinstance(rule, str):
        yield from _check_name(rule, path, auths)
        return
    groups = {"any": rule.any_, "all": rule.all_}
    kinds = [kind for kind in ("type", *groups) if (rule.type if kind == "type" else groups[kind])]
    if len(kinds) != 1:
        yield Problem(path, "needs one of type, any and all (type = basic | bearer_jwt | api_key | function)")
    elif kinds == ["type"]:
        yield from _check_way(rule, path, functions)
    else:
        yield from _check_keys(rule, path, (), f"not together with {kinds[0]}", _all_keys())
        for number, way in enumerate(groups[kinds[0]]):
            here = (*path, kinds[0], number)
            if isinstance(way, str):
                yield from _check_name(way, here, auths)
            elif way.type is None:
                yield Problem(here, "type is missing (basic | bearer_jwt | api_key | function)")
            else:
                yield from _check_way(way, here, functions)


def _check_name(name: str, path: KeyPath, auths: Collection[str]) -> Iterator[Problem]:
    if name not in auths:
        near = difflib.get_close_matches(name, auths, 1)
        hint = f", did you mean {near[0]}?" if near else ""
        listed = ", ".join(sorted(auths)[:10]) or "none is configured"
        yield Problem(path, f"there is no [auth.{name[:60]}]{hint} ({listed})")


def _reached(name: str, auths: Mapping[str, AuthRule]) -> set[str]:
    """The names that `name` leads to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        rule = auths.get(waiting.pop())
        names = {way for way in (*rule.any_, *rule.all_) if isinstance(way, str)} if rule is not None else set()
        waiting += names - found
        found |= names
    return found


def _all_keys() -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for keys in _OWN.values() for key in keys))


def _check_keys(
    auth: AuthConfig, path: KeyPath, own: tuple[str, ...], why: str, keys: tuple[str, ...]
) -> Iterator[Problem]:
    for key in keys:
        if key not in own and getattr(auth, key) != getattr(_DEFAULT, key):
            yield Problem((*path, key), f"{why} ({', '.join(own) or 'leave it out'})")


def _check_way(auth: AuthConfig, path: KeyPath, functions: Collection[str] | None) -> Iterator[Problem]:
    kind = auth.type or "basic"
    needed = _NEEDED[kind]
    if not any(getattr(auth, key) for key in needed):
        yield Problem(path, f"{kind} needs {'one of ' if len(needed) > 1 else ''}{', '.join(needed)}")
    yield from _check_keys(auth, path, _OWN[kind], f"not a key of {kind}", _all_keys())
    if not _REALM.fullmatch(auth.realm):
        yield Problem((*path, "realm"), "cannot be sent (up to 100 ASCII characters without quotes)")
    if kind == "bearer_jwt":
        yield from _check_jwt(auth, path)
    for key in ("header", "query", "cookie"):
        if (text := getattr(auth, key)) and not _TOKEN.fullmatch(text):
            yield Problem((*path, key), f"{text[:60]!r} is not a name (X-API-Key)")
    if kind == "api_key" and not (auth.header or auth.query or auth.cookie):
        yield Problem((*path, "header"), "is empty, and so are query and cookie (one of them)")
    for number, name in enumerate(auth.headers):
        lower = name.lower()
        if not _TOKEN.fullmatch(name) or lower in RESERVED or lower.startswith("edge-"):
            yield Problem((*path, "headers", number), f"{name[:60]!r} cannot be set for a function (X-User)")
    if kind == "function" and auth.function and functions is not None and auth.function not in functions:
        near = difflib.get_close_matches(auth.function, functions, 1)
        hint = f", did you mean {near[0]}?" if near else ""
        yield Problem((*path, "function"), f"there is no function {auth.function[:60]!r}{hint}")


def _check_jwt(auth: AuthConfig, path: KeyPath) -> Iterator[Problem]:
    if auth.secret and auth.jwks_url:
        yield Problem((*path, "jwks_url"), "secret is there as well (one of both)")
    for key in ("jwks_url", "issuer"):
        text = getattr(auth, key)
        # An issuer is a URL only when its keys are to be discovered: others may be called anything.
        if text and (key == "jwks_url" or not (auth.secret or auth.jwks_url)) and not _is_url(text):
            yield Problem((*path, key), f"{text[:60]!r} is not a URL (https://login.example.com)")
    for number, name in enumerate(auth.algorithms):
        if name not in ALGORITHMS:
            yield Problem((*path, "algorithms", number), f"{name[:60]!r} is not known ({', '.join(ALGORITHMS)})")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    good = parts.scheme in ("http", "https") and not parts.username and port != 0 and not parts.fragment
    return good and text.isascii() and bool(_HOST.fullmatch(host))
