"""Uploaded packages: bundles in an object store, named by their hashes, and a cache of them on this machine's disk."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from edge.errors import OutsideError, PackageError, StoreUnavailableError
from edge.packages.bundle import parse_hash
from edge.packages.store import Cleanup, StoredBundle
from edge.units import DAYS, HOURS, MINUTES, SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from edge.packages.bundle import Bundle
    from edge.packages.objects import Objects
    from edge.packages.store import BundleStore

PREFIX = "packages/"
_SUFFIX = ".bundle"
_STRIPES = 16
_RECENT = 10 * MINUTES
_HESITATION = 15 * SECONDS
ORPHAN_AGE = 1 * DAYS
"""How long a package stays that no function mentions: whoever is storing it may be about to."""


class CacheLimits(msgspec.Struct, frozen=True):
    """Of the cache on disk: bytes, and seconds since a package was used."""

    size: int
    age: float


class PackageStore:
    """Gets and puts bundles.  Every call does input and output: use a thread.

    Without `remote`, the folder of `local` is the store itself, and nothing is evicted from it.  With it, `local` is a
    cache that processes share: what it has serves also while the store is down.
    """

    def __init__(
        self,
        local: BundleStore,
        remote: Objects | None,
        limits: CacheLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._local = local
        self._remote = remote
        self._limits = limits
        self._clock = clock
        self._fetching = [Lock() for _ in range(_STRIPES)]
        self._down: StoreUnavailableError | None = None
        self._down_until = 0.0

    def put(self, bundle: Bundle) -> str:
        """Store a bundle for good and answer its hash.  Raises StoreUnavailableError, OutsideError.

        One that is there already is written again: that heals a damaged one, and tells `orphans` that it is in use.
        """
        if self._remote is not None:
            self._remote.put(_key(bundle.hash), bundle.buffer)
            with suppress(OutsideError):  # the cache is full or broken: the store has it
                self._local.put(bundle)
            return bundle.hash
        return self._local.put(bundle)

    def get(self, package: str) -> Bundle:
        """The bundle of `sha256:HEX`, from the cache or else from the store; its hash has been compared.

        Raises PackageError when there is none, or it is damaged, and StoreUnavailableError.
        """
        digits = parse_hash(package)
        if self._remote is None:
            return self._local.get(package)
        with self._fetching[int(digits[:4], 16) % _STRIPES]:
            return self._local.find(package) or self._fetch(package)

    def has(self, package: str) -> bool:
        """Whether it can be had without asking the store."""
        return self._local.find(package) is not None

    def delete(self, package: str) -> None:
        """Remove a bundle for good; whoever has it open can go on using it."""
        if self._remote is not None:
            self._remote.delete(_key(package))
        self._local.delete(package)

    def orphans(self, used: Collection[str], min_age: float = ORPHAN_AGE) -> Iterator[str]:
        """Hashes of bundles that are not in `used` and were put more than `min_age` seconds ago."""
        before = self._clock() - min_age
        for name, moment in self._moments():
            if name not in used and moment < before:
                yield name

    def evict(self, keep: Collection[str] = ()) -> tuple[StoredBundle, ...]:
        """Bring the cache within its limits, without what is in `keep`."""
        if self._remote is None:
            return ()
        rule = Cleanup(self._limits.size, self._limits.age or None, min_age=_RECENT)
        return self._local.cleanup(rule, keep)

    def answers(self) -> None:
        """Somebody has seen that the store answers: the next fetch need not hesitate."""
        self._down = None

    def _fetch(self, package: str) -> Bundle:
        """From the store.  Where one fetch waited in vain, those right after it do not wait as well."""
        assert self._remote is not None  # there is a cache only then
        down = self._down
        if down is not None and self._clock() < self._down_until:
            raise StoreUnavailableError(down.message)
        try:
            parts = self._remote.stream(_key(package))
            if parts is None:
                hint = "deploy it again, or name one that `edge versions` lists"
                raise PackageError(f"the store has no package {package}", hint=hint)
            return self._local.fill(package, parts)
        except StoreUnavailableError as error:
            self._down, self._down_until = error, self._clock() + _HESITATION
            raise

    def _moments(self) -> Iterator[tuple[str, float]]:
        """Hash, and when it was put, of all."""
        if self._remote is None:
            yield from ((entry.hash, entry.used) for entry in self._local.list())
            return
        for found in self._remote.list(PREFIX):
            digits = found.key.removeprefix(PREFIX).removesuffix(_SUFFIX)
            with suppress(PackageError):  # something of somebody else
                parse_hash(f"sha256:{digits}")
                yield f"sha256:{digits}", found.modified


def _key(package: str) -> str:
    return f"{PREFIX}{parse_hash(package)}{_SUFFIX}"


CLEANUP_PAUSE = 1 * HOURS
"""How often caches and stores are looked through."""
