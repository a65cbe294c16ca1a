"""Entity tags of files (RFC 9110 section 8.8).

A tag is a digest of the content, so it is the same on every replica and after every copy, and changes exactly when the
bytes do.  It is remembered by what the file system says about the file, once that can be trusted: two changes within
one tick of the clock cannot be told apart.  Files too large to be digested have tags of time and size, which are weak
while the file is so young.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.gateway.static.files import OpenFile, Stamp

DIGESTED: Final = 16 * 1024 * 1024  # bytes; 10 to 30 ms
_PIECE: Final = 1024 * 1024
_SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a file's time says whether it has changed, also on file systems that keep whole seconds."""

_MOST: Final = 10_000
_NS: Final = 1_000_000_000


class EntityTags:
    """Tags that were found out, the latest used of them.  For several threads."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._known: OrderedDict[Stamp, str] = OrderedDict()
        self._lock = Lock()

    def of(self, opened: OpenFile, content: bytes | None) -> tuple[str, int]:
        """Entity tag, and when the file was last changed (seconds since the epoch); `content` when it is at hand."""
        stamp, now = opened.stamp, self._clock()
        settled = now - stamp.modified > _SETTLED and now - stamp.changed > _SETTLED
        modified = min(stamp.modified, now) // _NS
        with self._lock:
            known = self._known.get(stamp) if settled else None
            if known is not None:
                self._known.move_to_end(stamp)
                return known, modified
        if content is None and stamp.size > DIGESTED:
            tag = f'"{stamp.modified:x}-{stamp.size:x}"'
            return (tag if settled else f"W/{tag}"), modified
        digest = _digest(opened) if content is None else hashlib.blake2b(content, digest_size=15)
        tag = f'"{base64.urlsafe_b64encode(digest.digest()).decode("ascii")}"'
        if settled and opened.is_unchanged():
            self._remember(stamp, tag)
        return tag, modified

    def _remember(self, stamp: Stamp, tag: str) -> None:
        with self._lock:
            self._known[stamp] = tag
            if len(self._known) > _MOST:
                self._known.popitem(last=False)


def _digest(opened: OpenFile) -> hashlib.blake2b:
    digest = hashlib.blake2b(digest_size=15)
    for start in range(0, opened.stamp.size, _PIECE):
        digest.update(opened.read(start, min(_PIECE, opened.stamp.size - start)))
    return digest
