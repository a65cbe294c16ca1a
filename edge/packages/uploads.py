"""Uploaded packages by any of their names: `sha256:HEX`, or a version of a function, `hello@v3`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from edge.packages.bundle import parse_hash

if TYPE_CHECKING:
    from edge.packages.bundle import Bundle
    from edge.packages.objects import Objects
    from edge.packages.package_store import PackageStore
    from edge.packages.version_index import VersionIndex

_VERSION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}@(?:v[1-9]\d{0,8}|[a-z][a-z0-9_-]{0,62})")


def is_version(reference: str) -> bool:
    """Whether this, as `package = "..."` of the config has it, is a version of a function."""
    return _VERSION.fullmatch(reference) is not None


def is_uploaded(reference: str) -> bool:
    """Whether it is anything in a store, not a folder or archive under `packages.root`."""
    return reference.startswith("sha256:") or is_version(reference)


class Uploads:
    """The packages and the versions that name them."""

    def __init__(self, packages: PackageStore, index: VersionIndex, objects: Objects) -> None:
        """`objects` is the store that all of it is in."""
        self.packages = packages
        self.index = index
        self.objects = objects

    def hash_of(self, reference: str) -> str:
        """`sha256:HEX` of either; looks only at what is known.

        Raises NotFoundError (no such version), PackageError (no hash), CallerError.
        """
        if is_version(reference):
            return self.index.resolve(reference).package
        parse_hash(reference)
        return reference

    def get(self, reference: str) -> Bundle:
        """Its bundle.  Does input and output: use a thread.

        Raises what `hash_of` and `PackageStore.get` raise.
        """
        return self.packages.get(self.hash_of(reference))
