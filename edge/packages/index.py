"""The index at the front of a bundle: which files it has and how large they are.

    magic "EDGEPKG1" | length of the index, u64 big-endian | index, MessagePack | contents, in order

The encoding is canonical: there is one sequence of bytes for one set of files and links, so the
SHA-256 of a bundle is the hash of its content.  Contents follow each other without gaps, hence no
offsets are written down and none can lie.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from edge.errors import PackageError
from edge.packages.limits import DEFAULT_LIMITS, Meter, PackageLimits
from edge.packages.links import settle_links
from edge.packages.paths import check_path

if TYPE_CHECKING:
    from collections.abc import Iterable

MAGIC = b"EDGEPKG1"
_LENGTH = struct.Struct(">Q")
HEADER = len(MAGIC) + _LENGTH.size


class Index(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`files`: (path, size), sorted by path; `links`: (path, real path that it leads to), sorted."""

    files: list[tuple[str, int]]
    links: list[tuple[str, str]]


_decoder = msgspec.msgpack.Decoder(Index)  # not when it is first needed: see edge/engine/outcome_store.py


def encode_index(index: Index) -> bytes:
    """Header and index, to be followed by the contents in the index's order."""
    body = msgspec.msgpack.encode(index)
    return MAGIC + _LENGTH.pack(len(body)) + body


def decode_index(buffer: memoryview, limits: PackageLimits = DEFAULT_LIMITS) -> tuple[Index, int]:
    """The index of a bundle and the offset of its contents.  Raises PackageError for anything not canonical."""
    if len(buffer) < HEADER or buffer[: len(MAGIC)] != MAGIC:
        raise PackageError("this is not a bundle: it does not begin with its magic number")
    (length,) = _LENGTH.unpack_from(buffer, len(MAGIC))
    start = HEADER + length
    if start > len(buffer):
        raise PackageError(f"the bundle is cut short: its index has {length} bytes, {len(buffer)} are there in all")
    index = _decode(buffer[HEADER:start])
    _check(index, limits)
    expected = start + sum(size for _, size in index.files)
    if expected != len(buffer):
        raise PackageError(f"the bundle should have {expected} bytes and has {len(buffer)}")
    if encode_index(index) != buffer[:start]:
        raise PackageError("the bundle's index is not in its canonical form")
    return index, start


def _decode(body: memoryview) -> Index:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PackageError("the bundle's index cannot be read") from error


def _check(index: Index, limits: PackageLimits) -> None:
    meter = Meter(limits)
    for path, size in index.files:
        if size < 0:
            raise PackageError(f"the bundle's index gives {path!r} a size of {size}")
        meter.file()
        meter.content(size, check_path(path, limits))
    for path, _ in index.links:
        meter.file()
        check_path(path, limits)
    _check_order([path for path, _ in index.files])
    _check_order([path for path, _ in index.links])
    check_tree([path for path, _ in index.files], [path for path, _ in index.links], limits)
    _check_links(index)


def _check_order(paths: list[str]) -> None:
    for before, after in pairwise(paths):
        if before >= after:
            raise PackageError(f"the bundle's index is not sorted, or names {after!r} twice")


def _check_links(index: Index) -> None:
    files = {path for path, _ in index.files}
    links = dict(index.links)
    written = {link: from_folder_of(link, target) for link, target in index.links}
    copied = any(path in files and is_program(link) for link, path in index.links)
    if copied or settle_links(written, files | folders_of(files)) != links:
        raise PackageError("the bundle has a link that is not settled")


def is_program(link: str) -> bool:
    """Whether a link is one of `node_modules/.bin`.

    These are kept as copies: tools that pack a folder differ in whether they follow links, npm makes
    links there, and nobody imports them, so the same folder has the same hash whoever packed it.
    """
    return link.startswith(".bin/") or "/.bin/" in link


def from_folder_of(link: str, target: str) -> str:
    """A real path as a relative one, seen from the folder that a link is in."""
    return "../" * link.count("/") + target


def folders_of(paths: Iterable[str], limits: PackageLimits = DEFAULT_LIMITS) -> set[str]:
    """Every folder that some path lies in.  Raises PackageError when there are too many."""
    folders: set[str] = set()
    for path in paths:
        if len(folders) > limits.folders:
            raise PackageError(f"the package has more than {limits.folders} folders, which is the limit")
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def check_tree(files: Iterable[str], links: Iterable[str], limits: PackageLimits = DEFAULT_LIMITS) -> None:
    """Raise PackageError when one path is two things: a file and a folder, or a link and something else."""
    taken, linked = set(files), set(links)
    leaves = taken | linked
    both = (taken & linked) | (leaves & folders_of(leaves, limits))
    if both:
        raise PackageError(f"{min(both)!r} is in the package twice: as a file or link, and as something else")
