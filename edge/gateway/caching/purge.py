"""What an operator wants forgotten, as the store understands it.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import CallerError
from edge.gateway.authority import parse_authority
from edge.gateway.target import parse_target
from edge.services.cache.records import Purge

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 1000
"""URLs, prefixes and tags of one purge together."""


def read_purge(
    urls: Sequence[str], prefixes: Sequence[str], tags: Sequence[str], function: str, *, everything: bool
) -> Purge:
    """Raises CallerError for what names nothing, or names it so that nothing could be found."""
    named = bool(urls or prefixes or tags or function)
    if everything == named:
        hint = "url=, prefix=, tag=, function=, or everything=true alone"
        raise CallerError("a purge has to say what is meant", hint=hint)
    if len(urls) + len(prefixes) + len(tags) > MOST:
        raise CallerError(f"a purge may name {MOST} URLs, prefixes and tags", hint="send several")
    return Purge(
        urls=tuple(_url(text) for text in urls),
        prefixes=tuple(_prefix(text) for text in prefixes),
        tags=tuple(tag.strip().lower() for tag in tags),
        function=function,
    )


def _url(text: str) -> str:
    """`example.com/path?query`, in the form that requests have it: for http and https alike."""
    host, rest = _split(text)
    path, _, query = rest.partition("#")[0].partition("?")
    target = parse_target(path.encode("utf-8") or b"/", query.encode("utf-8"))
    return f"{host}{target.path}?{target.query}" if target.query else f"{host}{target.path}"


def _prefix(text: str) -> str:
    """The same for the beginning of a URL: a host at least."""
    host, rest = _split(text)
    return f"{host}{rest or '/'}"


def _split(text: str) -> tuple[str, str]:
    without = text.strip().partition("://")[2] if "://" in text else text.strip()
    host, slash, rest = without.partition("/")
    if not host or not without.isascii():
        raise CallerError(f"{text[:60]!r} is not a URL", hint="https://example.com/path, escaped as in a request")
    return str(parse_authority(host)), f"{slash}{rest}"
