"""The span of one fetch, from its start until its answer has been read, or is not wanted any more.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.function import mask
from edge.services.egress.url import UrlError, parse_url
from edge.tracing.span import Attributes, clipped, method_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from edge.services.http.failure import FetchError
    from edge.services.http.response import FetchResponse
    from edge.tracing.invocation import InvocationTrace
    from edge.tracing.propagation import Carrier
    from edge.tracing.tracer import Started


class FetchSpan:
    """Of a request that is recorded, and of one that only tells of its trace."""

    def __init__(self, trace: InvocationTrace, method: str, url: str) -> None:
        name = method_name(method)
        self._span: Started | None = trace.call(name, {"http.request.method": name, **_place(url, trace.secrets)})
        self._secrets = trace.secrets
        self._error: str | None = None
        self.carrier: Carrier = trace.carrier if self._span is None else trace.carrier.below(self._span.context)

    def answered(self, response: FetchResponse) -> None:
        """The head of the answer is there."""
        if self._span is not None:
            self._span.attributes["http.response.status_code"] = response.status
            if response.status >= 400:
                self._span.attributes["error.type"] = str(response.status)
                self._error = ""

    def failed(self, error: FetchError) -> None:
        """It came to nothing; `stage` tells a refusal by policy from what the other side did."""
        if self._span is not None:
            self._span.attributes["error.type"] = error.js_code or error.stage
            self._span.attributes["edge.fetch.stage"] = error.stage
            self._error = clipped(mask(error.message, self._secrets))

    def end(self) -> None:
        """Nothing more comes; may be said twice."""
        if self._span is not None:
            self._span.end(self._error)
            self._span = None


def _place(url: str, secrets: Collection[str]) -> Attributes:
    """Where it goes, without the query: that may hold keys.  Some services want keys in the path."""
    try:
        parsed = parse_url(url)
    except UrlError:
        return {}
    full = clipped(mask(f"{parsed.scheme}://{parsed.authority}{parsed.path}", secrets))
    return {"server.address": parsed.host.name, "server.port": parsed.port, "url.full": full}
