"""The two snapshots that do not depend on any package: the runtime and the transform.

Built once per machine and kept in a folder, named by everything they depend on (`bundles.fingerprint`).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path

from edge.engine import bundles, snapshot

_CHECKSUM = hashlib.sha256
_DIGEST_SIZE = 32


def ensure(folder: Path, name: str) -> Path:
    """The file of the snapshot `name` (runtime or transform), built when it is missing or damaged."""
    path = folder / f"{name}-{bundles.fingerprint(name)[:32]}.blob"
    try:
        read(path)
    except (OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, _built(name))
    return path


def _built(name: str) -> bytes:
    """What an invocation may use of the runtime is compiled ahead, which makes the snapshot a sixth larger."""
    with snapshot.compiling_ahead() if name == "runtime" else nullcontext():
        return snapshot.build(bundles.script(name) + f"\n//# sourceURL=edge:{name}")


def read(path: Path) -> bytes:
    """The snapshot in a file.  Raises ValueError when it is damaged, OSError when it is not there."""
    return checked(path.read_bytes(), path.name)


def checked(data: bytes, name: str) -> bytes:
    """The snapshot in the content of a file.  Raises ValueError when it is damaged."""
    if _CHECKSUM(data[_DIGEST_SIZE:]).digest() != data[:_DIGEST_SIZE]:
        raise ValueError(f"{name} is damaged")
    return data[_DIGEST_SIZE:]


def _write(path: Path, blob: bytes) -> None:
    """Whole or not at all: readers of other processes never see a part."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(_CHECKSUM(blob).digest() + blob)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
