"""The local store of bundles, named by their hashes."""

from __future__ import annotations

import hashlib
import mmap
import os
import time
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import msgspec

from edge.errors import OutsideError, PackageError
from edge.packages.bundle import Bundle, parse_hash
from edge.packages.disk import remove_abandoned, translated, write_atomic
from edge.packages.limits import DEFAULT_LIMITS
from edge.units import DAYS, HOURS, MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

_SUFFIX = ".bundle"
_DAMAGED = ".damaged"
_DAMAGED_AGE = 7 * DAYS
MAX_BUNDLE = DEFAULT_LIMITS.total + 64 * MIB
"""No bundle has more bytes: contents and an index of as many files as there may be."""


class StoredBundle(msgspec.Struct, frozen=True):
    """One entry: `size` in bytes on disk, `used` when it was last put or got (seconds, Unix epoch)."""

    hash: str
    size: int
    used: float


class Cleanup(msgspec.Struct, frozen=True):
    """What to delete: the oldest beyond `max_bytes`, and all unused for `max_age` seconds.

    `min_age`: nothing used in the last so many seconds is deleted, because another process may just
    have stored it and not said yet that it needs it.
    """

    max_bytes: int | None = None
    max_age: float | None = None
    min_age: float = 1 * HOURS


class BundleStore:
    """A folder of bundles, which several processes may share.

    Every call does disk input and output: use a thread.  Bundles are mapped into memory, checked
    against their hash whenever they are opened, and shared while they are in use.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells seconds since the Unix epoch.  Raises OutsideError when the folder cannot be made."""
        self._folder = folder
        self._clock = clock
        self._live: WeakValueDictionary[str, Bundle] = WeakValueDictionary()
        self._lock = Lock()
        with translated("open"):
            folder.mkdir(parents=True, exist_ok=True)
            remove_abandoned(folder)

    def put(self, bundle: Bundle) -> str:
        """Store a bundle and answer its hash; it is on disk for good when this returns.  Raises OutsideError."""
        with self._lock:
            if not self._is_intact(bundle.hash):
                write_atomic(self._path(bundle.hash), (bundle.buffer,), durable=True)
            self._touch(bundle.hash)
        return bundle.hash

    def get(self, package: str) -> Bundle:
        """The bundle of a hash, `sha256:HEX`.

        Raises PackageError when there is none.  One that is damaged is put aside, under another name,
        and the error says so; storing the package again heals the store.
        """
        with self._lock:
            bundle = self._live.get(package)
            if bundle is None:
                bundle = self._live[package] = self._open(package)
            self._touch(package)
            return bundle

    def find(self, package: str) -> Bundle | None:
        """The same, but None when there is none, or a damaged one, which is put aside.  Raises OutsideError."""
        try:
            return self.get(package)
        except PackageError:
            return None

    def fill(self, package: str, parts: Iterable[bytes]) -> Bundle:
        """Store what comes from elsewhere, without holding it in memory, once it has turned out to be this package.

        Raises PackageError when it is something else, and what `parts` raises.
        """
        path = self._path(package)
        write_atomic(path, _checked(parts, package), durable=False)
        return self.get(package)

    def list(self) -> list[StoredBundle]:
        """All bundles, the one that was used longest ago first.  Raises OutsideError."""
        with translated("list"):
            return sorted(self._entries(), key=lambda entry: (entry.used, entry.hash))

    def delete(self, package: str) -> bool:
        """Remove a bundle; answers whether it was there.  Whoever has it open can go on using it."""
        with self._lock, translated("delete from"):
            path = self._path(package)
            found = path.exists()
            path.unlink(missing_ok=True)
            return found

    def cleanup(self, rule: Cleanup, keep: Collection[str] = ()) -> tuple[StoredBundle, ...]:
        """Delete by a rule and answer what was deleted; never what is in `keep` or open in this process."""
        entries = self.list()
        excess = sum(entry.size for entry in entries) - rule.max_bytes if rule.max_bytes is not None else 0
        deleted = []
        for entry in entries:
            age = self._clock() - entry.used
            too_old = rule.max_age is not None and age > rule.max_age
            if (excess <= 0 and not too_old) or age < rule.min_age or entry.hash in keep or entry.hash in self._live:
                continue
            if self.delete(entry.hash):
                excess -= entry.size
                deleted.append(entry)
        self._forget_damaged()
        return tuple(deleted)

    def _forget_damaged(self) -> None:
        for path in self._folder.glob(f"*{_DAMAGED}"):
            with suppress(OSError):
                if self._clock() - path.stat().st_mtime > _DAMAGED_AGE:
                    path.unlink()

    def _entries(self) -> Iterator[StoredBundle]:
        for path in self._folder.glob(f"{'[0-9a-f]' * 64}{_SUFFIX}"):
            with suppress(FileNotFoundError):
                status = path.stat()
                yield StoredBundle(f"sha256:{path.stem}", status.st_size, status.st_mtime)

    def _path(self, package: str) -> Path:
        return self._folder / (parse_hash(package) + _SUFFIX)

    def _touch(self, package: str) -> None:
        """Note the use.  A store that is mounted read-only just keeps no order."""
        now = self._clock()
        with suppress(OSError):
            os.utime(self._path(package), (now, now))

    def _is_intact(self, package: str) -> bool:
        try:
            self._open(package)
        except PackageError:
            return False
        return True

    def _open(self, package: str) -> Bundle:
        path = self._path(package)
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if status.st_size else b""
        except FileNotFoundError as error:
            hint = "deploy it again, or name one that `edge versions` lists"
            raise PackageError(f"the store has no package {package}", hint=hint) from error
        except OSError as error:
            raise OutsideError(f"cannot read from the package store: {error.strerror}") from error
        return self._verified(package, content)

    def _verified(self, package: str, content: bytes | mmap.mmap) -> Bundle:
        """The bundle, after its hash was compared."""
        try:
            bundle = Bundle.open(content)
        except PackageError as error:
            raise self._damaged(package) from error
        if bundle.hash != package:
            raise self._damaged(package)
        return bundle

    def _damaged(self, package: str) -> PackageError:
        """Put the file aside, for whoever wants to know what happened to it."""
        path = self._path(package)
        with suppress(OSError):
            path.replace(path.with_suffix(_DAMAGED))
        return PackageError(f"the stored package {package} is damaged and was put aside", hint="deploy it again")


def _checked(parts: Iterable[bytes], package: str) -> Iterator[bytes]:
    """The same parts; fails at their end when they are not this package, and as soon as they are too many for one."""
    digest, size = hashlib.sha256(), 0
    for part in parts:
        digest.update(part)
        size += len(part)
        if size > MAX_BUNDLE:
            break
        yield part
    if f"sha256:{digest.hexdigest()}" != package:
        raise PackageError(f"what the store has as {package} is something else", hint="deploy it again")
