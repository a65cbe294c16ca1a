"""Source maps for stacks: those of our transform, and those that the package brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.packages.package_json import from_mounted
from edge.packages.source_maps import Allowance, find_map
from edge.services.api import Answer, arguments
from edge.units import MIB

if TYPE_CHECKING:
    from edge.engine.build import Record
    from edge.engine.mailbox import SyncOps
    from edge.packages.bundle import Bundle
    from edge.packages.source_maps import SourceMap

_ALLOWANCE = 128 * MIB
"""Bytes of a package that are looked at in search of maps, each file once: a third of a second of the gateway."""


class _Maps(msgspec.Struct, frozen=True):
    """`own` is how many bytes of the mappings are the transform's."""

    own: int
    sources: list[str | None] = []


class _Path(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str


class PackageMaps:
    """The maps of one package, by the paths of its modules."""

    def __init__(self, bundle: Bundle, records: list[Record]) -> None:
        self._bundle = bundle
        self._own = {record.path: record.map for record in records if record.map}
        self._allowance = Allowance(_ALLOWANCE)
        self._found: dict[str, SourceMap | None] = {}

    def ops(self) -> SyncOps:
        """What the runtime asks for when a stack is read."""
        return {"module.maps": self._maps}

    def _maps(self, args: msgspec.Raw, _data: bytes) -> Answer:
        """Both kinds of mappings, one after the other."""
        mounted = arguments(_Path, args).path
        own = self._own.get(mounted, "").encode()
        path = from_mounted(mounted)
        found = self._find(path) if path is not None and self._bundle.is_file(path) else None
        if found is None:
            return Answer(_Maps(len(own)), own)
        return Answer(_Maps(len(own), found.sources), own + found.mappings)

    def _find(self, path: str) -> SourceMap | None:
        if path not in self._found:
            self._found[path] = find_map(self._bundle, path, self._allowance)
        return self._found[path]
