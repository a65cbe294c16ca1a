"""The form of `dist/edge`: launcher, index, data, trailer.  launcher.c reads what this module writes."""

from __future__ import annotations

import hashlib
import struct
import sys
from pathlib import Path
from typing import NamedTuple

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"edgebin1"
TRAILER = struct.Struct("<8s4Q32s")
WINDOW_LOG = 23
"""8 MiB, which the launcher has to hold."""
PAGE = 4096


class File(NamedTuple):
    """One file of the program: where it will be, relative to the folder that all are unpacked into."""

    path: str
    mode: int
    content: bytes


def read_files(folder: Path) -> list[File]:
    """All files below `folder`, in a fixed order, for anybody to read.  Raises ValueError for what is no file."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ValueError(f"{path} is neither a file nor a folder")
        if path.is_file():
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            found.append(File(path.relative_to(folder).as_posix(), mode, path.read_bytes()))
    return found


def index_of(files: list[File]) -> bytes:
    """A line for each file.  Raises ValueError for a path that a line cannot hold or that leads elsewhere."""
    for file in files:
        parts = file.path.split("/")
        if "\n" in file.path or ".." in parts or "" in parts or len(file.path.encode()) > 1024:
            raise ValueError(f"{file.path!r} cannot be packed")
    return "".join(f"{len(file.content)} {file.mode:o} {file.path}\n" for file in files).encode()


def compressed(index: bytes, files: list[File], level: int) -> bytes:
    """Index and contents as one frame with a checksum: files that are alike share what they have in common."""
    options = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.window_log: WINDOW_LOG,
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.nb_workers: 2,
    }
    compressor = zstd.ZstdCompressor(options=options)
    contents = [index, *(file.content for file in files)]
    return b"".join([*(compressor.compress(content) for content in contents), compressor.flush()])


def executable(launcher: bytes, files: list[File], level: int) -> bytes:
    """The whole.  Raises ValueError for a path that cannot be packed."""
    index = index_of(files)
    data = compressed(index, files, level)
    start = len(launcher) + -len(launcher) % PAGE
    key = hashlib.sha256(index + data).digest()
    trailer = TRAILER.pack(MAGIC, start, len(index), start + len(index), len(data), key)
    return launcher.ljust(start, b"\0") + index + data + trailer
