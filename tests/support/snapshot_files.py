"""The snapshots that do not depend on a package, made once for all tests of a process (about 50 ms)."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from edge.engine import base_snapshots, snapshot


@functools.cache
def snapshot_folder() -> Path:
    """A folder for snapshot files that goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="edge-snapshots-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def snapshot_files() -> tuple[Path, Path]:
    """Files of the runtime's and of the transform's snapshot."""
    return base_snapshots.ensure(snapshot_folder(), "runtime"), base_snapshots.ensure(snapshot_folder(), "transform")


@functools.cache
def runtime_blob() -> snapshot.Blob:
    """The runtime's snapshot in memory."""
    return snapshot.Blob(base_snapshots.read(snapshot_files()[0]))
