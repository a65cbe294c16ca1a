"""A folder as a route serves it, and what is found in it.  `find` blocks: for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

from edge.gateway.static.content_types import content_type
from edge.gateway.static.entity_tags import EntityTags
from edge.gateway.static.files import Folder, OpenFile
from edge.gateway.static.paths import Wanted, tries
from edge.gateway.static.variants import ENDINGS, choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.config.answer_model import StaticConfig

SMALL: Final = 256 * 1024
"""Bytes of a file that is read at once, where it is opened."""

_READS: Final = 3  # of a small file that changes under the reading

SLASH: Final = "slash"
Outcome: TypeAlias = "Found | Literal['slash'] | None"


class Site(msgspec.Struct, frozen=True):
    """What a route says about its folder."""

    folder: Folder
    index: tuple[str, ...] = ("index.html",)
    try_files: tuple[str, ...] = ("{path}",)
    not_found: str = ""
    cache_control: str = "no-cache"
    precompressed: bool = True
    hidden: bool = False


class Found(NamedTuple):
    """A file that is sent: `content` is all of it when it is small, else it is to be read from `file`.

    `type` is that of what it holds, `coding` what it is compressed by ("" for nothing), `varies` whether there are
    other forms of it.  `modified` in seconds since the epoch.
    """

    file: OpenFile
    content: bytes | None
    size: int
    type: str
    coding: str
    varies: bool
    etag: str
    modified: int


def site_of(config: StaticConfig, path: str) -> Site:
    """`path` is the folder's, for the operating system."""
    return Site(
        Folder(path),
        tuple(config.index),
        tuple(config.try_files),
        config.not_found,
        config.cache_control,
        config.precompressed,
        config.hidden,
    )


def find(site: Site, path: Wanted, taken: Mapping[str, float], tags: EntityTags) -> Outcome:
    """What there is for a path; SLASH when it is a folder and should end with one.

    Raises ForbiddenError, OverloadedError.
    """
    for attempt in tries(site.try_files, path):
        located = _locate(site, attempt, asked=attempt is path)
        if located is not None:
            return SLASH if located == SLASH else _form(site, *located, taken, tags)
    return None


def find_page(site: Site, taken: Mapping[str, float], tags: EntityTags) -> Found | None:
    """The body of a 404, when there is one."""
    names = tuple(name for name in site.not_found.split("/") if name)
    plain = site.folder.open(names) if names else None
    return _form(site, names, plain, taken, tags) if plain is not None else None


def _locate(site: Site, wanted: Wanted, *, asked: bool) -> tuple[tuple[str, ...], OpenFile] | Literal["slash"] | None:
    """The file that answers, with its names: the one that is wanted, or the index of a folder."""
    if not wanted.slash or not wanted.names:
        opened = site.folder.open(wanted.names)
        if opened is not None:
            return wanted.names, opened
    for index in site.index:
        opened = site.folder.open((*wanted.names, index))
        if opened is not None and asked and not wanted.slash:
            opened.close()
            return SLASH
        if opened is not None:
            return (*wanted.names, index), opened
    return None


def _form(site: Site, names: tuple[str, ...], plain: OpenFile, taken: Mapping[str, float], tags: EntityTags) -> Found:
    """The plain file, or a compressed one beside it, whichever suits the client."""
    forms = {"identity": plain}
    try:
        if site.precompressed and names:
            for ending, coding in ENDINGS.items():
                opened = site.folder.open((*names[:-1], names[-1] + ending))
                if opened is not None:
                    forms[coding] = opened
        chosen = choose({coding: opened.stamp.size for coding, opened in forms.items()}, taken)
        kind = content_type(names[-1] if names else site.folder.path.rpartition("/")[2])
        found = _found(forms[chosen], kind, chosen, tags, varies=len(forms) > 1)
        del forms[chosen]
        return found
    finally:
        for opened in forms.values():
            opened.close()


def _found(opened: OpenFile, kind: str, coding: str, tags: EntityTags, *, varies: bool) -> Found:
    content = _read_whole(opened) if opened.stamp.size <= SMALL else None
    size = opened.stamp.size if content is None else len(content)
    etag, modified = tags.of(opened, content)
    return Found(opened, content, size, kind, "" if coding == "identity" else coding, varies, etag, modified)


def _read_whole(opened: OpenFile) -> bytes:
    """All of a small file, as it was at one moment, if it keeps still for long enough."""
    content = b""
    for _ in range(_READS):
        content = opened.read(0, SMALL + 1)
        if opened.is_unchanged() and len(content) == opened.stamp.size:
            break
        opened.renew()
    return content
