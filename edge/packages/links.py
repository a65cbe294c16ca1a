"""Symbolic links of a package, settled: each becomes the real path that it leads to.

`node_modules/.bin`, workspaces and pnpm's layout are made of links, and Node resolves a module's own
imports from its *real* path, so links are kept rather than replaced by copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import PackageError
from edge.packages.paths import shown

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

MAX_TARGET_SEGMENTS = 128


def settle_links(links: Mapping[str, str], real: Container[str]) -> dict[str, str]:
    """Link -> real path ("" is the package itself), for links that lead to something in the package.

    `links` maps a link's path to its target as written; `real` holds the paths of all files and
    folders.  A link that leads nowhere, or in a circle, is left out: to Node it is a missing file.
    Raises PackageError naming a link that leads out of the package.  Each target is walked once, so the
    time is linear in what was written, whatever leads through what.
    """
    known: dict[str, str | None] = {}
    for link in links:
        if link not in known:
            _settle(link, links, real, known)
    return {link: path for link, path in known.items() if path is not None}


def _settle(link: str, links: Mapping[str, str], real: Container[str], known: dict[str, str | None]) -> None:
    walks = {link: _Walk(link, links, real)}
    while walks:
        walk = next(reversed(walks.values()))
        needed = walk.advance(known)
        if needed is None or needed in walks:
            known[walk.link] = walk.end if needed is None else None
            del walks[walk.link]
        else:
            walks[needed] = _Walk(needed, links, real)


class _Walk:
    """One resolution, segment by segment as the kernel does it: `..` is taken from the real folder."""

    def __init__(self, link: str, links: Mapping[str, str], real: Container[str]) -> None:
        self.link = link
        self.end: str | None = None
        self._links = links
        self._real = real
        self._here = link.split("/")[:-1]
        self._ahead = self._segments(links[link])

    def advance(self, known: Mapping[str, str | None]) -> str | None:
        """Walk on; the link that must be known first, or None when `end` is final."""
        while self._ahead:
            segment = self._ahead[-1]
            path = "/".join([*self._here, segment])
            if path in self._links:
                if path not in known:
                    return path
                onward = known[path]
                if onward is None:
                    return None
                self._here = onward.split("/") if onward else []
            elif not self._enter(segment, path):
                return None
            self._ahead.pop()
        self.end = "/".join(self._here)
        return None

    def _enter(self, segment: str, path: str) -> bool:
        if segment == "..":
            if not self._here:
                raise self._leads_out()
            self._here.pop()
        elif segment not in {"", "."}:
            self._here.append(segment)
            return path in self._real
        return True

    def _segments(self, target: str) -> list[str]:
        if target.startswith("/"):
            raise self._leads_out()
        segments = target.split("/")
        if len(segments) > MAX_TARGET_SEGMENTS:
            raise PackageError(
                f"the link {shown(self.link)} has a target of {len(segments)} segments, "
                f"the limit is {MAX_TARGET_SEGMENTS}"
            )
        return segments[::-1]

    def _leads_out(self) -> PackageError:
        return PackageError(
            f"the link {shown(self.link)} leads out of the package, to {shown(self._links[self.link])}",
            hint="copy what it points to into the package",
        )
