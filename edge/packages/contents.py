"""What an archive holds, collected entry by entry while the limits are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import PackageError
from edge.packages.bundle import Bundle
from edge.packages.index import check_tree
from edge.packages.paths import check_path, ignored_path, shown

if TYPE_CHECKING:
    from edge.packages.limits import Meter

ROOT = "."


class Contents:
    """The files and links of an archive so far.  Every method raises PackageError."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.files: dict[str, bytes] = {}
        self.links: dict[str, str] = {}
        self._entries = 0
        self._rooted = False

    def name(self, written: str) -> str:
        """The path of the next entry, checked; "" for one that is not to be kept, ROOT for the package's own folder."""
        self._entries += 1
        if self._entries > self.meter.limits.entries:
            raise PackageError(f"the archive has more than {self.meter.limits.entries} entries, which is the limit")
        path = written
        while path.startswith("./"):
            path = path[2:].lstrip("/")
        if path in {"", ".", "/"}:
            self._rooted = True
            return ROOT
        path = check_path(path.removesuffix("/"), self.meter.limits)
        return "" if ignored_path(path) else path

    def add_file(self, path: str, content: bytes) -> None:
        """Keep a file, whose bytes the meter has counted."""
        self._claim(path)
        self.files[path] = content

    def add_link(self, path: str, target: str) -> None:
        """Keep a symbolic link."""
        self._claim(path)
        if "\0" in target or len(target) > self.meter.limits.path:
            raise PackageError(f"the link {shown(path)} has a target that is no path, or too long")
        self.links[path] = target

    def add_copy(self, path: str, original: str) -> None:
        """Keep a hard link: the content of a file that came before it, which takes room only in the bundle."""
        content = self.files.get(original)
        if content is None:
            raise PackageError(f"{shown(path)} is a hard link to {shown(original)}, which is no file before it")
        self.add_file(path, content)

    def bundle(self) -> Bundle:
        """The package.  One folder that holds everything is taken off, unless the archive has its root as an entry."""
        check_tree(self.files, self.links, self.meter.limits)
        top = self._single_folder()
        files = {path[len(top) :]: content for path, content in self.files.items()}
        links = {path[len(top) :]: target for path, target in self.links.items()}
        return Bundle.build(files, links, self.meter.limits)

    def _claim(self, path: str) -> None:
        self.meter.file()
        if path == ROOT:
            raise PackageError("the archive has a file or link without a name")
        if path in self.files or path in self.links:
            raise PackageError(f"the archive has {shown(path)} twice")

    def _single_folder(self) -> str:
        """`package/` when all is in it, as in what npm packs and what `tar czf hello.tar.gz hello` makes."""
        if self._rooted:
            return ""
        tops = {path.partition("/")[0] for path in (*self.files, *self.links)}
        if len(tops) != 1:
            return ""
        top = tops.pop()
        return "" if top in self.files or top in self.links else f"{top}/"
