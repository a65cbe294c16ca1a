"""What has been read of packages, so that one that has not changed since need not be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from edge.packages.limits import DEFAULT_LIMITS
from edge.packages.stamp import Stamp, stamp_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

T = TypeVar("T")


class Read(msgspec.Struct, Generic[T], frozen=True):
    """The hash of a package, and what somebody made of its content."""

    hash: str
    content: T


class _Entry(msgspec.Struct, Generic[T], frozen=True):
    place: tuple[object, ...]
    stamp: Stamp
    read: Read[T]


class PackageReads(Generic[T]):
    """By name, bounded by the names in use (`keep`); calls look at the disk and may come from several threads."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry[T]] = {}

    def look(self, root: Path, references: Sequence[str]) -> Stamp:
        """The stamp of what is there now: take it before reading."""
        return stamp_of(root, references, DEFAULT_LIMITS)

    def find(self, name: str, place: tuple[object, ...], stamp: Stamp) -> Read[T] | None:
        """What was read under this name from the same place, when nothing can have changed since."""
        entry = self._entries.get(name)
        same = entry is not None and entry.place == place and entry.stamp == stamp and stamp.settled
        return entry.read if entry is not None and same else None

    def put(self, name: str, place: tuple[object, ...], stamp: Stamp, read: Read[T]) -> None:
        """Remember it; `stamp` was taken before it was read."""
        self._entries[name] = _Entry(place, stamp, read)

    def keep(self, names: Collection[str]) -> None:
        """Forget all others."""
        for name in [name for name in self._entries if name not in names]:
            self._entries.pop(name, None)
