"""The packages and versions that a config's store holds."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
import trio

from edge.errors import EdgeError, OutsideError
from edge.packages.object_folder import FolderObjects
from edge.packages.object_store import open_objects
from edge.packages.package_store import PREFIX, CacheLimits, PackageStore
from edge.packages.store import BundleStore
from edge.packages.uploads import Uploads, is_uploaded
from edge.packages.version_index import VersionIndex

if TYPE_CHECKING:
    from edge.config.model import Config

_PATIENCE = 30.0
_PARALLEL = 8
log = structlog.get_logger(component="deploys")


def uploads_of(config: Config) -> Uploads:
    """Not looked at yet, but with what was seen of it last.  Reads the disk.

    Raises ConfigError for a store that cannot be, OutsideError when `storage.data_dir` cannot be written.
    """
    data = config.path(config.storage.data_dir)
    limits = CacheLimits(config.packages.cache_size, config.packages.cache_age)
    if not config.packages.store:
        folder = data / "uploads"
        here = FolderObjects(folder)
        packages = PackageStore(BundleStore(folder / PREFIX.rstrip("/")), None, limits)
        return Uploads(packages, VersionIndex(here), here)
    objects = open_objects(config.packages.store)
    cache = BundleStore(data / "packages")
    mark = hashlib.sha256(config.packages.store.encode()).hexdigest()[:12]
    index = VersionIndex(objects, data / f"versions-{mark}.json")  # another store has other versions
    index.recall()
    return Uploads(PackageStore(cache, objects, limits), index, objects)


async def uploads_if_named(config: Config) -> Uploads | None:
    """What a config needs of the store: nothing, when it names no uploaded package."""
    named = any(is_uploaded(function.package) for function in config.functions.values())
    return await open_uploads(config) if named else None


async def open_uploads(config: Config) -> Uploads:
    """The same, looked at: a store that does not answer is told in the log, and what was seen last is what is known."""
    uploads = await trio.to_thread.run_sync(uploads_of, config)
    try:
        with trio.fail_after(_PATIENCE):
            await trio.to_thread.run_sync(uploads.index.refresh, abandon_on_cancel=True)
    except (OutsideError, trio.TooSlowError) as error:
        reason = error.message if isinstance(error, OutsideError) else "it does not answer in time"
        known = len(uploads.index.documents)
        log.warning("package_store_unavailable", error=reason, known=known, hint="serving what was known last")
    else:
        await _fetch(uploads)
    return uploads


async def _fetch(uploads: Uploads) -> None:
    """Bring what serves into the cache, several packages at a time; one that cannot be had is told when it is used."""
    limiter = trio.CapacityLimiter(_PARALLEL)

    async def one(package: str) -> None:
        with suppress(EdgeError):
            await trio.to_thread.run_sync(uploads.packages.get, package, abandon_on_cancel=True, limiter=limiter)

    with trio.move_on_after(_PATIENCE):
        async with trio.open_nursery() as nursery:
            for package in {one.package for one in map(uploads.index.active, uploads.index.documents) if one}:
                nursery.start_soon(one, package)
