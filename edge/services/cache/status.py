"""Cache-Status: RFC 9211.  Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

CACHE_NAME = "edge"

Forward = Literal["bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"]


class CacheStatus(msgspec.Struct, frozen=True):
    """What the cache did with a request: `ttl` in seconds, negative for what is stale."""

    hit: bool = False
    forward: Forward | None = None
    forward_status: int | None = None
    ttl: int | None = None
    stored: bool = False
    collapsed: bool = False
    detail: str = ""

    def text(self) -> str:
        """The member of the field."""
        parameters = [
            "hit" if self.hit else "",
            f"fwd={self.forward}" if self.forward and not self.hit else "",
            f"fwd-status={self.forward_status}" if self.forward_status is not None else "",
            f"ttl={self.ttl}" if self.ttl is not None else "",
            "stored" if self.stored else "",
            "collapsed" if self.collapsed else "",
            f"detail={self.detail}" if self.detail else "",
        ]
        return "; ".join([CACHE_NAME, *filter(None, parameters)])
