"""A package's files as functions read them: synchronous operations for `node:fs`.

    package.stat  {"path"} -> value: {"kind": "file" | "folder", "size": bytes, "real": path}, or null
    package.list  {"path"} -> value: [[name, "file" | "folder" | "link"], ...], sorted; null when it is no folder
    package.read  {"path", "offset", "length"} -> data: at most MAX_READ bytes, fewer at the end of the file

Paths are absolute under /app; they are read and never changed, so the answers are the same for every invocation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from edge.errors import HostCallError
from edge.packages.package_json import from_mounted, to_mounted
from edge.services.api import Answer, arguments
from edge.units import MIB

if TYPE_CHECKING:
    from edge.engine.mailbox import SyncOps
    from edge.packages.bundle import Bundle

MAX_READ = 1 * MIB
"""Most bytes of one operation."""


class _Path(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str


class _Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    offset: Annotated[int, msgspec.Meta(ge=0)]
    length: Annotated[int, msgspec.Meta(ge=0, le=MAX_READ)]


class PackageFiles:
    """The operations over one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._links = bundle.links

    def ops(self) -> SyncOps:
        """By name."""
        return {"package.stat": self._stat, "package.list": self._list, "package.read": self._read}

    def _stat(self, args: msgspec.Raw, _data: bytes) -> Answer:
        own = from_mounted(arguments(_Path, args).path)
        real = None if own is None else self._bundle.realpath(own)
        if real is None:
            return Answer(None)
        if self._bundle.is_dir(real):
            return Answer({"kind": "folder", "size": 0, "real": to_mounted(real)})
        return Answer({"kind": "file", "size": self._bundle.stat_size(real), "real": to_mounted(real)})

    def _list(self, args: msgspec.Raw, _data: bytes) -> Answer:
        own = from_mounted(arguments(_Path, args).path)
        real = None if own is None else self._bundle.realpath(own)
        if real is None or not self._bundle.is_dir(real):
            return Answer(None)
        return Answer([(name, self._kind(f"{real}/{name}" if real else name)) for name in self._bundle.list(real)])

    def _kind(self, path: str) -> str:
        if path in self._links:
            return "link"
        return "folder" if self._bundle.is_dir(path) else "file"

    def _read(self, args: msgspec.Raw, _data: bytes) -> Answer:
        wanted = arguments(_Read, args)
        own = from_mounted(wanted.path)
        if own is None or not self._bundle.is_file(own):
            raise HostCallError(f"there is no file {wanted.path}", js_code="ENOENT")
        return Answer(data=bytes(self._bundle.view(own)[wanted.offset : wanted.offset + wanted.length]))
