"""HTTP-redirect fetch: https://fetch.spec.whatwg.org/#http-redirect-fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.services.egress.url import UrlError, parse_url
from edge.services.http.failure import FetchError
from edge.services.http.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.services.egress.url import Url
    from edge.services.http.request import FetchRequest
    from edge.wire.messages import Header

STATUSES = frozenset({301, 302, 303, 307, 308})
_BODY_HEADERS = frozenset({"content-encoding", "content-language", "content-location", "content-type"})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "host"})


def location(status: int, headers: Iterable[Header]) -> str | None:
    """Where a response redirects to; None when it does not.  Raises FetchError for two different places."""
    if status not in STATUSES:
        return None
    values = {value for name, value in headers if name == "location"}
    if len(values) > 1:
        raise FetchError("the redirect names several locations", "redirect")
    return values.pop() if values else None


def follow(request: FetchRequest, status: int, place: str) -> FetchRequest:
    """The next request of a redirect chain.  Raises FetchError when `place` cannot be fetched."""
    url = _target(place, request.url)
    method, body, headers = request.method, request.body, request.headers
    if (status in (301, 302) and method == "POST") or (status == 303 and method not in ("GET", "HEAD")):
        method, body = "GET", None
        headers = tuple(header for header in headers if header[0] not in _BODY_HEADERS)
    if not rewind(body):
        raise FetchError(f"a redirect with status {status} asks for the request body again, which is gone", "redirect")
    if url.origin != request.url.origin:
        headers = tuple(header for header in headers if header[0] not in _CREDENTIALS)
    return msgspec.structs.replace(request, method=method, url=url, body=body, headers=headers)


def rewind(body: bytes | Upload | None) -> bool:
    """Make a body ready to be sent again; False when it cannot be."""
    return body.rewind() if isinstance(body, Upload) else True


def _target(place: str, base: Url) -> Url:
    try:
        url = parse_url(_as_text(place), base)
    except UrlError as error:
        raise FetchError(f"redirect to a place that cannot be fetched: {error}", "redirect") from error
    return url if url.fragment is not None else msgspec.structs.replace(url, fragment=base.fragment)


def _as_text(place: str) -> str:
    """Location values are UTF-8 by custom; header values came as Latin-1."""
    try:
        return place.encode("latin-1").decode()
    except UnicodeError:
        return place
