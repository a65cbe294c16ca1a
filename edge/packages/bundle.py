"""A bundle: a package's canonical bytes, one immutable blob, and a read-only file system over it."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Self

from edge.errors import PackageError
from edge.packages.index import Index, check_tree, decode_index, encode_index, folders_of, is_program
from edge.packages.limits import DEFAULT_LIMITS, Meter, PackageLimits
from edge.packages.links import settle_links
from edge.packages.paths import check_path, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import ReadableBuffer as Buffer

Names = list[str]  # inside the class, `list` is the method

_UTF8_MARK = "\ufeff"


class Bundle:
    """The files of a package.  Paths are relative to the package, `lib/index.js`; "" is the package itself.

    Reading follows links (see `realpath`).  Methods that take a path never raise for an odd one: it
    is simply not there.  The object is immutable and may be used from several threads.
    """

    def __init__(self, buffer: Buffer, index: Index, start: int) -> None:
        """Use `build` or `open`: this trusts its arguments."""
        self._buffer = memoryview(buffer).cast("B").toreadonly()
        self._links = dict(index.links)
        self._places: dict[str, tuple[int, int]] = {}
        for path, size in index.files:
            self._places[path] = (start, start + size)
            start += size

    @classmethod
    def build(
        cls, files: Mapping[str, Buffer], links: Mapping[str, str] | None = None, limits: PackageLimits = DEFAULT_LIMITS
    ) -> Self:
        """The bundle of some files (path -> content) and symbolic links (path -> target as written).

        Raises PackageError for an unsafe path, a link that leads out, and over a limit.
        """
        meter = Meter(limits)
        views = {check_path(path, limits): memoryview(content).cast("B") for path, content in files.items()}
        settled = _settled(list(views), links or {}, meter)
        for link in [link for link, path in settled.items() if path in views and is_program(link)]:
            views[link] = views[settled.pop(link)]
        views = dict(sorted(views.items()))
        for path, view in views.items():
            meter.file()
            meter.content(len(view), path)
        index = Index([(path, len(view)) for path, view in views.items()], sorted(settled.items()))
        head = encode_index(index)
        return cls(b"".join([head, *views.values()]), index, len(head))

    @classmethod
    def open(cls, buffer: Buffer, limits: PackageLimits = DEFAULT_LIMITS) -> Self:
        """The bundle in a buffer, such as a memory map, which is not copied.

        Nothing in it is trusted.  Raises PackageError unless it is what `build` makes.
        """
        view = memoryview(buffer).cast("B")
        index, start = decode_index(view, limits)
        return cls(view, index, start)

    @property
    def buffer(self) -> memoryview:
        """The canonical bytes, read-only."""
        return self._buffer

    @cached_property
    def hash(self) -> str:
        """`sha256:HEX` of the canonical bytes."""
        return f"sha256:{hashlib.sha256(self._buffer).hexdigest()}"

    @property
    def files(self) -> Names:
        """The paths of all files, sorted; links are not among them."""
        return [*self._places]

    @property
    def links(self) -> dict[str, str]:
        """Every link with the real path that it leads to."""
        return dict(self._links)

    @property
    def size(self) -> int:
        """Bytes of content, without the index."""
        return sum(end - start for start, end in self._places.values())

    def realpath(self, path: str) -> str | None:
        """The path behind all links, or None when there is neither a file nor a folder."""
        if path in self._places or path in self._folders:
            return path
        if not self._links:
            return None
        return self._follow(path)

    def is_file(self, path: str) -> bool:
        return path in self._places or (bool(self._links) and self._follow(path) in self._places)

    def is_dir(self, path: str) -> bool:
        return path in self._folders or (bool(self._links) and self._follow(path) in self._folders)

    def stat_size(self, path: str) -> int:
        """Bytes of one file.  Raises FileNotFoundError."""
        start, end = self._place(path)
        return end - start

    def view(self, path: str) -> memoryview:
        """The content of a file, not copied.  Raises FileNotFoundError."""
        start, end = self._place(path)
        return self._buffer[start:end]

    def read(self, path: str) -> bytes:
        """The content of a file.  Raises FileNotFoundError."""
        return bytes(self.view(path))

    def text(self, path: str) -> str:
        """The content of a source file as Node reads it: UTF-8, malformed parts replaced, no byte order mark."""
        return str(self.view(path), "utf-8", "replace").removeprefix(_UTF8_MARK)

    def list(self, path: str = "") -> Names:
        """The names in a folder, sorted.  Raises FileNotFoundError, also for a file."""
        real = self.realpath(path)
        names = self._folders.get(real) if real is not None else None
        if names is None:
            raise FileNotFoundError(f"there is no folder {shown(path)} in the package")
        return names.copy()

    @cached_property
    def _folders(self) -> dict[str, Names]:
        leaves = self._places.keys() | self._links.keys()
        folders: dict[str, Names] = {"": []}
        for path in sorted(leaves | folders_of(leaves)):
            parent, _, name = path.rpartition("/")
            folders.setdefault(parent, []).append(name)
        return folders

    def _place(self, path: str) -> tuple[int, int]:
        place = self._places.get(path)
        if place is None and self._links:
            place = self._places.get(self._follow(path) or "")
        if place is None:
            raise FileNotFoundError(f"there is no file {shown(path)} in the package")
        return place

    def _follow(self, path: str) -> str | None:
        """The real path; links are settled, so each leads straight to its end."""
        real = ""
        for segment in path.split("/") if path else ():
            if not segment:
                return None
            real = f"{real}/{segment}" if real else segment
            real = self._links.get(real, real)
        return real if real in self._places or real in self._folders else None


def _settled(files: Names, links: Mapping[str, str], meter: Meter) -> dict[str, str]:
    for path in links:
        meter.file()
        check_path(path, meter.limits)
    check_tree(files, links, meter.limits)
    return settle_links(links, {*files, *folders_of(files, meter.limits)})


def parse_hash(text: str) -> str:
    """The 64 hexadecimal digits of `sha256:HEX`.  Raises PackageError when it is not that."""
    scheme, _, digits = text.partition(":")
    if scheme != "sha256" or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise PackageError(f"{shown(text)} is not a package hash (write sha256: and 64 hexadecimal digits)")
    return digits
