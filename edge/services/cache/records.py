"""What the store holds."""

from __future__ import annotations

import msgspec

from edge.services.cache.vary import Selection
from edge.wire.messages import Header


class Times(msgspec.Struct, frozen=True):
    """How long an answer may be used, in seconds.

    `fresh` counts from when it was made; `revalidating` and `failing` are the times after that in which it may be used
    although it is stale: while it is made anew, and when that fails.  `checked`: never without asking.
    """

    fresh: float = 0.0
    revalidating: float = 0.0
    failing: float = 0.0
    checked: bool = False

    @property
    def most(self) -> float:
        """How old it may become at most and still be of use."""
        return self.fresh + max(self.revalidating, self.failing)


class Head(msgspec.Struct, frozen=True):
    """An answer without its content: what was asked, what came, when it came (Unix time) and how old it was then.

    What stands behind `selection` is for `caches` only.
    """

    url: str
    status: int
    headers: tuple[Header, ...]
    times: Times
    received: float
    age: float = 0.0
    selection: Selection = ()
    status_text: str = ""
    request_headers: tuple[Header, ...] = ()
    response_url: str = ""
    response_type: str = ""

    def age_at(self, now: float) -> float:
        """How old it is, in seconds (RFC 9111 section 4.2.3); not younger than it came, whatever the clock does."""
        return self.age + max(0.0, now - self.received)


class Entry(msgspec.Struct, frozen=True):
    """An answer that is kept; `size` is that of its content in bytes."""

    id: int
    head: Head
    size: int


class New(msgspec.Struct, frozen=True):
    """An answer that is to be kept for the requests of `space` that have `key`; `function` is whose it is.

    `purges` is what the store said when the answer was asked for: when something has been purged since, it is not
    kept, because it may be what was meant.  `until` is when it will be of no use any more (Unix time).
    """

    space: str
    key: bytes
    function: str
    head: Head
    body: bytes
    tags: frozenset[str] = frozenset()
    until: float = 0.0
    purges: int | None = None


class Found(msgspec.Struct, frozen=True):
    """What there is for a key, the newest first, and the number of purges so far."""

    entries: tuple[Entry, ...] = ()
    purges: int = 0


class Page(msgspec.Struct, frozen=True):
    """Entries of a listing, which is `complete` or has more."""

    entries: tuple[Entry, ...] = ()
    complete: bool = True


class Purge(msgspec.Struct, frozen=True):
    """What is to be forgotten: everything that one of these names; with `function`, of its only; with none, all of it.

    URLs and prefixes have no scheme: `example.com/path`.
    """

    urls: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    function: str = ""


class Usage(msgspec.Struct, frozen=True):
    """Of the whole store; sizes in bytes."""

    entries: int = 0
    bytes: int = 0
    limit: int = 0
    purges: int = 0
