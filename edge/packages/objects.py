"""An object store as this program needs it: a few keys, whole objects, and a compare-and-set.

Keys are made by us: `packages/HEX.bundle`, `functions/NAME.json`.  Every call does input and output and may block for
as long as its deadlines allow: use a thread.  All of them raise StoreUnavailableError when the store does not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer as Buffer


class Stored(msgspec.Struct, frozen=True):
    """An object; `etag` is another one after each change of its content."""

    content: bytes
    etag: str


class Listed(msgspec.Struct, frozen=True):
    """What a listing says of an object: `size` in bytes, `modified` in seconds since the Unix epoch."""

    key: str
    etag: str
    size: int
    modified: float


class Objects(Protocol):
    """See the module."""

    def get(self, key: str, limit: int) -> Stored | None:
        """A small object; None when there is none.  Raises OutsideError over `limit` bytes."""

    def stream(self, key: str) -> Iterator[bytes] | None:
        """The parts of a large object; None when there is none."""

    def put(self, key: str, content: Buffer) -> None:
        """Store an object for good, whether or not there is one already."""

    def swap(self, key: str, content: bytes, etag: str) -> str | None:
        """Replace the object that has `etag` ("": none yet), and answer the new etag; None when it is another one now.

        Of several that try it at once, one succeeds.
        """

    def list(self, prefix: str) -> Iterator[Listed]:
        """All objects whose keys begin with `prefix`, which ends with a slash."""

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
